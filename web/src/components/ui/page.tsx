import { type ReactNode, useEffect } from "react";

import { cn } from "@/lib/cn";
import { words } from "@/lib/strings";

/** The head of a page: its title (the tab's, too), what it is about, and what can be done. */
export function PageHead({ title, about, children }: { title: string; about?: ReactNode; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${words.product}`;
  }, [title]);
  return (
    <header className="flex min-h-10 flex-wrap items-start gap-x-4 gap-y-3">
      <div className="min-w-0 grow">
        <h1 className="text-xl font-semibold text-balance wrap-anywhere">{title}</h1>
        {about && <div className="mt-1 text-sm text-muted">{about}</div>}
      </div>
      {children && <div className="no-print flex flex-wrap items-center gap-2">{children}</div>}
    </header>
  );
}

/** A page's column: its head, then its parts. */
export function PageBody({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cn("grid grid-cols-[minmax(0,1fr)] gap-4", className)}>{children}</div>;
}

export function Card({ title, actions, children, className }: { title?: ReactNode; actions?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={cn("min-w-0 rounded-xl border border-line bg-surface", className)}>
      {(title || actions) && (
        <header className="flex min-h-12 flex-wrap items-center gap-2 border-b border-line px-4 py-2">
          <h2 className="grow font-semibold">{title}</h2>
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}

/** Names and values, two or more columns where there is room. `null` values are left out. */
export function Facts({ facts, className }: { facts: (readonly [label: string, value: ReactNode] | null | false)[]; className?: string }) {
  return (
    <dl className={cn("grid grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))] gap-x-6 gap-y-4 p-4 text-sm", className)}>
      {facts.map((fact) =>
        fact && fact[1] !== null && fact[1] !== undefined && fact[1] !== "" ? (
          <div key={fact[0]} className="min-w-0">
            <dt className="text-muted">{fact[0]}</dt>
            <dd className="mt-0.5 break-words whitespace-pre-line">{fact[1]}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

const TONES = {
  plain: "bg-sunken text-text",
  brand: "bg-brand-soft text-text",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  danger: "bg-danger-soft text-danger",
} as const;
export type Tone = keyof typeof TONES;

/** A state in a word; its colour only repeats it. */
export function Badge({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={cn("inline-flex items-center gap-1 rounded-md px-2 py-0.5 text-xs font-medium whitespace-nowrap", TONES[tone])}>{children}</span>;
}

export function Note({ tone = "plain", children, alert }: { tone?: Tone; children: ReactNode; alert?: boolean }) {
  return (
    <div role={alert ? "alert" : undefined} className={cn("rounded-lg p-3 text-sm", TONES[tone])}>
      {children}
    </div>
  );
}
