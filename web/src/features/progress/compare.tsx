import { useQuery } from "@tanstack/react-query";

import type { Schema } from "@/api/client";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { buttonStyles } from "@/components/ui/button";
import { Check } from "@/components/ui/fields";
import { Badge, Card, PageBody, PageHead, type Tone } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";

import { AnswerText } from "./answers";
import { words } from "./strings";

const TONES: Record<Schema<"Change">, Tone> = { SAME: "plain", CHANGED: "warn", ADDED: "good", REMOVED: "danger" };

export default function Compare() {
  const [filters, set] = useFilters({ left: "", right: "", leftVersion: 0, rightVersion: 0, changed: false });
  const { left, right } = filters;
  const found = useQuery({
    ...reading("progress-report", "/api/v1/progress-reports/compare", {
      query: { left, right, leftVersion: filters.leftVersion || undefined, rightVersion: filters.rightVersion || undefined },
    }),
    enabled: Boolean(left && right),
  });
  if (!left || !right) {
    return (
      <PageBody>
        <PageHead title={words.compareTitle} />
        <Card><Empty action={<Link to="/progress-reports" className={buttonStyles()}>{words.reports}</Link>}>{words.compareHint}</Empty></Card>
      </PageBody>
    ); // prettier-ignore
  }
  if (found.isPending) return <Skeleton rows={8} />;
  if (found.isError) return <Failed page error={found.error} again={() => void found.refetch()} />;
  const shown = found.data;
  const rows = shown.sections.filter(({ change }) => !filters.changed || change !== "SAME");
  return (
    <PageBody>
      <PageHead title={words.compareTitle} about={shown.left.patientName ?? words.erased} />
      <Check label={words.onlyChanged} checked={filters.changed} onChange={(event) => set({ changed: event.target.checked })} />
      <Card className="overflow-hidden">
        <table role="table" aria-label={words.compareTitle} className="w-full table-fixed text-left text-sm max-md:block">
          <thead role="rowgroup" className="max-md:block">
            <tr role="row" className="border-b border-line align-top max-md:grid max-md:grid-cols-2">
              <th role="columnheader" scope="col" className="p-4 font-medium text-muted max-md:sr-only">{words.question}</th>
              <Side side={words.left} head={shown.left} />
              <Side side={words.right} head={shown.right} />
            </tr>
          </thead>
          <tbody role="rowgroup" className="max-md:block">
            {rows.map((row) => (
              <tr role="row" key={row.key} className="border-b border-line align-top last:border-0 max-md:grid max-md:grid-cols-2">
                <th role="rowheader" scope="row" className="p-4 font-medium max-md:col-span-2 max-md:pb-0">
                  {row.label}
                  <span className="mt-1 flex flex-wrap gap-1 max-md:inline max-md:pl-2">
                    <Badge tone={TONES[row.change]}>{words.changes[row.change]}</Badge>
                    {row.difference ? <Badge tone="brand">{row.difference > 0 ? words.higher(row.difference) : words.lower(-row.difference)}</Badge> : null}
                  </span>
                </th>
                <td role="cell" className="p-4"><AnswerText section={row} value={row.left} /></td>
                <td role="cell" className="p-4"><AnswerText section={row} value={row.right} /></td>
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <Empty>{words.sameAll}</Empty>}
      </Card>
    </PageBody>
  );
}

function Side({ side, head }: { side: string; head: Schema<"ProgressReportHead"> }) {
  const { day } = useFormat();
  return (
    <th role="columnheader" scope="col" className="p-4 font-medium">
      <span className="block text-xs font-normal text-muted">{side}</span>
      <Link to="/progress-reports/$reportId" params={{ reportId: head.id }} search={{ version: head.version }} className="inline-flex min-h-6 items-center underline underline-offset-4">
        {day(head.reportDate)}
      </Link>
      <span className="block font-normal text-muted">{words.versionOf(head.version)}{head.therapistName && ` · ${head.therapistName}`}</span>
    </th>
  );
}
