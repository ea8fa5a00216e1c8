/** The platform's centres, for whoever runs it. Nothing of what is in a centre is shown. */
import { Plus } from "lucide-react";
import { Suspense, lazy, useState } from "react";

import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { type Column, DataTable, useList } from "@/components/table";
import { SearchField, Toolbar } from "@/components/toolbar";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/fields";
import { Badge, PageBody, PageHead } from "@/components/ui/page";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

const w = words.centres;
const NewCentre = lazy(() => import("./new-centre"));
type Row = Schema<"CentreSummary">;
const isState = (text: string): text is Row["state"] => text === "ACTIVE" || text === "IDLE";

export default function Centres() {
  const may = useMay();
  const { instant, day, dateOf, number } = useFormat();
  const [filters, set] = useFilters({ search: "", state: "", sort: "", page: 1 });
  const [open, setOpen] = useState(false);
  const list = useList("tenant", "/api/v1/tenants", { query: { search: filters.search, page: filters.page, sort: filters.sort || "name", state: isState(filters.state) ? filters.state : undefined } });
  const columns: Column<Row>[] = [
    { key: "name", label: words.name, head: true, sort: "name", csv: (row) => row.name, cell: (row) => <>{row.name}<span className="ml-2 font-mono text-xs font-normal text-muted">{row.slug}</span></> },
    { key: "state", label: words.state, csv: (row) => row.state, cell: (row) => (row.state === "ACTIVE" ? <Badge tone="good">{w.ACTIVE}</Badge> : <Badge>{w.IDLE}</Badge>) },
    { key: "zone", label: w.timezone, csv: (row) => row.timezone, cell: (row) => row.timezone },
    { key: "currency", label: w.currency, wide: true, csv: (row) => row.currency, cell: (row) => row.currency },
    { key: "events", label: w.events, right: true, csv: (row) => row.events, cell: (row) => number(row.events) },
    { key: "last", label: w.last, csv: (row) => row.lastEventAt, cell: (row) => instant(row.lastEventAt) },
    { key: "since", label: w.since, wide: true, csv: (row) => row.createdAt, cell: (row) => <span className="whitespace-nowrap">{day(dateOf(row.createdAt))}</span> },
  ]; // prettier-ignore
  const narrowed = Boolean(filters.search || filters.state);
  return (
    <PageBody>
      <PageHead title={w.title}>
        {may("tenants:create") && (
          <Button kind="primary" onClick={() => setOpen(true)}>
            <Plus aria-hidden className="size-4" />
            {w.new}
          </Button>
        )}
      </PageHead>
      <Toolbar clear={narrowed && (() => set({ search: "", state: "" }))}>
        <SearchField label={w.search} value={filters.search} change={(search) => set({ search })} />
        <Select label={words.state} value={filters.state} empty={shared.table.any} options={[["ACTIVE", w.ACTIVE], ["IDLE", w.IDLE]]} onChange={(event) => set({ state: event.target.value })} />
      </Toolbar>
      <DataTable label={w.title} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={w.none} />
      <Suspense>{open && <NewCentre close={() => setOpen(false)} />}</Suspense>
    </PageBody>
  );
}
