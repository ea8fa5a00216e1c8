/** Ask the front desk to move a session: up to five times that are free, best first, and why. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { useState } from "react";

import { Refused, type Schema, api } from "@/api/client";
import { reading } from "@/api/reading";
import { Button } from "@/components/ui/button";
import { Area } from "@/components/ui/fields";
import { Failed, Skeleton } from "@/components/ui/states";
import { addDays } from "@/lib/dates";
import { FormBody, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";

import type { TherapistSession } from "./session-card";
import { words } from "./strings";

const w = words.asking;
const MOST = 5;
const DAYS = 5;
type Proposal = Schema<"Proposal">;

export function Asking({ session, close }: { session: TherapistSession; close: () => void }) {
  const { day, today } = useFormat();
  const [first, setFirst] = useState(() => (session.date > today() ? session.date : today()));
  const [chosen, setChosen] = useState<Proposal[]>([]);
  const last = addDays(first, DAYS - 1);
  const slots = useQuery(
    reading("availability", "/api/v1/therapists/{therapist_id}/slots", {
      path: { therapist_id: session.therapistId },
      query: { from: first, to: last, therapyTypeId: session.therapyTypeId, patientId: session.patientId },
    }),
  );
  const form = useForm<{ reason: string }, Schema<"RescheduleRequestResult">>({
    values: { reason: "" },
    draft: `ask.${session.id}`,
    send: ({ reason }, headers) => {
      if (chosen.length === 0) throw new Refused(422, "NO_PROPOSAL", w.none, null);
      return api.POST("/api/v1/reschedule-requests", { body: { sessionId: session.id, proposals: chosen, reason: reason.trim() }, headers });
    },
    changes: ["reschedule-request", "session"],
    said: w.sent,
    done: close,
  });
  const key = (time: Proposal) => `${time.date} ${time.startTime}`;
  const has = (time: Proposal) => chosen.some((each) => key(each) === key(time));
  function toggle(time: Proposal) {
    setChosen(has(time) ? chosen.filter((each) => key(each) !== key(time)) : [...chosen, { date: time.date, startTime: time.startTime }].slice(0, MOST));
  }
  const days = new Map<string, Schema<"FreeSlot">[]>();
  for (const slot of slots.data?.slots ?? []) days.set(slot.date, [...(days.get(slot.date) ?? []), slot]);
  return (
    <FormBody form={form} submit={w.submit} cancel={close}>
      <div className="grid gap-4">
        <section aria-label={w.proposals} className="grid gap-2">
          <h3 className="text-sm font-medium">{w.proposals}</h3>
          <p className="text-sm text-muted">{w.proposalsHint}</p>
          <ol className="flex flex-wrap gap-2 empty:hidden">
            {chosen.map((time) => (
              <li key={key(time)}>
                <Button className="px-3" aria-label={w.remove(`${day(time.date)}, ${time.startTime}`)} onClick={() => toggle(time)}>
                  <span className="tabular">{day(time.date, { weekday: "short", day: "numeric", month: "short" })}, {time.startTime}</span>
                  <X aria-hidden className="size-4" />
                </Button>
              </li>
            ))}
          </ol>
        </section>
        <section aria-label={w.pick} className="grid gap-2 rounded-lg border border-line p-3">
          <div className="flex items-center gap-2">
            <h3 className="grow text-sm font-medium">{w.days(day(first, { day: "numeric", month: "short" }), day(last, { day: "numeric", month: "short" }))}</h3>
            <Button size="icon" kind="quiet" aria-label={words.previous} disabled={first <= today()} onClick={() => setFirst(addDays(first, -DAYS) < today() ? today() : addDays(first, -DAYS))}>
              <ChevronLeft aria-hidden className="size-4" />
            </Button>
            <Button size="icon" kind="quiet" aria-label={words.following} onClick={() => setFirst(addDays(first, DAYS))}>
              <ChevronRight aria-hidden className="size-4" />
            </Button>
          </div>
          {slots.isPending ? (
            <Skeleton rows={4} row="h-10" />
          ) : slots.isError ? (
            <Failed error={slots.error} again={() => void slots.refetch()} />
          ) : days.size === 0 ? (
            <p className="text-sm text-muted">{w.noSlots}</p>
          ) : (
            [...days].map(([date, free]) => (
              <div key={date}>
                <h4 className="text-sm text-muted">{day(date, { weekday: "long", day: "numeric", month: "short" })}</h4>
                <ul className="mt-1 flex flex-wrap gap-1.5">
                  {free.map((slot) => (
                    <li key={slot.startTime}>
                      <Button
                        aria-pressed={has(slot)}
                        aria-label={`${day(date)}, ${slot.startTime}`}
                        disabled={!has(slot) && chosen.length >= MOST}
                        className="tabular min-h-8 px-2.5 aria-pressed:bg-brand aria-pressed:text-on-brand"
                        onClick={() => toggle(slot)}
                      >
                        {slot.startTime}
                      </Button>
                    </li>
                  ))}
                </ul>
              </div>
            ))
          )}
        </section>
      </div>
      <Area label={w.reason} rows={3} {...form.field("reason", { required: true })} />
    </FormBody>
  );
}
