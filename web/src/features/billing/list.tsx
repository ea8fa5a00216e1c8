import { Plus } from "lucide-react";

import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { Link } from "@/app/link";
import { Amount } from "@/components/amount";
import { METHOD_OPTIONS, METHOD_WORDS } from "@/components/money-words";
import { type Column, DataTable, useList } from "@/components/table";
import { SearchField, Toolbar } from "@/components/toolbar";
import { buttonStyles } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/fields";
import { PageBody, PageHead } from "@/components/ui/page";
import { Empty } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";

import { PaymentBadge } from "./badge";
import { words } from "./strings";

type Row = Schema<"ListedPayment">;
type Status = Schema<"PaymentStatus">;
const STATUSES = Object.entries(words.statuses) as [Status, string][];

const RECORD = (
  <Link to="/payments/new" className={buttonStyles({ kind: "primary" })}>
    <Plus aria-hidden className="size-4" />
    {words.record.open}
  </Link>
);

export default function PaymentList() {
  const may = useMay();
  const { day } = useFormat();
  const [filters, set] = useFilters({ search: "", method: "", status: "", from: "", to: "", patientId: "", sort: "", page: 1 });
  const { method, status, ...query } = filters;
  const list = useList("ledger", "/api/v1/payments", { query: { ...query, method: method as Row["method"] | "", status: status as Status | "" } });
  const narrowed = Boolean(filters.search || method || status || filters.from || filters.to || filters.patientId);
  const columns: Column<Row>[] = [
    {
      key: "receipt", label: words.receipt, head: true, sort: "receiptNumber", csv: (row) => row.receiptNumber,
      cell: (row) => <Link to="/payments/$paymentId" params={{ paymentId: row.id }} className="tabular inline-flex min-h-6 items-center underline-offset-4 hover:underline">{row.receiptNumber ?? METHOD_WORDS[row.method]}</Link>,
    },
    { key: "date", label: words.date, sort: "receivedOn", csv: (row) => row.receivedOn, cell: (row) => <span className="whitespace-nowrap">{day(row.receivedOn)}</span> },
    {
      key: "patient", label: words.patient, csv: (row) => row.patientName,
      cell: (row) => <Link to="/patients/$patientId" params={{ patientId: row.patientId }} className="inline-flex min-h-6 items-center underline-offset-4 hover:underline">{row.patientName ?? "—"}</Link>,
    },
    { key: "method", label: words.method, sort: "method", csv: (row) => METHOD_WORDS[row.method], cell: (row) => METHOD_WORDS[row.method] },
    { key: "status", label: words.status, sort: "status", csv: (row) => words.statuses[row.status], cell: (row) => <PaymentBadge status={row.status} /> },
    { key: "amount", label: words.amount, right: true, sort: "amount", csv: (row) => row.amount, cell: (row) => <Amount value={row.amount} className={row.status === "VOIDED" ? "line-through" : ""} /> },
    { key: "credit", label: words.unspent, right: true, wide: true, csv: (row) => row.credit, cell: (row) => <Amount value={row.credit} /> },
  ]; // prettier-ignore
  return (
    <PageBody>
      <PageHead title={words.title}>{may("payments:record") && RECORD}</PageHead>
      <Toolbar clear={narrowed && (() => set({ search: "", method: "", status: "", from: "", to: "", patientId: "" }))}>
        <SearchField label={words.search} value={filters.search} change={(search) => set({ search })} className="w-full sm:w-56" />
        <Select label={words.method} value={method} empty={shared.table.any} options={METHOD_OPTIONS} onChange={(event) => set({ method: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
        <Select label={words.status} value={status} empty={shared.table.any} options={STATUSES} onChange={(event) => set({ status: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
        <Field label={words.from} type="date" value={filters.from} max={filters.to || undefined} onChange={(event) => set({ from: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
        <Field label={words.to} type="date" value={filters.to} min={filters.from || undefined} onChange={(event) => set({ to: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
      </Toolbar>
      <DataTable
        label={words.title} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set}
        empty={narrowed ? words.notFound : <Empty action={may("payments:record") && RECORD}>{words.none}</Empty>}
      />
    </PageBody>
  ); // prettier-ignore
}
