/** A therapist's day: what is now, what comes, and what is left to do. Made for a phone first. */
import { useQuery } from "@tanstack/react-query";
import { CalendarDays } from "lucide-react";
import { useState } from "react";

import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { Awaited } from "@/components/ui/awaited";
import { buttonStyles } from "@/components/ui/button";
import { Badge, Card, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";

import { OutboxBanner } from "./outbox";
import { DoingOver, useReady } from "./ready";
import { type Doing, SessionCard } from "./session-card";
import { words } from "./strings";
import { Whose, useWhose } from "./who";

export default function MyDay() {
  const [filters, set] = useFilters({ therapistId: "" });
  const whose = useWhose(filters.therapistId);
  const [doing, setDoing] = useState<Doing>();
  const [met, setMet] = useState(false);
  const { day } = useFormat();
  const found = useQuery({ ...reading("session", "/api/v1/therapist/dashboard", { query: whose.query }), enabled: whose.ready, refetchInterval: 5 * 60_000 });
  useReady(found.data?.today.sessions);
  function act(now: Doing) {
    setMet(true);
    setDoing(now);
  }
  const shown = found.data;
  return (
    <PageBody>
      <PageHead
        title={whose.own ? words.myDay : words.dayOf(shown?.therapistName ?? "…")}
        about={shown && day(shown.date, { weekday: "long", day: "numeric", month: "long" })}
      >
        <Whose whose={whose} change={(therapistId) => set({ therapistId }, { push: true })} />
        <Link to="/my-schedule" search={whose.query} className={buttonStyles()}>
          <CalendarDays aria-hidden className="size-4" />
          {words.wholeWeek}
        </Link>
      </PageHead>
      <OutboxBanner />
      {!shown ? found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : <Skeleton rows={6} row="h-24" /> : <Dashboard shown={shown} act={act} />}
      <Awaited open={doing !== undefined} close={() => setDoing(undefined)}>{met && <DoingOver doing={doing} close={() => setDoing(undefined)} />}</Awaited>
    </PageBody>
  );
}

function Dashboard({ shown, act }: { shown: Schema<"api__therapist__views__DashboardView">; act: (doing: Doing) => void }) {
  const { today, nextHours, week } = shown;
  const later = nextHours.filter((each) => each.date !== today.date);
  const done = today.counts.find(({ state }) => state === "COMPLETED")?.sessions ?? 0;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Card title={words.today} actions={today.sessions.length > 0 && <span className="text-sm text-muted">{words.done(done, today.sessions.length)}</span>}>
          <List sessions={today.sessions} none={words.noneToday} act={act} />
        </Card>
        <Card title={words.next}>
          <List sessions={later} none={words.noneNext} act={act} dated />
        </Card>
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Pending shown={shown} act={act} />
        <Needing shown={shown} />
        <Week week={week} today={today.date} />
      </div>
    </div>
  );
}

function List({ sessions, none, act, dated }: { sessions: Schema<"TherapistSession">[]; none: string; act: (doing: Doing) => void; dated?: boolean }) {
  const { day } = useFormat();
  if (sessions.length === 0) return <p className="p-4 text-sm text-muted">{none}</p>;
  return (
    <ul className="divide-y divide-line">
      {sessions.map((each) => (
        <li key={each.id}>
          <SessionCard session={each} act={act} {...(dated ? { day: day(each.date, { weekday: "short", day: "numeric" }) } : {})} />
        </li>
      ))}
    </ul>
  );
}

const ROW = "flex min-h-14 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 text-sm";

function Pending({ shown, act }: { shown: Schema<"api__therapist__views__DashboardView">; act: (doing: Doing) => void }) {
  const { day } = useFormat();
  const { data, total } = shown.pendingActions;
  const known = new Map([...shown.today.sessions, ...shown.nextHours].map((each) => [each.id, each]));
  return (
    <Card title={words.pending} actions={total > 0 && <Badge tone="warn">{total}</Badge>}>
      {data.length === 0 ? (
        <p className="p-4 text-sm text-muted">{words.nonePending}</p>
      ) : (
        <ul className="divide-y divide-line">
          {data.map((each) => (
            <li key={`${each.kind} ${each.sessionId ?? each.requestId ?? each.patientId}`} className={ROW}>
              <div className="min-w-0 grow">
                <p className="font-medium">{each.patientName ?? words.patients.erased}</p>
                <p className="text-muted">{words.kinds[each.kind]} · {day(each.since)}</p>
              </div>
              <PendingStep action={each} session={each.sessionId ? known.get(each.sessionId) : undefined} act={act} />
            </li>
          ))}
          {total > data.length && <li className={cn(ROW, "text-muted")}>{words.more(total - data.length)}</li>}
        </ul>
      )}
    </Card>
  );
}

function PendingStep({ action, session, act }: { action: Schema<"PendingAction">; session: Schema<"TherapistSession"> | undefined; act: (doing: Doing) => void }) {
  if (action.kind === "AWAIT_DECISION") return null;
  const style = buttonStyles();
  const name = action.patientName ?? "";
  if (action.kind === "WRITE_REPORT")
    return (
      <Link to="/progress-reports/new" search={{ patientId: action.patientId, ...(action.sessionId ? { sessionId: action.sessionId } : {}) }} className={style} aria-label={`${words.writeReport}: ${name}`}>
        {words.writeReport}
      </Link>
    );
  if (session) return <button type="button" className={style} aria-label={`${words.complete}: ${name}, ${session.startTime}`} onClick={() => act({ what: "complete", session })}>{words.complete}</button>;
  return (
    <Link to="/my-schedule" search={{ date: action.since, view: "day", therapistId: "" }} className={style} aria-label={`${words.complete}: ${name}`}>
      {words.complete}
    </Link>
  );
}

function Needing({ shown }: { shown: Schema<"api__therapist__views__DashboardView"> }) {
  const { data, total } = shown.needingProgress;
  const may = useMay();
  return (
    <Card title={words.needing} actions={total > 0 && <Badge tone="warn">{total}</Badge>}>
      {data.length === 0 ? (
        <p className="p-4 text-sm text-muted">{words.noneNeeding}</p>
      ) : (
        <ul className="divide-y divide-line">
          {data.map((each) => (
            <li key={each.patientId} className={ROW}>
              <div className="min-w-0 grow">
                <p className="font-medium">{each.patientName ?? words.patients.erased}</p>
                <p className="text-muted">{words.reasons[each.reason](each.unreported)}</p>
              </div>
              {may("progress-reports:write") && (
                <Link to="/progress-reports/new" search={{ patientId: each.patientId }} className={buttonStyles()} aria-label={`${words.writeReport}: ${each.patientName ?? ""}`}>
                  {words.writeReport}
                </Link>
              )}
            </li>
          ))}
          {total > data.length && <li className={cn(ROW, "text-muted")}>{words.more(total - data.length)}</li>}
        </ul>
      )}
    </Card>
  );
}

function Week({ week, today }: { week: Schema<"WeekOverview">; today: string }) {
  const { day } = useFormat();
  return (
    <Card title={words.week}>
      <ul className="divide-y divide-line text-sm">
        {week.days.map((each) => (
          <li key={each.date}>
            <Link to="/my-schedule" search={{ date: each.date, view: "day" }} className="flex min-h-11 items-center gap-3 px-4 hover:bg-sunken">
              <span className={cn("w-20 shrink-0", each.date === today && "font-semibold")}>{day(each.date, { weekday: "short", day: "numeric" })}</span>
              <span className="grow">{each.sessionCount ? words.sessions(each.sessionCount) : <span className="text-muted">{words.noSessions}</span>}</span>
              <span className="text-muted">{standing(each)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Why there is nothing, or how much is left. */
export function standing(each: Schema<"DayOverview">): string {
  if (each.holiday) return words.holiday(each.holiday);
  if (each.onLeave) return words.onLeave;
  if (each.hours.length === 0) return words.noHours;
  return words.free(each.freeMinutes);
}
