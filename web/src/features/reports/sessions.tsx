import type { Schema } from "@/api/client";
import { Explained } from "@/components/amount";
import { type Figure, Plain } from "@/components/plain-table";
import { Card, Facts } from "@/components/ui/page";
import { Empty } from "@/components/ui/states";
import { useFormat } from "@/lib/format";

import type { ReportProps } from "./page";
import { Chart, Counted, Rated, Report } from "./parts";
import { hours } from "./span";
import { words } from "./strings";

const w = words.kpi;
const COUNTS = ["total", "completed", "scheduled", "cancelled", "noShow"] as const;
const STACK = ["completed", "scheduled", "cancelled", "noShow", "inProgress"] as const;

/** Sessions by day, as bars: on the dashboard as well. */
export function ByDay({ days, height }: { days: Schema<"DaySessions">[]; height?: number }) {
  const { day } = useFormat();
  const shown = STACK.filter((state) => days.some((each) => each[state] > 0));
  if (shown.length === 0) return <Empty>{words.none}</Empty>;
  return (
    <Chart
      label={words.byDay} of={words.day} unit="count" stacked {...(height ? { height } : {})}
      series={shown.map((state) => w[state])}
      rows={days.map((each) => ({ label: day(each.date, { day: "numeric", month: "short" }), values: shown.map((state) => each[state]) }))}
    />
  ); // prettier-ignore
}

export default function Sessions({ span, set }: ReportProps) {
  return (
    <Report address="/api/v1/reports/sessions" span={span} set={set}>
      {({ totals, byTherapist, byTherapyType, byDay }) => (
        <>
          <Card>
            <Facts
              facts={[
                ...COUNTS.map((name) => [w[name], <span key={name} className="text-xl font-semibold"><Counted count={totals[name]} label={w[name]} /></span>] as const),
                [w.noShowRate, <span key="rate" className="text-xl font-semibold"><Rated rate={totals.noShowRate} label={w.noShowRate} /></span>],
                [w.utilisation, <span key="used" className="text-xl font-semibold"><Rated rate={totals.utilisation} label={w.utilisation} /></span>],
                [words.hours, <span key="hours" className="text-xl font-semibold"><Explained text={hours(totals.bookedMinutes.value)} label={words.hours} address={totals.bookedMinutes.explain} /></span>],
              ]}
            />
          </Card>
          <Card title={words.byDay} className="[&>figure]:p-4"><ByDay days={byDay} /></Card>
          <Card title={words.therapists}>
            {byTherapist.length === 0 ? <Empty>{words.none}</Empty> : (
              <Plain
                label={words.therapists} rows={byTherapist} rowKey={(row) => row.therapistId}
                columns={[
                  { label: words.therapist, head: true, cell: (row) => row.therapistName ?? "—" },
                  ...counts<Schema<"TherapistSessions">>((row) => row.therapistName ?? ""),
                  { label: w.noShowRate, right: true, cell: (row) => <Rated rate={row.noShowRate} label={`${row.therapistName}: ${w.noShowRate}`} /> },
                  { label: words.hours, right: true, cell: (row) => <Explained text={hours(row.bookedMinutes.value)} label={`${row.therapistName}: ${words.hours}`} address={row.bookedMinutes.explain} /> },
                  { label: w.utilisation, right: true, cell: (row) => <Rated rate={row.utilisation} label={`${row.therapistName}: ${w.utilisation}`} /> },
                ]}
              />
            )}
          </Card>
          <Card title={words.byTherapy}>
            {byTherapyType.length === 0 ? <Empty>{words.none}</Empty> : (
              <Plain
                label={words.byTherapy} rows={byTherapyType} rowKey={(row) => row.therapyTypeId}
                columns={[
                  { label: words.therapy, head: true, cell: (row) => row.therapyTypeName ?? "—" },
                  ...counts<Schema<"TherapyTypeSessions">>((row) => row.therapyTypeName ?? ""),
                  { label: w.noShowRate, right: true, cell: (row) => <Rated rate={row.noShowRate} label={`${row.therapyTypeName}: ${w.noShowRate}`} /> },
                  { label: words.hours, right: true, cell: (row) => <Explained text={hours(row.bookedMinutes.value)} label={`${row.therapyTypeName}: ${words.hours}`} address={row.bookedMinutes.explain} /> },
                ]}
              />
            )}
          </Card>
        </>
      )}
    </Report>
  ); // prettier-ignore
}

function counts<Row extends Record<(typeof COUNTS)[number], Schema<"Count">>>(of: (row: Row) => string): Figure<Row>[] {
  return COUNTS.map((name) => ({ label: w[name], right: true, cell: (row) => <Counted count={row[name]} label={`${of(row)}: ${w[name]}`} /> }));
}
