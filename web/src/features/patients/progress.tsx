import { keepPreviousData, useQuery } from "@tanstack/react-query";

import type { Schema } from "@/api/client";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { Pages } from "@/components/table";
import { Card } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

const w = words.progress;

/** How the child is doing: reports, newest first. */
export default function PatientProgress({ patientId }: { patientId: string }) {
  const [filters, set] = useFilters({ tab: "record", page: 1 });
  const found = useQuery({
    ...reading("progress-report", "/api/v1/patients/{patient_id}/progress-reports", { path: { patient_id: patientId }, query: { page: filters.page, pageSize: 10, sort: "-reportDate" } }),
    placeholderData: keepPreviousData,
  });
  if (found.isPending) return <Skeleton rows={6} />;
  if (found.isError) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (found.data.total === 0) return <Card><Empty>{w.none}</Empty></Card>; // prettier-ignore
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {found.data.data.map((report, n) => (
        <Report key={report.id} report={report} open={n === 0} />
      ))}
      {found.data.total > found.data.pageSize && <Pages shown={found.data} go={(page) => set({ page }, { push: true })} />}
    </div>
  );
}

function Report({ report, open }: { report: Schema<"ProgressReport">; open: boolean }) {
  const { day } = useFormat();
  const told = (section: Schema<"AnsweredSection">) => {
    if (typeof section.value === "boolean") return section.value ? shared.form.yes : shared.form.no;
    return section.kind === "SCALE" && section.highest !== null ? w.scale(String(section.value), section.highest) : String(section.value);
  };
  return (
    <details open={open} className="rounded-xl border border-line bg-surface">
      <summary className="flex min-h-12 flex-wrap items-center gap-x-3 px-4 py-2 text-sm">
        <span className="font-semibold">{day(report.reportDate)}</span>
        <span>{report.therapyTypeName}</span>
        <span className="text-muted">{report.therapistName}</span>
      </summary>
      <p className="border-t border-line px-4 pt-3 text-sm">
        <Link to="/progress-reports/$reportId" params={{ reportId: report.id }} className="inline-flex min-h-6 items-center underline underline-offset-4">{w.open}</Link>
      </p>
      <dl className="grid gap-3 p-4 text-sm">
        {report.sections.filter((section) => section.value !== null && section.value !== "").map((section) => (
          <div key={section.key}>
            <dt className="text-muted">{section.label}</dt>
            <dd className="mt-0.5 whitespace-pre-line">{told(section)}</dd>
          </div>
        ))}
      </dl>
    </details>
  ); // prettier-ignore
}
