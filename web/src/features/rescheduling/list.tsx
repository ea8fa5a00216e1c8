
import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { useTherapists } from "@/components/names";
import { type Column, DataTable, useList } from "@/components/table";
import { Toolbar } from "@/components/toolbar";
import { Awaited } from "@/components/ui/awaited";
import { Field, Select } from "@/components/ui/fields";
import { PageBody, PageHead } from "@/components/ui/page";
import { Empty } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { fullName, useFormat } from "@/lib/format";
import { part } from "@/lib/part";
import { words as shared } from "@/lib/strings";

import { RequestBadge, type RequestStatus } from "./badge";
import { words } from "./strings";

type Row = Schema<"RescheduleRequest">;
const RequestOver = part(() => import("./detail"));

export default function RequestList() {
  const may = useMay();
  const { day, instant } = useFormat();
  const [filters, set] = useFilters({ status: "PENDING", therapistId: "", dateFrom: "", dateTo: "", open: "", sort: "", page: 1 });
  const { status, open, ...query } = filters;
  const chosen = status in words.states ? (status as RequestStatus) : undefined;
  const list = useList("reschedule-request", "/api/v1/reschedule-requests", { query: { ...query, ...(chosen ? { status: [chosen] } : {}) } });
  const all = may("reschedule-requests:read", "ALL");
  const therapists = useTherapists(all).data?.data ?? [];
  const columns: Column<Row>[] = [
    {
      key: "patient", label: words.patient, head: true, csv: (row) => row.patientName ?? words.erased,
      cell: (row) => (
        <button type="button" aria-haspopup="dialog" className="min-h-6 text-left font-medium underline-offset-4 hover:underline" onClick={() => set({ open: row.id, page: filters.page }, { push: true })}>
          {row.patientName ?? words.erased}
        </button>
      ),
    },
    { key: "therapist", label: words.therapist, csv: (row) => row.therapistName, cell: (row) => row.therapistName },
    { key: "session", label: words.session, csv: (row) => `${row.sessionDate} ${row.sessionStartTime}`, cell: (row) => <span className="tabular whitespace-nowrap">{day(row.sessionDate, { day: "numeric", month: "short" })}, {row.sessionStartTime}</span> },
    { key: "asked", label: words.asked, csv: (row) => `${row.requestedDate} ${row.requestedTime}`, cell: (row) => <span className="tabular whitespace-nowrap">{day(row.requestedDate, { day: "numeric", month: "short" })}, {row.requestedTime}</span> },
    { key: "state", label: words.state, csv: (row) => words.states[row.status], cell: (row) => <RequestBadge status={row.status} /> },
    { key: "expires", label: words.expires, wide: true, csv: (row) => row.expiresAt, cell: (row) => (row.status === "PENDING" ? instant(row.expiresAt) : "") },
  ]; // prettier-ignore
  const narrowed = Boolean(status !== "PENDING" || filters.therapistId || filters.dateFrom || filters.dateTo);
  return (
    <PageBody>
      <PageHead title={words.title} />
      <Toolbar clear={narrowed && (() => set({ status: "PENDING", therapistId: "", dateFrom: "", dateTo: "" }))}>
        <Select label={words.state} value={status || "ALL"} options={[["ALL", words.all], ...Object.entries(words.states)]} onChange={(event) => set({ status: event.target.value })} />
        {all && therapists.length > 0 && (
          <Select label={words.therapist} value={filters.therapistId} empty={shared.table.any} options={therapists.map((each) => [each.id, fullName(each)] as const)} onChange={(event) => set({ therapistId: event.target.value })} />
        )}
        <Field label={words.from} type="date" className="w-40" value={filters.dateFrom} onChange={(event) => set({ dateFrom: event.target.value })} />
        <Field label={words.to} type="date" className="w-40" value={filters.dateTo} onChange={(event) => set({ dateTo: event.target.value })} />
      </Toolbar>
      <DataTable label={words.title} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={<Empty>{status === "PENDING" ? words.noneOpen : words.none}</Empty>} />
      <Awaited open={open !== ""} close={() => set({ open: "", page: filters.page })}>{open && <RequestOver key={open} requestId={open} close={() => set({ open: "", page: filters.page })} />}</Awaited>
    </PageBody>
  );
}
