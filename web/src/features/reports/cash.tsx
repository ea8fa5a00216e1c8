import type { Schema } from "@/api/client";
import { Amount } from "@/components/amount";
import { METHOD_WORDS } from "@/components/money-words";
import { Plain } from "@/components/plain-table";
import { Card } from "@/components/ui/page";
import { Empty } from "@/components/ui/states";
import { useFormat } from "@/lib/format";

import type { ReportProps } from "./page";
import { Report } from "./parts";
import { words } from "./strings";

const w = words.financial;
const SUMS = ["taken", "voided", "refunded"] as const;

/** Who took how much on each day, by method: what has to be in the till. */
export default function Cash({ span, set }: ReportProps) {
  const { day } = useFormat();
  const named = (row: Schema<"CashLine">) => `${day(row.day)}, ${METHOD_WORDS[row.method]}`;
  return (
    <Report address="/api/v1/reports/cash-close" span={span} set={set}>
      {({ lines, totals }) => (
        <Card title={words.tabs.cash}>
          {lines.length === 0 ? <Empty>{words.cashNone}</Empty> : (
            <Plain
              label={words.tabs.cash} rows={lines} rowKey={(row) => `${row.day} ${row.method} ${row.operatorId}`}
              columns={[
                { label: words.day, head: true, cell: (row) => <span className="whitespace-nowrap">{day(row.day)}</span> },
                { label: words.method, cell: (row) => METHOD_WORDS[row.method] },
                { label: words.operator, cell: (row) => row.operatorName ?? words.system },
                { label: words.count, right: true, cell: (row) => row.takenCount },
                ...SUMS.map((name) => ({ label: w[name], right: true, wide: name !== "taken", cell: (row: Schema<"CashLine">) => <Amount value={row[name].value} label={`${named(row)}: ${w[name]}`} address={row[name].explain} /> })),
                { label: words.net, right: true, cell: (row) => <Amount value={row.net.value} label={`${named(row)}: ${words.net}`} address={row.net.explain} className="font-semibold" /> },
              ]}
              foot={[words.all, "", "", totals.takenCount, ...SUMS.map((name) => <Amount key={name} value={totals[name].value} label={w[name]} address={totals[name].explain} />), <Amount key="net" value={totals.net.value} label={words.net} address={totals.net.explain} />]}
            />
          )}
        </Card>
      )}
    </Report>
  ); // prettier-ignore
}
