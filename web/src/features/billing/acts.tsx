/** What is done to a payment that stands: reversing entries, each with its reason. */
import { type Schema, api } from "@/api/client";
import { METHOD_OPTIONS, type Paid } from "@/components/money-words";
import { Dialog } from "@/components/ui/dialog";
import { Area, Field, Select } from "@/components/ui/fields";
import { Note } from "@/components/ui/page";
import { FormBody, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";
import { isZero, paise } from "@/lib/paise";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

const w = words.one;
type Payment = Schema<"Payment">;
const CHANGES = ["ledger", "patient", "report", "session"] as const;

export default function Acts({ payment, act, close }: { payment: Payment; act: "void" | "refund" | null; close: () => void }) {
  const { money } = useFormat();
  return (
    <>
      <Dialog open={act === "void"} close={close} title={w.voidTitle} about={w.voidAbout}>
        <Void payment={payment} close={close} />
      </Dialog>
      <Dialog open={act === "refund"} close={close} title={w.refundTitle} about={w.refundAbout(money(payment.credit))}>
        <Refund payment={payment} close={close} />
      </Dialog>
    </>
  );
}

function Void({ payment, close }: { payment: Payment; close: () => void }) {
  const { money } = useFormat();
  const params = { path: { payment_id: payment.id } };
  const form = useForm({
    values: { reason: "" },
    send: (values, headers) => api.POST("/api/v1/payments/{payment_id}/void", { params, body: values, headers }),
    changes: CHANGES,
    said: w.voided,
    done: close,
  });
  return (
    <FormBody form={form} submit={w.void} cancel={close}>
      {!isZero(payment.applied) && <Note tone="warn">{w.opensAgain}: {money(payment.applied)}</Note>}
      <Area label={shared.form.reason} {...form.field("reason", { required: true })} />
    </FormBody>
  );
}

function Refund({ payment, close }: { payment: Payment; close: () => void }) {
  const { money } = useFormat();
  const params = { path: { payment_id: payment.id } };
  const method: Paid = payment.method === "OPENING" ? "CASH" : payment.method;
  const form = useForm({
    values: { amount: payment.credit, method, reason: "" },
    send: (values, headers) => api.POST("/api/v1/payments/{payment_id}/refund", { params, body: values, headers }),
    changes: CHANGES,
    said: (_, values) => w.refundDone(money(values.amount)),
    done: close,
  });
  const most = (text: string) => (paise(text) > paise(payment.credit) ? w.refundMost(money(payment.credit)) : undefined);
  return (
    <FormBody form={form} submit={w.refund} cancel={close}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={words.amount} inputMode="decimal" {...form.field("amount", { required: true, kind: "money", check: most })} />
        <Select label={words.method} options={METHOD_OPTIONS} {...form.field("method")} />
      </div>
      <Area label={shared.form.reason} {...form.field("reason", { required: true })} />
    </FormBody>
  );
}

/** Gives up what is open of one charge. */
export function WriteOff({ due, about, close }: { due: Schema<"Due"> | null; about: string; close: () => void }) {
  return (
    <Dialog open={due !== null} close={close} title={words.writeOff.title} about={about}>
      {due && <WriteOffForm key={due.id} due={due} close={close} />}
    </Dialog>
  );
}

function WriteOffForm({ due, close }: { due: Schema<"Due">; close: () => void }) {
  const { money } = useFormat();
  const form = useForm({
    values: { amount: due.open, reason: "" },
    send: (values, headers) => api.POST("/api/v1/payments/write-offs", { body: { chargeId: due.id, ...values }, headers }),
    changes: CHANGES,
    said: (_, values) => words.writeOff.done(money(values.amount)),
    done: close,
  });
  const most = (text: string) => (paise(text) > paise(due.open) ? words.writeOff.most(money(due.open)) : undefined);
  return (
    <FormBody form={form} submit={words.writeOff.open} cancel={close}>
      <Note tone="warn">{words.writeOff.about}</Note>
      <Field label={words.writeOff.amount} inputMode="decimal" className="max-w-60" {...form.field("amount", { required: true, kind: "money", check: most })} />
      <Area label={shared.form.reason} {...form.field("reason", { required: true })} />
    </FormBody>
  );
}
