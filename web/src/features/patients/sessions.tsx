import type { Schema } from "@/api/client";
import { Amount } from "@/components/amount";
import { SessionBadge } from "@/components/session-badge";
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
    { key: "when", label: w.when, head: true, sort: "startsAt", csv: (row) => `${row.date} ${row.startTime}`, cell: (row) => <span className="tabular whitespace-nowrap">{day(row.date)}, {row.startTime}–{row.endTime}</span> },
    { key: "therapy", label: w.therapy, csv: (row) => row.therapyTypeName, cell: (row) => row.therapyTypeName },
    { key: "therapist", label: w.therapist, csv: (row) => row.therapistName, cell: (row) => row.therapistName },
    { key: "state", label: w.state, csv: (row) => row.status, cell: (row) => <SessionBadge status={row.status} /> },
    { key: "price", label: w.price, right: true, csv: (row) => row.price, cell: (row) => <Amount value={row.price} /> },
  ];
  return <DataTable label={words.tabs.sessions} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={w.none} />;
}
