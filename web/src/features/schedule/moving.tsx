/** Moving a session: at once on the screen, then at the server; back, with reasons and other times, if it refuses. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Refused, api } from "@/api/client";
import { minutes, wall } from "@/lib/dates";
import { useFormat } from "@/lib/format";
import { say } from "@/lib/toast";

import { CALENDAR, type Place, type Session, putInPlace } from "./data";
import { words } from "./strings";

export interface Conflict {
  session: Session;
  wanted: Place;
  error: Refused;
}

interface Move {
  session: Session;
  to: Place;
  /** The idempotency key. */
  key: string;
  /** It takes another one back. */
  back?: boolean;
}

export const placeOf = (session: Session): Place => ({ date: session.date, start: minutes(session.startTime), therapistId: session.therapistId });

export function useMove(nameOf: (therapistId: string) => string) {
  const queries = useQueryClient();
  const { day } = useFormat();
  const [conflict, setConflict] = useState<Conflict | null>(null);

  const { mutate } = useMutation({
    networkMode: "always", // without a network it says so at once: what only waits would look as if it were done
    // An answer that was lost on the way is asked for again, under the key of this move.
    retry: (failed, error) => failed < 1 && !(error instanceof Refused),
    mutationFn: async ({ session, to, key }: Move) => {
      const body = {
        date: to.date, startTime: wall(to.start),
        ...(to.therapistId === session.therapistId ? {} : { therapistId: to.therapistId }),
      };
      const headers = { "idempotency-key": key, "if-match": `"${session.version}"` };
      const answer = await api.PUT("/api/v1/sessions/{session_id}", { params: { path: { session_id: session.id } }, body, headers });
      return answer.data?.version ?? session.version;
    },
    onMutate: async ({ session, to }) => {
      putInPlace(queries, session, to, nameOf(to.therapistId)); // before anything is waited for
      await queries.cancelQueries({ queryKey: ["session", CALENDAR] });
      putInPlace(queries, session, to, nameOf(to.therapistId));
    },
    onSuccess: (version, { session, to, back }) => {
      const moved: Session = { ...session, ...to, startTime: wall(to.start), version };
      if (back) return;
      say({
        text: words.moved(session.patientName ?? words.somebody, `${day(to.date, { weekday: "short", day: "numeric", month: "short" })}, ${wall(to.start)}`),
        undo: () => new Promise((resolve, reject) => mutate({ session: moved, to: placeOf(session), back: true, key: crypto.randomUUID() }, { onSuccess: resolve, onError: reject })),
      });
    },
    onError: (error, { session, to, back }) => {
      putInPlace(queries, session, placeOf(session), session.therapistName ?? nameOf(session.therapistId));
      if (back) return;
      if (error instanceof Refused && (error.status === 409 || error.status === 412)) setConflict({ session, wanted: to, error });
      else say({ kind: "problem", error });
    },
    onSettled: () => queries.invalidateQueries({ predicate: ({ queryKey }) => ["session", "ledger", "series", "reschedule-request"].includes(String(queryKey[0])) }),
  });

  function move(session: Session, to: Place): void {
    const from = placeOf(session);
    if (from.date === to.date && from.start === to.start && from.therapistId === to.therapistId) return;
    mutate({ session, to, key: crypto.randomUUID() });
  }
  return { move, conflict, settle: () => setConflict(null) };
}
