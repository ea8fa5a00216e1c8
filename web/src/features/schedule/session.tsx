/** A session: what it is, what can be done about it, what was paid, and how it came so. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type Refused, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { Amount } from "@/components/amount";
import { HistoryButton } from "@/components/history-button";
import { SessionBadge } from "@/components/session-badge";
import { Button } from "@/components/ui/button";
import { Drawer } from "@/components/ui/dialog";
import { Facts, Note } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { useFormat } from "@/lib/format";

import { CompleteForm } from "./complete";
import type { Place, Session } from "./data";
import { CancelForm, MoveForm, NoShowForm, NotesForm, ReverseForm } from "./session-forms";
import { Payments } from "./session-payments";
import { words } from "./strings";

const w = words.session;
export type Doing = "cancel" | "complete" | "no-show" | "reverse" | "move" | "notes";
export const CHANGES = ["session", "ledger", "patient", "series"] as const;

export default function SessionDrawer({ id, shown, close, move }: { id: string; shown: boolean; close: () => void; move?: (session: Session, to: Place) => void }) {
  const found = useQuery({ ...reading("session", "/api/v1/sessions/{session_id}", { path: { session_id: id } }), enabled: shown });
  const title = found.data ? (found.data.patientName ?? words.somebody) : w.title;
  return (
    <Drawer open={shown} close={close} title={title} about={found.data && <SessionBadge status={found.data.status} />}>
      {found.isPending ? <Skeleton rows={6} /> : found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : <Body key={found.data.id} session={found.data} move={move} close={close} />}
    </Drawer>
  );
}

function Body({ session, move, close }: { session: Session; move: ((session: Session, to: Place) => void) | undefined; close: () => void }) {
  const { day, instant, zone } = useFormat();
  const may = useMay();
  const [doing, setDoing] = useState<Doing | null>(null);
  const back = () => setDoing(null);
  if (doing === "cancel") return <CancelForm session={session} back={back} />;
  if (doing === "complete") return <CompleteForm session={session} back={back} />;
  if (doing === "no-show") return <NoShowForm session={session} back={back} />;
  if (doing === "reverse") return <ReverseForm session={session} back={back} />;
  if (doing === "notes") return <NotesForm session={session} back={back} />;
  if (doing === "move" && move) {
    return (
      <MoveForm
        session={session}
        back={back}
        choose={(to) => {
          close();
          move(session, to);
        }}
      />
    );
  }
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <Actions session={session} begin={setDoing} moves={move !== undefined} />
      {session.rescheduleRequestId && <Note tone="warn">{w.request}</Note>}
      <Facts
        className="p-0"
        facts={[
          [w.when, `${day(session.date, { weekday: "long", day: "numeric", month: "long", year: "numeric" })}\n${session.startTime}–${session.endTime} ${zone}`],
          [w.therapist, session.therapistName],
          [w.therapy, session.therapyTypeName && `${session.therapyTypeName}, ${words.booking.minutes(session.duration)}`],
          [w.room, session.roomName],
          [w.price, <Amount key="price" value={session.price} />],
          [w.priceReason, session.priceReason],
          [w.cancelled, session.cancelledBy && w.cancelledBy[session.cancelledBy]],
          [w.cancelReason, session.cancelReason],
          (session.status === "CANCELLED" || session.status === "NO_SHOW") && [w.fee, <Amount key="fee" value={session.fee} />],
          [w.waived, session.waiverReason],
          [w.booked, instant(session.bookedAt)],
          [w.started, session.startedAt && instant(session.startedAt)],
          [w.ended, session.endedAt && instant(session.endedAt)],
        ]}
      />
      {(session.notes || may("session-notes:write")) && (
        <section className="grid justify-items-start gap-2 text-sm">
          <h3 className="font-semibold">{w.notes}</h3>
          {session.notes && <p className="whitespace-pre-line">{session.notes}</p>}
          {may("session-notes:write") && session.status !== "CANCELLED" && (
            <Button className="min-h-9 px-3" onClick={() => setDoing("notes")}>{w.writeNotes}</Button>
          )}
        </section>
      )}
      {may("payments:read") && <Payments session={session} />}
      <div className="flex flex-wrap gap-2 border-t border-line pt-4">
        <HistoryButton of={session.patientName ?? w.title} address={`/api/v1/sessions/${session.id}/history`} needs="session-history:read" />
        {may("patients:read") && (
          <Link to="/patients/$patientId" params={{ patientId: session.patientId }} className="inline-flex min-h-10 items-center px-2 text-sm underline underline-offset-4">
            {w.patient}
          </Link>
        )}
        {session.seriesId && (
          <Link to="/series" search={{ series: session.seriesId, occurrence: session.id }} className="inline-flex min-h-10 items-center px-2 text-sm underline underline-offset-4">
            {w.series}
          </Link>
        )}
      </div>
    </div>
  );
}

function Actions({ session, begin, moves }: { session: Session; begin: (doing: Doing) => void; moves: boolean }) {
  const may = useMay();
  const { dateOf, today } = useFormat();
  const [problem, setProblem] = useState<Refused | null>(null);
  const start = useCommand({
    send: (_: string, headers) => api.POST("/api/v1/sessions/{session_id}/start", { params: { path: { session_id: session.id } }, headers }),
    changes: CHANGES,
    said: w.doneStart,
    refused: (error) => {
      setProblem(error);
      return true;
    },
  });
  const { status } = session;
  const begun = Date.parse(session.startsAt) <= Date.now();
  const conducts = may("sessions:conduct");
  const books = may("sessions:book");
  const open = status === "SCHEDULED" || status === "IN_PROGRESS";
  const todays = dateOf(session.startsAt) === today();
  const buttons = [
    conducts && status === "SCHEDULED" && todays && <Button key="start" kind={begun ? "plain" : "primary"} aria-disabled={start.isPending} onClick={() => start.mutate(session.id)}>{w.start}</Button>,
    conducts && open && begun && <Button key="complete" kind="primary" onClick={() => begin("complete")}>{w.complete}</Button>,
    conducts && status === "SCHEDULED" && begun && <Button key="no-show" onClick={() => begin("no-show")}>{w.noShow}</Button>,
    conducts && status === "NO_SHOW" && <Button key="reverse" onClick={() => begin("reverse")}>{w.reverse}</Button>,
    books && moves && status === "SCHEDULED" && <Button key="move" onClick={() => begin("move")}>{w.move}</Button>,
    books && status === "SCHEDULED" && <Button key="cancel" kind="danger" onClick={() => begin("cancel")}>{w.cancel}</Button>,
  ].filter(Boolean);
  if (buttons.length === 0) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {buttons}
      {problem && <Note tone="danger" alert>{problem.message}</Note>}
    </div>
  );
}
