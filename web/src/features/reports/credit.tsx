import { Link } from "@/app/link";
import { Amount } from "@/components/amount";
import { Plain } from "@/components/plain-table";
import { Card } from "@/components/ui/page";
import { Empty } from "@/components/ui/states";

import type { ReportProps } from "./page";
import { Report } from "./parts";
import { words } from "./strings";

export default function Credit({ span, set }: ReportProps) {
  return (
    <Report address="/api/v1/reports/credit" span={span} set={set}>
      {({ patients, total }) => (
        <Card title={words.tabs.credit} actions={<Amount value={total.value} label={words.tabs.credit} address={total.explain} className="font-semibold" />}>
          {patients.length === 0 ? <Empty>{words.creditNone}</Empty> : (
            <Plain
              label={words.tabs.credit} rows={patients} rowKey={(row) => row.patientId}
              columns={[
                { label: words.patient, head: true, cell: (row) => <Link to="/patients/$patientId" params={{ patientId: row.patientId }} search={{ tab: "money" }} className="inline-flex min-h-6 items-center underline-offset-4 hover:underline">{row.patientName ?? "—"}</Link> },
                { label: words.tabs.credit, right: true, cell: (row) => <Amount value={row.credit.value} label={`${row.patientName}: ${words.tabs.credit}`} address={row.credit.explain} /> },
              ]}
            />
          )}
        </Card>
      )}
    </Report>
  ); // prettier-ignore
}
