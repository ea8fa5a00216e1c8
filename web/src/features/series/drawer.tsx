/** A series: its rule, every date of it, changing and cancelling those that are to come. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { HistoryButton } from "@/components/history-button";
import { SessionBadge } from "@/components/session-badge";
import { Button } from "@/components/ui/button";
import { Drawer } from "@/components/ui/dialog";
import { Area, Check, Field, Select } from "@/components/ui/fields";
import { Facts } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { FormBody, orNull, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";

import { ChangeForm } from "./change";
import { Reach, type Series, reachOf, toCome } from "./reach";
import { ruleWords, words } from "./strings";

interface Props {
  id: string;
  /** The session from which somebody came, if they did. */
  occurrence: string;
  shown: boolean;
  close: () => void;
  /** Another series is shown instead: the one that was split from this one. */
  go: (id: string) => void;
}

export default function SeriesDrawer({ id, occurrence, shown, close, go }: Props) {
  const { day } = useFormat();
  const found = useQuery({ ...reading("series", "/api/v1/sessions/series/{series_id}", { path: { series_id: id } }), enabled: shown });
  return (
    <Drawer open={shown} close={close} title={found.data?.patientName ?? words.title} about={found.data && ruleWords(found.data.rule, day)}>
      {found.isPending ? <Skeleton rows={6} /> : found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : <Body key={found.data.id} series={found.data} occurrence={occurrence} go={go} />}
    </Drawer>
  );
}

function Body({ series, occurrence, go }: { series: Series; occurrence: string; go: (id: string) => void }) {
  const { day } = useFormat();
  const may = useMay();
  const [doing, setDoing] = useState<"change" | "cancel">();
  const back = () => setDoing(undefined);
  if (doing === "change") return <ChangeForm series={series} occurrence={occurrence} back={back} split={go} />;
  if (doing === "cancel") return <CancelForm series={series} occurrence={occurrence} back={back} />;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <div className="flex flex-wrap gap-2">
        {may("sessions:book") && toCome(series).length > 0 && (
          <>
            <Button kind="primary" onClick={() => setDoing("change")}>{words.change}</Button>
            <Button kind="danger" onClick={() => setDoing("cancel")}>{words.cancel}</Button>
          </>
        )}
        <HistoryButton of={series.patientName ?? words.title} address={`/api/v1/sessions/series/${series.id}/history`} />
      </div>
      <Facts className="p-0" facts={[[words.therapist, series.therapistName], [words.therapy, series.therapyTypeName], [words.upcoming, `${series.upcoming} / ${series.sessions}`]]} />
      <section className="text-sm">
        <h3 className="mb-1 font-semibold">{words.dates}</h3>
        <ol>
          {series.occurrences.map((each) => (
            <li key={each.sessionId} aria-current={each.sessionId === occurrence ? "true" : undefined} className="flex min-h-11 flex-wrap items-center gap-x-3 border-b border-line py-1.5 last:border-0 aria-[current]:bg-brand-soft aria-[current]:px-2">
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

function CancelForm({ series, occurrence, back }: { series: Series; occurrence: string; back: () => void }) {
  const { money } = useFormat();
  const open = toCome(series);
  const form = useForm({
    values: { scope: occurrence ? "FOLLOWING" : "ALL", occurrenceId: (open.find(({ sessionId }) => sessionId === occurrence) ?? open[0])?.sessionId ?? "", cancelledBy: "PATIENT" as "PATIENT" | "CENTRE", reason: "", waiveFee: false, waiverReason: "" },
    draft: `series.cancel.${series.id}`,
    send: ({ scope, occurrenceId, cancelledBy, reason, waiveFee, waiverReason }, headers) =>
      api.POST("/api/v1/sessions/series/{series_id}/cancel", {
        params: { path: { series_id: series.id } }, headers: { ...headers, "if-match": `"${series.version}"` },
        body: { reason, cancelledBy, scope: reachOf(scope), ...(scope === "ALL" ? {} : { occurrenceId }), ...(waiveFee && cancelledBy === "PATIENT" ? { waiveFee, waiverReason: orNull(waiverReason) } : {}) },
      }),
    changes: ["series", "session", "ledger", "patient"],
    said: ({ occurrences, fee }) => words.done(occurrences.length, fee === "0.00" ? "" : money(fee)),
    done: back,
  });
  const [by, waive] = form.watch(["cancelledBy", "waiveFee"]);
  return (
    <FormBody form={form} submit={words.cancel} cancel={back}>
      <Reach form={form} open={open} />
      <Select label={words.by} options={[["PATIENT", words.byPatient], ["CENTRE", words.byCentre]]} {...form.field("cancelledBy")} />
      <Area label={words.reason} {...form.field("reason", { required: true })} />
      {by === "PATIENT" && <Check label={words.waive} {...form.field("waiveFee")} />}
      {by === "PATIENT" && waive && <Field label={words.waiver} {...form.field("waiverReason", { required: true })} />}
    </FormBody>
  );
}
