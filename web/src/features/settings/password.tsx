/** A way back in for somebody else: a link to choose a new password, or one that is set here and told in person. */
import { Mail } from "lucide-react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/fields";
import { FormBody, useForm } from "@/lib/form";
import { fullName } from "@/lib/format";

import { words } from "./strings";

const w = words.people.password;
const LEAST = 8; // characters

export function PasswordDialog({ user, close }: { user: Schema<"User">; close: () => void }) {
  return (
    <Dialog open close={close} title={w.title(fullName(user, user.email ?? ""))}>
      <div className="grid gap-4">
        {user.joined && user.email && <Link email={user.email} done={close} />}
        <Set user={user} done={close} />
      </div>
    </Dialog>
  );
}

function Link({ email, done }: { email: string; done: () => void }) {
  const { mutate, isPending } = useCommand({
    send: (to: string, headers) => api.POST("/api/v1/auth/forgot-password", { body: { email: to }, headers }),
    changes: [],
    said: w.sent(email),
    done,
  });
  return (
    <section className="grid gap-3 border-b border-line pb-4">
      <h3 className="font-medium">{w.link}</h3>
      <p className="text-sm text-muted">{w.linkHint(email)}</p>
      <Button className="justify-self-end" aria-disabled={isPending} onClick={() => !isPending && mutate(email)}>
        <Mail aria-hidden className="size-4" />
        {w.send}
      </Button>
    </section>
  );
}

function Set({ user, done }: { user: Schema<"User">; done: () => void }) {
  const form = useForm<{ password: string }, Schema<"Saved">>({
    values: { password: "" },
    send: (body, headers) => api.PUT("/api/v1/users/{user_id}/password", { params: { path: { user_id: user.id } }, body, headers }),
    changes: ["user"],
    said: w.done(fullName(user, user.email ?? "")),
    done,
  });
  return (
    <section className="grid gap-3">
      <h3 className="font-medium">{w.set}</h3>
      <p className="text-sm text-muted">{w.setHint}</p>
      <FormBody form={form} submit={w.set} cancel={done}>
        {/* In plain letters: it has to be read out or written down. */}
        <Field label={w.next} autoComplete="off" spellCheck={false} autoCapitalize="none" hint={w.nextHint} {...form.field("password", { required: true, check: (text) => (text.length < LEAST ? w.short : undefined) })} />
      </FormBody>
    </section>
  );
}
