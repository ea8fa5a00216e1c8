/**
 * Forms: checked when a field is left, the first mistake focused, the API's refusals (422) at the fields they are about,
 * and what was typed kept in the tab until it is saved.
 */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { type DefaultValues, type FieldPath, type FieldValues, type Path as FieldName, type RegisterOptions, type UseFormReturn, useForm as useBase } from "react-hook-form";

import { type CommandOptions, useCommand } from "@/api/command";
import { session } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Note } from "@/components/ui/page";
import { DRAFTS } from "@/lib/drafts";
import { plainAmount } from "@/lib/paise";
import { words } from "@/lib/strings";
import { inWords } from "@/lib/toast";

const w = words.form;

interface FormOptions<V extends FieldValues, Result> extends CommandOptions<V, Result> {
  /** What stands there first. */
  values: DefaultValues<V>;
  /** Under what the draft is kept; without it nothing is kept. Name the record: `patient.${id}`. */
  draft?: string;
  /** The draft outlives the tab: on a phone, tabs are closed by the system. Only where losing it costs more than keeping. */
  lasting?: boolean;
}

export interface Form<V extends FieldValues> extends Omit<UseFormReturn<V>, "register"> {
  /** `<Field label="…" {...form.field("firstName", { required: true })} />` */
  field: (name: FieldPath<V>, rules?: Rules) => ReturnType<UseFormReturn<V>["register"]> & { error: string | undefined; required?: boolean };
  /** A bare control, such as a box in a table: `<input type="checkbox" aria-label="…" {...form.tick("sms.0")} />` */
  tick: UseFormReturn<V>["register"];
  send: (event?: React.BaseSyntheticEvent) => Promise<void>;
  busy: boolean;
  /** A refusal that is about no field. */
  problem: string | undefined;
  /** What was typed before came back. */
  restored: boolean;
  discard: () => void;
}

export interface Rules {
  required?: boolean;
  kind?: "money" | "email" | "phone" | "date";
  /** The words of what is wrong, or nothing. */
  check?: (value: string) => string | undefined;
}

const PATTERNS = {
  money: [/^\d{1,10}(\.\d{1,2})?$/, w.money],
  email: [/^[^\s@]+@[^\s@]+\.[^\s@]+$/, w.email],
  phone: [/^\+[1-9]\d{6,14}$/, w.phone],
  date: [/^\d{4}-\d{2}-\d{2}$/, w.date],
} as const;

export function useForm<V extends FieldValues, Result>({ values, draft, lasting, ...command }: FormOptions<V, Result>): Form<V> {
  // By person: what one has begun to write is not for whoever uses the same device next.
  const key = draft === undefined ? undefined : `${DRAFTS}${session()?.userId ?? ""}.${draft}`;
  const storage = lasting ? localStorage : sessionStorage;
  const [kept] = useState(() => read<V>(storage, key));
  const [restored, setRestored] = useState(kept !== undefined);
  const [problem, setProblem] = useState<string>();
  const form = useBase<V>({ mode: "onTouched", shouldFocusError: false, defaultValues: values, ...(kept ? { values: { ...(values as V), ...kept } } : {}) });
  const saved = useRef(false);
  const queries = useQueryClient();

  useEffect(() => {
    if (key === undefined) return;
    const { unsubscribe } = form.watch((now) => {
      if (saved.current) return;
      try {
        storage.setItem(key, JSON.stringify(now));
      } catch {
        // Full or forbidden: the form works without.
      }
    });
    return unsubscribe;
  }, [form, key, storage]);

  const { mutateAsync, isPending } = useCommand<V, Result>({
    ...command,
    done: (result, vars) => {
      saved.current = true;
      if (key) storage.removeItem(key);
      setRestored(false);
      command.done?.(result, vars);
    },
    refused: (error, vars) => {
      if (command.refused?.(error, vars)) return true;
      // `sections.2.label` is a control, too, where the form has such.
      const [first, ...others] = error.fields.filter(({ field }) => field in form.getValues() || form.getValues(field as FieldName<V>) !== undefined);
      if (first) {
        for (const { field, message } of others) form.setError(field as FieldName<V>, { message });
        form.setError(first.field as FieldName<V>, { message: first.message }, { shouldFocus: true });
        return true;
      }
      // What somebody else wrote is shown, as far as the page shows it, and what is sent next is about that.
      if (error.status === 412) for (const kind of command.changes) void queries.invalidateQueries({ queryKey: [kind] });
      setProblem(error.status === 412 ? w.changed : inWords(error));
      return true;
    },
  });

  return {
    ...form,
    field: (name, rules = {}) => {
      const options: RegisterOptions<V, FieldPath<V>> = {};
      if (rules.required) options.required = w.required;
      if (rules.kind === "money") options.setValueAs = (value: unknown) => (typeof value === "string" ? plainAmount(value) : value);
      options.validate = (value: unknown) => {
        const typed = typeof value === "string" ? value.trim() : "";
        const text = rules.kind === "money" ? plainAmount(typed) : typed;
        if (rules.required && typeof value === "string" && !text) return w.required;
        if (rules.kind && text && !PATTERNS[rules.kind][0].test(text)) return PATTERNS[rules.kind][1];
        return rules.check?.(text) ?? true;
      };
      const error = form.getFieldState(name, form.formState).error?.message;
      const control = form.register(name, options);
      return { ...control, onBlur: afterPress(control.onBlur), error, ...(rules.required ? { required: true } : {}) } as ReturnType<Form<V>["field"]>;
    },
    tick: form.register,
    send: form.handleSubmit(async (now) => {
      setProblem(undefined);
      saved.current = false;
      await mutateAsync(now).catch(() => undefined); // said already, where it belongs
    }, focusFirst),
    busy: isPending,
    problem,
    restored,
    discard: () => {
      if (key) storage.removeItem(key);
      setRestored(false);
      form.reset(values);
    },
  };
}

/**
 * Once. react-hook-form would do it now and again in the next task, and whoever types a date by then would be put back to
 * its first part: 01032019 became the year 19.
 */
function focusFirst(errors: object): void {
  const before = (a: HTMLElement, b: HTMLElement) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);
  controls(errors).sort(before)[0]?.focus();
}

/** The controls that are wrong, however deep the names of their fields are: `sections.2.label`. */
function controls(errors: object): HTMLElement[] {
  return Object.values(errors).flatMap((each: unknown) => {
    if (typeof each !== "object" || each === null) return [];
    return "ref" in each ? (each.ref instanceof HTMLElement ? [each.ref] : []) : controls(each);
  });
}

function read<V>(storage: Storage, key: string | undefined): V | undefined {
  const text = key === undefined ? null : storage.getItem(key);
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as V;
  } catch {
    return undefined;
  }
}

/**
 * A field that is left by pressing something is checked when the press is over: its mistake makes the form longer, and
 * what was pressed would be gone from under the pointer before it is let go.
 */
let pressing = false;
if (typeof window !== "undefined") {
  window.addEventListener("pointerdown", () => (pressing = true), true);
  for (const over of ["pointerup", "pointercancel"]) window.addEventListener(over, () => (pressing = false), true);
}

function afterPress<E>(left: (event: E) => Promise<unknown>): (event: E) => Promise<unknown> {
  return (event) => {
    if (!pressing) return left(event);
    return new Promise((done) => {
      const over = new AbortController();
      const check = () => {
        over.abort();
        setTimeout(() => done(left(event))); // after the click that follows
      };
      for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, check, { signal: over.signal });
    });
  };
}

/** The form itself: what is wrong with it as a whole, its fields, and its buttons. */
export function FormBody<V extends FieldValues>({ form, children, submit = w.save, cancel, id }: {
  form: Form<V>;
  children: ReactNode;
  /** The words of the button; null where the buttons stand elsewhere (give those `form={id}`). */
  submit?: string | null;
  cancel?: () => void;
  id?: string;
}) {
  return (
    <form id={id} noValidate onSubmit={(event) => void form.send(event)} className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {form.restored && (
        <Note tone="brand">
          <span className="mr-2">{w.draft}</span>
          <button type="button" className="min-h-6 underline underline-offset-4" onClick={form.discard}>
            {w.discard}
          </button>
        </Note>
      )}
      {form.problem && <Note tone="danger" alert>{form.problem}</Note>}
      {children}
      {submit !== null && (
        <div className="flex flex-wrap justify-end gap-2">
          {cancel && <Button onClick={cancel} onMouseDown={stay}>{w.cancel}</Button>}
          <Button type="submit" kind="primary" aria-disabled={form.busy} onMouseDown={stay}>
            {form.busy ? w.saving : submit}
          </Button>
        </div>
      )}
    </form>
  );
}

/** Empty text as the API's null. */
export const orNull = (text: string | null | undefined): string | null => text?.trim() || null;

/**
 * A button that leaves the focus where it is when it is pressed with a mouse: otherwise the field that is left is checked,
 * its mistake makes the form longer, and the button is gone from under the pointer before it is let go.
 */
export const stay = (event: React.MouseEvent): void => event.preventDefault();
