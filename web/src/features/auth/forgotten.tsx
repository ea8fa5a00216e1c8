/** Asking for a link by which a new password is chosen. What is answered never says whether anybody has that address. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { api } from "@/api/client";
import { Field } from "@/components/ui/fields";
import { Button } from "@/components/ui/button";
import { FormBody, useForm } from "@/lib/form";
import { words as shared } from "@/lib/strings";

import { Frame } from "./frame";
import { words } from "./strings";

const w = words.forgot;

export default function Forgotten() {
  const [sent, setSent] = useState<string>();
  return (
    <Frame title={sent ? w.sentTitle : w.title} about={sent ? w.sent(sent) : w.about}>
      {sent ? <Button onClick={() => setSent(undefined)}>{w.again}</Button> : <Ask sent={setSent} />}
      <Link to="/login" className="inline-flex min-h-6 items-center justify-self-start text-sm text-brand underline underline-offset-4">
        {words.toSignIn}
      </Link>
    </Frame>
  );
}

function Ask({ sent }: { sent: (email: string) => void }) {
  const form = useForm<{ email: string }, unknown>({
    values: { email: "" },
    send: ({ email }, headers) => api.POST("/api/v1/auth/forgot-password", { body: { email: email.trim() }, headers }),
    changes: [],
    done: (_, { email }) => sent(email.trim()),
  });
  return (
    <FormBody form={form} submit={w.submit}>
      <Field label={shared.signIn.email} type="email" autoComplete="username" {...form.field("email", { required: true, kind: "email" })} />
    </FormBody>
  );
}
