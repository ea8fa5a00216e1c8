import { type ReactNode, useEffect } from "react";

import { Refused } from "@/api/client";
import { cn } from "@/lib/cn";
import { words } from "@/lib/strings";

import { Button } from "./button";

const w = words.state;

/** `page`: it stands for a whole page, whose title it has. */
function Stand({ title, children, alert, page }: { title: string; children?: ReactNode; alert?: boolean; page?: boolean | undefined }) {
  const Title = page ? "h1" : "p";
  return (
    <div role={alert ? "alert" : undefined} className="grid justify-items-start gap-3 p-6">
      <Title className="font-medium">{title}</Title>
      {children}
    </div>
  );
}

/** What stands in place of data that did not come; of a whole `page`, whose address may have a mistake in it. */
export function Failed({ error, again, page }: { error: unknown; again?: () => void; page?: true }) {
  if (error instanceof Refused && error.status === 403) return <Forbidden />;
  if (error instanceof Refused && (error.status === 404 || (page && error.status === 422))) return <NotFound />;
  return (
    <Stand alert page={page} title={navigator.onLine ? w.failed : w.offline}>
      {error instanceof Refused && error.message && <p className="text-sm text-muted">{error.message}</p>}
      {again && <Button onClick={again}>{w.again}</Button>}
    </Stand>
  );
}

export function Forbidden() {
  return (
    <Stand page title={w.forbidden}>
      <p className="text-sm text-muted">{w.forbiddenHint}</p>
    </Stand>
  );
}

export function NotFound() {
  useEffect(() => {
    document.title = `${w.missing} · ${words.product}`;
  }, []);
  return (
    <Stand page title={w.missing}>
      <p className="text-sm text-muted">{w.missingHint}</p>
      <a href="/" className="text-sm text-brand underline underline-offset-4">
        {w.home}
      </a>
    </Stand>
  );
}

export function Broken({ error, again }: { error: unknown; again: () => void }) {
  return (
    <Stand alert page title={w.broken}>
      <p className="font-mono text-sm break-all text-muted">{error instanceof Error ? error.message : String(error)}</p>
      <Button onClick={again}>{w.again}</Button>
    </Stand>
  );
}

/** There is nothing: what this place is for, and the step that fills it. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="grid justify-items-start gap-3 p-6">
      <p className="text-muted">{children}</p>
      {action}
    </div>
  );
}

/** Rows of the height that the data will have, so that nothing jumps when it comes. */
export function Skeleton({ rows, row = "h-14" }: { rows: number; row?: string }) {
  return (
    <div role="status" aria-label={words.state.loading}>
      {Array.from({ length: rows }, (_, n) => (
        <div key={n} className={cn("flex items-center border-b border-line px-4 last:border-0", row)}>
          <div className="h-4 w-1/3 animate-pulse rounded bg-sunken" />
        </div>
      ))}
    </div>
  );
}

/** One value that is on its way: as wide as it will be. */
export function Pending({ className }: { className?: string }) {
  return <span aria-hidden className={cn("inline-block h-4 w-24 animate-pulse rounded bg-sunken align-middle", className)} />;
}
