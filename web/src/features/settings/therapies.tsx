import { ArchiveRestore, ArchiveX, ListChecks, Pencil, Plus } from "lucide-react";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { Amount } from "@/components/amount";
import { HistoryButton } from "@/components/history-button";
import { type Column, DataTable, useList } from "@/components/table";
import { Toolbar } from "@/components/toolbar";
import { Awaited } from "@/components/ui/awaited";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Area, Field, Select } from "@/components/ui/fields";
import { Badge, Note } from "@/components/ui/page";
import { useFilters } from "@/lib/filters";
import { FormBody, orNull, useForm } from "@/lib/form";
import { part } from "@/lib/part";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

const w = words.therapies;
type Therapy = Schema<"TherapyType">;
const Questions = part(() => import("./questions"));

export default function Therapies() {
  const may = useMay();
  const manages = may("therapy-types:manage");
  const [filters, set] = useFilters({ section: "", active: "true", sort: "", page: 1 });
  const [open, setOpen] = useState<{ therapy?: Therapy }>();
  const [asking, setAsking] = useState<Therapy>();
  const list = useList("therapy-type", "/api/v1/therapy-types", { query: { active: filters.active === "all" ? undefined : filters.active === "true", page: filters.page, sort: filters.sort || "name" } });
  const columns: Column<Therapy>[] = [
    {
      key: "name", label: words.name, head: true, sort: "name", csv: (row) => row.name,
      cell: (row) => (
        <>
          {row.name}
          {!row.active && <span className="ml-2"><Badge>{words.inactive}</Badge></span>}
          {row.description && <span className="block max-w-prose text-sm font-normal text-muted">{row.description}</span>}
        </>
      ),
    },
    { key: "minutes", label: w.duration, right: true, csv: (row) => row.defaultDuration, cell: (row) => row.defaultDuration },
    { key: "cost", label: w.cost, right: true, csv: (row) => row.defaultCost, cell: (row) => <Amount value={row.defaultCost} /> },
    ...(manages ? [{ key: "more", label: words.edit, cell: (row: Therapy) => <Actions therapy={row} edit={() => setOpen({ therapy: row })} ask={() => setAsking(row)} /> }] : []),
  ]; // prettier-ignore
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Toolbar>
        <Select label={words.state} value={filters.active} options={[["true", words.active], ["false", words.inactive], ["all", shared.table.any]]} onChange={(event) => set({ active: event.target.value })} />
        {manages && (
          <Button kind="primary" onClick={() => setOpen({})}>
            <Plus aria-hidden className="size-4" />
            {w.new}
          </Button>
        )}
      </Toolbar>
      <DataTable label={w.title} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={w.none} />
      <Dialog open={open !== undefined} close={() => setOpen(undefined)} title={open?.therapy ? w.editTitle(open.therapy.name) : w.new}>
        {open && <Edit {...(open.therapy ? { therapy: open.therapy } : {})} done={() => setOpen(undefined)} />}
      </Dialog>
      <Awaited open={asking !== undefined} close={() => setAsking(undefined)}>{asking && <Questions therapy={asking} close={() => setAsking(undefined)} />}</Awaited>
    </div>
  );
}

function Actions({ therapy, edit, ask }: { therapy: Therapy; edit: () => void; ask: () => void }) {
  const params = { params: { path: { therapy_type_id: therapy.id } } };
  const retire = (headers = {}) => api.DELETE("/api/v1/therapy-types/{therapy_type_id}", { ...params, headers });
  const restore = (headers = {}) => api.PUT("/api/v1/therapy-types/{therapy_type_id}", { ...params, body: { active: true }, headers });
  const { mutate } = useCommand({
    send: (active: boolean, headers): Promise<{ data?: unknown }> => (active ? retire(headers) : restore(headers)),
    changes: ["therapy-type"],
    said: (_, active) => (active ? w.retired : w.restored),
    undo: (_, active) => () => (active ? restore() : retire()),
  });
  const Icon = therapy.active ? ArchiveX : ArchiveRestore;
  return (
    <span className="flex justify-end gap-1 max-sm:justify-start">
      <HistoryButton icon of={therapy.name} address={`/api/v1/therapy-types/${therapy.id}/history`} />
      <Button kind="quiet" size="icon" aria-label={`${words.edit}: ${therapy.name}`} onClick={edit}>
        <Pencil aria-hidden className="size-4" />
      </Button>
      <Button kind="quiet" size="icon" title={words.questions.edit} aria-haspopup="dialog" aria-label={`${words.questions.edit}: ${therapy.name}`} onClick={ask}>
        <ListChecks aria-hidden className="size-4" />
      </Button>
      <Button kind="quiet" size="icon" title={therapy.active ? w.retire : w.restore} aria-label={`${therapy.active ? w.retire : w.restore}: ${therapy.name}`} onClick={() => mutate(therapy.active)}>
        <Icon aria-hidden className="size-4" />
      </Button>
    </span>
  );
}

const minutes = (text: string) => (/^[1-9]\d{0,2}$/.test(text) ? undefined : words.rules.whole);

function Edit({ therapy, done }: { therapy?: Therapy; done: () => void }) {
  const form = useForm<{ name: string; description: string; defaultDuration: string; defaultCost: string }, Schema<"Saved">>({
    values: { name: therapy?.name ?? "", description: therapy?.description ?? "", defaultDuration: String(therapy?.defaultDuration ?? 60), defaultCost: therapy?.defaultCost ?? "" },
    ...(therapy ? {} : { draft: "therapy.new" }),
    send: ({ description, defaultDuration, ...rest }, headers) => {
      const body = { ...rest, description: orNull(description), defaultDuration: Number(defaultDuration) };
      if (!therapy) return api.POST("/api/v1/therapy-types", { body, headers });
      return api.PUT("/api/v1/therapy-types/{therapy_type_id}", { params: { path: { therapy_type_id: therapy.id } }, body, headers: { ...headers, "if-match": `"${therapy.version}"` } });
    },
    changes: ["therapy-type"],
    said: therapy ? words.saved : w.added,
    done,
  });
  return (
    <FormBody form={form} cancel={done}>
      {therapy && <Note>{w.later}</Note>}
      <Field label={words.name} autoComplete="off" {...form.field("name", { required: true })} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={w.duration} inputMode="numeric" {...form.field("defaultDuration", { required: true, check: minutes })} />
        <Field label={w.cost} inputMode="decimal" {...form.field("defaultCost", { required: true, kind: "money" })} />
      </div>
      <Area label={w.description} optional rows={2} {...form.field("description")} />
    </FormBody>
  );
}
