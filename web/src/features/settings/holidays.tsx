import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay, useMe } from "@/api/me";
import { HistoryButton } from "@/components/history-button";
import { type Column, DataTable, useList } from "@/components/table";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Check, Field } from "@/components/ui/fields";
import { useFilters } from "@/lib/filters";
import { FormBody, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";

import { words } from "./strings";

const w = words.holidays;
type Holiday = Schema<"Holiday">;

export default function Holidays() {
  const may = useMay();
  const { centre } = useMe();
  const manages = may("tenants:manage");
  const { day, today } = useFormat();
  const [filters, set] = useFilters({ section: "", past: false, sort: "", page: 1 });
  const [open, setOpen] = useState(false);
  const list = useList("holiday", "/api/v1/holidays", { query: { from: filters.past ? undefined : today(), page: filters.page, sort: filters.sort || "day" } });
  const columns: Column<Holiday>[] = [
    { key: "day", label: w.day, sort: "day", csv: (row) => row.day, cell: (row) => <span className="whitespace-nowrap">{day(row.day, { weekday: "short", day: "numeric", month: "long", year: "numeric" })}</span> },
    { key: "name", label: words.name, head: true, csv: (row) => row.name, cell: (row) => row.name },
    ...(manages ? [{ key: "more", label: w.remove, right: true, cell: (row: Holiday) => <Remove holiday={row} /> }] : []),
  ]; // prettier-ignore
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <p className="text-sm text-muted">{w.hint}</p>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Check label={w.past} checked={filters.past} onChange={(event) => set({ past: event.target.checked })} />
        <div className="flex flex-wrap gap-2">
          <HistoryButton of={centre.name} address={`/api/v1/tenants/${centre.id}/history`} />
          {manages && (
            <Button kind="primary" onClick={() => setOpen(true)}>
              <Plus aria-hidden className="size-4" />
              {w.new}
            </Button>
          )}
        </div>
      </div>
      <DataTable label={words.sections.holidays} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={w.none} />
      <Dialog open={open} close={() => setOpen(false)} title={w.new}>
        <New done={() => setOpen(false)} />
      </Dialog>
    </div>
  );
}

function Remove({ holiday }: { holiday: Holiday }) {
  const { mutate } = useCommand({
    send: (id: string, headers) => api.DELETE("/api/v1/holidays/{holiday_id}", { params: { path: { holiday_id: id } }, headers }),
    changes: ["holiday", "availability"],
    said: w.removed,
    undo: () => () => api.POST("/api/v1/holidays", { body: { day: holiday.day, name: holiday.name } }),
  });
  return (
    <Button kind="quiet" size="icon" aria-label={`${w.remove}: ${holiday.name}`} onClick={() => mutate(holiday.id)}>
      <Trash2 aria-hidden className="size-4" />
    </Button>
  );
}

function New({ done }: { done: () => void }) {
  const form = useForm<{ day: string; name: string }, Schema<"Saved">>({
    values: { day: "", name: "" },
    send: (body, headers) => api.POST("/api/v1/holidays", { body, headers }),
    changes: ["holiday", "availability", "session"],
    said: w.added,
    done,
  });
  return (
    <FormBody form={form} cancel={done}>
      <Field label={w.day} type="date" {...form.field("day", { required: true })} />
      <Field label={words.name} autoComplete="off" {...form.field("name", { required: true })} />
    </FormBody>
  );
}
