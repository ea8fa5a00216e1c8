import { RefreshCw } from "lucide-react";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useMay } from "@/api/me";
import { useGo } from "@/app/link";
import { type Column, DataTable, useList } from "@/components/table";
import { Toolbar } from "@/components/toolbar";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Check, Field, Select } from "@/components/ui/fields";
import { Badge, PageBody, PageHead } from "@/components/ui/page";
import { useFilters } from "@/lib/filters";
import { FormBody, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";

import { OperationsNav } from "./nav";
import { words } from "./strings";

type Row = Schema<"ProjectionView">;
const EVERY = 5_000; // milliseconds from look to look: how far behind a table is, is no event

export default function Tables() {
  const { instant } = useFormat();
  const may = useMay();
  const [filters, set] = useFilters({ only: "", page: 1 });
  const [asked, ask] = useState<string>();
  const list = useList("operations", "/api/v1/projections", {
    query: { page: filters.page, behind: filters.only === "behind" ? true : undefined, parked: filters.only === "parked" ? true : undefined },
  }, () => EVERY);
  const columns: Column<Row>[] = [
    { key: "name", label: words.table, head: true, csv: (row) => row.name, cell: (row) => <span className="font-mono text-sm">{row.name}</span> },
    { key: "state", label: words.state, csv: (row) => stateOf(row).text, cell: (row) => { const { tone, text } = stateOf(row); return <Badge tone={tone}>{text}</Badge>; } },
    { key: "lag", label: words.lag, right: true, csv: (row) => row.lagSeconds, cell: (row) => (row.lagSeconds > 0 ? words.behind(row.lagSeconds) : words.upToDate) },
    { key: "built", label: words.built, wide: true, csv: (row) => row.builtAt, cell: (row) => <span className="whitespace-nowrap">{row.builtAt && instant(row.builtAt)}</span> },
    ...(may("projections:rebuild") ? [{ key: "act", label: words.rebuild, right: true, cell: (row: Row) => <Button aria-label={words.rebuildTitle(row.name)} onClick={() => ask(row.name)}>{words.rebuild}</Button> }] : []),
  ]; // prettier-ignore
  return (
    <PageBody>
      <PageHead title={words.tables} about={words.about}>
        {may("projections:rebuild") && (
          <Button onClick={() => ask("all")}>
            <RefreshCw aria-hidden className="size-4" />
            {words.rebuildAll}
          </Button>
        )}
      </PageHead>
      <OperationsNav />
      <Toolbar clear={filters.only !== "" && (() => set({ only: "" }))}>
        <Select label={words.only} value={filters.only} empty={words.all} options={[["behind", words.onlyBehind], ["parked", words.onlyParked]]} onChange={(event) => set({ only: event.target.value })} />
      </Toolbar>
      <DataTable label={words.tables} list={list} columns={columns} rowKey={(row) => row.name} filters={filters} set={set} empty={filters.only ? words.noneFits : words.none} />
      <Dialog open={asked !== undefined} close={() => ask(undefined)} title={words.rebuildTitle(asked === "all" ? undefined : asked)} about={words.rebuildAbout}>
        {asked !== undefined && <Ask projection={asked} close={() => ask(undefined)} />}
      </Dialog>
    </PageBody>
  );
}

function stateOf(row: Row): { tone: "good" | "warn" | "danger"; text: string } {
  if (row.parkedStreams > 0) return { tone: "danger", text: words.states.parked(row.parkedStreams) };
  if (row.heldSince !== null) return { tone: "warn", text: words.states.held };
  return row.current ? { tone: "good", text: words.states.good } : { tone: "warn", text: words.states.old };
}

function Ask({ projection, close }: { projection: string; close: () => void }) {
  const go = useGo();
  const form = useForm({
    values: { workers: "1", checkOnly: false },
    send: ({ workers, checkOnly }, headers) =>
      api.POST("/api/v1/projections/{projection}/rebuild", { params: { path: { projection } }, body: { workers: Number(workers), checkOnly }, headers }),
    changes: ["operations"],
    said: words.asked,
    done: ({ id }) => go({ to: "/operations/rebuilds", search: { rebuild: id } }),
  });
  return (
    <FormBody form={form} submit={words.rebuild} cancel={close}>
      <Field label={words.workers} type="number" min={1} max={16} inputMode="numeric" {...form.field("workers", { required: true })} />
      <Check label={words.check} {...form.tick("checkOnly")} />
    </FormBody>
  );
}
