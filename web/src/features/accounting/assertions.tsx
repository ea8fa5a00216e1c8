import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useMay } from "@/api/me";
import { Amount } from "@/components/amount";
import { HistoryButton } from "@/components/history-button";
import { METHOD_OPTIONS, METHOD_WORDS, type Paid } from "@/components/money-words";
import { type Column, DataTable, useList } from "@/components/table";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Area, Field, Select } from "@/components/ui/fields";
import { Badge } from "@/components/ui/page";
import { useFilters } from "@/lib/filters";
import { FormBody, orNull, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

type Row = Schema<"BalanceAssertion">;
type Account = Schema<"AssertedAccount">;
const ACCOUNTS = Object.entries(words.accounts) as [Account, string][];
const CHANGES = ["balance-assertion", "ledger"] as const;

/** What somebody counted, and whether the book still agrees. */
export default function Assertions() {
  const may = useMay();
  const { day } = useFormat();
  const [filters, set] = useFilters({ books: "", page: 1 });
  const [open, setOpen] = useState<"new" | Row | null>(null);
  const [last, setLast] = useState<Row>();
  const list = useList("balance-assertion", "/api/v1/ledger/assertions", { query: { page: filters.page } });
  const writes = may("balances:assert");
  const named = (row: Row) => [words.accounts[row.account], row.method && METHOD_WORDS[row.method]].filter(Boolean).join(" · ");
  const done = () => setOpen(null);
  const columns: Column<Row>[] = [
    { key: "account", label: words.account, head: true, csv: named, cell: (row) => <>{named(row)}{row.note && <span className="block text-xs font-normal text-muted">{row.note}</span>}</> },
    { key: "asOf", label: words.asOf, csv: (row) => row.asOf, cell: (row) => day(row.asOf) },
    { key: "expected", label: words.expected, right: true, csv: (row) => row.expected, cell: (row) => <Amount value={row.expected} /> },
    { key: "found", label: words.found, right: true, csv: (row) => row.found, cell: (row) => <Amount value={row.found} label={words.found} address={row.explain} /> },
    { key: "difference", label: words.difference, right: true, wide: true, csv: (row) => row.difference, cell: (row) => <Amount value={row.difference} className="font-semibold" /> },
    { key: "state", label: words.state, csv: (row) => (row.withdrawn ? words.withdrawn : row.holds ? words.holds : words.broken), cell: (row) => <Badge tone={row.withdrawn ? "plain" : row.holds ? "good" : "danger"}>{row.withdrawn ? words.withdrawn : row.holds ? words.holds : words.broken}</Badge> },
    {
      key: "do", label: words.more,
      cell: (row) => (
        <span className="flex flex-wrap">
          <HistoryButton quiet of={named(row)} address={`/api/v1/ledger/assertions/${row.id}/history`} needs="money-history:read" />
          {writes && !row.withdrawn && <Button kind="quiet" aria-haspopup="dialog" onClick={() => { setLast(row); setOpen(row); }}>{words.withdraw}</Button>}
        </span>
      ),
    },
  ]; // prettier-ignore
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {writes && (
        <div className="flex justify-end">
          <Button kind="primary" aria-haspopup="dialog" onClick={() => setOpen("new")}>{words.count}</Button>
        </div>
      )}
      <DataTable label={words.tabs.assertions} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={words.assertionsNone} />
      <Dialog open={open === "new"} close={done} title={words.assertTitle} about={words.assertAbout}><Assert done={done} /></Dialog>
      <Dialog open={open !== null && open !== "new"} close={done} title={words.withdrawTitle} about={last && named(last)}>{last && <Withdraw id={last.id} done={done} />}</Dialog>
    </div>
  ); // prettier-ignore
}

function Assert({ done }: { done: () => void }) {
  const { today, money } = useFormat();
  const form = useForm({
    values: { account: "CASH" as Account, method: "CASH" as Paid | "", asOf: today(), expected: "", note: "" },
    send: ({ method, note, ...rest }, headers): Promise<{ data?: Schema<"AssertionResult"> }> =>
      api.POST("/api/v1/ledger/assertions", { body: { ...rest, method: rest.account === "CASH" && method ? method : null, note: orNull(note) }, headers }),
    changes: CHANGES,
    said: (result) => (result.holds ? words.saidHolds : words.saidBroken(money(result.difference))),
    done,
  });
  return (
    <FormBody form={form} submit={words.count} cancel={done}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Select label={words.account} options={ACCOUNTS} {...form.field("account")} />
        {form.watch("account") === "CASH" && <Select label={words.method} empty={words.anyMethod} options={METHOD_OPTIONS} {...form.field("method")} />}
        <Field label={words.asOf} type="date" max={today()} {...form.field("asOf", { required: true, kind: "date" })} />
        <Field label={words.amount} inputMode="decimal" {...form.field("expected", { required: true, kind: "money" })} />
      </div>
      <Area label={words.note} optional {...form.field("note")} />
    </FormBody>
  );
}

function Withdraw({ id, done }: { id: string; done: () => void }) {
  const form = useForm({
    values: { reason: "" },
    send: (values, headers) => api.DELETE("/api/v1/ledger/assertions/{assertion_id}", { params: { path: { assertion_id: id } }, body: values, headers }),
    changes: CHANGES,
    said: words.withdrawDone,
    done,
  });
  return (
    <FormBody form={form} submit={words.withdraw} cancel={done}>
      <Area label={shared.form.reason} {...form.field("reason", { required: true })} />
    </FormBody>
  );
}
