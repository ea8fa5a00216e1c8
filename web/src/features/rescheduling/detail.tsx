/** One request: what is asked, what is free now, and the decision. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useState } from "react";

import { type Refused, type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { HistoryButton } from "@/components/history-button";
import { Button } from "@/components/ui/button";
import { Drawer } from "@/components/ui/dialog";
import { Area, Field } from "@/components/ui/fields";
import { Badge, Facts, Note } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { FormBody, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";

import { RequestBadge } from "./badge";
import { words } from "./strings";

type Request = Schema<"RescheduleRequest">;
type Time = { date: string; startTime: string };

export default function RequestOver({ requestId, close }: { requestId: string; close: () => void }) {
  const found = useQuery(reading("reschedule-request", "/api/v1/reschedule-requests/{request_id}", { path: { request_id: requestId } }));
  const request = found.data;
  return (
    <Drawer open close={close} title={request ? words.detail(request.patientName ?? words.erased) : words.title} about={request && <RequestBadge status={request.status} />}>
      {found.isPending ? <Skeleton rows={6} /> : found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : <Body request={found.data} />}
    </Drawer>
  );
}

function Body({ request }: { request: Request }) {
  const may = useMay();
  const { day, instant } = useFormat();
  const at = ({ date, startTime }: Time) => `${day(date, { weekday: "short", day: "numeric", month: "short" })}, ${startTime}`;
  const decides = request.status === "PENDING" && may("reschedule-requests:decide");
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Facts
        className="p-0"
        facts={[
          [words.now, <span key="now" className="tabular">{at({ date: request.sessionDate, startTime: request.sessionStartTime })}–{request.sessionEndTime}</span>],
          [words.therapist, request.therapistName],
          [words.therapy, request.therapyTypeName],
          [words.room, request.roomName],
          [words.reason, request.reason],
          [words.when, instant(request.requestedAt)],
          request.status === "PENDING" && [words.expires, instant(request.expiresAt)],
          request.chosen && [words.chosen, at(request.chosen)],
          [words.by, request.reviewerName],
          [words.decision, request.reviewNotes],
          request.overtakenBy && [words.decision, words.overtaken[request.overtakenBy]],
          request.closedAt ? [words.at, instant(request.closedAt)] : null,
        ]}
      />
      {decides ? (
        <Decide request={request} at={at} />
      ) : (
        <section>
          <h3 className="text-sm font-medium">{words.proposals}</h3>
          <ul className="tabular mt-1 text-sm">{request.proposals.map((each) => <li key={each.startsAt}>{at(each)}</li>)}</ul>
        </section>
      )}
      <div className="flex flex-wrap gap-2 border-t border-line pt-4">
        <HistoryButton of={words.title} address={`/api/v1/reschedule-requests/${request.id}/history`} />
        {request.status === "PENDING" && may("reschedule-requests:create") && <Withdraw request={request} />}
      </div>
    </div>
  );
}

function Withdraw({ request }: { request: Request }) {
  const { mutate, isPending } = useCommand({
    send: (id: string, headers) => api.DELETE("/api/v1/reschedule-requests/{request_id}", { params: { path: { request_id: id } }, headers }),
    changes: ["reschedule-request", "session"],
    said: words.withdrawn,
  });
  return <Button kind="danger" aria-disabled={isPending} onClick={() => mutate(request.id)}>{words.withdraw}</Button>;
}

function Decide({ request, at }: { request: Request; at: (time: Time) => string }) {
  const queries = useQueryClient();
  const free = useQuery(reading("reschedule-request", "/api/v1/reschedule-requests/{request_id}/alternatives", { path: { request_id: request.id } }));
  const [gone, setGone] = useState(false);
  const [note, setNote] = useState("");
  const [rejecting, setRejecting] = useState(false);
  const { mutate, isPending } = useCommand({
    send: (time: Time, headers) =>
      api.PUT("/api/v1/reschedule-requests/{request_id}/approve", {
        params: { path: { request_id: request.id } },
        body: { date: time.date, startTime: time.startTime, ...(note.trim() ? { note: note.trim() } : {}) },
        headers: { ...headers, "if-match": `"${request.version}"` },
      }),
    changes: ["reschedule-request", "session"],
    said: words.approved,
    refused: (error: Refused) => {
      if (error.status !== 409) return false;
      // The slot went to somebody else meanwhile: what is free now is shown in its place.
      setGone(true);
      void queries.invalidateQueries({ queryKey: ["reschedule-request"] });
      return true;
    },
  });
  if (free.isPending) return <Skeleton rows={4} row="h-12" />;
  if (free.isError) return <Failed error={free.error} again={() => void free.refetch()} />;
  const proposed = new Set(free.data.proposals.map((each) => each.startsAt));
  const others = free.data.slots.filter((each) => !proposed.has(each.startsAt));
  return (
    <>
      {gone && <Note tone="warn" alert>{words.goneNow}</Note>}
      <section className="grid gap-2">
        <h3 className="text-sm font-medium">{words.proposals}</h3>
        <ul className="divide-y divide-line rounded-lg border border-line">
          {free.data.proposals.map((each) => (
            <li key={each.startsAt} className="flex min-h-14 flex-wrap items-center gap-2 px-3 py-2 text-sm">
              <span className="tabular grow">{at(each)}</span>
              {each.refused === null ? (
                <Button kind="primary" aria-disabled={isPending} aria-label={words.approveAt(at(each))} onClick={() => mutate(each)}>
                  <Check aria-hidden className="size-4" />
                  {words.approve}
                </Button>
              ) : (
                <span className="grid justify-items-end gap-0.5">
                  <Badge tone="danger">{words.gone}</Badge>
                  <span className="text-xs text-muted">{each.refused}</span>
                </span>
              )}
            </li>
          ))}
        </ul>
      </section>
      <details className="rounded-lg border border-line" open={gone}>
        <summary className="min-h-10 px-3 py-2 text-sm font-medium">{words.others}</summary>
        {others.length === 0 ? <p className="px-3 pb-3 text-sm text-muted">{words.othersNone}</p> : <Others times={others} at={at} busy={isPending} choose={mutate} />}
      </details>
      <Field label={words.note} optional value={note} onChange={(event) => setNote(event.target.value)} maxLength={500} />
      {rejecting ? (
        <Reject request={request} close={() => setRejecting(false)} />
      ) : (
        <Button kind="danger" className="justify-self-start" onClick={() => setRejecting(true)}>
          <X aria-hidden className="size-4" />
          {words.reject}
        </Button>
      )}
    </>
  );
}

const DAYS = 3; // shown at once: a fortnight has hundreds of times

function Others({ times, at, busy, choose }: { times: readonly Time[]; at: (time: Time) => string; busy: boolean; choose: (time: Time) => void }) {
  const { day } = useFormat();
  const [shown, setShown] = useState(DAYS);
  const dates = [...new Set(times.map(({ date }) => date))];
  return (
    <div className="grid gap-3 px-3 pb-3">
      {dates.slice(0, shown).map((date) => (
        <section key={date}>
          <h4 className="text-sm text-muted">{day(date, { weekday: "long", day: "numeric", month: "short" })}</h4>
          <ul className="mt-1 flex flex-wrap gap-1.5">
            {times.filter((each) => each.date === date).map((each) => (
              <li key={each.startTime}>
                <Button className="tabular min-h-8 px-2.5" aria-disabled={busy} aria-label={`${each.startTime}: ${words.approveAt(at(each))}`} onClick={() => choose(each)}>{each.startTime}</Button>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {shown < dates.length && <Button className="justify-self-start" onClick={() => setShown(shown + DAYS)}>{words.later}</Button>}
    </div>
  );
}

function Reject({ request, close }: { request: Request; close: () => void }) {
  const form = useForm<{ reason: string }, unknown>({
    values: { reason: "" },
    draft: `reject.${request.id}`,
    send: ({ reason }, headers) =>
      api.PUT("/api/v1/reschedule-requests/{request_id}/reject", {
        params: { path: { request_id: request.id } },
        body: { reason: reason.trim() },
        headers: { ...headers, "if-match": `"${request.version}"` },
      }),
    changes: ["reschedule-request", "session"],
    said: words.rejected,
    done: close,
  });
  return (
    <FormBody form={form} submit={words.reject} cancel={close}>
      <Area label={words.rejectReason} rows={2} {...form.field("reason", { required: true })} />
    </FormBody>
  );
}
