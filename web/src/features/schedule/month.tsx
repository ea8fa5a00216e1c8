import { cn } from "@/lib/cn";
import { range } from "@/lib/dates";
import { useFormat } from "@/lib/format";

import type { Column } from "./data";
import { words } from "./strings";

const SHOWN = 3;

/** A month at a glance; a day opens from here. */
export function Month({ month, from, days, columns, holiday, go }: { month: string; from: string; days: number; columns: Column[]; holiday: (date: string) => string | undefined; go: (date: string) => void }) {
  const { day, today } = useFormat();
  const dates = range(from, days);
  return (
    <div className="overflow-x-auto rounded-xl border border-line bg-surface">
      <table className="w-full table-fixed text-sm">
        <caption className="sr-only">{day(`${month}-01`, { month: "long", year: "numeric" })}</caption>
        <thead>
          <tr className="text-xs text-muted">
            {words.weekdays.map((name) => (
              <th key={name} scope="col" className="h-8 font-medium">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: days / 7 }, (_, week) => (
            <tr key={week} className="border-t border-line">
              {dates.slice(week * 7, week * 7 + 7).map((date) => {
                const sessions = columns.filter((column) => column.date === date).flatMap(({ tint, sessions: shown }) => shown.map((session) => ({ tint, session }))).toSorted((a, b) => a.session.startTime.localeCompare(b.session.startTime));
                const free = holiday(date);
                return (
                  <td key={date} className={cn("h-28 border-l border-line p-1 align-top first:border-l-0 max-sm:h-16", !date.startsWith(month) && "bg-page text-muted", free && "striped")}>
                    <button
                      type="button"
                      onClick={() => go(date)}
                      aria-label={`${day(date, { weekday: "long", day: "numeric", month: "long" })}: ${free ? words.holiday(free) : words.sessions(sessions.length)}`}
                      className={cn("tabular grid size-7 place-items-center rounded-full text-sm hover:bg-sunken", date === today() && "bg-brand font-semibold text-on-brand hover:bg-brand")}
                    >
                      {Number(date.slice(8))}
                    </button>
                    {free && <p className="truncate px-1 text-xs" title={free}>{free}</p>}
                    {sessions.length > 0 && <p aria-hidden className="tabular px-1 text-xs sm:hidden">{sessions.length}</p>}
                    <ul aria-hidden className="mt-0.5 grid gap-0.5 max-sm:hidden">
                      {sessions.slice(0, SHOWN).map(({ tint, session }) => (
                        <li key={session.id} className={`tint-${tint} truncate rounded border px-1 text-xs`}>
                          <span className="tabular">{session.startTime}</span> {session.patientName ?? words.somebody}
                        </li>
                      ))}
                      {sessions.length > SHOWN && <li className="px-1 text-xs text-muted">{words.more(sessions.length - SHOWN)}</li>}
                    </ul>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
