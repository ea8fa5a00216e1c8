import { keepPreviousData, useQuery } from "@tanstack/react-query";

import type { Schema } from "@/api/client";
import { reading } from "@/api/reading";
import { Amount } from "@/components/amount";
import { Files } from "@/components/files";
import { CATEGORY_WORDS, METHOD_WORDS } from "@/components/money-words";
import { useNames } from "@/components/names";
import { Plain } from "@/components/plain-table";
import { Field } from "@/components/ui/fields";
import { Card, Note } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { isZero } from "@/lib/paise";

import { words } from "./strings";

type Line = Schema<"TrialBalanceLine">;
const ENDINGS = { hledger: "journal", beancount: "beancount", csv: "csv" } as const;
const FORMATS = Object.keys(ENDINGS) as (keyof typeof ENDINGS)[];

/** Every account of the book on a day, and the book itself as a file. */
export default function Trial() {
  const { today, money } = useFormat();
  const names = useNames();
  const [filters, set] = useFilters({ books: "", asOf: "" });
  const found = useQuery({ ...reading("ledger", "/api/v1/reports/trial-balance", { query: { asOf: filters.asOf } }), placeholderData: keepPreviousData });
  const named = (line: Line) => [words.trialAccounts[line.account] ?? line.account, line.method && METHOD_WORDS[line.method], line.category && CATEGORY_WORDS[line.category], line.therapyTypeId && names(line.therapyTypeId)].filter(Boolean).join(" · ");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <div className="no-print flex flex-wrap items-end gap-3">
        <Field label={words.asOf} type="date" value={filters.asOf || today()} max={today()} onChange={(event) => set({ asOf: event.target.value === today() ? "" : event.target.value })} />
        <span className="grow" />
        <Files label={words.journalFiles} choices={FORMATS.map((format) => ({ label: words.formats[format], name: `journal-${filters.asOf || today()}.${ENDINGS[format]}`, address: "/api/v1/ledger/export", query: { format, asOf: filters.asOf || undefined } }))} />
      </div>
      <p className="text-sm text-muted">{words.journal}</p>
      {found.isPending ? <Card><Skeleton rows={8} /></Card> : found.isError && !found.data ? <Card><Failed error={found.error} again={() => void found.refetch()} /></Card> : !found.data || found.data.accounts.length === 0 ? <Card><Empty>{words.trialNone}</Empty></Card> : (
        <>
          <Note tone={isZero(found.data.difference) ? "good" : "danger"}>{isZero(found.data.difference) ? words.balances : words.off(money(found.data.difference))}</Note>
          <Card>
            <Plain
              label={words.tabs.trial} rows={found.data.accounts} rowKey={(line) => [line.account, line.therapyTypeId, line.method, line.category].join()}
              columns={[
                { label: words.account, head: true, cell: named },
                { label: words.debit, right: true, cell: (line) => (isZero(line.debit) ? "" : <Amount value={line.debit} label={named(line)} address={line.explain} />) },
                { label: words.credit, right: true, cell: (line) => (isZero(line.credit) ? "" : <Amount value={line.credit} label={named(line)} address={line.explain} />) },
              ]}
              foot={[words.sum, <Amount key="debit" value={found.data.debit} />, <Amount key="credit" value={found.data.credit} />]}
            />
          </Card>
        </>
      )}
    </div>
  ); // prettier-ignore
}
