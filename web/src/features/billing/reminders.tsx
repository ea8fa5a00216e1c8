import { useState } from "react";

import type { Schema } from "@/api/client";
import { type Column, DataTable, useList } from "@/components/table";
import { NoticeBadge } from "@/features/notices/badge";
import { words as notices } from "@/features/notices/strings";
import { useFormat } from "@/lib/format";

import { words } from "./strings";

const w = words.dues;
type Row = Schema<"Notification">;
export function NoticeState({ status, reason }: { status: Row["status"]; reason?: string | null }) {
  return <span title={reason ?? undefined}><NoticeBadge status={status} /></span>; // prettier-ignore
}

/** Reminders of dues that were sent, failed or were dropped. */
export default function Reminders() {
  const { instant, day } = useFormat();
  const [page, setPage] = useState(1);
  const list = useList("notification", "/api/v1/notifications", { query: { kind: ["DUES_REMINDER"], page, pageSize: 10 } });
  const columns: Column<Row>[] = [
    { key: "who", label: words.patient, head: true, csv: (row) => row.patientName, cell: (row) => row.patientName ?? "—" },
    { key: "month", label: w.month, csv: (row) => row.month, cell: (row) => row.month && day(`${row.month.slice(0, 7)}-01`, { month: "long", year: "numeric" }) },
    { key: "channel", label: w.channel, csv: (row) => row.channel, cell: (row) => notices.channels[row.channel] },
    { key: "state", label: w.state, csv: (row) => row.status, cell: (row) => <NoticeState status={row.status} reason={row.reason} /> },
    { key: "at", label: w.sentAt, csv: (row) => row.sentAt ?? row.requestedAt, cell: (row) => instant(row.sentAt ?? row.requestedAt) },
  ];
  return (
    <DataTable
      className="p-4" label={w.reminders} list={list} columns={columns} rowKey={(row) => row.id} filters={{ page }}
      set={(change) => change.page !== undefined && setPage(Number(change.page))} empty={w.noReminders}
    />
  ); // prettier-ignore
}
