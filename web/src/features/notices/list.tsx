import { FlaskConical, Send, Settings2 } from "lucide-react";
import { useState } from "react";

import type { Schema } from "@/api/client";
import { useMay, useMe } from "@/api/me";
import { Link } from "@/app/link";
import { type Column, DataTable, useList } from "@/components/table";
import { Toolbar } from "@/components/toolbar";
import { Awaited } from "@/components/ui/awaited";
import { Button, buttonStyles } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/fields";
import { PageBody, PageHead } from "@/components/ui/page";
import { addDays, isDate, startOfDay } from "@/lib/dates";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { part } from "@/lib/part";

import { NoticeBadge } from "./badge";
import { words } from "./strings";

type Row = Schema<"Notification">;
const Over = part(() => import("./over"));
const pairs = <K extends string>(told: Record<K, string>) => Object.entries(told) as [K, string][];
const one = <K extends string>(told: Record<K, string>, text: string): K | undefined => (text in told ? (text as K) : undefined);

function recipientOf(row: Row): string {
  return row.patientName ?? row.userName ?? row.recipient ?? (row.patientId ? words.erased : words.staff);
}

export default function NoticeList() {
  const may = useMay();
  const { instant, today } = useFormat();
  const zone = useMe().centre.timezone;
  const [filters, set] = useFilters({ kind: "", status: "", channel: "", from: "", until: "", open: "", sort: "", page: 1 });
  const [making, setMaking] = useState<"send" | "test">();
  const kind = one(words.kinds, filters.kind);
  const status = one(words.statuses, filters.status);
  const list = useList("notification", "/api/v1/notifications", {
    query: {
      kind: kind ? [kind] : undefined, status: status ? [status] : undefined, channel: one(words.channels, filters.channel), page: filters.page, sort: filters.sort || "-requestedAt",
      from: isDate(filters.from) ? startOfDay(filters.from, zone) : undefined, to: isDate(filters.until) ? startOfDay(addDays(filters.until, 1), zone) : undefined,
    },
  }); // prettier-ignore
  const columns: Column<Row>[] = [
    {
      key: "to", label: words.to, head: true, csv: recipientOf,
      cell: (row) => (
        <button type="button" aria-haspopup="dialog" className="min-h-6 text-left font-medium underline-offset-4 hover:underline" onClick={() => set({ open: row.id, page: filters.page }, { push: true })}>
          {recipientOf(row)}
        </button>
      ),
    },
    { key: "kind", label: words.kind, csv: (row) => words.kinds[row.kind], cell: (row) => words.kinds[row.kind] },
    { key: "channel", label: words.channel, csv: (row) => words.channels[row.channel], cell: (row) => words.channels[row.channel] },
    { key: "status", label: words.status, csv: (row) => words.statuses[row.status], cell: (row) => <NoticeBadge status={row.status} /> },
    { key: "message", label: words.message, wide: true, cell: (row) => <span className="line-clamp-2 max-w-md text-muted">{row.message}</span> },
    { key: "when", label: words.requested, sort: "requestedAt", csv: (row) => row.requestedAt, cell: (row) => <span className="sm:whitespace-nowrap">{instant(row.requestedAt)}</span> },
  ]; // prettier-ignore
  const narrowed = Boolean(filters.kind || filters.status || filters.channel || filters.from || filters.until);
  const manages = may("notifications:manage");
  const close = () => (making ? setMaking(undefined) : set({ open: "", page: filters.page }));
  return (
    <PageBody>
      <PageHead title={words.title}>
        {manages && (
          <>
            <Link to="/settings" search={{ section: "notices" }} className={buttonStyles()}>
              <Settings2 aria-hidden className="size-4" />
              {words.settings}
            </Link>
            <Button aria-haspopup="dialog" onClick={() => setMaking("test")}>
              <FlaskConical aria-hidden className="size-4" />
              {words.test}
            </Button>
            <Button kind="primary" aria-haspopup="dialog" onClick={() => setMaking("send")}>
              <Send aria-hidden className="size-4" />
              {words.send}
            </Button>
          </>
        )}
      </PageHead>
      <Toolbar clear={narrowed && (() => set({ kind: "", status: "", channel: "", from: "", until: "" }))}>
        <Select label={words.kind} value={filters.kind} empty={words.any} options={pairs(words.kinds)} onChange={(event) => set({ kind: event.target.value })} />
        <Select label={words.status} value={filters.status} empty={words.any} options={pairs(words.statuses)} onChange={(event) => set({ status: event.target.value })} />
        <Select label={words.channel} value={filters.channel} empty={words.any} options={pairs(words.channels)} onChange={(event) => set({ channel: event.target.value })} />
        <Field label={words.from} type="date" className="w-40" max={today()} value={filters.from} onChange={(event) => set({ from: event.target.value })} />
        <Field label={words.until} type="date" className="w-40" value={filters.until} onChange={(event) => set({ until: event.target.value })} />
      </Toolbar>
      <DataTable label={words.title} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={narrowed ? words.notFound : words.none} />
      <Awaited open={filters.open !== "" || making !== undefined} close={close}>
        {(filters.open || making) && <Over noticeId={filters.open} making={making} close={close} />}
      </Awaited>
    </PageBody>
  );
}
