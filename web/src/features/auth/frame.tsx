import { type ReactNode, useEffect, useState } from "react";

import { Awaited } from "@/components/ui/awaited";
import { part } from "@/lib/part";
import { words } from "@/lib/strings";
import { whenWanted } from "@/lib/toast";

const Toasts = part(() => import("@/components/ui/toasts"));

/** The card on the pages of whoever is not signed in yet. */
export function Frame({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  const [toasts, setToasts] = useState(false);
  useEffect(() => whenWanted(() => setToasts(true)), []);
  useEffect(() => {
    document.title = `${title} · ${words.product}`;
  }, [title]);
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="grid w-full max-w-sm grid-cols-[minmax(0,1fr)] gap-4 rounded-xl border border-line bg-surface p-6">
        <h1 className="flex items-center gap-3 text-xl font-semibold">
          <img src="/mark.svg" alt="" width={28} height={28} />
          {title}
        </h1>
        {about && <p className="text-sm text-muted">{about}</p>}
        {children}
      </div>
      <Awaited open={false}>{toasts && <Toasts />}</Awaited>
    </main>
  );
}
