/** A therapist's schedule, a day or a week: sessions in their order, and the free time between. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";

import type { Schema } from "@/api/client";
import { reading } from "@/api/reading";
import { Awaited } from "@/components/ui/awaited";
import { Button } from "@/components/ui/button";
import { Field, Segments } from "@/components/ui/fields";
import { Badge, Card, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { addDays, isDate } from "@/lib/dates";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";

import { standing } from "./day";
import { OutboxBanner } from "./outbox";
import { DoingOver, useReady } from "./ready";
import { type Doing, SessionCard } from "./session-card";
import { words } from "./strings";
import { Whose, useWhose } from "./who";

export default function MySchedule() {
  const { day, today } = useFormat();
  const [filters, set] = useFilters({ view: "week", date: "", therapistId: "" });
  const date = isDate(filters.date) ? filters.date : today();
  const view = filters.view === "day" ? "day" : "week";
  const whose = useWhose(filters.therapistId);
  const [doing, setDoing] = useState<Doing>();
  const [met, setMet] = useState(false);
  const found = useQuery({
    ...reading("session", "/api/v1/therapist/schedule", { query: { view, date, ...whose.query } }),
    enabled: whose.ready,
    placeholderData: keepPreviousData,
  });
  const shown = found.data;
  useReady(shown?.days.flatMap((each) => each.sessions));
  const step = (by: number) => set({ date: addDays(date, by * (view === "week" ? 7 : 1)) }, { push: true });
  return (
    <PageBody>
      <PageHead
        title={whose.own ? words.schedule : words.scheduleOf(shown?.therapistName ?? "…")}
        about={shown && (shown.view === "day" ? day(shown.firstDay, { weekday: "long", day: "numeric", month: "long" }) : words.asking.days(day(shown.firstDay, { day: "numeric", month: "short" }), day(shown.lastDay)))}
      >
        <Whose whose={whose} change={(therapistId) => set({ therapistId }, { push: true })} />
      </PageHead>
      <div className="no-print flex flex-wrap items-center gap-2">
        <Segments label={words.view} value={view} options={[["day", words.day], ["week", words.weekView]]} change={(now) => set({ view: now }, { push: true })} />
        <Button size="icon" aria-label={words.previous} onClick={() => step(-1)}>
          <ChevronLeft aria-hidden className="size-4" />
        </Button>
        <Button onClick={() => set({ date: "" }, { push: true })}>{words.toToday}</Button>
        <Button size="icon" aria-label={words.following} onClick={() => step(1)}>
          <ChevronRight aria-hidden className="size-4" />
        </Button>
        <Field label={words.date} hideLabel type="date" value={date} className="w-40" onChange={(event) => isDate(event.target.value) && set({ date: event.target.value })} />
      </div>
      <OutboxBanner />
      {!shown ? (
        found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : <Skeleton rows={6} row="h-24" />
      ) : (
        <div className={cn("grid grid-cols-[minmax(0,1fr)] items-start gap-4", view === "week" && "xl:grid-cols-2")} aria-busy={found.isFetching}>
          {shown.days.map((each) => (
            <Day
              key={each.date}
              day={each}
              act={(now) => {
                setMet(true);
                setDoing(now);
              }}
            />
          ))}
        </div>
      )}
      <Awaited open={doing !== undefined} close={() => setDoing(undefined)}>{met && <DoingOver doing={doing} close={() => setDoing(undefined)} />}</Awaited>
    </PageBody>
  );
}

type Row = { at: string; session: Schema<"TherapistSession"> } | { at: string; gap: Schema<"Stretch"> };

function Day({ day: each, act }: { day: Schema<"ScheduleDay">; act: (doing: Doing) => void }) {
  const { day, today, number } = useFormat();
  const rows: Row[] = [...each.sessions.map((session) => ({ at: session.startsAt, session })), ...each.gaps.map((gap) => ({ at: gap.startsAt, gap }))].sort((a, b) => a.at.localeCompare(b.at));
  return (
    <Card
      title={
        <>
          {day(each.date, { weekday: "long", day: "numeric", month: "short" })}
          {each.date === today() && <span className="ml-2"><Badge tone="brand">{words.today}</Badge></span>}
        </>
      }
      actions={<span className="text-sm text-muted">{[each.sessionCount ? words.sessions(each.sessionCount) : "", standing(each)].filter(Boolean).join(" · ")}</span>}
    >
      {rows.length === 0 ? (
        <p className="px-4 py-3 text-sm text-muted">{words.noSessions}</p>
      ) : (
        <ul className="divide-y divide-line">
          {rows.map((row) => (
            <li key={"session" in row ? row.session.id : row.at}>
              {"session" in row ? (
                <SessionCard session={row.session} act={act} />
              ) : (
                <p className="tabular flex gap-3 bg-sunken/60 px-4 py-2 text-sm text-muted">
                  <span>{row.gap.startTime}–{row.gap.endTime}</span>
                  <span>{words.freeTime(number(row.gap.minutes))}</span>
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
