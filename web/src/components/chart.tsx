/**
 * Bars side by side, drawn here: 2 KB where a chart library is 100. The picture is for the eye; the same figures stand
 * in a table beneath it, for everybody.
 */
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { words } from "@/lib/strings";

export interface Bar {
  label: string;
  /** One for each series: decimal strings or counts. */
  values: (string | number)[];
}

const FILLS = ["fill-brand", "fill-warn", "fill-line-strong", "fill-danger", "fill-good"];
const DOTS = ["bg-brand", "bg-warn", "bg-line-strong", "bg-danger", "bg-good"];
const STEPS = [1, 2, 2.5, 5, 10];

/** A round number that the highest bar stays under. */
function ceiling(highest: number): number {
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  return (STEPS.find((step) => step * power >= highest) ?? 10) * power;
}

interface Props {
  label: string;
  rows: Bar[];
  series: string[];
  /** Amounts of money, or counts. */
  unit?: "money" | "count";
  /** Of the picture, in pixels. */
  height?: number;
  stacked?: boolean;
  /** Words above the column of labels in the table. */
  of?: string;
}

export default function Bars({ label, rows, series, unit = "money", height = 200, stacked = false, of = "" }: Props) {
  const { locale, money, number } = useFormat();
  const size = (value: string | number) => Math.max(0, Number(value)); // for the eye: the table has the amounts as they are
  const told = (value: string | number) => (unit === "money" ? money(String(value)) : number(value));
  const short = new Intl.NumberFormat(locale.language, { notation: "compact", maximumFractionDigits: 1, ...(unit === "money" ? { style: "currency", currency: locale.currency } : {}) });
  const heights = rows.map((row) => (stacked ? row.values.reduce<number>((total, value) => total + size(value), 0) : Math.max(0, ...row.values.map(size))));
  const top = ceiling(Math.max(0, ...heights));
  const slot = 100 / Math.max(rows.length, 1);
  const every = Math.max(1, Math.ceil(rows.length / 6));
  return (
    <figure className="min-w-0">
      {series.length > 1 && (
        <ul aria-hidden className="mb-3 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
          {series.map((name, n) => (
            <li key={name} className="flex items-center gap-1.5">
              <span className={cn("size-2.5 rounded-sm", DOTS[n % DOTS.length])} />
              {name}
            </li>
          ))}
        </ul>
      )}
      <div aria-hidden className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 text-xs text-muted">
        <div className="tabular flex flex-col-reverse justify-between text-right" style={{ height }}>
          {[0, 0.5, 1].map((part) => (
            <span key={part} className="-my-2">{short.format(top * part)}</span>
          ))}
        </div>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" className="w-full" style={{ height }}>
          {[0, 50, 100].map((y) => (
            <line key={y} x1={0} x2={100} y1={y} y2={y} className="stroke-line" vectorEffect="non-scaling-stroke" />
          ))}
          {rows.map((row, at) => {
            const wide = Math.min(slot * 0.72, 12);
            const left = at * slot + (slot - wide) / 2;
            let below = 0;
            return row.values.map((value, n) => {
              const high = (size(value) / top) * 100;
              const thin = stacked ? wide : wide / row.values.length;
              const y = 100 - high - below;
              if (stacked) below += high;
              return (
                <rect key={series[n]} x={left + (stacked ? 0 : n * thin)} y={y} width={thin * 0.94} height={high} className={FILLS[n % FILLS.length]}>
                  <title>{`${row.label}: ${told(value)}`}</title>
                </rect>
              );
            });
          })}
        </svg>
        <span />
        <div className="mt-2 grid" style={{ gridTemplateColumns: `repeat(${Math.max(rows.length, 1)}, minmax(0, 1fr))` }}>
          {rows.map((row, n) => (
            <span key={row.label} className={cn("text-center leading-tight", every > 1 && "whitespace-nowrap")}>
              {n % every === 0 ? row.label : ""}
            </span>
          ))}
        </div>
      </div>
      <figcaption className="sr-only">{label}</figcaption>
      <details className="no-print mt-3 text-sm">
        <summary className="inline-flex min-h-8 items-center rounded px-1 text-muted">{words.table.chart}</summary>
        <div className="mt-2 max-h-80 overflow-auto rounded-lg border border-line" tabIndex={0} role="group" aria-label={label}>
          <table className="w-full text-left">
            <caption className="sr-only">{label}</caption>
            <thead className="text-muted">
              <tr className="h-9 border-b border-line">
                <th scope="col" className="px-3 font-medium">{of || <span className="sr-only">{label}</span>}</th>
                {series.map((name) => (
                  <th key={name} scope="col" className="px-3 text-right font-medium">{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.label} className="h-9 border-b border-line last:border-0">
                  <th scope="row" className="px-3 font-normal whitespace-nowrap">{row.label}</th>
                  {row.values.map((value, n) => (
                    <td key={series[n]} className="tabular px-3 text-right">{told(value)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  ); // prettier-ignore
}
