import { useQuery } from "@tanstack/react-query";

import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { Amount } from "@/components/amount";
import { Files } from "@/components/files";
import { type Figure, Plain } from "@/components/plain-table";
import { SearchField, Toolbar } from "@/components/toolbar";
import { Awaited } from "@/components/ui/awaited";
import { buttonStyles } from "@/components/ui/button";
import { Check, Field } from "@/components/ui/fields";
import { Card, PageBody, PageHead } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { isZero } from "@/lib/paise";
import { part } from "@/lib/part";

import { words } from "./strings";

const w = words.dues;
const Reminders = part(() => import("./reminders"));
const Bars = part(() => import("@/components/chart"));
const AGES = ["notDue", "upTo30", "upTo60", "upTo90", "over90"] as const;

/** Who owes how much, and for how long. */
export default function Dues() {
  const may = useMay();
  const { day, today } = useFormat();
  const [filters, set] = useFilters({ asOf: "", search: "", overdue: false });
  const asOf = filters.asOf || undefined;
  const found = useQuery({ ...reading("report", "/api/v1/reports/ageing", { query: { asOf } }), placeholderData: (before) => before });
  const named = filters.search.toLowerCase();
  const rows = found.data?.patients.filter((row) => (!named || (row.patientName ?? "").toLowerCase().includes(named)) && (!filters.overdue || !isZero(row.overdue.value))) ?? [];
  const columns: Figure<Schema<"AgedPatient">>[] = [
    { label: words.patient, head: true, cell: (row) => <Link to="/patients/$patientId" params={{ patientId: row.patientId }} search={{ tab: "money" }} className="inline-flex min-h-6 items-center underline-offset-4 hover:underline">{row.patientName ?? "—"}</Link> },
    { label: w.oldest, cell: (row) => <span className="whitespace-nowrap">{day(row.oldestDueOn)}</span> },
    ...AGES.map((age): Figure<Schema<"AgedPatient">> => ({ label: w[age], right: true, wide: age !== "notDue", cell: (row) => (isZero(row[age].value) ? <span className="text-muted">—</span> : <Amount value={row[age].value} label={`${row.patientName}: ${w[age]}`} address={row[age].explain} />) })),
    { label: w.outstanding, right: true, cell: (row) => <Amount value={row.outstanding.value} label={`${row.patientName}: ${w.outstanding}`} address={row.outstanding.explain} className="font-semibold" /> },
    ...(may("payments:record") ? [{ label: w.record, hideLabel: true, cell: (row: Schema<"AgedPatient">) => <Link to="/payments/new" search={{ patientId: row.patientId }} aria-label={`${w.record}: ${row.patientName}`} className={`${buttonStyles({ kind: "quiet" })} -ml-3 whitespace-nowrap`}>{w.record}</Link> }] : []),
  ]; // prettier-ignore
  return (
    <PageBody>
      <PageHead title={w.title} about={found.data && `${w.asOf} ${day(found.data.asOf)}`}>
        <Files
          label={w.files}
          choices={(["csv", "pdf", "json"] as const).map((format) => ({ label: format.toUpperCase(), name: `dues-${asOf ?? today()}.${format}`, address: "/api/v1/reports/ageing", query: { format, asOf } }))}
        />
      </PageHead>
      <Toolbar clear={Boolean(filters.search || filters.asOf || filters.overdue) && (() => set({ search: "", asOf: "", overdue: false }))}>
        <SearchField label={w.find} value={filters.search} change={(search) => set({ search })} className="w-full sm:w-64" />
        <Field label={w.asOf} type="date" value={filters.asOf || today()} max={today()} onChange={(event) => set({ asOf: event.target.value === today() ? "" : event.target.value })} />
        <Check label={w.overdueOnly} checked={filters.overdue} onChange={(event) => set({ overdue: event.target.checked })} />
      </Toolbar>
      {found.isPending ? (
        <Card><Skeleton rows={8} /></Card>
      ) : found.isError && !found.data ? (
        <Card><Failed error={found.error} again={() => void found.refetch()} /></Card>
      ) : !found.data || found.data.patients.length === 0 ? (
        <Card><Empty>{w.none}</Empty></Card>
      ) : (
        <>
          <Card title={w.spread}>
            <dl className="grid grid-cols-2 gap-4 p-4 text-sm sm:grid-cols-4 lg:grid-cols-7">
              {(["outstanding", "overdue", ...AGES] as const).map((age) => (
                <div key={age}>
                  <dt className="text-muted">{w[age]}</dt>
                  <dd className="mt-0.5"><Amount value={found.data.totals[age].value} label={w[age]} address={found.data.totals[age].explain} className="text-base font-semibold" /></dd>
                </div>
              ))}
            </dl>
            <div className="px-4 pb-4">
              <Awaited fallback={<Skeleton rows={2} />}>
                <Bars label={w.spread} rows={AGES.map((age) => ({ label: w[age], values: [found.data.totals[age].value] }))} series={[w.outstanding]} height={120} />
              </Awaited>
            </div>
          </Card>
          <Card title={w.who}>{rows.length ? <Plain label={w.who} rows={rows} rowKey={(row) => row.patientId} columns={columns} /> : <Empty>{w.found}</Empty>}</Card>
        </>
      )}
      {may("notifications:read") && (
        <Card title={w.reminders}>
          <Awaited fallback={<Skeleton rows={3} />}><Reminders /></Awaited>
        </Card>
      )}
    </PageBody>
  ); // prettier-ignore
}
