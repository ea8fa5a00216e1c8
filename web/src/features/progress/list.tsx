import { GitCompareArrows, Plus } from "lucide-react";
import { useState } from "react";

import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { Link } from "@/app/link";
import { useTherapists, useTherapyTypes } from "@/components/names";
import { type Column, DataTable, useList } from "@/components/table";
import { SearchField, Toolbar } from "@/components/toolbar";
import { Awaited } from "@/components/ui/awaited";
import { buttonStyles } from "@/components/ui/button";
import { Field, Segments, Select } from "@/components/ui/fields";
import { PageBody, PageHead } from "@/components/ui/page";
import { Empty, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { fullName, useFormat } from "@/lib/format";
import { part } from "@/lib/part";
import { words as shared } from "@/lib/strings";

import { words } from "./strings";

type Row = Schema<"ProgressReportHead">;
const Timeline = part(() => import("./timeline"));

export default function ReportList() {
  const may = useMay();
  const { day, instant } = useFormat();
  const [filters, set] = useFilters({ search: "", patientId: "", therapistId: "", therapyTypeId: "", from: "", to: "", view: "list", sort: "", page: 1 });
  const { view, ...query } = filters;
  const list = useList("progress-report", "/api/v1/progress-reports", { query: { ...query, sort: query.sort || "-reportDate" } });
  const all = may("progress-reports:read", "ALL");
  const therapists = useTherapists(all).data?.data ?? [];
  const types = useTherapyTypes().data?.data ?? [];
  const [ticked, setTicked] = useState<Row[]>([]);
  const has = (row: Row) => ticked.some(({ id }) => id === row.id);
  const columns: Column<Row>[] = [
    {
      key: "tick", label: words.compare,
      cell: (row) => (
        <label className="inline-grid size-8 place-items-center">
          <input
            type="checkbox"
            className="size-5 accent-(--brand)"
            aria-label={`${words.compare}: ${row.patientName ?? words.erased}, ${day(row.reportDate)}`}
            checked={has(row)}
            disabled={!has(row) && (ticked.length >= 2 || (ticked[0] !== undefined && ticked[0].patientId !== row.patientId))}
            onChange={() => setTicked(has(row) ? ticked.filter(({ id }) => id !== row.id) : [...ticked, row])}
          />
        </label>
      ),
    },
    {
      key: "patient", label: words.patient, head: true, csv: (row) => row.patientName ?? words.erased,
      cell: (row) => (
        <Link to="/progress-reports/$reportId" params={{ reportId: row.id }} className="inline-block max-w-full min-h-6 content-center underline-offset-4 hover:underline">
          {row.patientName ?? words.erased}
        </Link>
      ),
    },
    { key: "date", label: words.date, sort: "reportDate", csv: (row) => row.reportDate, cell: (row) => <span className="whitespace-nowrap">{day(row.reportDate)}</span> },
    { key: "therapy", label: words.therapy, csv: (row) => row.therapyTypeName, cell: (row) => row.therapyTypeName },
    { key: "therapist", label: words.therapist, csv: (row) => row.therapistName, cell: (row) => row.therapistName },
    { key: "version", label: words.version, right: true, wide: true, csv: (row) => row.version, cell: (row) => row.version },
    { key: "saved", label: words.saved, wide: true, csv: (row) => row.savedAt, cell: (row) => <span className="text-muted">{instant(row.savedAt)}</span> },
  ]; // prettier-ignore
  const [first, second] = [...ticked].sort((a, b) => a.reportDate.localeCompare(b.reportDate) || a.savedAt.localeCompare(b.savedAt));
  const write = may("progress-reports:write") && (
    <Link to="/progress-reports/new" search={filters.patientId ? { patientId: filters.patientId } : {}} className={buttonStyles({ kind: "primary" })}>
      <Plus aria-hidden className="size-4" />
      {words.new}
    </Link>
  );
  const narrowed = Boolean(filters.search || filters.patientId || filters.therapistId || filters.therapyTypeId || filters.from || filters.to);
  return (
    <PageBody>
      <PageHead title={words.title} about={words.compareHint}>
        {first && second && (
          <Link to="/progress-reports/compare" search={{ left: first.id, right: second.id }} className={buttonStyles()}>
            <GitCompareArrows aria-hidden className="size-4" />
            {words.compare}
          </Link>
        )}
        {write}
      </PageHead>
      <Toolbar clear={narrowed && (() => set({ search: "", patientId: "", therapistId: "", therapyTypeId: "", from: "", to: "", view: "list" }))}>
        <SearchField label={words.search} value={filters.search} change={(search) => set({ search })} />
        {all && therapists.length > 0 && (
          <Select label={words.therapist} value={filters.therapistId} empty={shared.table.any} options={therapists.map((each) => [each.id, fullName(each)] as const)} onChange={(event) => set({ therapistId: event.target.value })} />
        )}
        <Select label={words.therapy} value={filters.therapyTypeId} empty={shared.table.any} options={types.map((each) => [each.id, each.name] as const)} onChange={(event) => set({ therapyTypeId: event.target.value })} />
        <Field label={words.from} type="date" className="w-40" value={filters.from} onChange={(event) => set({ from: event.target.value })} />
        <Field label={words.to} type="date" className="w-40" value={filters.to} onChange={(event) => set({ to: event.target.value })} />
        {filters.patientId && <Segments label={words.timeline} value={view === "timeline" ? "timeline" : "list"} options={[["list", words.reports], ["timeline", words.timeline]]} change={(now) => set({ view: now }, { push: true })} />}
      </Toolbar>
      {view === "timeline" && filters.patientId ? (
        <Awaited fallback={<Skeleton rows={6} />}>
          <Timeline patientId={filters.patientId} />
        </Awaited>
      ) : (
        <DataTable label={words.title} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={narrowed ? words.notFound : <Empty action={write}>{words.none}</Empty>} />
      )}
    </PageBody>
  );
}
