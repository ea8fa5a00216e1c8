import { Search, UserRound } from "lucide-react";
import { useEffect, useState } from "react";

import { useMe } from "@/api/me";
import { useFormat } from "@/lib/format";
import { words } from "@/lib/strings";

const mac = typeof navigator !== "undefined" && navigator.userAgent.includes("Mac");

export function TopBar({ search, person }: { search: () => void; person: () => void }) {
  const me = useMe();
  return (
    <header className="no-print sticky top-0 z-20 flex items-center gap-3 border-b border-line bg-surface px-4 py-2 md:px-6">
      <button
        type="button"
        onClick={search}
        aria-keyshortcuts="Control+K Meta+K"
        className="flex min-h-10 min-w-0 grow items-center gap-3 rounded-lg border border-line-strong px-3 text-sm text-muted hover:bg-sunken md:max-w-96"
      >
        <Search aria-hidden className="size-4 shrink-0" />
        <span className="min-w-0 grow truncate text-left">{words.search.open}</span>
        <kbd aria-hidden className="font-mono text-xs max-sm:hidden">{mac ? "⌘ K" : "Ctrl K"}</kbd>
      </button>
      <span className="grow max-md:hidden" />
      <Clock />
      <button
        type="button"
        aria-haspopup="dialog"
        aria-label={`${me.name}, ${words.roles[me.role]}`}
        onClick={person}
        className="grid size-10 shrink-0 place-items-center rounded-full bg-brand-soft hover:opacity-90"
      >
        <UserRound aria-hidden className="size-4" />
      </button>
    </header>
  );
}

/** What time it is at the centre: whoever sits in another zone sees at once which one the times are in. */
function Clock() {
  const { time, zone, locale } = useFormat();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className="tabular shrink-0 text-sm text-muted" title={words.zone(locale.timezone, zone)}>
      <span className="max-sm:hidden">{time(now)} </span>
      {zone}
    </p>
  );
}
