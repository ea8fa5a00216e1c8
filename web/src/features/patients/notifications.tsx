import { useQuery } from "@tanstack/react-query";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { type Column, DataTable, useList } from "@/components/table";
import { Check } from "@/components/ui/fields";
import { Card } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { NoticeState } from "@/features/billing/reminders";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";

import { words } from "./strings";

const w = words.notifications;
type Row = Schema<"Notification">;

/** What the family was told, and what it wants to be told. */
export default function PatientNotifications({ patientId }: { patientId: string }) {
  const { instant } = useFormat();
  const [filters, set] = useFilters({ tab: "record", page: 1, sort: "" });
  const list = useList("notification", "/api/v1/patients/{patient_id}/notifications", { path: { patient_id: patientId }, query: { page: filters.page } });
  const columns: Column<Row>[] = [
    { key: "what", label: w.what, head: true, csv: (row) => w.kinds[row.kind], cell: (row) => <>{w.kinds[row.kind]}{row.message && <span className="line-clamp-2 block text-xs font-normal text-muted">{row.message}</span>}</> },
    { key: "channel", label: w.channel, csv: (row) => row.channel, cell: (row) => (row.channel === "SMS" ? "SMS" : w.email) },
    { key: "state", label: words.state, csv: (row) => row.status, cell: (row) => <NoticeState status={row.status} reason={row.reason} /> },
    { key: "at", label: w.at, csv: (row) => row.sentAt ?? row.requestedAt, cell: (row) => <span className="whitespace-nowrap">{instant(row.sentAt ?? row.requestedAt)}</span> },
  ]; // prettier-ignore
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Preferences patientId={patientId} />
      <DataTable label={words.tabs.notifications} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={w.none} />
    </div>
  );
}

function Preferences({ patientId }: { patientId: string }) {
  const may = useMay();
  const path = { patient_id: patientId };
  const found = useQuery(reading("notification-preferences", "/api/v1/patients/{patient_id}/notification-preferences", { path }));
  const choose = (body: Schema<"ChooseChannels">, headers = {}) => api.PUT("/api/v1/patients/{patient_id}/notification-preferences", { params: { path }, body, headers });
  const { mutate, isPending } = useCommand({
    send: (body: Schema<"ChooseChannels">, headers) => choose(body, headers),
    changes: ["notification-preferences"],
    said: w.saved,
    undo: (_, body) => () => choose({ ...("sms" in body ? { sms: !body.sms } : {}), ...("email" in body ? { email: !body.email } : {}) }),
  });
  const fixed = !may("patients:write") || isPending;
  return (
    <Card title={w.by}>
      {found.isPending ? <Skeleton rows={1} /> : found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : (
        <div className="flex flex-wrap gap-x-8 px-4 py-2">
          <Check label={w.sms} checked={found.data.sms} disabled={fixed} onChange={(event) => mutate({ sms: event.target.checked })} />
          <Check label={w.email} checked={found.data.email} disabled={fixed} onChange={(event) => mutate({ email: event.target.checked })} />
        </div>
      )}
    </Card>
  ); // prettier-ignore
}
