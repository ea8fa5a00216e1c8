/** One's own account: name, password, appearance. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useMe } from "@/api/me";
import { reading } from "@/api/reading";
import { keep, session } from "@/api/session";
import { type Theme, choose, theme } from "@/app/theme";
import { Field, Segments } from "@/components/ui/fields";
import { Card, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { FormBody, useForm } from "@/lib/form";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

const w = words.account;

export default function Account() {
  const me = useMe();
  const found = useQuery(reading("user", "/api/v1/account"));
  return (
    <PageBody className="max-w-2xl">
      <PageHead title={w.title} about={`${me.email ?? ""} · ${shared.roles[me.role]} · ${me.centre.name}`} />
      {found.isPending ? <Skeleton rows={4} /> : found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : <About account={found.data} />}
      <Password />
      <Appearance />
    </PageBody>
  );
}

function About({ account }: { account: Schema<"Account"> }) {
  const form = useForm<{ firstName: string; lastName: string; phone: string }, Schema<"Saved">>({
    values: { firstName: account.firstName ?? "", lastName: account.lastName ?? "", phone: account.phone ?? "" },
    send: (body, headers) => api.PUT("/api/v1/account", { body, headers: { ...headers, "if-match": `"${account.version}"` } }),
    changes: ["user", "tenant"],
    said: words.saved,
  });
  return (
    <Card title={w.about}>
      <div className="p-4">
        <FormBody form={form}>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={w.first} autoComplete="given-name" {...form.field("firstName", { required: true })} />
            <Field label={w.last} autoComplete="family-name" {...form.field("lastName", { required: true })} />
            <Field label={w.phone} type="tel" optional autoComplete="tel" {...form.field("phone", { kind: "phone" })} />
          </div>
        </FormBody>
      </div>
    </Card>
  );
}

function Password() {
  const form = useForm<{ currentPassword: string; newPassword: string; repeat: string }, Schema<"PasswordChanged">>({
    values: { currentPassword: "", newPassword: "", repeat: "" },
    send: ({ currentPassword, newPassword }, headers) => api.PUT("/api/v1/account/password", { body: { currentPassword, newPassword }, headers }),
    changes: [],
    said: w.changed,
    done: ({ accessToken, refreshToken, expiresIn }) => {
      const now = session();
      // Every login before is ended; this one goes on with what it was given.
      if (now && accessToken && refreshToken && expiresIn) keep({ ...now, accessToken, refreshToken, expiresIn });
      form.reset();
    },
  });
  const same = (text: string) => (text === form.getValues("newPassword") ? undefined : w.different);
  return (
    <Card title={w.password}>
      <div className="p-4">
        <FormBody form={form}>
          <Field label={w.current} type="password" autoComplete="current-password" className="max-w-sm" {...form.field("currentPassword", { required: true })} />
          <Field label={w.next} type="password" autoComplete="new-password" hint={w.nextHint} className="max-w-sm" {...form.field("newPassword", { required: true })} />
          <Field label={w.repeat} type="password" autoComplete="new-password" className="max-w-sm" {...form.field("repeat", { required: true, check: same })} />
        </FormBody>
      </div>
    </Card>
  );
}

function Appearance() {
  const [chosen, setChosen] = useState<Theme>(theme);
  const t = shared.theme;
  return (
    <Card title={w.appearance}>
      <div className="grid gap-1.5 p-4">
        <p aria-hidden className="text-sm font-medium">{t.label}</p>
        <Segments
          label={t.label}
          value={chosen}
          options={[["light", t.light], ["dark", t.dark], ["system", t.system]]}
          change={(value) => {
            choose(value);
            setChosen(value);
          }}
          className="justify-self-start"
        />
      </div>
    </Card>
  );
}
