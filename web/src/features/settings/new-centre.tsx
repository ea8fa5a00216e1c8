import { type Schema, api } from "@/api/client";
import { Dialog } from "@/components/ui/dialog";
import { Field, Select } from "@/components/ui/fields";
import { FormBody, useForm } from "@/lib/form";

import { words } from "./strings";

const w = words.centres;
const EMPTY = { name: "", slug: "", timezone: "Asia/Kolkata", currency: "INR", firstName: "", lastName: "", email: "", password: "" };

const ZONES = [...new Set([...Intl.supportedValuesOf("timeZone"), "Asia/Kolkata"])].sort().map((zone) => [zone, zone.replaceAll("_", " ")] as const);

export default function NewCentre({ close }: { close: () => void }) {
  return (
    <Dialog open close={close} title={w.new}>
      <New done={close} />
    </Dialog>
  );
}

function New({ done }: { done: () => void }) {
  const form = useForm<typeof EMPTY, Schema<"TenantOpened">>({
    values: EMPTY,
    send: ({ firstName, lastName, email, password, ...centre }, headers) => api.POST("/api/v1/tenants", { body: { ...centre, admin: { firstName, lastName, email, password } }, headers }),
    changes: ["tenant"],
    said: (_, { name }) => w.opened(name),
    done,
  });
  const p = words.people;
  return (
    <FormBody form={form} submit={w.new} cancel={done}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={words.name} autoComplete="off" {...form.field("name", { required: true })} />
        <Field label={w.slug} hint={w.slugHint} autoComplete="off" {...form.field("slug", { required: true, check: (text) => (/^[a-z0-9-]+$/.test(text) ? undefined : w.slugWrong) })} />
        <Select label={w.timezone} options={ZONES} {...form.field("timezone")} />
        <Field label={w.currency} maxLength={3} {...form.field("currency", { required: true })} />
      </div>
      <h3 className="border-t border-line pt-4 font-medium">{w.admin}</h3>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={p.first} autoComplete="off" {...form.field("firstName", { required: true })} />
        <Field label={p.last} autoComplete="off" {...form.field("lastName", { required: true })} />
        <Field label={p.email} type="email" autoComplete="off" {...form.field("email", { required: true, kind: "email" })} />
        <Field label={w.password} type="password" hint={w.passwordHint} autoComplete="new-password" {...form.field("password", { required: true, check: (text) => (text.length < 8 ? w.passwordShort : undefined) })} />
      </div>
    </FormBody>
  );
}
