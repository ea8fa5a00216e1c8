import { type FormEvent, useState } from "react";

import { Refused, api, data } from "@/api/client";
import { type SignedIn, keep } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/fields";
import { Note } from "@/components/ui/page";
import { words } from "@/lib/strings";

const w = words.signIn;

/** `email`, `tenant`: who it was, when a session has ended. */
export function SignInForm({ email, tenant, done }: { email?: string | null; tenant?: string; done: () => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [several, setSeveral] = useState(false);
  const [missing, setMissing] = useState<{ email?: string; password?: string }>({});

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return; // Enter twice is one try: tries are counted
    const form = new FormData(event.currentTarget);
    const empty = (["email", "password"] as const).filter((name) => !String(form.get(name)).trim());
    setMissing(Object.fromEntries(empty.map((name) => [name, words.form.required])));
    if (empty[0]) return event.currentTarget.querySelector<HTMLElement>(`[name=${empty[0]}]`)?.focus();
    setBusy(true);
    setProblem(undefined);
    try {
      const body = {
        email: String(form.get("email")).trim(),
        password: String(form.get("password")),
        tenant: String(form.get("tenant") ?? "").trim().toLowerCase() || tenant || null,
      };
      keep((await data(api.POST("/api/v1/auth/login", { body }))) as SignedIn);
      done();
    } catch (error) {
      if (!(error instanceof Refused)) setProblem(words.state.offline);
      else if (error.status === 429) setProblem(w.slow(error.retryAfter ?? 60));
      else if (error.status === 409) {
        setSeveral(true);
        setProblem(w.centreHint);
      } else setProblem(error.status === 401 ? w.wrong : error.message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4" noValidate>
      {problem && <Note tone="danger" alert>{problem}</Note>}
      <Field label={w.email} name="email" type="email" autoComplete="username" defaultValue={email ?? ""} error={missing.email} required />
      <Field label={w.password} name="password" type="password" autoComplete="current-password" error={missing.password} required />
      {several && <Field label={w.centre} name="tenant" autoComplete="organization" hint={w.centreHint} />}
      <Button type="submit" kind="primary" aria-disabled={busy}>
        {busy ? w.busy : w.submit}
      </Button>
    </form>
  );
}
