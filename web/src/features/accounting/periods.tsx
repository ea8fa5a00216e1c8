import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useMay } from "@/api/me";
import { useNames } from "@/components/names";
import { type Column, DataTable, useList } from "@/components/table";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Area, Field } from "@/components/ui/fields";
import { Card } from "@/components/ui/page";
import { addDays, monthStart } from "@/lib/dates";
import { useFilters } from "@/lib/filters";
import { FormBody, orNull, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";

import { words } from "./strings";

const CHANGES = ["tenant", "ledger", "report"] as const;

/** Until when the books are closed, and who closed or reopened them. */
export default function Periods() {
  const may = useMay();
  const names = useNames();
  const { day, instant } = useFormat();
  const [filters, set] = useFilters({ books: "", page: 1 });
  const [act, setAct] = useState<"close" | "reopen" | null>(null);
  const list = useList("tenant", "/api/v1/ledger/periods", { query: { page: filters.page } });
  const through = list.query.data?.closedThrough;
  const done = () => setAct(null);
  const columns: Column<Schema<"Closing">>[] = [
    { key: "act", label: words.act, head: true, csv: (row) => words.acts[row.act], cell: (row) => words.acts[row.act] },
    { key: "until", label: words.until, csv: (row) => row.closedThrough, cell: (row) => (row.closedThrough ? day(row.closedThrough) : words.nothing) },
    { key: "reason", label: words.reason, csv: (row) => row.reason, cell: (row) => row.reason ?? "—" },
    { key: "who", label: words.who, csv: (row) => names(row.actor), cell: (row) => names(row.actor) ?? "—" },
    { key: "when", label: words.when, csv: (row) => row.recordedAt, cell: (row) => instant(row.recordedAt) },
  ];
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Card>
        <div className="flex flex-wrap items-center gap-3 p-4">
          <p className="grow font-medium">{list.query.data && (through ? words.closedThrough(day(through)) : words.allOpen)}</p>
          {through && may("books:reopen") && <Button aria-haspopup="dialog" onClick={() => setAct("reopen")}>{words.reopen}</Button>}
          {may("books:close") && <Button kind="primary" aria-haspopup="dialog" onClick={() => setAct("close")}>{words.close}</Button>}
        </div>
      </Card>
      <DataTable label={words.tabs.periods} list={list} columns={columns} rowKey={(row) => String(row.number)} filters={filters} set={set} empty={words.periodsNone} />
      <Dialog open={act === "close"} close={done} title={words.closeTitle} about={words.closeAbout}><Close done={done} /></Dialog>
      <Dialog open={act === "reopen"} close={done} title={words.reopenTitle} about={words.reopenAbout}><Reopen done={done} /></Dialog>
    </div>
  ); // prettier-ignore
}

function Close({ done }: { done: () => void }) {
  const { today } = useFormat();
  const form = useForm({
    values: { through: addDays(monthStart(today()), -1), note: "" }, // the month before
    send: ({ through, note }, headers) => api.POST("/api/v1/ledger/periods/close", { body: { through, note: orNull(note) }, headers }),
    changes: CHANGES,
    said: words.closed,
    done,
  });
  return (
    <FormBody form={form} submit={words.close} cancel={done}>
      <Field label={words.through} type="date" max={today()} {...form.field("through", { required: true, kind: "date" })} />
      <Area label={words.note} optional {...form.field("note")} />
    </FormBody>
  );
}

function Reopen({ done }: { done: () => void }) {
  const form = useForm({
    values: { through: "", reason: "" },
    send: ({ through, reason }, headers) => api.POST("/api/v1/ledger/periods/reopen", { body: { through: orNull(through), reason }, headers }),
    changes: CHANGES,
    said: words.reopened,
    done,
  });
  return (
    <FormBody form={form} submit={words.reopen} cancel={done}>
      <Field label={words.reopenThrough} type="date" optional {...form.field("through", { kind: "date" })} />
      <Area label={words.reason} {...form.field("reason", { required: true })} />
    </FormBody>
  );
}
