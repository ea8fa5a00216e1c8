/** The platform's centres, for whoever runs it. Nothing of what is in a centre is shown. */
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";

import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { type Column, DataTable, useList } from "@/components/table";
import { SearchField, Toolbar } from "@/components/toolbar";
import { Awaited } from "@/components/ui/awaited";
import { Button } from "@/components/ui/button";
import { Drawer } from "@/components/ui/dialog";
import { Select } from "@/components/ui/fields";
import { Badge, Facts, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { part } from "@/lib/part";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

const w = words.centres;
const NewCentre = part(() => import("./new-centre"));
type Row = Schema<"CentreSummary">;
const isState = (text: string): text is Row["state"] => text === "ACTIVE" || text === "IDLE";

export default function Centres() {
  const may = useMay();
  const { instant, day, dateOf, number } = useFormat();
  const [filters, set] = useFilters({ search: "", state: "", centre: "", sort: "", page: 1 });
  const [open, setOpen] = useState(false);
  const list = useList("tenant", "/api/v1/tenants", { query: { search: filters.search, page: filters.page, sort: filters.sort || "name", state: isState(filters.state) ? filters.state : undefined } });
  const columns: Column<Row>[] = [
    {
      key: "name", label: words.name, head: true, sort: "name", csv: (row) => row.name,
      cell: (row) => (
        <>
          <button type="button" aria-haspopup="dialog" className="min-h-6 text-left underline-offset-4 hover:underline" onClick={() => set({ centre: row.id, page: filters.page }, { push: true })}>{row.name}</button>
          <span className="ml-2 font-mono text-xs font-normal text-muted">{row.slug}</span>
        </>
      ),
    },
    { key: "state", label: words.state, csv: (row) => row.state, cell: (row) => (row.state === "ACTIVE" ? <Badge tone="good">{w.ACTIVE}</Badge> : <Badge>{w.IDLE}</Badge>) },
    { key: "zone", label: w.timezone, csv: (row) => row.timezone, cell: (row) => row.timezone },
    { key: "currency", label: w.currency, wide: true, csv: (row) => row.currency, cell: (row) => row.currency },
    { key: "events", label: w.events, right: true, csv: (row) => row.events, cell: (row) => number(row.events) },
    { key: "last", label: w.last, csv: (row) => row.lastEventAt, cell: (row) => instant(row.lastEventAt) },
    { key: "since", label: w.since, wide: true, csv: (row) => row.createdAt, cell: (row) => <span className="whitespace-nowrap">{day(dateOf(row.createdAt))}</span> },
  ]; // prettier-ignore
  const shown = list.query.data?.data.find(({ id }) => id === filters.centre);
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
      <Drawer open={filters.centre !== ""} close={() => set({ centre: "", page: filters.page })} title={shown?.name ?? w.one} about={w.about}>
        {filters.centre && <One id={filters.centre} {...(shown ? { known: shown } : {})} />}
      </Drawer>
      <Awaited open={open} close={() => setOpen(false)}>{open && <NewCentre close={() => setOpen(false)} />}</Awaited>
    </PageBody>
  );
}

/** What the platform knows of one: how it is set up, and how much has happened in it. */
function One({ id, known }: { id: string; known?: Row }) {
  const { instant, number } = useFormat();
  const found = useQuery(reading("tenant", "/api/v1/tenants/{tenant_id}", { path: { tenant_id: id } }));
  if (found.isPending) return <Skeleton rows={5} />;
  if (found.isError) return <Failed error={found.error} again={() => void found.refetch()} />;
  const centre = found.data;
  return (
    <Facts
      className="p-0"
      facts={[
        [w.slug, <span key="slug" className="font-mono">{centre.slug}</span>],
        [w.legal, centre.legalName],
        [w.timezone, centre.timezone],
        [w.currency, centre.currency],
        [w.phone, centre.phone],
        [w.email, centre.email],
        [w.address, centre.address],
        [w.since, known && instant(known.createdAt)],
        [w.events, known && number(known.events)],
        [w.last, known?.lastEventAt && instant(known.lastEventAt)],
      ]}
    />
  );
}
