import { Amount } from "@/components/amount";
import { CATEGORY_WORDS, METHOD_WORDS } from "@/components/money-words";
import { Plain } from "@/components/plain-table";
import { Card } from "@/components/ui/page";
import { Empty } from "@/components/ui/states";
import { useFormat } from "@/lib/format";

import type { ReportProps } from "./page";
import { Chart, Figures, Report } from "./parts";
import { words } from "./strings";

const w = words.financial;
const THERAPY = ["income", "fees", "revenue", "writeOffs"] as const;
const METHOD = ["taken", "voided", "refunded", "collected"] as const;

export default function Financial({ span, set }: ReportProps) {
  const { day } = useFormat();
  return (
    <Report address="/api/v1/reports/financial" span={span} set={set}>
      {({ figures: f, balances, byTherapyType, byMethod, byCategory, byMonth }) => (
        <>
          <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-3">
            <Figures title={words.earned} strong={w.result} figures={[[w.income, f.income], [w.fees, f.fees], [w.revenue, f.revenue], [w.writeOffs, f.writeOffs], [w.expenses, f.expenses], [w.result, f.result]]} />
            <Figures title={words.received} strong={w.cashFlow} figures={[[w.taken, f.taken], [w.voided, f.voided], [w.refunded, f.refunded], [w.collected, f.collected], [w.broughtForward, f.broughtForward], [w.cashFlow, f.cashFlow]]} />
            <Figures title={words.balances} figures={[[w.receivable, balances.receivable], [w.credit, balances.credit], [w.deferred, balances.deferred]]} />
          </div>
          {byMonth.length > 0 && (
            <Card title={words.byMonth} className="[&>figure]:p-4">
              <Chart label={words.byMonth} of={words.month} series={[w.revenue, w.collected, w.expenses]} rows={byMonth.map((each) => ({ label: day(`${each.month.slice(0, 7)}-01`, { month: "short", year: "numeric" }), values: [each.revenue, each.collected, each.expenses] }))} />
            </Card>
          )}
          <Card title={words.byTherapy}>
            {byTherapyType.length === 0 ? <Empty>{words.none}</Empty> : (
              <Plain
                label={words.byTherapy} rows={byTherapyType} rowKey={(row) => row.therapyTypeId}
                columns={[
                  { label: words.therapy, head: true, cell: (row) => row.therapyTypeName ?? "—" },
                  ...THERAPY.map((name) => ({ label: w[name], right: true, cell: (row: (typeof byTherapyType)[number]) => <Amount value={row[name].value} label={`${row.therapyTypeName}: ${w[name]}`} address={row[name].explain} /> })),
                ]}
              />
            )}
          </Card>
          <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-2">
            <Card title={words.byMethod}>
              {byMethod.length === 0 ? <Empty>{words.none}</Empty> : (
                <Plain
                  label={words.byMethod} rows={byMethod} rowKey={(row) => row.method}
                  columns={[
                    { label: words.method, head: true, cell: (row) => METHOD_WORDS[row.method] },
                    ...METHOD.map((name) => ({ label: w[name], right: true, cell: (row: (typeof byMethod)[number]) => <Amount value={row[name].value} label={`${METHOD_WORDS[row.method]}: ${w[name]}`} address={row[name].explain} /> })),
                  ]}
                />
              )}
            </Card>
            <Card title={words.byCategory}>
              {byCategory.length === 0 ? <Empty>{words.none}</Empty> : (
                <Plain
                  label={words.byCategory} rows={byCategory} rowKey={(row) => row.category}
                  columns={[
                    { label: words.category, head: true, cell: (row) => CATEGORY_WORDS[row.category] },
                    { label: w.expenses, right: true, cell: (row) => <Amount value={row.expenses.value} label={CATEGORY_WORDS[row.category]} address={row.expenses.explain} /> },
                  ]}
                />
              )}
            </Card>
          </div>
        </>
      )}
    </Report>
  ); // prettier-ignore
}
