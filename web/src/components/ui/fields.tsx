/**
 * Labelled controls. What is wrong with one is said beneath it, and to whoever cannot see that. Each takes `ref` and the
 * input's own attributes, so `{...form.register("name")}` fits them all.
 */
import { type ComponentProps, type ReactNode, useId } from "react";

import { cn } from "@/lib/cn";
import { words } from "@/lib/strings";

interface Around {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** The label is for those who cannot see the picture or the column that says it. */
  hideLabel?: boolean | undefined;
}

const CONTROL = "min-h-10 w-full min-w-0 rounded-lg border border-line-strong bg-surface px-3 text-base disabled:opacity-60 aria-invalid:border-danger sm:text-sm";

function useAround({ hint, error }: Pick<Around, "hint" | "error">) {
  const id = useId();
  const told = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return { id, attributes: { id, ...(error ? { "aria-invalid": true as const } : {}), ...(told ? { "aria-describedby": told } : {}) } };
}

export function FieldFrame({ id, label, hint, error, hideLabel, optional, className, children }: Around & { id: string; optional?: boolean; className?: string | undefined; children: ReactNode }) {
  return (
    <div className={cn("grid min-w-0 content-start gap-1.5", className)}>
      <label htmlFor={id} className={hideLabel ? "sr-only" : "text-sm font-medium"}>
        {label}
        {optional && <span className="font-normal text-muted"> ({words.form.optional})</span>}
      </label>
      {children}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  );
}

export function Field({ label, hint, error, hideLabel, optional, className, ...input }: Around & { optional?: boolean } & ComponentProps<"input">) {
  const { id, attributes } = useAround({ hint, error });
  return (
    <FieldFrame {...{ id, label, hint, error, hideLabel, className }} {...(optional ? { optional } : {})}>
      <input {...input} {...attributes} className={CONTROL} />
    </FieldFrame>
  );
}

export function Area({ label, hint, error, hideLabel, optional, className, ...input }: Around & { optional?: boolean } & ComponentProps<"textarea">) {
  const { id, attributes } = useAround({ hint, error });
  return (
    <FieldFrame {...{ id, label, hint, error, hideLabel, className }} {...(optional ? { optional } : {})}>
      <textarea rows={3} {...input} {...attributes} className={cn(CONTROL, "py-2")} />
    </FieldFrame>
  );
}

/** A choice of few. The system's own list: it is the best there is on a phone, and a reader knows it. */
export function Select({ label, hint, error, hideLabel, optional, className, options, empty, ...input }: Around & {
  optional?: boolean;
  options: readonly (readonly [value: string, label: string])[];
  /** The words of the choice of none. */
  empty?: string;
} & ComponentProps<"select">) {
  const { id, attributes } = useAround({ hint, error });
  return (
    <FieldFrame {...{ id, label, hint, error, hideLabel, className }} {...(optional ? { optional } : {})}>
      <select {...input} {...attributes} className={cn(CONTROL, "pr-1")}>
        {empty !== undefined && <option value="">{empty}</option>}
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}

export function Check({ label, hint, error, className, ...input }: Omit<Around, "hideLabel"> & ComponentProps<"input">) {
  const { id, attributes } = useAround({ hint, error });
  return (
    <div className={cn("grid gap-1", className)}>
      <label htmlFor={id} className="flex min-h-10 items-center gap-3 text-sm">
        <input {...input} {...attributes} type="checkbox" className="size-5 shrink-0 accent-(--brand)" />
        {label}
      </label>
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  );
}

/** One of a few, all in sight. */
export function Segments<V extends string>({ label, options, value, change, className }: {
  label: string;
  options: readonly (readonly [value: V, label: string])[];
  value: V;
  change: (value: V) => void;
  className?: string;
}) {
  const name = useId();
  return (
    <fieldset className={cn("flex overflow-hidden rounded-lg border border-line-strong", className)}>
      <legend className="sr-only">{label}</legend>
      {options.map(([each, text]) => (
        <label
          key={each}
          className="relative flex min-h-10 cursor-pointer items-center border-line-strong px-3 text-sm not-first-of-type:border-l hover:bg-sunken has-checked:bg-brand has-checked:text-on-brand has-focus-visible:outline-2 has-focus-visible:-outline-offset-4 has-focus-visible:outline-current"
        >
          <input type="radio" name={name} checked={each === value} onChange={() => change(each)} className="absolute inset-0 cursor-pointer appearance-none outline-none" />
          {text}
        </label>
      ))}
    </fieldset>
  );
}
