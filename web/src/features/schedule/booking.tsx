/** Book a session, or one every week: what is free and what it costs is shown before. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";

import { Refused, type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { reading } from "@/api/reading";
import { useRooms, useTherapists, useTherapyTypes } from "@/components/names";
import { type FoundPatient, PatientSearch } from "@/components/patient-search";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Check, Field, Select } from "@/components/ui/fields";
import { Badge, Note } from "@/components/ui/page";
import { minutes, wall, weekday } from "@/lib/dates";
import { stay } from "@/lib/form";
import { fullName, useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";
import { inWords, say } from "@/lib/toast";

import { FreeTimes, InTheWay, whyNot } from "./conflict";
import type { Place } from "./data";
import { words } from "./strings";

const w = words.booking;
const CODES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
const CHANGES = ["session", "series", "ledger", "patient"] as const;
type Preview = Schema<"SeriesPreview">;

export default function Booking({ place, patientId, close }: { place: Partial<Place>; patientId: string; close: () => void }) {
  const { day, money, today } = useFormat();
  const given = useQuery({ ...reading("patient", "/api/v1/patients/{patient_id}", { path: { patient_id: patientId } }), enabled: patientId !== "" });
  const [picked, setPatient] = useState<FoundPatient | null>(null);
  const patient = picked ?? (given.data as FoundPatient | undefined) ?? null;
  const [therapistId, setTherapist] = useState(place.therapistId ?? "");
  const [therapyTypeId, setTherapy] = useState("");
  const [date, setDate] = useState(place.date ?? today());
  const [startTime, setTime] = useState(place.start === undefined ? "" : wall(place.start));
  const [roomId, setRoom] = useState("");
  const [own, setOwn] = useState(false);
  const [price, setPrice] = useState("");
  const [priceReason, setReason] = useState("");
  const [weekly, setWeekly] = useState(false);
  const [days, setDays] = useState<number[]>([weekday(date)]);
  const [count, setCount] = useState("10");
  const [tried, setTried] = useState(false);
  const [problem, setProblem] = useState<Refused | null>(null);
  const [preview, setPreview] = useState<{ for: string; plan: Preview } | null>(null);
  const form = useId();
  const first = useRef<HTMLInputElement>(null);

  const therapists = useTherapists().data?.data.filter(({ active }) => active) ?? [];
  const types = useTherapyTypes().data?.data.filter(({ active }) => active) ?? [];
  const rooms = useRooms().data?.data.filter(({ active }) => active) ?? [];
  const offer = useQuery({
    ...reading("session", "/api/v1/therapists/{therapist_id}/slots", { path: { therapist_id: therapistId }, query: { from: date, to: date, therapyTypeId, patientId: patient?.id } }),
    enabled: therapistId !== "" && therapyTypeId !== "" && date !== "",
  });

  const body = {
    patientId: patient?.id ?? "", therapistId, therapyTypeId, startTime, roomId: roomId || null,
    ...(own && price ? { price, priceReason } : {}),
  };
  const series = { ...body, firstDate: date, rule: `FREQ=WEEKLY;BYDAY=${days.toSorted().map((n) => CODES[n]).join(",")};COUNT=${Number(count) || 1}` };
  const key = JSON.stringify(series);
  const plan = preview?.for === key ? preview.plan : null;
  const name = patient ? fullName(patient) : "";
  const when = `${day(date, { weekday: "short", day: "numeric", month: "short" })}, ${startTime}`;
  const missing = {
    patient: patient ? undefined : w.needPatient,
    therapist: therapistId ? undefined : shared.form.required,
    therapy: therapyTypeId ? undefined : shared.form.required,
    date: date ? undefined : shared.form.date,
    time: /^\d{2}:\d{2}$/.test(startTime) ? undefined : shared.form.required,
    price: !own || /^\d{1,10}(\.\d{1,2})?$/.test(price) ? undefined : shared.form.money,
    reason: !own || priceReason.trim() ? undefined : shared.form.required,
  };
  const complete = Object.values(missing).every((each) => each === undefined);
  const shown = tried ? missing : ({} as Partial<typeof missing>);
  const queries = useQueryClient();
  const refused = (error: Refused) => {
    setProblem(error);
    void queries.invalidateQueries({ queryKey: ["session"] }); // what is shown as free was old
    return true;
  };

  const single = useCommand({
    send: (_: string, headers) => api.POST("/api/v1/sessions", { body: { ...body, date }, headers }),
    changes: CHANGES,
    said: w.booked(name, when),
    undo: ({ id }) => () => api.POST("/api/v1/sessions/{session_id}/cancel", { params: { path: { session_id: id } }, body: { reason: w.undo, cancelledBy: "CENTRE" } }),
    done: close,
    refused,
  });
  const look = useMutation({
    mutationFn: async () => (await api.POST("/api/v1/sessions/series/preview", { body: series })).data,
    onSuccess: (found) => found && setPreview({ for: key, plan: found }),
    onError: (error) => (error instanceof Refused ? refused(error) : say({ kind: "problem", error })),
  });
  const free = plan?.occurrences.filter((each) => each.problems.length === 0).map((each) => each.date) ?? [];
  const whole = useCommand({
    send: (_: string, headers) => api.POST("/api/v1/sessions/series", { body: { ...series, only: free }, headers }),
    changes: CHANGES,
    said: ({ occurrences }) => w.seriesBooked(name, occurrences.length),
    undo: ({ id }) => () => api.POST("/api/v1/sessions/series/{series_id}/cancel", { params: { path: { series_id: id } }, body: { scope: "ALL", reason: w.undo, cancelledBy: "CENTRE" } }),
    done: close,
    refused,
  });
  const busy = single.isPending || look.isPending || whole.isPending;

  function submit(event: React.FormEvent) {
    event.preventDefault();
    if (busy) return;
    setTried(true);
    setProblem(null);
    if (!complete) return void (patient ? undefined : first.current?.focus());
    if (!weekly) single.mutate(key + date);
    else if (plan) whole.mutate(key);
    else look.mutate();
  }
  const label = !weekly ? (busy ? w.booking : w.submit) : look.isPending ? w.previewing : plan ? (busy ? w.booking : w.bookAll(free.length)) : w.preview;

  return (
    <Dialog
      open
      close={close}
      title={w.title}
      initialFocus={first}
      wide
      foot={
        <>
          <Button onClick={close}>{shared.form.cancel}</Button>
          <Button form={form} type="submit" kind="primary" aria-disabled={busy || (weekly && plan !== null && free.length === 0)} onMouseDown={stay}>
            {label}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
        <div className="sm:col-span-2">
          <PatientSearch value={patient} change={setPatient} error={shown.patient} inputRef={first} />
        </div>
        <Select label={words.therapist} value={therapistId} empty={shared.form.choose} error={shown.therapist} options={therapists.map((each) => [each.id, fullName(each)] as const)} onChange={(event) => setTherapist(event.target.value)} />
        <Select label={w.therapy} value={therapyTypeId} empty={shared.form.choose} error={shown.therapy} options={types.map((each) => [each.id, each.name] as const)} onChange={(event) => setTherapy(event.target.value)} />
        <Field
          label={w.date}
          type="date"
          value={date}
          error={shown.date}
          onChange={(event) => {
            setDate(event.target.value);
            if (event.target.value) setDays([weekday(event.target.value)]);
          }}
        />
        <Field label={w.time} type="time" step={300} value={startTime} error={shown.time} onChange={(event) => setTime(event.target.value)} />
        <div className="grid gap-3 rounded-lg bg-sunken p-3 text-sm sm:col-span-2">
          {therapistId && therapyTypeId && date ? (
            <>
              <p className="min-h-5" aria-live="polite">
                {offer.data && (
                  <>
                    {w.fee}: <strong className="tabular">{money(own && !missing.price ? price : offer.data.price)}</strong> · {w.minutes(offer.data.duration)}
                  </>
                )}
              </p>
              <FreeTimes ask={{ therapistId, therapyTypeId, patientId: patient?.id, date }} choose={(_, time) => setTime(time)} chosen={startTime} />
            </>
          ) : (
            <p className="text-muted">{w.chooseFirst}</p>
          )}
        </div>
        {rooms.length > 0 && <Select label={w.room} optional value={roomId} empty={w.noRoom} options={rooms.map((each) => [each.id, each.name] as const)} onChange={(event) => setRoom(event.target.value)} />}
        <div className="flex flex-wrap gap-x-6 sm:col-span-2">
          <Check label={w.repeat} checked={weekly} onChange={(event) => setWeekly(event.target.checked)} />
          <Check label={w.own} checked={own} onChange={(event) => setOwn(event.target.checked)} />
        </div>
        {own && (
          <>
            <Field label={w.ownPrice} inputMode="decimal" value={price} error={shown.price} onChange={(event) => setPrice(event.target.value.trim())} />
            <Field label={w.reason} value={priceReason} error={shown.reason} onChange={(event) => setReason(event.target.value)} />
          </>
        )}
        {weekly && (
          <>
            <fieldset>
              <legend className="mb-1.5 text-sm font-medium">{w.weekdays}</legend>
              <div className="flex flex-wrap gap-1.5">
                {words.weekdays.map((each, n) => (
                  <Button key={each} className="min-h-9 px-2.5" kind={days.includes(n) ? "primary" : "plain"} aria-pressed={days.includes(n)} onClick={() => setDays((now) => (now.includes(n) ? (now.length > 1 ? now.filter((other) => other !== n) : now) : [...now, n]))}>
                    {each}
                  </Button>
                ))}
              </div>
            </fieldset>
            <Field label={w.weeks} type="number" min={1} max={104} value={count} onChange={(event) => setCount(event.target.value)} />
            {plan && <Dates plan={plan} />}
          </>
        )}
        {problem && (
          <div className="grid gap-2 text-sm sm:col-span-2">
            <Note tone="danger" alert>{problem.status === 409 ? whyNot(problem) : inWords(problem)}</Note>
            {problem.code === "SLOT_TAKEN" && offer.data && (
              <InTheWay session={{ id: "", duration: offer.data.duration, patientId: body.patientId, roomId: body.roomId }} wanted={{ date, start: minutes(startTime), therapistId }} itself={false} />
            )}
          </div>
        )}
      </form>
    </Dialog>
  );
}

/** Every date of a series, and what is in its way. */
function Dates({ plan }: { plan: Preview }) {
  const { day, money } = useFormat();
  const clashes = plan.occurrences.filter((each) => each.problems.length > 0).length;
  return (
    <section aria-label={w.dates} className="grid gap-2 text-sm sm:col-span-2" aria-live="polite">
      <p>
        <strong>{w.clashes(clashes)}</strong> {w.total(money(plan.total))}
      </p>
      <ol className="grid gap-1">
        {plan.occurrences.map((each) => (
          <li key={each.date} className="flex flex-wrap items-baseline gap-x-3 gap-y-1 border-b border-line py-1.5 last:border-0">
            <span className="tabular w-40">{day(each.date, { weekday: "short", day: "numeric", month: "short", year: "numeric" })}</span>
            {each.problems.length === 0 ? <Badge tone="good">{w.freeDate}</Badge> : null}
            {each.problems.map((one) => (
              <span key={one.code} className="min-w-0 text-danger">
                {one.message} {one.alternatives?.length ? <span className="text-muted">{w.free}: {one.alternatives.map((time) => (time.date === each.date ? time.startTime : `${day(time.date)} ${time.startTime}`)).join(", ")}</span> : null}
              </span>
            ))}
          </li>
        ))}
      </ol>
    </section>
  );
}
