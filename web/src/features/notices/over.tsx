/** One notification with what can be done about it; and sending one, or a test. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { HistoryButton } from "@/components/history-button";
import { type FoundPatient, PatientSearch } from "@/components/patient-search";
import { Button } from "@/components/ui/button";
import { Dialog, Drawer } from "@/components/ui/dialog";
import { Area, Field, Select } from "@/components/ui/fields";
import { Facts, Note } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { FormBody, orNull, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";

import { NoticeBadge } from "./badge";
import { words } from "./strings";

type Notice = Schema<"Notification">;
type Channel = Schema<"Channel">;
type Moved = Schema<"NoticeMoved">;
const CHANNELS = Object.entries(words.channels);

export default function Over({ noticeId, making, close }: { noticeId: string; making: "send" | "test" | undefined; close: () => void }) {
  if (making === "send")
    return (
      <Dialog open close={close} title={words.send} about={words.sendHint}>
        <SendForm done={close} />
      </Dialog>
    );
  if (making === "test")
    return (
      <Dialog open close={close} title={words.test} about={words.testHint}>
        <TestForm done={close} />
      </Dialog>
    );
  return <Detail noticeId={noticeId} close={close} />;
}

function Detail({ noticeId, close }: { noticeId: string; close: () => void }) {
  const found = useQuery(reading("notification", "/api/v1/notifications/{notice_id}", { path: { notice_id: noticeId } }));
  const notice = found.data;
  return (
    <Drawer open close={close} title={notice ? words.open(words.kinds[notice.kind], notice.patientName ?? notice.userName ?? notice.recipient ?? "") : words.title} about={notice && <NoticeBadge status={notice.status} />}>
      {found.isPending ? <Skeleton rows={6} /> : found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : <Body notice={found.data} />}
    </Drawer>
  );
}

function Body({ notice }: { notice: Notice }) {
  const { instant } = useFormat();
  const may = useMay();
  const manages = may("notifications:manage");
  const params = { params: { path: { notice_id: notice.id } } };
  const retry = useCommand({ send: (_: string, headers) => api.POST("/api/v1/notifications/{notice_id}/retry", { ...params, headers }), changes: ["notification"], said: words.retried });
  const withdraw = useCommand({ send: (_: string, headers) => api.POST("/api/v1/notifications/{notice_id}/withdraw", { ...params, headers }), changes: ["notification"], said: words.withdrawn });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      {notice.subject && notice.channel === "EMAIL" && <p className="font-medium">{notice.subject}</p>}
      {notice.message && <p className="rounded-lg bg-sunken p-3 text-sm break-words whitespace-pre-line">{notice.message}</p>}
      <Facts
        className="p-0"
        facts={[
          [words.channel, words.channels[notice.channel]],
          [words.to, notice.recipient && <span key="to" className="break-all">{notice.recipient}</span>],
          [words.reason, notice.reason && (words.reasons[notice.reason] ?? notice.reason)],
          [words.tries, notice.tries],
          [words.provider, notice.provider],
          [words.delivery, notice.delivery && words.deliveries[notice.delivery]],
          [words.providerId, notice.providerId && <span key="id" className="font-mono text-xs break-all">{notice.providerId}</span>],
          [words.requested, instant(notice.requestedAt)],
          [words.sentAt, notice.sentAt && instant(notice.sentAt)],
          [words.next, notice.nextAt && instant(notice.nextAt)],
          [words.patient, notice.patientId && <Link key="patient" to="/patients/$patientId" params={{ patientId: notice.patientId }} className="underline underline-offset-4">{notice.patientName ?? words.erased}</Link>],
        ]}
      />
      {manages && notice.status === "UNKNOWN" && <Settle notice={notice} />}
      <div className="flex flex-wrap gap-2 border-t border-line pt-4">
        <HistoryButton of={words.kinds[notice.kind]} address={`/api/v1/notifications/${notice.id}/history`} />
        {manages && (notice.status === "FAILED" || notice.status === "RETRYING") && <Button kind="primary" aria-disabled={retry.isPending} onClick={() => retry.mutate(notice.id)}>{words.retry}</Button>}
        {manages && (notice.status === "PENDING" || notice.status === "RETRYING") && <Button kind="danger" aria-disabled={withdraw.isPending} onClick={() => withdraw.mutate(notice.id)}>{words.withdraw}</Button>}
      </div>
    </div>
  );
}

function Settle({ notice }: { notice: Notice }) {
  const form = useForm<{ sent: string; reason: string }, Moved>({
    values: { sent: "true", reason: "" },
    send: ({ sent, reason }, headers) => api.POST("/api/v1/notifications/{notice_id}/settle", { params: { path: { notice_id: notice.id } }, body: { sent: sent === "true", reason: reason.trim() }, headers }),
    changes: ["notification"],
    said: words.settled,
  });
  return (
    <div className="grid gap-4 rounded-lg border border-line p-4">
      <Note tone="warn">{words.settleHint}</Note>
      <FormBody form={form} submit={shared.form.save}>
        <Select label={words.settle} options={[["true", words.arrived], ["false", words.notArrived]]} {...form.field("sent")} />
        <Field label={words.settleReason} {...form.field("reason", { required: true })} />
      </FormBody>
    </div>
  );
}

function SendForm({ done }: { done: () => void }) {
  const [patient, setPatient] = useState<FoundPatient | null>(null);
  const [missing, setMissing] = useState(false);
  const form = useForm<{ channel: string; subject: string; message: string }, Moved>({
    values: { channel: "SMS", subject: "", message: "" },
    draft: "notice.new",
    send: ({ channel, subject, message }, headers) =>
      api.POST("/api/v1/notifications/send", { body: { patientId: patient?.id ?? "", channel: channel as Channel, message, ...(channel === "EMAIL" ? { subject: orNull(subject) } : {}) }, headers }),
    changes: ["notification"],
    said: words.sendDone,
    done,
  });
  const email = form.watch("channel") === "EMAIL";
  return (
    <div
      className="grid gap-4"
      onSubmitCapture={(event) => {
        if (patient) return;
        event.preventDefault();
        event.stopPropagation();
        setMissing(true);
      }}
    >
      <PatientSearch
        value={patient}
        error={missing ? shared.form.required : undefined}
        change={(found) => {
          setPatient(found);
          setMissing(false);
        }}
      />
      <FormBody form={form} submit={words.send} cancel={done}>
        <Select label={words.channel} options={CHANNELS as [string, string][]} className="max-w-48" {...form.field("channel")} />
        {email && <Field label={words.subject} {...form.field("subject", { required: true })} />}
        <Area label={words.message} rows={5} {...form.field("message", { required: true })} />
      </FormBody>
    </div>
  );
}

function TestForm({ done }: { done: () => void }) {
  const form = useForm<{ channel: string; to: string }, Moved>({
    values: { channel: "EMAIL", to: "" },
    send: ({ channel, to }, headers) => api.POST("/api/v1/notifications/test", { body: { channel: channel as Channel, to: orNull(to) }, headers }),
    changes: ["notification"],
    said: words.testDone,
    done,
  });
  return (
    <FormBody form={form} submit={words.test} cancel={done}>
      <Select label={words.channel} options={CHANNELS as [string, string][]} className="max-w-48" {...form.field("channel")} />
      <Field label={words.testTo} optional {...form.field("to")} />
    </FormBody>
  );
}
