/** The schedule on a phone: one session under the other. */
import { SessionBadge } from "@/components/session-badge";
import { cn } from "@/lib/cn";
import { range } from "@/lib/dates";
import { useFormat } from "@/lib/format";

import type { Column } from "./data";
import { words } from "./strings";

export function Agenda({ from, days, columns, holiday, open }: { from: string; days: number; columns: Column[]; holiday: (date: string) => string | undefined; open: (id: string) => void }) {
  const { day } = useFormat();
  return range(from, days).map((date) => {
    const shown = columns
      .filter((column) => column.date === date)
      .flatMap(({ tint, sessions }) => sessions.map((session) => ({ tint, session })))
      .toSorted((a, b) => a.session.startTime.localeCompare(b.session.startTime));
    const free = holiday(date);
    if (shown.length === 0 && days > 1 && !free) return null;
    return (
      <section key={date} aria-label={day(date)} className="grid grid-cols-[minmax(0,1fr)] gap-2">
        {days > 1 && <h2 className="mt-2 font-semibold">{day(date, { weekday: "long", day: "numeric", month: "short" })}</h2>}
        {free && <p className="text-sm text-muted">{words.holiday(free)}</p>}
        {shown.length === 0 && !free && <p className="py-6 text-muted">{words.empty}</p>}
        <ul className="grid grid-cols-[minmax(0,1fr)] gap-2">
          {shown.map(({ tint, session }) => (
            <li key={session.id}>
              <button type="button" onClick={() => open(session.id)} className={cn(`tint-${tint} flex w-full items-center gap-3 rounded-xl border px-3 py-2.5 text-left`, session.status !== "SCHEDULED" && session.status !== "IN_PROGRESS" && "faded")}>
                <span className="tabular w-12 shrink-0 font-semibold">{session.startTime}</span>
                <span className="min-w-0 grow">
                  <span className="block truncate font-medium">{session.patientName ?? words.somebody}</span>
                  <span className="block truncate text-sm">{session.therapistName} · {session.therapyTypeName} · {words.booking.minutes(session.duration)}</span>
                </span>
                {session.status !== "SCHEDULED" && <SessionBadge status={session.status} />}
              </button>
            </li>
          ))}
        </ul>
      </section>
    );
  });
}
