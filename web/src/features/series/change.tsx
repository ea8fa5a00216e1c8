/** Another time, therapist, therapy or room for one session of a series, for it and those after it, or for all to come. */
import { useState } from "react";

import { type Refused, type Schema, api } from "@/api/client";
import { useRooms, useTherapists, useTherapyTypes } from "@/components/names";
import { Field, Select } from "@/components/ui/fields";
import { Note } from "@/components/ui/page";
import { FreeTimes } from "@/features/schedule/conflict";
import { FormBody, useForm } from "@/lib/form";
import { fullName, useFormat } from "@/lib/format";

import { type Occurrence, Reach, type Series, reachOf, toCome } from "./reach";
import { words } from "./strings";

const w = words.changing;
type Body = Omit<Schema<"ChangeSeries">, "scope" | "occurrenceId">;
type Plan = Pick<Schema<"OccurrencePlan">, "date" | "startTime" | "problems">;

interface Values {
  scope: string;
  occurrenceId: string;
  date: string;
  startTime: string;
  therapistId: string;
  therapyTypeId: string;
  roomId: string;
}

const placeOf = ({ date, startTime, therapistId, therapyTypeId, roomId }: Occurrence) => ({ date, startTime, therapistId, therapyTypeId, roomId: roomId ?? "" });

/** What differs from how the session stands: whatever is not named stays as it is with each session. */
function changesOf(now: Values, before: Occurrence): Body {
  const was = placeOf(before);
  return {
    ...(now.date === was.date ? {} : { date: now.date }),
    ...(now.startTime === was.startTime ? {} : { startTime: now.startTime }),
    ...(now.therapistId === was.therapistId ? {} : { therapistId: now.therapistId }),
    ...(now.therapyTypeId === was.therapyTypeId ? {} : { therapyTypeId: now.therapyTypeId }),
    ...(now.roomId === was.roomId ? {} : { roomId: now.roomId || null }),
  };
}

/** What takes it back: nothing, where another therapy cancelled sessions, or where they were not alike before. */
function backOf(changes: Body, before: Occurrence, those: readonly Occurrence[]): Body | undefined {
  const keys = (["startTime", "therapistId", "roomId"] as const).filter((key) => key in changes);
  if ("therapyTypeId" in changes || those.some((each) => keys.some((key) => each[key] !== before[key]))) return undefined;
  return { ...Object.fromEntries(keys.map((key) => [key, before[key]])), ...("date" in changes ? { date: before.date } : {}) };
}

export function ChangeForm({ series, occurrence, back, split }: { series: Series; occurrence: string; back: () => void; split: (id: string) => void }) {
  const open = toCome(series);
  const therapists = (useTherapists().data?.data ?? []).filter(({ active, id }) => active || id === series.therapistId);
  const types = (useTherapyTypes().data?.data ?? []).filter(({ active, id }) => active || id === series.therapyTypeId);
  const rooms = (useRooms().data?.data ?? []).filter(({ active, id }) => active || id === series.roomId);
  const { day } = useFormat();
  const [clashes, setClashes] = useState<Plan[]>([]);
  const first = open.find(({ sessionId }) => sessionId === occurrence) ?? open[0];
  const form = useForm<Values, Schema<"SeriesResult">>({
    values: { scope: occurrence ? "THIS" : "FOLLOWING", occurrenceId: first?.sessionId ?? "", ...(first ? placeOf(first) : {}) },
    send: (now, headers) => {
      setClashes([]);
      const body = { ...changesOf(now, chosenOf(now.occurrenceId)), scope: reachOf(now.scope), occurrenceId: now.occurrenceId };
      return api.PUT("/api/v1/sessions/series/{series_id}", { params: { path: { series_id: series.id } }, body, headers: { ...headers, "if-match": `"${series.version}"` } });
    },
    changes: ["series", "session", "ledger", "patient"],
    said: ({ occurrences }) => w.done(occurrences.length),
    undo: ({ id, occurrences }, now) => {
      const before = chosenOf(now.occurrenceId);
      const body = backOf(changesOf(now, before), before, open.filter((each) => occurrences.some(({ sessionId }) => sessionId === each.sessionId)));
      // A series that was split stays so: the part that was changed goes back as a whole.
      return body && (() => api.PUT("/api/v1/sessions/series/{series_id}", { params: { path: { series_id: id } }, body: { ...body, scope: now.scope === "THIS" ? "THIS" : "ALL", occurrenceId: now.occurrenceId } }));
    },
    done: ({ id }) => (id === series.id ? back() : split(id)),
    refused: (error: Refused) => {
      const { occurrences } = (error.details ?? {}) as { occurrences?: Plan[] };
      if (error.code === "SERIES_CLASHES" && occurrences) setClashes(occurrences);
      return false;
    },
  });
  const chosenOf = (id: string): Occurrence => open.find(({ sessionId }) => sessionId === id) ?? (open[0] as Occurrence);
  const now = form.watch();
  const same = first !== undefined && Object.keys(changesOf(now, chosenOf(now.occurrenceId))).length === 0;
  return (
    <FormBody form={form} submit={w.submit} cancel={back}>
      <Reach form={form} open={open} chosen={(id) => form.reset({ ...form.getValues(), occurrenceId: id, ...placeOf(chosenOf(id)) })} />
      <div className="grid gap-4 border-t border-line pt-4 sm:grid-cols-2">
        <Field label={w.date} type="date" {...(now.scope === "THIS" ? {} : { hint: w.dateHint })} {...form.field("date", { required: true })} />
        <Field label={w.time} type="time" step={300} {...form.field("startTime", { required: true })} />
        <Select label={words.therapist} options={therapists.map((each) => [each.id, fullName(each)] as const)} {...form.field("therapistId")} />
        <Select label={words.therapy} options={types.map((each) => [each.id, each.name] as const)} {...form.field("therapyTypeId")} />
        {rooms.length > 0 && <Select label={w.room} empty={w.noRoom} options={rooms.map((each) => [each.id, each.name] as const)} {...form.field("roomId")} />}
      </div>
      {first && now.therapyTypeId !== chosenOf(now.occurrenceId).therapyTypeId && <Note tone="warn">{w.otherTherapy}</Note>}
      {now.date && now.therapistId && (
        <div className="rounded-lg bg-sunken p-3 text-sm">
          <FreeTimes
            ask={{ therapistId: now.therapistId, therapyTypeId: now.therapyTypeId, patientId: series.patientId, date: now.date }}
            chosen={now.startTime}
            choose={(date, time) => {
              form.setValue("date", date as never);
              form.setValue("startTime", time as never, { shouldValidate: true });
            }}
          />
        </div>
      )}
      {clashes.length > 0 && (
        <section aria-label={w.clashes} className="grid gap-2 rounded-lg border border-line p-3 text-sm">
          <h3 className="font-medium">{w.clashes}</h3>
          <ul className="divide-y divide-line">
            {clashes.map((each) => (
              <li key={each.date} className="py-1.5">
                <span className="tabular font-medium">{day(each.date, { weekday: "short", day: "numeric", month: "short" })}, {each.startTime}</span>
                {each.problems.map(({ code, message, alternatives }) => (
                  <p key={code} className="text-danger">
                    {message} {alternatives && alternatives.length > 0 && <span className="tabular text-muted">{w.free(alternatives.map((time) => (time.date === each.date ? time.startTime : `${day(time.date)} ${time.startTime}`)).join(", "))}</span>}
                  </p>
                ))}
              </li>
            ))}
          </ul>
        </section>
      )}
      {same && <p className="text-sm text-muted">{w.same}</p>}
    </FormBody>
  );
}
