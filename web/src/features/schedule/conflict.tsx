/** Why a time cannot be had, who has it, and what is free near by. */
import { useQuery } from "@tanstack/react-query";

import { Refused } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { useNames } from "@/components/names";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Note } from "@/components/ui/page";
import { Pending } from "@/components/ui/states";
import { eventWords } from "@/features/history/strings";
import { minutes } from "@/lib/dates";
import { useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";

import { CALENDAR, type Place, type Session } from "./data";
import type { Conflict } from "./moving";
import { words } from "./strings";

const w = words.conflict;

interface Details {
  resource?: string;
  alternatives?: { date: string; startTime: string }[];
}

export function whyNot(error: Refused): string {
  const { resource } = (error.details ?? {}) as Details;
  if (error.status === 412) return w.changed;
  if (error.code === "OUTSIDE_AVAILABILITY") return w.off;
  return (resource && w.busy[resource]) || error.message;
}

export default function ConflictDialog({ conflict, choose, close }: { conflict: Conflict; choose: (to: Place) => void; close: () => void }) {
  const { session, wanted, error } = conflict;
  const changed = error.status === 412;
  return (
    <Dialog
      open
      close={close}
      title={changed ? w.changedTitle : w.title}
      foot={<Button onClick={close}>{changed ? shared.form.close : w.leave}</Button>}
    >
      <div className="grid gap-4 text-sm">
        <Note tone="warn">{whyNot(error)}</Note>
        <InTheWay session={session} wanted={wanted} itself={changed} />
        {!changed && (
          <FreeTimes
            given={((error.details ?? {}) as Details).alternatives}
            ask={{ therapistId: wanted.therapistId, therapyTypeId: session.therapyTypeId, patientId: session.patientId, date: wanted.date }}
            choose={(date, startTime) => choose({ date, start: minutes(startTime), therapistId: wanted.therapistId })}
          />
        )}
      </div>
    </Dialog>
  );
}

/** The session that stands there, and who put it there. */
export function InTheWay({ session, wanted, itself }: { session: Pick<Session, "id" | "duration" | "patientId" | "roomId">; wanted: Place; itself: boolean }) {
  const { instant } = useFormat();
  const may = useMay();
  const calendar = useQuery({ ...reading("session", CALENDAR, { query: { from: wanted.date, to: wanted.date } }), staleTime: 0 });
  const until = wanted.start + session.duration;
  const busy = (calendar.data?.days[0]?.sessions ?? []).find(
    (each) =>
      each.id !== session.id && minutes(each.startTime) < until && (minutes(each.endTime) || 1440) > wanted.start &&
      (each.therapistId === wanted.therapistId || each.patientId === session.patientId || (each.roomId !== null && each.roomId === session.roomId)),
  ); // prettier-ignore
  const id = itself ? session.id : busy?.id;
  const names = useNames();
  const history = useQuery({
    ...reading("event", "/api/v1/sessions/{session_id}/history", { path: { session_id: id ?? "" }, query: { limit: 1 } }),
    enabled: id !== undefined && may("session-history:read"),
  });
  const last = history.data?.data[0];
  if (!busy && !last) return calendar.isPending ? <Pending /> : null;
  return (
    <div>
      {busy && !itself && (
        <p className="font-medium">
          <span className="tabular">{busy.startTime}–{busy.endTime}</span> {busy.patientName ?? words.somebody}, {busy.therapistName}
        </p>
      )}
      {last && <p className="text-muted">{w.by(eventWords(last.type), names(last.actor) ?? shared.history.someone, instant(last.recordedAt))}</p>}
    </div>
  );
}

interface Ask {
  therapistId: string;
  therapyTypeId: string;
  patientId?: string | undefined;
  date: string;
}

/** Times that can be had: those that the refusal named, or the whole day's. */
export function FreeTimes({ given, ask, choose, chosen }: {
  given?: { date: string; startTime: string }[] | undefined;
  ask: Ask;
  choose: (date: string, startTime: string) => void;
  chosen?: string;
}) {
  const { day } = useFormat();
  const named = given !== undefined && given.length > 0;
  const found = useQuery({
    ...reading("session", "/api/v1/therapists/{therapist_id}/slots", {
      path: { therapist_id: ask.therapistId },
      query: { from: ask.date, to: ask.date, therapyTypeId: ask.therapyTypeId, patientId: ask.patientId },
    }),
    enabled: !named,
  });
  const times = named ? given : (found.data?.slots ?? []);
  return (
    <section aria-label={w.free}>
      <h3 className="mb-2 font-medium">{w.free}</h3>
      {!named && found.isPending ? (
        <Pending />
      ) : times.length === 0 ? (
        <p className="text-muted">{w.none}</p>
      ) : (
        <ul className="flex max-h-40 flex-wrap gap-1.5 overflow-y-auto p-0.5">
          {times.map(({ date, startTime }) => (
            <li key={`${date} ${startTime}`}>
              <Button
                kind={chosen === startTime ? "primary" : "plain"}
                aria-pressed={chosen === undefined ? undefined : chosen === startTime}
                className="tabular min-h-8 px-2.5"
                onClick={() => choose(date, startTime)}
              >
                {date === ask.date ? startTime : `${day(date, { weekday: "short", day: "numeric", month: "short" })} ${startTime}`}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
