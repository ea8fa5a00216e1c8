/** What reports have in common. */
import { type ReactNode } from "react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import type { Schema } from "@/api/client";
import { type Answer, reading } from "@/api/reading";
import { Amount, Explained } from "@/components/amount";
import { Files } from "@/components/files";
import { Awaited } from "@/components/ui/awaited";
import { Card } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { part } from "@/lib/part";

import { type Span, SpanControls, asked, useSpanWords } from "./span";
import { words } from "./strings";

const Bars = part(() => import("@/components/chart"));
export function Chart(props: React.ComponentProps<typeof Bars>) {
  return (
    <Awaited fallback={<div style={{ height: (props.height ?? 200) + 60 }} />}>
      <Bars {...props} />
    </Awaited>
  );
}

type Address = "/api/v1/reports/financial" | "/api/v1/reports/sessions" | "/api/v1/reports/credit" | "/api/v1/reports/cash-close" | "/api/v1/reports/dashboard";
const FORMS = ["csv", "pdf", "json"] as const;

/** A report: its period, its files, and what it says. */
export function Report<A extends Address>({ address, span, set, children }: { address: A; span: Span; set: (change: Partial<Span>) => void; children: (report: Answer<A>) => ReactNode }) {
  const told = useSpanWords();
  const query = asked(span);
  const found = useQuery({ ...reading("report", address as "/api/v1/reports/financial", { query }), placeholderData: keepPreviousData });
  const report = found.data as Answer<A> | undefined;
  const name = address.split("/").at(-1) ?? "report";
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4" aria-busy={found.isFetching}>
      <SpanControls span={span} set={set}>
        <Files label={words.files} choices={FORMS.map((format) => ({ label: format.toUpperCase(), name: `${name}-${found.data?.period.first ?? ""}-${found.data?.period.last ?? ""}.${format}`, address, query: { ...query, format } }))} />
      </SpanControls>
      {found.isPending ? (
        <Card><Skeleton rows={8} /></Card>
      ) : !report || !found.data ? (
        <Card><Failed error={found.error} again={() => void found.refetch()} /></Card>
      ) : (
        <>
          <p className="text-sm text-muted" aria-live="polite">{told(found.data)}</p>
          {children(report)}
        </>
      )}
    </div>
  ); // prettier-ignore
}

/** Names and amounts that can each be asked what they are made of. */
export function Figures({ title, figures, strong }: { title: string; figures: (readonly [label: string, amount: Schema<"Amount">])[]; strong?: string }) {
  return (
    <Card title={title}>
      <dl className="grid px-4 py-2 text-sm">
        {figures.map(([label, amount]) => (
          <div key={label} className="flex min-h-10 items-center justify-between gap-4 border-b border-line last:border-0">
            <dt className={label === strong ? "font-semibold" : ""}>{label}</dt>
            <dd><Amount value={amount.value} label={label} address={amount.explain} className={label === strong ? "text-base font-semibold" : ""} /></dd>
          </div>
        ))}
      </dl>
    </Card>
  ); // prettier-ignore
}

export function Counted({ count, label }: { count: Schema<"Count">; label: string }) {
  return count.value === 0 ? <span className="text-muted">0</span> : <Explained text={String(count.value)} label={label} address={count.explain} />;
}
export function Rated({ rate, label }: { rate: Schema<"Rate">; label: string }) {
  return rate.value === null ? <span className="text-muted">—</span> : <Explained text={`${Number(rate.value)} %`} label={label} address={rate.part.explain} />;
}
