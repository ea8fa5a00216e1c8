import type { ReactNode } from "react";

import { Refused } from "@/api/client";
import { words } from "@/lib/strings";

import { Button } from "./button";

/** What stands in place of data that did not come. */
export function Failed({ error, again }: { error: unknown; again: () => void }) {
  const forbidden = error instanceof Refused && error.status === 403;
  const missing = error instanceof Refused && error.status === 404;
  return (
    <div role="alert" className="grid justify-items-start gap-3 p-6">
      <p>{forbidden ? words.state.forbidden : missing ? words.state.missing : words.state.failed}</p>
      {!forbidden && !missing && <Button onClick={again}>{words.state.again}</Button>}
    </div>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="p-6 text-muted">{children}</p>;
}

/** Rows of the height that the data will have, so that nothing jumps when it comes. */
export function Skeleton({ rows }: { rows: number }) {
  return (
    <div role="status" aria-label={words.state.loading}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-14 items-center border-b border-line px-4">
          <div className="h-4 w-1/3 animate-pulse rounded bg-sunken" />
        </div>
      ))}
    </div>
  );
}
