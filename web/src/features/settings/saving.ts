/** The centre's settings are one record: each section sends only what it shows. */
import { useEffect, useRef } from "react";
import type { DefaultValues, FieldValues } from "react-hook-form";

import { type Schema, api } from "@/api/client";
import { useMe } from "@/api/me";
import { useForm } from "@/lib/form";
import { say } from "@/lib/toast";

import { words } from "./strings";

export function useSettings<V extends FieldValues>(values: DefaultValues<V>, body: (values: V) => Schema<"ChangeSettings">) {
  const { centre } = useMe();
  const form = useForm<V, Schema<"SettingsSaved">>({
    values,
    send: (now, headers) =>
      api.PUT("/api/v1/tenants/{tenant_id}/settings", { params: { path: { tenant_id: centre.id } }, body: body(now), headers: { ...headers, "if-match": `"${centre.version}"` } }),
    changes: ["tenant", "session", "availability"],
    said: words.saved,
    done: ({ sessionsInAnotherZone }, now) => {
      form.reset(now);
      if (sessionsInAnotherZone?.length) say({ kind: "news", text: words.centre.anotherZone(sessionsInAnotherZone.length) });
    },
  });
  // What somebody else saved meanwhile shows in the fields that were not touched here: saving does not take it back.
  const shown = useRef(centre.version);
  useEffect(() => {
    if (shown.current === centre.version) return;
    shown.current = centre.version;
    form.reset(values as V, { keepDirtyValues: true });
  });
  return form;
}

/** A whole number from `least` to `most`, as text. */
export const whole = (least: number, most: number) => (text: string) =>
  /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most ? undefined : `${words.rules.whole.replace(/, please\.$/, "")}, ${least}–${most}.`;
export const percent = (text: string) => (/^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)$/.test(text) ? undefined : words.rules.percentWrong);
