
import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { Amount } from "@/components/amount";
import { useTherapists, useTherapyTypes } from "@/components/names";
import { STATUS_WORDS, SessionBadge } from "@/components/session-badge";
import { FirstBooking } from "@/components/first-booking";
import { type Column, DataTable, useList } from "@/components/table";
import { Toolbar } from "@/components/toolbar";
import { Field, Segments, Select } from "@/components/ui/fields";
import { PageBody, PageHead } from "@/components/ui/page";
import { useMove } from "@/features/schedule/moving";
import { SessionOver } from "@/features/schedule/over";
import { addDays } from "@/lib/dates";
import { useFilters } from "@/lib/filters";
import { fullName, useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

type Row = Schema<"Session">;
type Status = Schema<"SessionStatus">;
const OPEN: Status[] = ["SCHEDULED", "IN_PROGRESS"];
const WHICH = [["coming", words.coming], ["past", words.past], ["all", words.all]] as const;

export default function SessionList() {
  const { day, today } = useFormat();
  const may = useMay();
  const [filters, set] = useFilters({ which: "coming", dateFrom: "", dateTo: "", status: "", therapistId: "", therapyTypeId: "", session: "", sort: "", page: 1 });
  const { session, status, sort, which, ...query } = filters;
  const dated = Boolean(filters.dateFrom || filters.dateTo); // whoever names days means those
  const days = dated ? {} : which === "coming" ? { dateFrom: today() } : which === "past" ? { dateTo: addDays(today(), -1) } : {};
  const usual = !dated && which === "coming" ? "startsAt" : "-startsAt";
  const list = useList("session", "/api/v1/sessions", { query: { ...query, ...days, status: status === "OPEN" ? OPEN : status ? [status as Status] : undefined, sort: sort || usual } });
  const therapists = useTherapists().data?.data ?? [];
  const types = useTherapyTypes().data?.data ?? [];
  const moving = useMove((id) => fullName(therapists.find((each) => each.id === id) ?? { firstName: null, lastName: null }, ""));
  const narrowed = Boolean(filters.dateFrom || filters.dateTo || status || filters.therapistId || filters.therapyTypeId);

  const columns: Column<Row>[] = [
    {
      key: "when", label: words.when, head: true, sort: "startsAt", csv: (row) => `${row.date} ${row.startTime}`,
      cell: (row) => (
        <button type="button" aria-haspopup="dialog" onClick={() => set({ session: row.id, page: filters.page }, { push: true })} className="tabular min-h-6 text-left whitespace-nowrap underline-offset-4 hover:underline">
          {day(row.date)}, {row.startTime}–{row.endTime}
        </button>
      ),
    },
    { key: "patient", label: words.patient, csv: (row) => row.patientName, cell: (row) => row.patientName },
    { key: "therapist", label: words.therapist, csv: (row) => row.therapistName, cell: (row) => row.therapistName },
    { key: "therapy", label: words.therapy, csv: (row) => row.therapyTypeName, cell: (row) => row.therapyTypeName },
    { key: "state", label: words.state, csv: (row) => STATUS_WORDS[row.status], cell: (row) => <SessionBadge status={row.status} /> },
    { key: "price", label: words.price, right: true, csv: (row) => row.price, cell: (row) => <Amount value={row.price} /> },
  ]; // prettier-ignore

  return (
    <PageBody>
      <PageHead title={words.title} />
      <Toolbar clear={narrowed && (() => set({ dateFrom: "", dateTo: "", status: "", therapistId: "", therapyTypeId: "" }))}>
        <Segments label={words.which} value={dated ? "" : which} options={WHICH} change={(now) => set({ which: now, dateFrom: "", dateTo: "" })} className="self-end" />
        <Field label={words.from} type="date" value={filters.dateFrom} className="w-36" onChange={(event) => set({ dateFrom: event.target.value })} />
        <Field label={words.to} type="date" value={filters.dateTo} className="w-36" onChange={(event) => set({ dateTo: event.target.value })} />
        <Select label={words.state} value={status} empty={shared.table.any} options={[["OPEN", words.open], ...Object.entries(STATUS_WORDS)]} onChange={(event) => set({ status: event.target.value })} />
        {may("sessions:read", "ALL") && (
          <Select label={words.therapist} value={filters.therapistId} empty={shared.table.any} options={therapists.map((each) => [each.id, fullName(each)] as const)} onChange={(event) => set({ therapistId: event.target.value })} className="w-40" />
        )}
        <Select label={words.therapy} value={filters.therapyTypeId} empty={shared.table.any} options={types.map((each) => [each.id, each.name] as const)} onChange={(event) => set({ therapyTypeId: event.target.value })} className="w-44" />
      </Toolbar>
      <DataTable label={words.title} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={narrowed ? words.notFound : <FirstBooking>{dated || which === "all" ? words.none : which === "past" ? words.nonePast : words.noneComing}</FirstBooking>} />
      <SessionOver id={session} close={() => set({ session: "", page: filters.page })} moving={moving} />
    </PageBody>
  );
}
