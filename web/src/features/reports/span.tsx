/** Which days a report is about, and as of when it counts. All of it in the address. */
import { type ReactNode } from "react";

import type { Schema } from "@/api/client";
import { Field, Select } from "@/components/ui/fields";
import { useFormat } from "@/lib/format";

import { words } from "./strings";

type Kind = Schema<"PeriodKind">;
export const SPAN = { period: "MONTH", from: "", to: "", asOf: "" } as const;
export interface Span {
  period: string;
  from: string;
  to: string;
  asOf: string;
}

/** What the API is asked, of what stands in the address. */
export function asked({ period, from, to, asOf }: Span) {
  const own = period === "OWN";
  return { period: own ? undefined : (period as Kind), from: own ? from : undefined, to: own ? to : undefined, asOf: asOf || undefined };
}

export function SpanControls({ span, set, children }: { span: Span; set: (change: Partial<Span>) => void; children?: ReactNode }) {
  const { today } = useFormat();
  const last = span.asOf || today();
  return (
    <div role="search" className="no-print flex flex-wrap items-end gap-3">
      <Select
        label={words.period}
        value={span.period}
        options={Object.entries(words.periods)}
        onChange={(event) => set(event.target.value === "OWN" ? { period: "OWN", from: `${last.slice(0, 7)}-01`, to: last } : { period: event.target.value, from: "", to: "" })}
        className="max-sm:grow"
      />
      {span.period === "OWN" && (
        <>
          <Field label={words.from} type="date" value={span.from} max={span.to || undefined} onChange={(event) => event.target.value && set({ from: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
          <Field label={words.to} type="date" value={span.to} min={span.from || undefined} onChange={(event) => event.target.value && set({ to: event.target.value })} className="max-sm:basis-36 max-sm:grow" />
        </>
      )}
      <Field label={words.asOf} type="date" value={last} max={today()} onChange={(event) => set({ asOf: event.target.value === today() ? "" : event.target.value })} className="max-sm:basis-36 max-sm:grow" />
      <span className="grow" />
      {children}
    </div>
  );
}

export function useSpanWords(): (report: { period: Schema<"Span">; asOf: string }) => string {
  const { day } = useFormat();
  return ({ period, asOf }) => words.span(day(period.first), day(period.last), day(asOf));
}

/** Hours with one decimal, of minutes. */
export const hours = (minutes: number): string => (minutes / 60).toFixed(1).replace(/\.0$/, "");
