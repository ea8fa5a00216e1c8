import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Clock, FileText, RotateCcw } from "lucide-react";

import type { Schema } from "@/api/client";
import { useMe } from "@/api/me";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { Amount } from "@/components/amount";
import { DaySlider } from "@/components/day-slider";
import { METHOD_WORDS } from "@/components/money-words";
import { useNames } from "@/components/names";
import { type Column, DataTable, useList } from "@/components/table";
import { Button, buttonStyles } from "@/components/ui/button";
import { Check } from "@/components/ui/fields";
import { Card, Note } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { endOfDay } from "@/lib/dates";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { decimal, isZero, minus, paise, sum } from "@/lib/paise";

import { words } from "./strings";

const w = words.ledger;
export type Entry = Schema<"LedgerEntry">;

/** What an entry does to what is owed: positive makes it more. */
export const moved = (entry: Pick<Entry, "receivable" | "credit">): string => sum([entry.receivable, entry.credit]);
const owed = (accounts: Schema<"AccountsView">): string => sum([accounts.receivable, accounts.credit]);
const turned = (amount: string): string => decimal(-paise(amount));

/** The book of one family, as it stands, as it stood on a day, and as it was known on another. All of it in the address. */
export default function PatientLedger({ patientId }: { patientId: string }) {
  const { centre } = useMe();
  const { today, dateOf } = useFormat();
  const [filters, set] = useFilters({ tab: "record", asOf: "", knownAt: "", page: 1, sort: "" });
  const path = { patient_id: patientId };
  const { asOf, knownAt } = filters;
  const address = "/api/v1/patients/{patient_id}/ledger";
  const first = useQuery(reading("ledger", address, { path, query: { pageSize: 1, sort: "effectiveOn" } }));
  const list = useList("ledger", address, { path, query: { asOf, knownAt, page: filters.page, sort: filters.sort || "-effectiveOn,-position" } });
  const now = useQuery({ ...reading("ledger", address, { path, query: { asOf, pageSize: 1 } }), enabled: knownAt !== "", placeholderData: keepPreviousData });
  const shown = list.query.data;
  if (first.isPending) return <Skeleton rows={8} />;
  if (first.isError) return <Failed error={first.error} again={() => void first.refetch()} />;
  const begin = first.data.data[0]?.effectiveOn;
  if (begin === undefined) return <Card><Empty>{w.none}</Empty></Card>; // prettier-ignore
  const last = today();
  const travels = asOf !== "" || knownAt !== "";
  const explained = (figure: string) => `/api/v1/explain/${figure}?${new URLSearchParams({ patientId, asOf: asOf || last, ...(knownAt ? { knownAt } : {}) }).toString()}`;
  const learned = shown && now.data && knownAt ? minus(owed(now.data.accounts), owed(shown.accounts)) : undefined;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Card
        title={w.title}
        actions={
          <>
            {travels && (
              <Button kind="quiet" onClick={() => set({ asOf: "", knownAt: "" }, { push: true })}>
                <RotateCcw aria-hidden className="size-4" />
                {w.now}
              </Button>
            )}
            <Link to="/patients/$patientId/statement" params={{ patientId }} search={{ ...(asOf ? { asOf } : {}), ...(knownAt ? { knownAt } : {}) }} className={buttonStyles()}>
              <FileText aria-hidden className="size-4" />
              {w.statement}
            </Link>
          </>
        }
      >
        <div className="no-print grid gap-3 border-b border-line p-4">
          <DaySlider label={w.asOf} first={begin} last={last} value={asOf || last} change={(date) => set({ asOf: date >= last ? "" : date })} />
          <Check label={w.asKnown} checked={knownAt !== ""} onChange={(event) => set({ knownAt: event.target.checked ? endOfDay(asOf || last, centre.timezone) : "" })} />
          {knownAt !== "" && (
            <DaySlider label={w.knownAt} first={begin} last={last} value={dateOf(knownAt)} change={(date) => set({ knownAt: endOfDay(date, centre.timezone) })} />
          )}
        </div>
        {shown ? (
          <Balances accounts={shown.accounts} asOf={asOf || last} knownAt={knownAt} explained={explained} />
        ) : list.query.isError ? (
          <Failed error={list.query.error} again={() => void list.query.refetch()} />
        ) : (
          <Skeleton rows={2} />
        )}
        {learned !== undefined && (
          <div className="px-4 pb-4">
            <Note tone={isZero(learned) ? "plain" : "brand"}>{isZero(learned) ? w.same : <Learned by={learned} />}</Note>
          </div>
        )}
      </Card>
      <Entries list={list} filters={filters} set={set} />
    </div>
  );
}

function Learned({ by }: { by: string }) {
  const { money } = useFormat();
  return w.learned(money(by.replace("-", "")), by.startsWith("-"));
}

function Balances({ accounts, asOf, knownAt, explained }: { accounts: Schema<"AccountsView">; asOf: string; knownAt: string; explained: (figure: string) => string }) {
  const { day, instant } = useFormat();
  const balance = owed(accounts);
  const facts = [
    [w.receivable, accounts.receivable, "receivable"],
    [w.credit, turned(accounts.credit), "credit"],
    [w.deferred, turned(accounts.deferred), "deferred"],
  ] as const;
  return (
    <div className="flex flex-wrap items-end gap-x-10 gap-y-4 p-4">
      <div>
        <p className="flex items-center gap-1.5 text-sm text-muted">
          {knownAt && <Clock aria-hidden className="size-4 shrink-0" />}
          {knownAt ? w.knownBalance(day(asOf), instant(knownAt)) : w.balance(day(asOf))}
        </p>
        <p aria-live="polite" className="mt-1 text-2xl font-semibold">
          <Amount value={balance.replace("-", "")} label={w.after} address={explained("balance")} />
          <span className="ml-2 text-base font-normal text-muted">{isZero(balance) ? w.even : balance.startsWith("-") ? w.inCredit : w.isOwed}</span>
        </p>
      </div>
      <dl className="flex flex-wrap gap-x-8 gap-y-2 text-sm">
        {facts.map(([label, value, figure]) => (
          <div key={figure}>
            <dt className="text-muted">{label}</dt>
            <dd className="mt-0.5"><Amount value={value} label={label} address={explained(figure)} className="font-semibold" /></dd>
          </div>
        ))}
      </dl>
    </div>
  ); // prettier-ignore
}

type Shown = ReturnType<typeof useList<"/api/v1/patients/{patient_id}/ledger">>;

/** What an entry is, in words. */
export function useEntryWords(): (entry: Entry) => string {
  const names = useNames();
  return (entry) => [w.kinds[entry.kind], entry.kind === "CHARGE" && entry.chargeKind && entry.chargeKind !== "SESSION" ? w.fees[entry.chargeKind] : entry.therapyTypeId && names(entry.therapyTypeId), entry.method && METHOD_WORDS[entry.method]].filter(Boolean).join(" · ");
}

function Entries({ list, filters, set }: { list: Shown; filters: { page: number; sort: string } } & { set: Parameters<typeof DataTable>[0]["set"] }) {
  const told = useEntryWords();
  const { day, instant, dateOf } = useFormat();
  const columns: Column<Entry>[] = [
    {
      key: "what", label: w.entry, head: true, csv: told,
      cell: (entry) => (
        <>
          {entry.paymentId && entry.document ? <Link to="/payments/$paymentId" params={{ paymentId: entry.paymentId }} className="inline-flex min-h-6 items-center underline underline-offset-4">{told(entry)}</Link> : told(entry)}
          {(entry.document || entry.reason) && <span className="block text-xs font-normal text-muted">{[entry.document, entry.reason].filter(Boolean).join(" · ")}</span>}
        </>
      ),
    },
    { key: "date", label: w.date, sort: "effectiveOn", csv: (entry) => entry.effectiveOn, cell: (entry) => <span className="whitespace-nowrap">{day(entry.effectiveOn)}{entry.concerns && <span className="block text-xs text-muted">{w.concerns(day(entry.concerns))}</span>}</span> },
    { key: "recorded", label: w.recorded, wide: true, csv: (entry) => entry.recordedAt, cell: (entry) => <span className={dateOf(entry.recordedAt) === entry.effectiveOn ? "text-muted" : ""}>{instant(entry.recordedAt)}</span> },
    { key: "owed", label: w.moved, right: true, csv: moved, cell: (entry) => (isZero(moved(entry)) ? <span className="text-muted">—</span> : <Amount value={moved(entry)} />) },
    { key: "balance", label: w.after, right: true, csv: (entry) => entry.balance, cell: (entry) => <Amount value={entry.balance} className="font-semibold" /> },
  ]; // prettier-ignore
  return <DataTable label={w.title} list={list} columns={columns} rowKey={(entry) => String(entry.position)} filters={filters} set={set} empty={w.noneThen} />;
}
