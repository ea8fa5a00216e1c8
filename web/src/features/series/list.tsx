import { useRef } from "react";

import type { Schema } from "@/api/client";
import { type Column, DataTable, useList } from "@/components/table";
import { FirstBooking } from "@/components/first-booking";
import { Toolbar } from "@/components/toolbar";
import { Awaited } from "@/components/ui/awaited";
import { Select } from "@/components/ui/fields";
import { PageBody, PageHead } from "@/components/ui/page";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { part } from "@/lib/part";
import { words as shared } from "@/lib/strings";

import { ruleWords, words } from "./strings";

const SeriesDrawer = part(() => import("./drawer"));
type Row = Schema<"Series">;

export default function SeriesList() {
  const { day, dateOf, time } = useFormat();
  const [filters, set] = useFilters({ active: "", series: "", occurrence: "", page: 1 });
  const { active, series, occurrence, page } = filters;
  const list = useList("series", "/api/v1/sessions/series", { query: { page, active: active === "" ? undefined : active === "true" } });
  const last = useRef("");
  if (series) last.current = series;
  const columns: Column<Row>[] = [
    {
      key: "patient", label: words.patient, head: true, csv: (row) => row.patientName,
      cell: (row) => (
        <button type="button" aria-haspopup="dialog" onClick={() => set({ series: row.id, page }, { push: true })} className="min-h-6 text-left underline-offset-4 hover:underline">
          {row.patientName}
        </button>
      ),
    },
    { key: "rule", label: words.rule, csv: (row) => row.rule, cell: (row) => <>{ruleWords(row.rule, day)}, {row.startTime}</> },
    { key: "therapist", label: words.therapist, csv: (row) => row.therapistName, cell: (row) => row.therapistName },
    { key: "therapy", label: words.therapy, csv: (row) => row.therapyTypeName, cell: (row) => row.therapyTypeName },
    { key: "upcoming", label: words.upcoming, right: true, csv: (row) => row.upcoming, cell: (row) => `${row.upcoming} / ${row.sessions}` },
    { key: "next", label: words.next, csv: (row) => row.nextStartsAt, cell: (row) => row.nextStartsAt && <span className="tabular whitespace-nowrap">{day(dateOf(row.nextStartsAt))}, {time(row.nextStartsAt)}</span> },
  ]; // prettier-ignore
  return (
    <PageBody>
      <PageHead title={words.title} />
      <Toolbar clear={active !== "" && (() => set({ active: "" }))}>
        <Select label={words.state} value={active} empty={shared.table.any} options={[["true", words.active], ["false", words.over]]} onChange={(event) => set({ active: event.target.value })} />
      </Toolbar>
      <DataTable label={words.title} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={active ? words.notFound : <FirstBooking>{words.none}</FirstBooking>} />
      <Awaited open={series !== ""} close={() => set({ series: "", occurrence: "", page })}>{last.current && <SeriesDrawer id={last.current} occurrence={occurrence} shown={series !== ""} close={() => set({ series: "", occurrence: "", page })} go={(id) => set({ series: id, occurrence: "", page })} />}</Awaited>
    </PageBody>
  );
}
