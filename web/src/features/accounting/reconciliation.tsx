import { keepPreviousData, useQuery } from "@tanstack/react-query";

import type { Schema } from "@/api/client";
import { reading } from "@/api/reading";
import { Amount } from "@/components/amount";
import { METHOD_OPTIONS, METHOD_WORDS, type Paid } from "@/components/money-words";
import { type Figure, Plain } from "@/components/plain-table";
import { SaveCsv } from "@/components/save-csv";
import { Field, Select } from "@/components/ui/fields";
import { Badge, Card } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { isZero } from "@/lib/paise";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

type Row = Schema<"ReconciliationDay">;

/** What the book says of each method and day, beside what was counted. */
export default function Reconciliation() {
  const { day, money } = useFormat();
  const [filters, set] = useFilters({ books: "", from: "", to: "", method: "" });
  const { from, to } = filters;
  const found = useQuery({ ...reading("ledger", "/api/v1/ledger/reconciliation", { query: { from, to, method: filters.method as Paid | "" } }), placeholderData: keepPreviousData });
  const columns: Figure<Row>[] = [
    { label: words.day, head: true, csv: (row) => row.day, cell: (row) => <span className="whitespace-nowrap">{METHOD_WORDS[row.method]}, {day(row.day)}</span> },
    { label: words.opening, right: true, wide: true, csv: (row) => row.opening, cell: (row) => <Amount value={row.opening} label={words.opening} address={row.explain.opening} /> },
    { label: words.received, right: true, csv: (row) => row.received, cell: (row) => <Amount value={row.received} label={words.received} address={row.explain.received} /> },
    { label: words.paid, right: true, csv: (row) => row.paid, cell: (row) => <Amount value={row.paid} label={words.paid} address={row.explain.paid} /> },
    { label: words.closing, right: true, csv: (row) => row.closing, cell: (row) => <Amount value={row.closing} label={words.closing} address={row.explain.closing} className="font-semibold" /> },
    { label: words.counted, right: true, csv: (row) => row.asserted, cell: (row) => (row.asserted === null ? <span className="text-muted">—</span> : <Amount value={row.asserted} />) },
    { label: words.difference, csv: (row) => row.difference, cell: (row) => (row.difference === null ? <span className="text-muted">—</span> : isZero(row.difference) ? <Badge tone="good">{words.agrees}</Badge> : <Badge tone="danger">{money(row.difference)}</Badge>) },
  ]; // prettier-ignore
  const rows = found.data?.days ?? [];
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <div role="search" className="no-print flex flex-wrap items-end gap-3">
        <Field label={words.from} type="date" value={from || (found.data?.first ?? "")} max={to || undefined} onChange={(event) => set({ from: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
        <Field label={words.to} type="date" value={to || (found.data?.last ?? "")} min={from || undefined} onChange={(event) => set({ to: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
        <Select label={words.method} value={filters.method} empty={shared.table.any} options={METHOD_OPTIONS} onChange={(event) => set({ method: event.target.value })} className="max-sm:grow" />
        <span className="grow" />
        {rows.length > 0 && <SaveCsv label={words.tabs.reconciliation} columns={[{ label: words.method, csv: (row: Row) => METHOD_WORDS[row.method] }, ...columns]} rows={() => Promise.resolve(rows)} />}
      </div>
      <Card>
        {found.isPending ? <Skeleton rows={8} /> : found.isError && !found.data ? <Failed error={found.error} again={() => void found.refetch()} /> : rows.length === 0 ? <Empty>{words.reconciliationNone}</Empty> : (
          <Plain
            label={words.tabs.reconciliation} rows={rows} rowKey={(row) => `${row.method} ${row.day}`}
            columns={columns}
          />
        )}
      </Card>
    </div>
  ); // prettier-ignore
}
