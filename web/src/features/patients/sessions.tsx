import type { Schema } from "@/api/client";
import { Link } from "@/app/link";
import { Amount } from "@/components/amount";
import { STATUS_WORDS, SessionBadge } from "@/components/session-badge";
import { type Column, DataTable, useList } from "@/components/table";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";

import { words } from "./strings";

const w = words.sessions;
type Row = Schema<"Session">;

export default function PatientSessions({ patientId }: { patientId: string }) {
  const { day } = useFormat();
  const [filters, set] = useFilters({ tab: "record", page: 1, sort: "" });
  const list = useList("session", "/api/v1/patients/{patient_id}/sessions", {
    path: { patient_id: patientId },
    query: { page: filters.page, sort: filters.sort || "-startsAt" },
  });
  const columns: Column<Row>[] = [
    { key: "when", label: w.when, head: true, sort: "startsAt", csv: (row) => `${row.date} ${row.startTime}`, cell: (row) => <Link to="/sessions" search={{ session: row.id }} className="tabular inline-flex min-h-6 items-center whitespace-nowrap underline-offset-4 hover:underline">{day(row.date)}, {row.startTime}–{row.endTime}</Link> },
    { key: "therapy", label: w.therapy, csv: (row) => row.therapyTypeName, cell: (row) => row.therapyTypeName },
    { key: "therapist", label: w.therapist, csv: (row) => row.therapistName, cell: (row) => row.therapistName },
    { key: "state", label: w.state, csv: (row) => STATUS_WORDS[row.status], cell: (row) => <SessionBadge status={row.status} /> },
    { key: "price", label: w.price, right: true, csv: (row) => row.price, cell: (row) => <Amount value={row.price} /> },
  ];
  return <DataTable label={words.tabs.sessions} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={w.none} />;
}
