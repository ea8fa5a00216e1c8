import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Amount } from "@/components/amount";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/fields";
import { Badge } from "@/components/ui/page";
import { Failed, Pending } from "@/components/ui/states";
import { FormBody, orNull, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";

import type { Session } from "./data";
import { words } from "./strings";

const w = words.session;
type Method = "CASH" | "CARD" | "UPI" | "BANK_TRANSFER" | "CHEQUE";

/** What the session costs, what was paid for it, and a payment for the rest. */
export function Payments({ session }: { session: Session }) {
  const { day } = useFormat();
  const may = useMay();
  const [paying, setPaying] = useState(false);
  const found = useQuery(reading("ledger", "/api/v1/sessions/{session_id}/payments", { path: { session_id: session.id } }));
  const money = found.data;
  return (
    <section className="grid gap-2 text-sm">
      <h3 className="flex items-center gap-2 font-semibold">
        {w.payments}
        {money?.isPaidInFull && money.amountCharged !== "0.00" && <Badge tone="good">{w.settled}</Badge>}
      </h3>
      {found.isError ? (
        <Failed error={found.error} again={() => void found.refetch()} />
      ) : (
        <>
          <dl className="grid grid-cols-3 gap-2 rounded-lg bg-sunken p-3">
            {([[w.charged, money?.amountCharged], [w.paid, money?.amountPaid], [w.due, money?.amountDue]] as const).map(([label, amount]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd className="font-semibold">{amount === undefined ? <Pending className="w-14" /> : <Amount value={amount} />}</dd>
              </div>
            ))}
          </dl>
          {money?.dueDate && money.amountDue !== "0.00" && <p className="text-muted">{w.dueOn} {day(money.dueDate)}</p>}
          <ul>
            {money?.payments.map((payment) => (
              <li key={`${payment.id}${payment.chargeId}`} className="flex items-baseline gap-3 border-b border-line py-2 last:border-0">
                <span className="grow">
                  {w.methods[payment.method]}, {day(payment.receivedOn)}
                  {payment.receiptNumber && <span className="block text-muted">{payment.receiptNumber}</span>}
                </span>
                <Amount value={payment.amount} />
              </li>
            ))}
          </ul>
          {money && may("payments:record") && money.amountDue !== "0.00" && (paying ? <PayForm session={session} due={money.amountDue} back={() => setPaying(false)} /> : <Button className="justify-self-start" onClick={() => setPaying(true)}>{w.pay}</Button>)}
        </>
      )}
    </section>
  );
}

function PayForm({ session, due, back }: { session: Session; due: string; back: () => void }) {
  const { money } = useFormat();
  const form = useForm({
    values: { amount: due, method: "CASH" as Method, reference: "" },
    draft: `session.pay.${session.id}`,
    send: ({ amount, method, reference }, headers) =>
      api.POST("/api/v1/sessions/{session_id}/payments", { params: { path: { session_id: session.id } }, headers, body: { amount, method, reference: orNull(reference) } }),
    changes: ["ledger", "session", "patient", "report"],
    said: (_, { amount }) => w.paidNow(money(amount)),
    undo: ({ id }) => () => api.POST("/api/v1/payments/{payment_id}/void", { params: { path: { payment_id: id } }, body: { reason: words.booking.undo } }),
    done: back,
  });
  return (
    <div className="rounded-lg border border-line p-3">
      <FormBody form={form} submit={w.pay} cancel={back}>
        <div className="grid grid-cols-2 gap-3">
          <Field label={w.amount} inputMode="decimal" {...form.field("amount", { required: true, kind: "money" })} />
          <Select label={w.method} options={Object.entries(w.methods)} {...form.field("method")} />
        </div>
        <Field label={w.reference} optional {...form.field("reference")} />
      </FormBody>
    </div>
  );
}
