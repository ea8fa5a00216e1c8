/** One patient's reports, newest first; and each question that is measured, through time. */
import { useQuery } from "@tanstack/react-query";

import type { Schema } from "@/api/client";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { Card } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { useFormat } from "@/lib/format";

import { AnswerText } from "./answers";
import { words } from "./strings";

type Report = Schema<"ProgressReport">;

export default function Timeline({ patientId }: { patientId: string }) {
  const found = useQuery(reading("progress-report", "/api/v1/patients/{patient_id}/progress-reports", { path: { patient_id: patientId }, query: { pageSize: 100, sort: "-reportDate" } }));
  const { day, instant } = useFormat();
  if (found.isPending) return <Skeleton rows={6} />;
  if (found.isError) return <Failed error={found.error} again={() => void found.refetch()} />;
  const reports = found.data.data;
  if (reports.length === 0) return <Empty>{words.timelineNone}</Empty>;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Scales reports={[...reports].reverse()} />
      <ol className="grid gap-4">
        {reports.map((report) => (
          <li key={report.id} className="border-l-2 border-brand pl-4">
            <h2 className="font-medium">
              <Link to="/progress-reports/$reportId" params={{ reportId: report.id }} className="inline-flex min-h-6 items-center underline-offset-4 hover:underline">
                {day(report.reportDate)}
              </Link>
              <span className="ml-2 font-normal text-muted">{[report.therapyTypeName, report.therapistName].filter(Boolean).join(" · ")}</span>
            </h2>
            <dl className="mt-1.5 grid gap-x-4 gap-y-1.5 text-sm sm:grid-cols-[12rem_minmax(0,1fr)]">
              {report.sections.filter(({ value }) => value !== null).map((section) => (
                <div key={section.key} className="contents">
                  <dt className="text-muted">{section.label}</dt>
                  <dd><AnswerText section={section} value={section.value} /></dd>
                </div>
              ))}
            </dl>
            <p className="mt-1.5 text-xs text-muted">{words.versionOf(report.version)} · {instant(report.savedAt)}</p>
          </li>
        ))}
      </ol>
    </div>
  );
}

const HEIGHT = 72;
const STEP = 44;

/** Measured answers of two or more reports, as a line; the values are beneath it, for whoever cannot see the line. */
function Scales({ reports }: { reports: Report[] }) {
  const { day } = useFormat();
  const lines = new Map<string, { label: string; lowest: number; highest: number; at: { date: string; value: number }[] }>();
  for (const report of reports) {
    for (const { key, kind, label, lowest, highest, value } of report.sections) {
      if (kind !== "SCALE" || typeof value !== "number") continue;
      const name = `${report.therapyTypeId} ${key}`;
      const line = lines.get(name) ?? { label: [label, report.therapyTypeName].filter(Boolean).join(", "), lowest: lowest ?? 1, highest: highest ?? 5, at: [] };
      line.at.push({ date: report.reportDate, value });
      lines.set(name, line);
    }
  }
  const shown = [...lines].filter(([, { at }]) => at.length > 1);
  if (shown.length === 0) return null;
  return (
    <div className="grid gap-4 md:grid-cols-2">
      {shown.map(([name, { label, lowest, highest, at }]) => {
        const place = ({ value }: { value: number }, n: number) => [12 + n * STEP, 8 + (HEIGHT - 16) * (1 - (value - lowest) / Math.max(1, highest - lowest))] as const;
        const points = at.map(place);
        return (
          <Card key={name} title={label} className="overflow-hidden">
            <div className="overflow-x-auto p-4" tabIndex={0} role="group" aria-label={label}>
              <svg width={24 + (at.length - 1) * STEP} height={HEIGHT} aria-hidden>
                <polyline points={points.map((point) => point.join()).join(" ")} fill="none" stroke="var(--brand)" strokeWidth={2} />
                {points.map(([x, y], n) => <circle key={n} cx={x} cy={y} r={4} fill="var(--brand)" />)}
              </svg>
              <ol className="tabular mt-1 text-sm text-muted">
                {at.map((each, n) => <li key={n}>{day(each.date)}: <span className="text-text">{words.outOf(each.value, highest)}</span></li>)}
              </ol>
            </div>
          </Card>
        );
      })}
    </div>
  );
}
