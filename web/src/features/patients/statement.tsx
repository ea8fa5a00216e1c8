import { useQuery } from "@tanstack/react-query";
import { Printer } from "lucide-react";

import { read, reading } from "@/api/reading";
import { Link, useParam } from "@/app/link";
import { Button, buttonStyles } from "@/components/ui/button";
import { Card, PageBody, PageHead } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { Letterhead } from "@/features/billing/receipt";
import { useFilters } from "@/lib/filters";
import { fullName, useFormat } from "@/lib/format";
import { isZero, sum } from "@/lib/paise";

import { type Entry, moved, useEntryWords } from "./ledger";
import { words } from "./strings";

const w = words.ledger;
const PAGE = 100;
const LEDGER = "/api/v1/patients/{patient_id}/ledger";

/** Every entry up to a day, on paper: what a family is given. */
export default function Statement() {
  const patientId = useParam("patientId");
  const [{ asOf, knownAt }] = useFilters({ asOf: "", knownAt: "" });
  const { day, money, today, instant } = useFormat();
  const told = useEntryWords();
  const path = { patient_id: patientId };
  const patient = useQuery(reading("patient", "/api/v1/patients/{patient_id}", { path }));
  const ledger = useQuery({
    queryKey: ["ledger", "statement", patientId, asOf, knownAt],
    queryFn: async ({ signal }) => {
      const entries: Entry[] = [];
      for (let page = 1; ; page += 1) {
        const found = await read(LEDGER, { path, query: { asOf, knownAt, page, pageSize: PAGE, sort: "effectiveOn" } }, signal);
        entries.push(...found.data);
        if (entries.length >= found.total || found.data.length === 0) return { entries, accounts: found.accounts };
      }
    },
  });
  if (patient.isPending || ledger.isPending) return <Skeleton rows={10} />;
  if (patient.isError) return <Failed page error={patient.error} again={() => void patient.refetch()} />;
  if (ledger.isError) return <Failed page error={ledger.error} again={() => void ledger.refetch()} />;
  const who = fullName(patient.data, words.erased);
  const balance = sum([ledger.data.accounts.receivable, ledger.data.accounts.credit]);
  const rows = ledger.data.entries.filter((entry) => !isZero(moved(entry)));
  return (
    <PageBody className="max-w-4xl">
      <div className="print:hidden">
        <PageHead title={`${w.statement}: ${who}`}>
          <Link to="/patients/$patientId" params={{ patientId }} search={{ tab: "ledger", ...(asOf ? { asOf } : {}), ...(knownAt ? { knownAt } : {}) }} className={buttonStyles()}>{w.back}</Link>
          <Button kind="primary" onClick={() => window.print()}>
            <Printer aria-hidden className="size-4" />
            {w.print}
          </Button>
        </PageHead>
      </div>
      <Card className="grid grid-cols-[minmax(0,1fr)] gap-5 p-4 sm:p-8 print:border-0 print:p-0">
        <Letterhead title={w.statement} />
        <div className="flex flex-wrap justify-between gap-4 text-sm">
          <div>
            <p className="font-semibold">{who}</p>
            <p>{patient.data.guardianName}</p>
            <p className="whitespace-pre-line">{patient.data.address}</p>
          </div>
          <div className="sm:text-right">
            <p>{w.upTo(day(asOf || today()))}</p>
            {knownAt && <p>{w.knownUpTo(instant(knownAt))}</p>}
            <p className="mt-1 text-lg font-semibold">{money(balance.replace("-", ""))} {isZero(balance) ? w.even : balance.startsWith("-") ? w.inCredit : w.isOwed}</p>
          </div>
        </div>
        {rows.length === 0 ? (
          <Empty>{w.noneThen}</Empty>
        ) : (
          <div className="overflow-x-auto print:overflow-visible" tabIndex={0} role="group" aria-label={w.statement}>
            <table className="w-full text-left text-sm">
              <thead>
                <tr className="border-b border-line-strong">
                  <th scope="col" className="py-2 pr-4 font-medium">{w.date}</th>
                  <th scope="col" className="py-2 pr-4 font-medium">{w.entry}</th>
                  <th scope="col" className="py-2 pr-4 text-right font-medium">{w.moved}</th>
                  <th scope="col" className="py-2 text-right font-medium">{w.after}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((entry) => (
                  <tr key={entry.position} className="break-inside-avoid border-b border-line">
                    <td className="py-2 pr-4 whitespace-nowrap">{day(entry.effectiveOn)}</td>
                    <td className="py-2 pr-4">{told(entry)}{entry.document && <span className="ml-2 text-muted">{entry.document}</span>}</td>
                    <td className="tabular py-2 pr-4 text-right whitespace-nowrap">{money(moved(entry))}</td>
                    <td className="tabular py-2 text-right whitespace-nowrap">{money(entry.balance)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
    </PageBody>
  ); // prettier-ignore
}
