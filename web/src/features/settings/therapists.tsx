/** A therapist's hours, leave, time around sessions and own prices. A therapist sees and changes their own. */
import { useQuery } from "@tanstack/react-query";
import { CalendarCheck, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay, useMe } from "@/api/me";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { HistoryButton } from "@/components/history-button";
import { useTherapists, useTherapyTypes } from "@/components/names";
import { Button, buttonStyles } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Select } from "@/components/ui/fields";
import { Card } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { FormBody, orNull, useForm } from "@/lib/form";
import { fullName, useFormat } from "@/lib/format";
import { say } from "@/lib/toast";

import { Prices } from "./prices";
import { whole } from "./saving";
import { words } from "./strings";

const w = words.therapists;
type Slot = Schema<"AvailabilitySlot">;

export default function Therapists() {
  const me = useMe();
  const may = useMay();
  const all = may("availability:read", "ALL");
  const [filters, set] = useFilters({ section: "", therapistId: "" });
  const found = useTherapists(all);
  const therapists = found.data?.data ?? [];
  const id = all ? filters.therapistId || (therapists[0]?.id ?? "") : me.userId;
  if (all && found.isPending) return <Skeleton rows={6} />;
  if (all && found.isError) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (all && therapists.length === 0) {
    const invite = <Link to="/settings" search={{ section: "people" }} className={buttonStyles({ kind: "primary" })}>{words.people.new}</Link>;
    return <Empty action={may("users:manage") && invite}>{w.none}</Empty>;
  }
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {all && (
        <div className="flex flex-wrap items-end gap-3">
          <Select label={w.choose} value={id} options={therapists.map((each) => [each.id, fullName(each)] as const)} onChange={(event) => set({ therapistId: event.target.value }, { push: true })} className="min-w-56" />
          {may("therapist-pages:read") && (
            <Link to="/my-day" search={{ therapistId: id }} className={buttonStyles()}>
              <CalendarCheck aria-hidden className="size-4" />
              {w.seeDay}
            </Link>
          )}
          <HistoryButton of={w.hours} address={`/api/v1/therapists/${id}/availability/history`} />
        </div>
      )}
      <Availability key={id} therapistId={id} />
      {may("pricing:read") && <Prices key={`prices ${id}`} therapistId={id} />}
    </div>
  );
}

/** Sessions that are outside the hours now stay where they are; whoever changed the hours is told. */
function tellShrunk(result: Schema<"AvailabilityShrunk"> | undefined) {
  const count = result?.sessionsOutside.length ?? 0;
  if (count) say({ kind: "news", text: w.shrunk(count) });
}

function Availability({ therapistId }: { therapistId: string }) {
  const may = useMay();
  const writes = may("availability:write");
  const found = useQuery(reading("availability", "/api/v1/therapists/{therapist_id}/availability", { path: { therapist_id: therapistId } }));
  if (found.isPending) return <Skeleton rows={6} />;
  if (found.isError) return <Failed error={found.error} again={() => void found.refetch()} />;
  const shown = found.data;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-2">
      <Hours therapistId={therapistId} slots={shown.slots} writes={writes} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <LeaveCard therapistId={therapistId} leave={shown.leave} writes={writes} />
        <Buffers key={shown.version} shown={shown} writes={writes} />
      </div>
    </div>
  );
}

function Hours({ therapistId, slots, writes }: { therapistId: string; slots: Slot[]; writes: boolean }) {
  const [open, setOpen] = useState<{ slot?: Slot; day: number }>();
  const types = useTherapyTypes().data?.data ?? [];
  const path = (slot_id: string) => ({ params: { path: { therapist_id: therapistId, slot_id } } });
  const { mutate } = useCommand({
    send: (slot: Slot, headers) => api.DELETE("/api/v1/therapists/{therapist_id}/availability/{slot_id}", { ...path(slot.id), headers }),
    changes: ["availability", "session"],
    said: w.removed,
    undo: (_, { dayOfWeek, startTime, endTime, therapyTypeId }) => () =>
      api.POST("/api/v1/therapists/{therapist_id}/availability", { params: { path: { therapist_id: therapistId } }, body: { dayOfWeek, startTime, endTime, therapyTypeId } }),
    done: tellShrunk,
  });
  const at = (slot: Slot) => `${words.days[slot.dayOfWeek] ?? ""}, ${slot.startTime}–${slot.endTime}`;
  return (
    <Card
      title={w.hours}
      actions={
        writes && (
          <Button onClick={() => setOpen({ day: 0 })}>
            <Plus aria-hidden className="size-4" />
            {w.newHours}
          </Button>
        )
      }
    >
      {slots.length === 0 && <Empty>{w.noHours}</Empty>}
      <ul className="divide-y divide-line">
        {words.days.map((name, day) => {
          const those = slots.filter((each) => each.dayOfWeek === day).sort((a, b) => a.startTime.localeCompare(b.startTime));
          if (slots.length === 0) return null;
          return (
            <li key={name} className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-3 px-4 py-1 text-sm">
              <span className="flex min-h-10 items-center font-medium">{name}</span>
              <ul>
                {those.length === 0 && <li className="flex min-h-10 items-center text-muted">–</li>}
                {those.map((slot) => (
                  <li key={slot.id} className="flex min-h-10 flex-wrap items-center gap-1">
                    <span className="tabular">{slot.startTime}–{slot.endTime}</span>
                    <span className="min-w-0 grow truncate px-2 text-muted">{types.find(({ id }) => id === slot.therapyTypeId)?.name}</span>
                    {writes && (
                      <>
                        <Button kind="quiet" size="icon" aria-label={`${w.editHours}: ${at(slot)}`} onClick={() => setOpen({ slot, day })}>
                          <Pencil aria-hidden className="size-4" />
                        </Button>
                        <Button kind="quiet" size="icon" aria-label={`${w.remove}: ${at(slot)}`} onClick={() => mutate(slot)}>
                          <Trash2 aria-hidden className="size-4" />
                        </Button>
                      </>
                    )}
                  </li>
                ))}
              </ul>
            </li>
          );
        })}
      </ul>
      <Dialog open={open !== undefined} close={() => setOpen(undefined)} title={open?.slot ? w.editHours : w.newHours}>
        {open && <HoursForm therapistId={therapistId} day={open.day} {...(open.slot ? { slot: open.slot } : {})} done={() => setOpen(undefined)} />}
      </Dialog>
    </Card>
  );
}

function HoursForm({ therapistId, slot, day, done }: { therapistId: string; slot?: Slot; day: number; done: () => void }) {
  const types = useTherapyTypes().data?.data ?? [];
  const form = useForm<{ dayOfWeek: string; startTime: string; endTime: string; therapyTypeId: string }, Schema<"AvailabilityShrunk"> | Schema<"Saved">>({
    values: { dayOfWeek: String(slot?.dayOfWeek ?? day), startTime: slot?.startTime ?? "09:00", endTime: slot?.endTime ?? "13:00", therapyTypeId: slot?.therapyTypeId ?? "" },
    send: ({ dayOfWeek, therapyTypeId, ...times }, headers): Promise<{ data?: Schema<"AvailabilityShrunk"> | Schema<"Saved"> }> => {
      const body = { ...times, dayOfWeek: Number(dayOfWeek), therapyTypeId: therapyTypeId || null };
      if (!slot) return api.POST("/api/v1/therapists/{therapist_id}/availability", { params: { path: { therapist_id: therapistId } }, body, headers });
      return api.PUT("/api/v1/therapists/{therapist_id}/availability/{slot_id}", { params: { path: { therapist_id: therapistId, slot_id: slot.id } }, body, headers });
    },
    changes: ["availability", "session"],
    said: slot ? w.changed : w.added,
    done: (result) => {
      if ("sessionsOutside" in result) tellShrunk(result);
      done();
    },
  });
  return (
    <FormBody form={form} cancel={done}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Select label={w.day} options={words.days.map((name, n) => [String(n), name] as const)} {...form.field("dayOfWeek")} />
        <Select label={w.therapy} empty={w.anyTherapy} options={types.filter(({ active }) => active).map((each) => [each.id, each.name] as const)} {...form.field("therapyTypeId")} />
        <Field label={w.from} type="time" {...form.field("startTime", { required: true })} />
        <Field label={w.to} type="time" {...form.field("endTime", { required: true })} />
      </div>
    </FormBody>
  );
}

function LeaveCard({ therapistId, leave, writes }: { therapistId: string; leave: Schema<"Leave">[]; writes: boolean }) {
  const { day } = useFormat();
  const [open, setOpen] = useState(false);
  const path = { therapist_id: therapistId };
  const { mutate } = useCommand({
    send: (each: Schema<"Leave">, headers) => api.DELETE("/api/v1/therapists/{therapist_id}/leave/{leave_id}", { params: { path: { ...path, leave_id: each.id } }, headers }),
    changes: ["availability", "session"],
    said: w.withdrawn,
    undo: (_, { firstDay, lastDay, startTime, endTime, reason }) => () => api.POST("/api/v1/therapists/{therapist_id}/leave", { params: { path }, body: { firstDay, lastDay, startTime, endTime, reason } }),
  });
  const when = (each: Schema<"Leave">) => (each.firstDay === each.lastDay ? day(each.firstDay) : `${day(each.firstDay)} – ${day(each.lastDay)}`);
  return (
    <Card
      title={w.leave}
      actions={
        writes && (
          <Button onClick={() => setOpen(true)}>
            <Plus aria-hidden className="size-4" />
            {w.newLeave}
          </Button>
        )
      }
    >
      {leave.length === 0 ? (
        <p className="p-4 text-sm text-muted">{w.noLeave}</p>
      ) : (
        <ul className="divide-y divide-line text-sm">
          {leave.map((each) => (
            <li key={each.id} className="flex min-h-14 items-center gap-3 px-4 py-2">
              <div className="min-w-0 grow">
                <p>{when(each)} <span className="tabular text-muted">{each.startTime ? `${each.startTime}–${each.endTime}` : ""}</span></p>
                {each.reason && <p className="text-muted">{each.reason}</p>}
              </div>
              {writes && (
                <Button kind="quiet" size="icon" aria-label={`${w.withdraw}: ${when(each)}`} onClick={() => mutate(each)}>
                  <Trash2 aria-hidden className="size-4" />
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <Dialog open={open} close={() => setOpen(false)} title={w.newLeave}>
        <LeaveForm therapistId={therapistId} done={() => setOpen(false)} />
      </Dialog>
    </Card>
  );
}

function LeaveForm({ therapistId, done }: { therapistId: string; done: () => void }) {
  const { today } = useFormat();
  const form = useForm<{ firstDay: string; lastDay: string; startTime: string; endTime: string; reason: string }, Schema<"AvailabilityShrunk">>({
    values: { firstDay: today(), lastDay: today(), startTime: "", endTime: "", reason: "" },
    send: ({ startTime, endTime, reason, ...days }, headers) =>
      api.POST("/api/v1/therapists/{therapist_id}/leave", { params: { path: { therapist_id: therapistId } }, body: { ...days, startTime: startTime || null, endTime: endTime || null, reason: orNull(reason) }, headers }),
    changes: ["availability", "session"],
    said: w.planned,
    done: (result) => {
      tellShrunk(result);
      done();
    },
  });
  return (
    <FormBody form={form} cancel={done}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={w.firstDay} type="date" {...form.field("firstDay", { required: true })} />
        <Field label={w.lastDay} type="date" {...form.field("lastDay", { required: true })} />
        <Field label={w.from} type="time" optional {...form.field("startTime")} />
        <Field label={w.to} type="time" optional {...form.field("endTime")} />
      </div>
      <Field label={w.reason} optional {...form.field("reason")} />
    </FormBody>
  );
}

function Buffers({ shown, writes }: { shown: Schema<"AvailabilityView">; writes: boolean }) {
  const form = useForm<{ beforeMinutes: string; afterMinutes: string }, Schema<"Saved">>({
    values: { beforeMinutes: String(shown.bufferBeforeMinutes), afterMinutes: String(shown.bufferAfterMinutes) },
    send: ({ beforeMinutes, afterMinutes }, headers) =>
      api.PUT("/api/v1/therapists/{therapist_id}/buffers", {
        params: { path: { therapist_id: shown.therapistId } },
        body: { beforeMinutes: Number(beforeMinutes), afterMinutes: Number(afterMinutes) },
        headers: { ...headers, "if-match": `"${shown.version}"` },
      }),
    changes: ["availability"],
    said: w.buffersSaved,
  });
  return (
    <Card title={w.buffers}>
      <div className="p-4">
        <FormBody form={form} {...(writes ? {} : { submit: null })}>
          <div className="grid grid-cols-2 gap-4">
            <Field label={w.before} inputMode="numeric" disabled={!writes} {...form.field("beforeMinutes", { required: true, check: whole(0, 240) })} />
            <Field label={w.after} inputMode="numeric" disabled={!writes} {...form.field("afterMinutes", { required: true, check: whole(0, 240) })} />
          </div>
        </FormBody>
      </div>
    </Card>
  );
}
