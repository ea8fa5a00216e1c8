import { Plus } from "lucide-react";

import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { Link } from "@/app/link";
import { Amount } from "@/components/amount";
import { CATEGORY_OPTIONS, CATEGORY_WORDS, METHOD_OPTIONS, METHOD_WORDS } from "@/components/money-words";
import { type Column, DataTable, useList } from "@/components/table";
import { SearchField, Toolbar } from "@/components/toolbar";
import { buttonStyles } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/fields";
import { Badge, Card, PageBody, PageHead, type Tone } from "@/components/ui/page";
import { Empty } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { paise } from "@/lib/paise";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

type Row = Schema<"Expense">;
const TONES: Record<Schema<"ExpenseStatus">, Tone> = { RECORDED: "good", AMENDED: "warn", VOIDED: "danger" };
const STATUSES = Object.entries(words.statuses) as [Row["status"], string][];

function ExpenseBadge({ status }: { status: Row["status"] }) {
  return <Badge tone={TONES[status]}>{words.statuses[status]}</Badge>;
}

const NEW = (
  <Link to="/expenses/new" className={buttonStyles({ kind: "primary" })}>
    <Plus aria-hidden className="size-4" />
    {words.open}
  </Link>
);

export default function ExpenseList() {
  const may = useMay();
  const { day } = useFormat();
  const [filters, set] = useFilters({ search: "", category: "", method: "", status: "", from: "", to: "", sort: "", page: 1 });
  const { category, method, status, ...query } = filters;
  const list = useList("expense", "/api/v1/expenses", {
    query: { ...query, category: category as Row["category"] | "", method: method as Row["method"] | "", status: status as Row["status"] | "" },
  });
  const found = list.query.data;
  const standing = found?.byCategory.reduce((count, each) => count + each.count, 0) ?? 0;
  const narrowed = Boolean(filters.search || category || method || status || filters.from || filters.to);
  const columns: Column<Row>[] = [
    {
      key: "what", label: words.description, head: true, csv: (row) => row.description ?? CATEGORY_WORDS[row.category],
      cell: (row) => (
        <Link to="/expenses/$expenseId" params={{ expenseId: row.id }} className="inline-flex min-h-6 items-center underline-offset-4 hover:underline">
          {row.description ?? row.payee ?? CATEGORY_WORDS[row.category]}
        </Link>
      ),
    },
    { key: "number", label: words.number, wide: true, sort: "receiptNumber", csv: (row) => row.receiptNumber, cell: (row) => <span className="tabular text-muted">{row.receiptNumber}</span> },
    { key: "date", label: words.date, sort: "incurredOn", csv: (row) => row.incurredOn, cell: (row) => <span className="whitespace-nowrap">{day(row.incurredOn)}</span> },
    { key: "category", label: words.category, sort: "category", csv: (row) => CATEGORY_WORDS[row.category], cell: (row) => CATEGORY_WORDS[row.category] },
    { key: "payee", label: words.payee, sort: "payee", csv: (row) => row.payee, cell: (row) => row.payee ?? "—" },
    { key: "method", label: words.method, wide: true, sort: "method", csv: (row) => METHOD_WORDS[row.method], cell: (row) => METHOD_WORDS[row.method] },
    { key: "status", label: words.state, csv: (row) => words.statuses[row.status], cell: (row) => <ExpenseBadge status={row.status} /> },
    { key: "amount", label: words.amount, right: true, sort: "amount", csv: (row) => row.amount, cell: (row) => <Amount value={row.amount} className={row.status === "VOIDED" ? "line-through" : ""} /> },
  ]; // prettier-ignore
  return (
    <PageBody>
      <PageHead title={words.title} about={found && standing > 0 && <><Amount value={found.amount} label={words.spent} address={found.explain} /> {words.inExpenses(standing)}</>}>{may("expenses:write") && NEW}</PageHead>
      <Toolbar clear={narrowed && (() => set({ search: "", category: "", method: "", status: "", from: "", to: "" }))}>
        <SearchField label={words.search} value={filters.search} change={(search) => set({ search })} className="w-full sm:w-56" />
        <Select label={words.category} value={category} empty={shared.table.any} options={CATEGORY_OPTIONS} onChange={(event) => set({ category: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
        <Select label={words.method} value={method} empty={shared.table.any} options={METHOD_OPTIONS} onChange={(event) => set({ method: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
        <Select label={words.state} value={status} empty={shared.table.any} options={STATUSES} onChange={(event) => set({ status: event.target.value })} className="max-sm:w-full" />
        <Field label={words.from} type="date" value={filters.from} max={filters.to || undefined} onChange={(event) => set({ from: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
        <Field label={words.to} type="date" value={filters.to} min={filters.from || undefined} onChange={(event) => set({ to: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
      </Toolbar>
      {found && found.byCategory.length > (category ? 0 : 1) && <Categories sums={found.byCategory} all={found.amount} chosen={category} choose={(to) => set({ category: to === category ? "" : to })} />}
      <DataTable
        label={words.title} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set}
        empty={narrowed ? words.notFound : <Empty action={may("expenses:write") && NEW}>{words.none}</Empty>}
      />
    </PageBody>
  ); // prettier-ignore
}

/** What each kind of spending comes to; pressing one narrows the list to it. */
function Categories({ sums, all, chosen, choose }: { sums: Schema<"CategorySum">[]; all: string; chosen: string; choose: (category: string) => void }) {
  const share = (amount: string) => (paise(all) > 0n ? Number((paise(amount) * 1000n) / paise(all)) / 10 : 0);
  return (
    <Card title={words.byCategory} className="no-print">
      <ul className="grid gap-x-6 p-2 sm:grid-cols-2 lg:grid-cols-3">
        {sums.map((each) => (
          <li key={each.category} className={cn("flex items-start gap-1 rounded-lg pr-2 text-sm hover:bg-sunken", chosen === each.category && "bg-brand-soft")}>
            <button type="button" aria-pressed={chosen === each.category} onClick={() => choose(each.category)} className="grid min-w-0 grow gap-1 rounded-lg px-2 py-2 text-left">
              <span>{CATEGORY_WORDS[each.category]} <span className="text-muted">({each.count})</span></span>
              <span aria-hidden className="h-1.5 overflow-hidden rounded bg-sunken">
                <span className="block h-full bg-brand" style={{ width: `${share(each.amount)}%` }} />
              </span>
            </button>
            <Amount value={each.amount} label={CATEGORY_WORDS[each.category]} address={each.explain} className="mt-2 font-medium" />
          </li>
        ))}
      </ul>
    </Card>
  ); // prettier-ignore
}
