import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";

import { Refused, api, data } from "@/api/client";
import { type SignedIn, keep } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { words } from "@/lib/strings";

const w = words.signIn;

export function Login() {
  const { next, ended } = useSearch({ from: "/login" });
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [several, setSeveral] = useState(false);

  useEffect(() => {
    document.title = `${w.title} · ${words.product}`;
  }, []);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(undefined);
    try {
      const body = {
        email: String(form.get("email")).trim(),
        password: String(form.get("password")),
        tenant: String(form.get("tenant") ?? "").trim() || null,
      };
      keep((await data(api.POST("/api/v1/auth/login", { body }))) as SignedIn);
      await navigate({ to: next ?? "/" });
    } catch (error) {
      if (!(error instanceof Refused)) setProblem(words.state.offline);
      else if (error.status === 429) setProblem(w.slow(error.retryAfter ?? 60));
      else if (error.status === 409) {
        setSeveral(true);
        setProblem(w.centreHint);
      } else setProblem(error.status === 401 ? w.wrong : error.message);
      setBusy(false);
    }
  }

  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <form onSubmit={submit} className="grid w-full max-w-sm gap-4 rounded-xl border border-line bg-surface p-6" noValidate>
        <h1 className="text-xl font-semibold">{w.title}</h1>
        {ended && <p className="rounded-lg bg-warn-soft p-3 text-sm text-warn">{w.ended}</p>}
        {problem && (
          <p role="alert" className="rounded-lg bg-danger-soft p-3 text-sm text-danger">
            {problem}
          </p>
        )}
        <Field label={w.email} name="email" type="email" autoComplete="username" required />
        <Field label={w.password} name="password" type="password" autoComplete="current-password" required />
        {several && <Field label={w.centre} name="tenant" autoComplete="organization" hint={w.centreHint} />}
        <Button type="submit" kind="primary" disabled={busy}>
          {busy ? w.busy : w.submit}
        </Button>
      </form>
    </main>
  );
}
