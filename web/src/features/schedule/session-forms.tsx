/** What is asked before something is done to a session. */
import { useState } from "react";
import { useWatch } from "react-hook-form";

import { api } from "@/api/client";
import { useNames, useTherapists } from "@/components/names";
import { Button } from "@/components/ui/button";
import { Area, Check, Field, Select } from "@/components/ui/fields";
import { FormBody, orNull, useForm } from "@/lib/form";
import { fullName, useFormat } from "@/lib/format";
import { minutes } from "@/lib/dates";

import { FreeTimes } from "./conflict";
import type { Place, Session } from "./data";
import { words } from "./strings";

const w = words.session;
const CHANGES = ["session", "ledger", "patient", "series"] as const;
interface Props {
  session: Session;
  back: () => void;
}
const at = (session: Session) => ({ params: { path: { session_id: session.id } } });

export function CancelForm({ session, back }: Props) {
  const { money } = useFormat();
  const form = useForm({
    values: { reason: "", cancelledBy: "PATIENT" as "PATIENT" | "CENTRE", waiveFee: false, waiverReason: "" },
    draft: `session.cancel.${session.id}`,
    send: ({ reason, cancelledBy, waiveFee, waiverReason }, headers) =>
      api.POST("/api/v1/sessions/{session_id}/cancel", {
        ...at(session), headers,
        body: { reason, cancelledBy, ...(waiveFee && cancelledBy === "PATIENT" ? { waiveFee, waiverReason: orNull(waiverReason) } : {}) },
      }),
    changes: CHANGES,
    said: ({ fee }) => w.doneCancel(fee === "0.00" ? "" : money(fee)),
    done: back,
  });
  const [by, waive] = useWatch({ control: form.control, name: ["cancelledBy", "waiveFee"] });
  return (
    <FormBody form={form} submit={w.cancel} cancel={back}>
      <Select label={w.by} options={Object.entries(w.cancelledBy)} {...form.field("cancelledBy")} />
      <Area label={w.reason} {...form.field("reason", { required: true })} />
      {by === "PATIENT" && <Check label={w.waive} {...form.field("waiveFee")} />}
      {by === "PATIENT" && waive && <Field label={w.waiver} {...form.field("waiverReason", { required: true })} />}
    </FormBody>
  );
}

export function NoShowForm({ session, back }: Props) {
  const form = useForm({
    values: { waiveFee: false, waiverReason: "" },
    send: ({ waiveFee, waiverReason }, headers) =>
      api.POST("/api/v1/sessions/{session_id}/no-show", { ...at(session), headers, body: waiveFee ? { waiveFee, waiverReason: orNull(waiverReason) } : {} }),
    changes: CHANGES,
    said: w.doneNoShow,
    undo: () => () => api.POST("/api/v1/sessions/{session_id}/reverse-no-show", { ...at(session), body: { reason: words.booking.undo } }),
    done: back,
  });
  const waive = useWatch({ control: form.control, name: "waiveFee" });
  return (
    <FormBody form={form} submit={w.noShow} cancel={back}>
      <Check label={w.waive} {...form.field("waiveFee")} />
      {waive && <Field label={w.waiver} {...form.field("waiverReason", { required: true })} />}
    </FormBody>
  );
}

export function ReverseForm({ session, back }: Props) {
  const form = useForm({
    values: { reason: "" },
    send: (body, headers) => api.POST("/api/v1/sessions/{session_id}/reverse-no-show", { ...at(session), headers, body }),
    changes: CHANGES,
    said: w.doneReverse,
    done: back,
  });
  return (
    <FormBody form={form} submit={w.reverse} cancel={back}>
      <Area label={w.reason} {...form.field("reason", { required: true })} />
    </FormBody>
  );
}

export function NotesForm({ session, back }: Props) {
  const form = useForm({
    values: { notes: session.notes ?? "" },
    draft: `session.notes.${session.id}`,
    send: ({ notes }, headers) => api.PUT("/api/v1/sessions/{session_id}/notes", { ...at(session), headers: { ...headers, "if-match": `"${session.version}"` }, body: { notes: orNull(notes) } }),
    changes: CHANGES,
    said: w.doneNotes,
    done: back,
  });
  return (
    <FormBody form={form} cancel={back}>
      <Area label={w.notes} optional rows={6} hint={w.notesHint} {...form.field("notes")} />
    </FormBody>
  );
}

/** Another time, by form: for whoever neither drags nor steers. */
export function MoveForm({ session, back, choose }: Props & { choose: (to: Place) => void }) {
  const [therapistId, setTherapist] = useState(session.therapistId);
  const [date, setDate] = useState(session.date);
  const therapists = useTherapists().data?.data.filter(({ active }) => active) ?? [];
  const name = useNames();
  return (
    <div className="grid gap-4 text-sm">
      <Select
        label={w.therapist}
        value={therapistId}
        options={therapists.length ? therapists.map((each) => [each.id, fullName(each)] as const) : [[session.therapistId, name(session.therapistId) ?? ""]]}
        onChange={(event) => setTherapist(event.target.value)}
      />
      <Field label={words.booking.date} type="date" value={date} onChange={(event) => event.target.value && setDate(event.target.value)} />
      <FreeTimes ask={{ therapistId, therapyTypeId: session.therapyTypeId, patientId: session.patientId, date }} choose={(day, time) => choose({ date: day, start: minutes(time), therapistId })} />
      <Button className="justify-self-start" onClick={back}>{w.back}</Button>
    </div>
  );
}
