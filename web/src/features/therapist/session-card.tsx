/** One session as its therapist meets it: when, who, what state, and what can be done about it now. */
import { CirclePlay, CloudOff, ListChecks, NotebookPen, TriangleAlert } from "lucide-react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay, useMe } from "@/api/me";
import { Link } from "@/app/link";
import { Button } from "@/components/ui/button";
import { Badge, type Tone } from "@/components/ui/page";
import { cn } from "@/lib/cn";

import { useWaiting } from "./outbox";
import { words } from "./strings";

export type TherapistSession = Schema<"TherapistSession">;
const TONES: Record<Schema<"Standing">, Tone> = {
  UPCOMING: "brand", WAITING: "warn", IN_PROGRESS: "warn", OVERDUE: "danger", COMPLETED: "good", CANCELLED: "plain", NO_SHOW: "danger",
};

export const nameOf = (session: { patientName: string | null }): string => session.patientName ?? words.patients.erased;

export type Doing = { what: "complete" | "notes" | "ask" | "no-show"; session: TherapistSession };

export function SessionCard({ session, act, day }: { session: TherapistSession; act: (doing: Doing) => void; day?: string }) {
  const me = useMe();
  const may = useMay();
  const name = nameOf(session);
  const own = session.therapistId === me.userId;
  const held = useWaiting().some((each) => each.params.session_id === session.id && each.problem === undefined);
  const can = (action: Schema<"Action">) => !held && session.actions.includes(action);
  const later = session.state === "UPCOMING";
  return (
    <article className={cn("grid grid-cols-[4.25rem_minmax(0,1fr)] gap-x-3 gap-y-3 p-4", session.state === "CANCELLED" && "text-muted")}>
      <p className="tabular pt-0.5">
        {day && <span className="block text-xs text-muted">{day}</span>}
        <span className="block font-semibold">{session.startTime}</span>
        <span className="block text-sm text-muted">{session.endTime}</span>
      </p>
      <div className="min-w-0">
        <div className="flex flex-wrap items-start gap-x-2 gap-y-1">
          <h3 className="min-w-0 grow font-medium">
            <Link to="/patients/$patientId" params={{ patientId: session.patientId }} className="inline-flex min-h-6 items-center underline-offset-4 hover:underline">
              {name}
            </Link>
          </h3>
          {held ? (
            <Badge tone="warn">
              <CloudOff aria-hidden className="size-3.5" />
              {words.outbox.badge}
            </Badge>
          ) : (
            <Badge tone={TONES[session.state]}>{words.states[session.state]}</Badge>
          )}
        </div>
        <p className="text-sm text-muted">{[session.therapyTypeName, session.roomName].filter(Boolean).join(" · ")}</p>
        {session.conflict && (
          <p className="mt-1 flex items-center gap-1.5 text-sm text-warn">
            <TriangleAlert aria-hidden className="size-4 shrink-0" />
            {words.conflicts[session.conflict.kind]}
          </p>
        )}
        {session.notes && <p className="mt-1 line-clamp-2 text-sm whitespace-pre-line">{session.notes}</p>}
      </div>
      <div className="col-span-2 flex flex-wrap gap-2 empty:hidden sm:col-start-2 sm:col-end-3">
        {can("COMPLETE") && (
          <Button kind="primary" className="max-sm:grow" aria-haspopup="dialog" aria-label={`${words.complete}: ${name}, ${session.startTime}`} onClick={() => act({ what: "complete", session })}>
            <ListChecks aria-hidden className="size-4" />
            {words.complete}
          </Button>
        )}
        {can("START") && <Start session={session} {...(later ? { quiet: true } : {})} />}
        {can("MARK_NO_SHOW") && (
          <Button className="max-sm:grow" aria-label={`${words.noShow}: ${name}, ${session.startTime}`} onClick={() => act({ what: "no-show", session })}>{words.noShow}</Button>
        )}
        {can("WRITE_NOTES") && may("session-notes:write") && !can("COMPLETE") && (
          <Button kind="quiet" className="max-sm:px-2" aria-haspopup="dialog" aria-label={`${words.notes}: ${name}, ${session.startTime}`} onClick={() => act({ what: "notes", session })}>
            <NotebookPen aria-hidden className="size-4" />
            {words.notes}
          </Button>
        )}
        {later && !held && own && may("reschedule-requests:create") && !session.rescheduleRequestId && (
          <Button kind="quiet" className="max-sm:px-2" aria-haspopup="dialog" aria-label={`${words.ask}: ${name}, ${session.startTime}`} onClick={() => act({ what: "ask", session })}>
            {words.ask}
          </Button>
        )}
      </div>
    </article>
  );
}

function Start({ session, quiet }: { session: TherapistSession; quiet?: boolean }) {
  const { mutate, isPending } = useCommand({
    send: (id: string, headers) => api.POST("/api/v1/sessions/{session_id}/start", { params: { path: { session_id: id } }, headers }),
    changes: ["session", "report"],
    said: words.started(nameOf(session)),
  });
  return (
    <Button kind={quiet ? "plain" : "primary"} aria-disabled={isPending} aria-label={`${words.start}: ${nameOf(session)}, ${session.startTime}`} className="max-sm:grow" onClick={() => mutate(session.id)}>
      <CirclePlay aria-hidden className="size-4" />
      {words.start}
    </Button>
  );
}
