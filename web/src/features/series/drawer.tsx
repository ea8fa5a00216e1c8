/** A series: its rule, every date of it, and cancelling those that are to come. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { HistoryButton } from "@/components/history-button";
import { SessionBadge } from "@/components/session-badge";
import { Button } from "@/components/ui/button";
import { Drawer } from "@/components/ui/dialog";
import { Area, Select } from "@/components/ui/fields";
import { Facts } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { FormBody, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";

import { ruleWords, words } from "./strings";

type Series = Schema<"SeriesDetail">;

export default function SeriesDrawer({ id, shown, close }: { id: string; shown: boolean; close: () => void }) {
  const { day } = useFormat();
  const found = useQuery({ ...reading("series", "/api/v1/sessions/series/{series_id}", { path: { series_id: id } }), enabled: shown });
  return (
    <Drawer open={shown} close={close} title={found.data?.patientName ?? words.title} about={found.data && ruleWords(found.data.rule, day)}>
      {found.isPending ? <Skeleton rows={6} /> : found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : <Body key={found.data.id} series={found.data} />}
    </Drawer>
  );
}

function Body({ series }: { series: Series }) {
  const { day } = useFormat();
  const may = useMay();
  const [cancelling, setCancelling] = useState(false);
  if (cancelling) return <CancelForm series={series} back={() => setCancelling(false)} />;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <div className="flex flex-wrap gap-2">
        {may("sessions:book") && series.upcoming > 0 && <Button kind="danger" onClick={() => setCancelling(true)}>{words.cancel}</Button>}
        <HistoryButton of={series.patientName ?? words.title} address={`/api/v1/sessions/series/${series.id}/history`} />
      </div>
      <Facts className="p-0" facts={[[words.therapist, series.therapistName], [words.therapy, series.therapyTypeName], [words.upcoming, `${series.upcoming} / ${series.sessions}`]]} />
      <section className="text-sm">
        <h3 className="mb-1 font-semibold">{words.dates}</h3>
        <ol>
          {series.occurrences.map((each) => (
            <li key={each.sessionId} className="flex min-h-11 flex-wrap items-center gap-x-3 border-b border-line py-1.5 last:border-0">
              <Link to="/sessions" search={{ session: each.sessionId }} className="tabular grow underline-offset-4 hover:underline">
                {day(each.date, { weekday: "short", day: "numeric", month: "short", year: "numeric" })}, {each.startTime}
                {each.exception && <span className="ml-2 text-muted">{words.exception}</span>}
              </Link>
              <SessionBadge status={each.status} />
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}

function CancelForm({ series, back }: { series: Series; back: () => void }) {
  const { day } = useFormat();
  const open = series.occurrences.filter((each) => each.status === "SCHEDULED");
  const form = useForm({
    values: { from: "", cancelledBy: "PATIENT" as "PATIENT" | "CENTRE", reason: "" },
    draft: `series.cancel.${series.id}`,
    send: ({ from, cancelledBy, reason }, headers) =>
      api.POST("/api/v1/sessions/series/{series_id}/cancel", {
        params: { path: { series_id: series.id } }, headers,
        body: { reason, cancelledBy, ...(from ? { scope: "FOLLOWING", occurrenceId: from } : { scope: "ALL" }) },
      }),
    changes: ["series", "session", "ledger", "patient"],
    said: ({ occurrences }) => words.done(occurrences.length),
    done: back,
  });
  return (
    <FormBody form={form} submit={words.cancel} cancel={back}>
      <Select label={words.scope} empty={words.all} options={open.slice(1).map((each) => [each.sessionId, words.from(day(each.date))] as const)} {...form.field("from")} />
      <Select label={words.by} options={[["PATIENT", words.byPatient], ["CENTRE", words.byCentre]]} {...form.field("cancelledBy")} />
      <Area label={words.reason} {...form.field("reason", { required: true })} />
    </FormBody>
  );
}
