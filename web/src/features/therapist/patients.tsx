import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { Link } from "@/app/link";
import { type Column, DataTable, useList } from "@/components/table";
import { SearchField, Toolbar } from "@/components/toolbar";
import { Check } from "@/components/ui/fields";
import { Badge, PageBody, PageHead } from "@/components/ui/page";
import { useFilters } from "@/lib/filters";
import { fullName, useFormat } from "@/lib/format";

import { words } from "./strings";
import { Whose, useWhose } from "./who";

const w = words.patients;
type Row = Schema<"TherapistPatient">;

export default function MyPatients() {
  const { day, instant } = useFormat();
  const may = useMay();
  const [filters, set] = useFilters({ search: "", due: false, active: true, therapistId: "", sort: "", page: 1 });
  const whose = useWhose(filters.therapistId);
  const list = useList("patient", "/api/v1/therapist/patients", {
    query: { search: filters.search, page: filters.page, sort: filters.sort, progressDue: filters.due || undefined, active: filters.active || undefined, ...whose.query },
  });
  const columns: Column<Row>[] = [
    {
      key: "name", label: w.name, head: true, csv: (row) => fullName(row, w.erased),
      cell: (row) => (
        <Link to="/patients/$patientId" params={{ patientId: row.id }} className="inline-block max-w-full min-h-6 content-center underline-offset-4 hover:underline">
          {fullName(row, w.erased)}
        </Link>
      ),
    },
    { key: "guardian", label: w.guardian, wide: true, csv: (row) => row.guardianName, cell: (row) => row.guardianName },
    {
      key: "phone", label: w.phone, csv: (row) => row.guardianPhone,
      cell: (row) => row.guardianPhone && <a href={`tel:${row.guardianPhone}`} className="tabular inline-flex min-h-6 items-center whitespace-nowrap underline underline-offset-4">{row.guardianPhone}</a>,
    },
    { key: "last", label: w.last, csv: (row) => row.lastSessionOn, cell: (row) => row.lastSessionOn && <span className="whitespace-nowrap">{day(row.lastSessionOn)}</span> },
    { key: "next", label: w.next, csv: (row) => row.nextSessionAt, cell: (row) => row.nextSessionAt && instant(row.nextSessionAt) },
    { key: "held", label: w.sessions, right: true, wide: true, csv: (row) => row.completedSessions, cell: (row) => row.completedSessions },
    {
      key: "progress", label: w.progress, csv: (row) => row.lastReportOn,
      cell: (row) => (
        <span className="flex flex-wrap items-center gap-2">
          {row.progressDue && may("progress-reports:write") ? (
            <Link to="/progress-reports/new" search={{ patientId: row.id }} className="inline-flex min-h-6 items-center" aria-label={`${words.writeReport}: ${fullName(row)}`}>
              <Badge tone="warn">{w.dueBadge}</Badge>
            </Link>
          ) : row.progressDue ? <Badge tone="warn">{w.dueBadge}</Badge> : null}
          {row.lastReportOn ? (
            <Link to="/progress-reports" search={{ patientId: row.id, view: "timeline" }} className="inline-flex min-h-6 items-center underline-offset-4 hover:underline">{w.lastReport(day(row.lastReportOn))}</Link>
          ) : (
            <span className="text-muted">{w.noReport}</span>
          )}
        </span>
      ),
    },
  ]; // prettier-ignore
  const narrowed = Boolean(filters.search || filters.due || !filters.active);
  return (
    <PageBody>
      <PageHead title={w.title}>
        <Whose whose={whose} change={(therapistId) => set({ therapistId })} />
      </PageHead>
      <Toolbar clear={narrowed && (() => set({ search: "", due: false, active: true }))}>
        <SearchField label={w.search} value={filters.search} change={(search) => set({ search })} />
        <Check label={w.due} checked={filters.due} onChange={(event) => set({ due: event.target.checked })} />
        <Check label={w.active} checked={filters.active} onChange={(event) => set({ active: event.target.checked })} />
      </Toolbar>
      <DataTable label={w.title} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={narrowed ? w.notFound : w.none} />
    </PageBody>
  );
}
