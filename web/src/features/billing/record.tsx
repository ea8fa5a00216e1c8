import { useQuery } from "@tanstack/react-query";
import { type ComponentProps, useEffect, useRef, useState } from "react";

import { type Schema, api } from "@/api/client";
import { useMay, useMe } from "@/api/me";
import { reading } from "@/api/reading";
import { useGo } from "@/app/link";
import { METHOD_OPTIONS, type Paid } from "@/components/money-words";
import type { FoundPatient, PatientSearch } from "@/components/patient-search";
import { Awaited } from "@/components/ui/awaited";
import { Check, Field, Segments } from "@/components/ui/fields";
import { Card, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { FormBody, orNull, useForm } from "@/lib/form";
import { fullName, useFormat } from "@/lib/format";
import { isAmount, isZero, sum } from "@/lib/paise";
import { part } from "@/lib/part";

import { allocate } from "./allocate";
import { Preview } from "./preview";
import { words } from "./strings";

const w = words.record;
type Result = Schema<"PaymentResult">;
const Search = part(() => import("@/components/patient-search").then((found) => ({ default: found.PatientSearch })));

/** From a payment in somebody's hand to its receipt: who, how much, how; where it goes is seen before it is made. */
export default function RecordPayment() {
  const [{ patientId }] = useFilters({ patientId: "" });
  const given = useQuery({ ...reading("patient", "/api/v1/patients/{patient_id}", { path: { patient_id: patientId } }), enabled: patientId !== "" });
  if (patientId && given.isPending) return <Skeleton rows={8} />;
  if (patientId && given.isError) return <Failed error={given.error} again={() => void given.refetch()} />;
  return <RecordForm key={patientId} from={given.data} />;
}

function RecordForm({ from }: { from: FoundPatient | undefined }) {
  const go = useGo();
  const may = useMay();
  const { centre } = useMe();
  const { today, money } = useFormat();
  const [patient, setPatient] = useState<FoundPatient | null>(from ?? null);
  const [way, setWay] = useState<"oldest" | "chosen">("oldest");
  const [closed, setClosed] = useState(false);
  const dues = useQuery({
    ...reading("ledger", "/api/v1/patients/{patient_id}/outstanding-dues", { path: { patient_id: patient?.id ?? "" } }),
    enabled: patient !== null && may("payments:read"),
  });
  const form = useForm({
    values: { patientId: from?.id ?? "", amount: "", method: "CASH" as Paid, receivedOn: today(), reference: "", sessionIds: "", priorPeriod: false },
    send: ({ reference, sessionIds, ...rest }, headers): Promise<{ data?: Result }> =>
      api.POST("/api/v1/payments", { body: { ...rest, reference: orNull(reference), ...(sessionIds ? { sessionIds: sessionIds.split(" ") } : {}) }, headers }),
    changes: ["ledger", "patient", "report", "session"],
    said: (result) => w.done(money(result.amount), patient ? fullName(patient) : ""),
    undo: (result) => () => api.POST("/api/v1/payments/{payment_id}/void", { params: { path: { payment_id: result.id } }, body: { reason: w.undone } }),
    done: (result) => go({ to: "/payments/$paymentId", params: { paymentId: result.id }, replace: true }),
    refused: (error) => {
      if (error.code === "PERIOD_CLOSED") setClosed(true);
    },
  });
  const now = form.watch();
  const chosen = way === "chosen" ? now.sessionIds.split(" ").filter(Boolean) : null;
  const charges = dues.data?.charges ?? [];
  const plan = isAmount(now.amount) && dues.data ? allocate(now.amount, charges, chosen, centre.applyCreditAutomatically) : undefined;
  const needed = form.field("patientId", { required: true });
  const sessions = form.field("sessionIds", way === "chosen" ? { check: (text) => (text ? undefined : w.pick) } : {});

  function choose(found: FoundPatient | null) {
    setPatient(found);
    form.setValue("patientId", found?.id ?? "", { shouldValidate: form.formState.isSubmitted });
    form.setValue("sessionIds", "");
    if (found) setTimeout(() => form.setFocus("amount"));
  }
  function pay(amount: string) {
    form.setValue("amount", amount, { shouldValidate: true });
    form.setFocus("amount");
  }
  function toggle(sessionId: string, on: boolean) {
    const ids = (chosen ?? []).filter((id) => id !== sessionId);
    form.setValue("sessionIds", (on ? [...ids, sessionId] : ids).join(" "), { shouldValidate: form.formState.isSubmitted });
  }
  const due = dues.data?.overdue ?? "0.00";
  const open = sum(charges.map((charge) => charge.open));
  return (
    <PageBody className="max-w-5xl">
      <PageHead title={w.title} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2">
        <Card className="p-4">
          <FormBody form={form} submit={w.submit} cancel={() => history.back()}>
            <Awaited fallback={<div className="h-[4.125rem]" />}>
              <Who value={patient} change={choose} error={needed.error} />
            </Awaited>
            <div className="grid gap-2">
              <Field label={w.amount} inputMode="decimal" autoComplete="off" {...form.field("amount", { required: true, kind: "money" })} />
              {patient && (
                <div className="flex flex-wrap gap-2">
                  {!isZero(due) && <Quick label={w.due} amount={money(due)} act={() => pay(due)} />}
                  {!isZero(open) && open !== due && <Quick label={w.all} amount={money(open)} act={() => pay(open)} />}
                </div>
              )}
            </div>
            <div className="grid gap-1.5">
              <p aria-hidden className="text-sm font-medium">{w.method}</p>
              <Segments label={w.method} options={METHOD_OPTIONS} value={now.method} change={(method) => form.setValue("method", method)} className="flex-wrap justify-self-start" />
            </div>
            <div className="grid gap-4 sm:grid-cols-2">
              <Field label={w.date} type="date" max={today()} {...form.field("receivedOn", { required: true, kind: "date" })} />
              <Field label={w.reference} optional autoComplete="off" hint={now.method === "CASH" ? undefined : w.referenceHint} {...form.field("reference")} />
            </div>
            {charges.length > 0 && (
              <div className="grid gap-1.5">
                <p aria-hidden className="text-sm font-medium">{w.which}</p>
                <Segments
                  label={w.which}
                  options={[["oldest", w.oldest], ["chosen", w.chosen]]}
                  value={way}
                  change={(to) => {
                    setWay(to);
                    form.setValue("sessionIds", "");
                  }}
                  className="justify-self-start"
                />
              </div>
            )}
            {closed && <Check label={w.priorPeriod} {...form.field("priorPeriod")} />}
          </FormBody>
        </Card>
        <Card title={w.heading}>
          {!patient ? (
            <p className="p-4 text-sm text-muted">{w.choose}</p>
          ) : dues.isPending ? (
            <Skeleton rows={4} />
          ) : dues.isError ? (
            <Failed error={dues.error} again={() => void dues.refetch()} />
          ) : (
            <Preview dues={dues.data} plan={plan} chosen={chosen} toggle={toggle} error={sessions.error} />
          )}
        </Card>
      </div>
    </PageBody>
  );
}

/** Whoever comes here types a name at once. */
function Who(props: ComponentProps<typeof PatientSearch>) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (props.value === null) input.current?.focus();
  }, []); // on arrival only
  return <Search {...props} inputRef={input} />;
}

function Quick({ label, amount, act }: { label: string; amount: string; act: () => void }) {
  return (
    <button type="button" onClick={act} className="tabular min-h-8 rounded-lg bg-brand-soft px-3 text-sm hover:opacity-90">
      {label}: <strong className="font-semibold">{amount}</strong>
    </button>
  );
}
