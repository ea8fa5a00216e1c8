import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { Amount, ofPatient } from "@/components/amount";
import { METHOD_WORDS } from "@/components/money-words";
import { Plain } from "@/components/plain-table";
import { type Column, DataTable, useList } from "@/components/table";
import { Awaited } from "@/components/ui/awaited";
import { Button, buttonStyles } from "@/components/ui/button";
import { Badge, Card, Facts } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { PaymentBadge } from "@/features/billing/badge";
import { useDueWords } from "@/features/billing/preview";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { isZero } from "@/lib/paise";
import { part } from "@/lib/part";

import { words } from "./strings";

const w = words.money;
const WriteOff = part(() => import("@/features/billing/acts").then(({ WriteOff }) => ({ default: WriteOff })));
type Due = Schema<"Due">;

/** What is owed, what is held, and what was paid. */
export default function PatientMoney({ patientId }: { patientId: string }) {
  const may = useMay();
  const path = { patient_id: patientId };
  const dues = useQuery(reading("ledger", "/api/v1/patients/{patient_id}/outstanding-dues", { path }));
  if (dues.isPending) return <Skeleton rows={6} />;
  if (dues.isError) return <Failed error={dues.error} again={() => void dues.refetch()} />;
  const explained = (figure: string) => ofPatient(figure, patientId);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Card>
        <div className="flex flex-wrap items-center">
          <Facts
            className="min-w-0 grow"
            facts={[
              [words.outstanding, <Amount key="o" value={dues.data.outstanding} label={words.outstanding} address={explained("outstanding")} className="text-xl font-semibold" />],
              [w.overdue, <Amount key="d" value={dues.data.overdue} label={w.overdue} address={explained("overdue")} className="text-xl font-semibold" />],
              [words.credit, <Amount key="c" value={dues.data.credit} label={words.credit} address={explained("credit")} className="text-xl font-semibold" />],
            ]}
          />
          {may("payments:record") && (
            <div className="flex flex-wrap gap-2 p-4">
              {!isZero(dues.data.credit) && dues.data.charges.length > 0 && <ApplyCredit patientId={patientId} />}
              <Link to="/payments/new" search={{ patientId }} className={buttonStyles({ kind: "primary" })}>{w.record}</Link>
            </div>
          )}
        </div>
      </Card>
      <Open dues={dues.data.charges} />
      {!isZero(dues.data.credit) && <Credits patientId={patientId} />}
      <Payments patientId={patientId} />
    </div>
  );
}

function ApplyCredit({ patientId }: { patientId: string }) {
  const { money } = useFormat();
  const { mutate, isPending } = useCommand({
    send: (_: null, headers) => api.POST("/api/v1/patients/{patient_id}/credits/apply", { params: { path: { patient_id: patientId } }, body: {}, headers }),
    changes: ["ledger", "patient", "report"],
    said: (result) => w.applied(money(result.credit)),
  });
  return <Button aria-disabled={isPending} onClick={() => mutate(null)}>{w.apply}</Button>; // prettier-ignore
}

function Open({ dues }: { dues: Due[] }) {
  const may = useMay();
  const told = useDueWords();
  const { day } = useFormat();
  const [written, setWritten] = useState<Due | null>(null);
  const [met, setMet] = useState(false);
  const writes = may("payments:record");
  return (
    <Card title={w.open}>
      {dues.length === 0 ? (
        <Empty>{w.nothing}</Empty>
      ) : (
        <Plain
          label={w.open}
          rows={dues}
          rowKey={(due) => due.id}
          columns={[
            { label: w.what, head: true, cell: (due) => told(due) },
            { label: w.due, cell: (due) => <>{day(due.dueOn)} {due.overdue && <Badge tone="warn">{w.late(due.daysOverdue)}</Badge>}</> },
            { label: w.charged, right: true, wide: true, cell: (due) => <Amount value={due.amount} /> },
            { label: w.paid, right: true, wide: true, cell: (due) => <Amount value={due.paid} /> },
            { label: w.left, right: true, cell: (due) => <Amount value={due.open} className="font-semibold" /> },
            ...(writes ? [{ label: w.writeOff, hideLabel: true, cell: (due: Due) => <Button kind="quiet" aria-label={`${w.writeOff}: ${told(due)}`} aria-haspopup="dialog" onClick={() => { setMet(true); setWritten(due); }}>{w.writeOff}</Button> }] : []),
          ]}
        />
      )}
      <Awaited open={written !== null} close={() => setWritten(null)}>{met && <WriteOff due={written} about={written ? told(written) : ""} close={() => setWritten(null)} />}</Awaited>
    </Card>
  ); // prettier-ignore
}

function Credits({ patientId }: { patientId: string }) {
  const { day } = useFormat();
  const found = useQuery(reading("ledger", "/api/v1/patients/{patient_id}/credits", { path: { patient_id: patientId } }));
  return (
    <Card title={w.held}>
      {found.isPending ? <Skeleton rows={2} /> : found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : (
        <Plain
          label={w.held}
          rows={found.data.sources}
          rowKey={(source) => source.id}
          columns={[
            { label: w.from, head: true, cell: (source) => <Link to="/payments/$paymentId" params={{ paymentId: source.id }} className="inline-flex min-h-6 items-center underline underline-offset-4">{source.receiptNumber ?? METHOD_WORDS[source.method]}</Link> },
            { label: w.received, cell: (source) => day(source.receivedOn) },
            { label: w.amount, right: true, cell: (source) => <Amount value={source.amount} /> },
            { label: w.leftOver, right: true, cell: (source) => <Amount value={source.credit} className="font-semibold" /> },
          ]}
        />
      )}
    </Card>
  ); // prettier-ignore
}

function Payments({ patientId }: { patientId: string }) {
  const { day } = useFormat();
  const [filters, set] = useFilters({ tab: "record", page: 1, sort: "" });
  const list = useList("ledger", "/api/v1/patients/{patient_id}/payments", { path: { patient_id: patientId }, query: { page: filters.page, sort: filters.sort } });
  const columns: Column<Schema<"ListedPayment">>[] = [
    { key: "receipt", label: w.receipt, head: true, csv: (row) => row.receiptNumber, cell: (row) => <Link to="/payments/$paymentId" params={{ paymentId: row.id }} className="tabular inline-flex min-h-6 items-center underline underline-offset-4">{row.receiptNumber ?? METHOD_WORDS[row.method]}</Link> },
    { key: "date", label: w.received, sort: "receivedOn", csv: (row) => row.receivedOn, cell: (row) => day(row.receivedOn) },
    { key: "method", label: w.method, csv: (row) => METHOD_WORDS[row.method], cell: (row) => METHOD_WORDS[row.method] },
    { key: "state", label: words.state, csv: (row) => row.status, cell: (row) => <PaymentBadge status={row.status} /> },
    { key: "amount", label: w.amount, right: true, sort: "amount", csv: (row) => row.amount, cell: (row) => <Amount value={row.amount} /> },
  ]; // prettier-ignore
  return (
    <section className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <h2 className="font-semibold">{w.payments}</h2>
      <DataTable label={w.payments} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={w.unpaid} />
    </section>
  );
}
