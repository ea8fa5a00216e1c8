/** A password chosen by a link from a letter: the first one, of whoever was invited, or a new one. */
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { type Refused, api } from "@/api/client";
import { type SignedIn, keep } from "@/api/session";
import { Field } from "@/components/ui/fields";
import { Note } from "@/components/ui/page";
import { FormBody, useForm } from "@/lib/form";

import { Frame } from "./frame";
import { words } from "./strings";

const LINK = "inline-flex min-h-6 items-center justify-self-start text-sm text-brand underline underline-offset-4";
const LEAST = 8; // characters

/** What stands behind `#token=`: browsers send that to no server. */
function tokenOf(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") ?? "";
}

export function Choose({ invited }: { invited: boolean }) {
  const w = invited ? words.invitation : words.reset;
  const [token] = useState(() => tokenOf(location.hash));
  const [state, setState] = useState<"open" | "spent" | "done">(token ? "open" : "spent");
  const navigate = useNavigate();
  if (state === "done") {
    return (
      <Frame title={words.reset.doneTitle} about={words.reset.done}>
        <Link to="/login" className={LINK}>{words.toSignIn}</Link>
      </Frame>
    );
  }
  return (
    <Frame title={w.title} {...(state === "open" ? { about: w.about } : {})}>
      {state === "open" ? (
        <Form
          submit={w.submit}
          token={token}
          invited={invited}
          spent={() => setState("spent")}
          done={(answer) => {
            if (answer) keep(answer);
            // The token is used up: it leaves the address with this page.
            if (answer) void navigate({ to: "/", replace: true });
            else setState("done");
          }}
        />
      ) : (
        <>
          <Note tone="warn" alert>{!token ? words.noToken : invited ? words.spentInvitation : words.spentReset}</Note>
          {!invited && <Link to="/forgot-password" className={LINK}>{words.another}</Link>}
          <Link to="/login" className={LINK}>{words.toSignIn}</Link>
        </>
      )}
    </Frame>
  );
}

interface Props {
  submit: string;
  token: string;
  invited: boolean;
  spent: () => void;
  /** With what an invitation signs in with. */
  done: (answer: SignedIn | undefined) => void;
}

function Form({ submit, token, invited, spent, done }: Props) {
  const form = useForm<{ password: string; repeat: string }, SignedIn | undefined>({
    values: { password: "", repeat: "" },
    send: async ({ password }, headers) => {
      const body = { token, password };
      if (invited) return { data: (await api.POST("/api/v1/auth/accept-invitation", { body, headers })).data as SignedIn };
      await api.POST("/api/v1/auth/reset-password", { body, headers });
      return {};
    },
    changes: [],
    done,
    refused: (error: Refused) => {
      if (error.code !== "LINK_INVALID" && !error.fields.some(({ field }) => field === "token")) return false;
      spent();
      return true;
    },
  });
  const long = (text: string) => (text.length < LEAST ? words.short : undefined);
  const same = () => (form.getValues("repeat") === form.getValues("password") ? undefined : words.different);
  return (
    <FormBody form={form} submit={submit}>
      <Field label={words.password} type="password" autoComplete="new-password" hint={words.passwordHint} {...form.field("password", { required: true, check: long })} />
      <Field label={words.repeat} type="password" autoComplete="new-password" {...form.field("repeat", { required: true, check: same })} />
    </FormBody>
  );
}
