import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowRight, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";

import type { Schema } from "@/api/client";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Explained } from "@/components/amount";
import { Plain } from "@/components/plain-table";
import { Card, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";

import { Chart, Counted, Rated, Report } from "./parts";
import { ByDay } from "./sessions";
import { SPAN, type Span, asked, hours } from "./span";
import { words } from "./strings";
import { Waiting } from "./waiting";

const w = words.kpi;
type View = Schema<"api__reports__views__DashboardView">;
/** Of these, more is not good news. */
const WORSE = new Set<string>(["writeOffs", "expenses", "outstanding", "overdue", "cancelled", "noShow", "noShowRate"]);
const NEITHER = new Set<string>(["credit"]);
const MONEY = ["revenue", "collected", "expenses", "result", "outstanding", "overdue", "credit", "writeOffs"] as const;
const SESSIONS = ["total", "completed", "cancelled", "noShow"] as const;

/** What a role begins its day with: figures beside those of the time before, each with the entries behind it. */
export default function Dashboard() {
  const [filters, set] = useFilters({ ...SPAN });
  return (
    <PageBody>
      <PageHead title={words.dashboard} />
      <Waiting />
      <Report address="/api/v1/reports/dashboard" span={filters} set={set}>
        {(view) => <Shown view={view} span={filters} />}
      </Report>
    </PageBody>
  );
}

function Shown({ view, span }: { view: View; span: Span }) {
  const { money, number } = useFormat();
  const may = useMay();
  const before = view.previous;
  return (
    <>
      {view.money && (
        <Tiles>
          {MONEY.map((name) => <Tile key={name} name={name} trend={view.money?.[name]} shown={money} before={before} />)}
        </Tiles>
      )}
      <Tiles>
        {SESSIONS.map((name) => <Tile key={name} name={name} trend={view.sessions[name]} shown={(value) => number(value)} before={before} />)}
        <RateTile name="utilisation" rate={view.utilisation} of={(part, whole) => words.booked(hours(part), hours(whole))} />
        <RateTile name="noShowRate" rate={view.noShowRate} of={(part, whole) => words.rate(number(part), number(whole))} />
      </Tiles>
      {may("financial-reports:read") && <ByMonth span={span} />}
      <Days span={span} />
      {view.therapists.length > 0 && (
        <Card title={words.therapists}>
          <Plain
            label={words.therapists} rows={view.therapists} rowKey={(row) => row.therapistId}
            columns={[
              { label: words.therapist, head: true, cell: (row) => row.therapistName ?? "—" },
              { label: w.total, right: true, cell: (row) => <Counted count={row.total} label={`${row.therapistName}: ${w.total}`} /> },
              { label: w.completed, right: true, cell: (row) => <Counted count={row.completed} label={`${row.therapistName}: ${w.completed}`} /> },
              { label: words.hours, right: true, cell: (row) => <Explained text={hours(row.bookedMinutes.value)} label={`${row.therapistName}: ${words.hours}`} address={row.bookedMinutes.explain} /> },
              { label: words.available, right: true, cell: (row) => <Explained text={hours(row.availableMinutes.value)} label={`${row.therapistName}: ${words.available}`} address={row.availableMinutes.explain} /> },
              { label: w.utilisation, right: true, cell: (row) => <Rated rate={row.utilisation} label={`${row.therapistName}: ${w.utilisation}`} /> },
            ]}
          />
        </Card>
      )}
    </>
  ); // prettier-ignore
}

const Tiles = ({ children }: { children: ReactNode }) => <dl className="grid grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))] gap-3 sm:grid-cols-[repeat(auto-fill,minmax(13rem,1fr))]">{children}</dl>;

interface Trend {
  value: string | number;
  explain: string;
  previous: string | number;
  change: string | number;
  changePercent: string | null;
}

function Tile({ name, trend, shown, before }: { name: keyof typeof w; trend: Trend | undefined; shown: (value: string) => string; before: Schema<"Span"> }) {
  const { day } = useFormat();
  if (!trend) return null;
  const short = (date: string) => day(date, { day: "numeric", month: "short" });
  return (
    <Box label={w[name]} main={<Explained text={shown(String(trend.value))} label={w[name]} address={trend.explain} />}>
      <Direction name={name} change={Number(trend.change)} percent={trend.changePercent} />
      <p className="text-xs text-muted">{words.before(shown(String(trend.previous)), short(before.first), short(before.last))}</p>
    </Box>
  );
}

function RateTile({ name, rate, of }: { name: "utilisation" | "noShowRate"; rate: Schema<"RateTrend">; of: (part: number, whole: number) => string }) {
  const change = rate.value === null || rate.previous === null ? 0 : Number(rate.value) - Number(rate.previous);
  const points = rate.value === null || rate.previous === null ? null : `${Math.abs(change).toFixed(1)}`;
  return (
    <Box label={w[name]} main={rate.value === null ? "—" : <Explained text={`${Number(rate.value)} %`} label={w[name]} address={rate.part.explain} />}>
      {points !== null && <Direction name={name} change={Math.abs(change) < 0.05 ? 0 : change} words={words.rateBefore(Number(rate.previous))} />}
      <p className="text-xs text-muted">{of(rate.part.value, rate.whole.value)}</p>
    </Box>
  );
}

function Box({ label, main, children }: { label: string; main: ReactNode; children: ReactNode }) {
  return (
    <div className="rounded-xl border border-line bg-surface p-4">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="mt-1 grid gap-1">
        <p className="text-xl font-semibold">{main}</p>
        {children}
      </dd>
    </div>
  );
}

function Direction({ name, change, percent = null, words: said }: { name: string; change: number; percent?: string | null; words?: string }) {
  const Icon = change > 0 ? ArrowUp : change < 0 ? ArrowDown : ArrowRight;
  const good = change === 0 || NEITHER.has(name) ? undefined : change > 0 !== WORSE.has(name);
  const size = percent === null ? "" : String(Math.abs(Number(percent)));
  return (
    <p className={cn("flex items-center gap-1 text-sm", good === true && "text-good", good === false && "text-danger", good === undefined && "text-muted")}>
      <Icon aria-hidden className="size-3.5 shrink-0" />
      {said ?? (change === 0 ? words.same : percent === null ? words.fresh : change > 0 ? words.more(size) : words.less(size))}
    </p>
  );
}

function ByMonth({ span }: { span: Span }) {
  const { day } = useFormat();
  const found = useQuery({ ...reading("report", "/api/v1/reports/financial", { query: { period: "FINANCIAL_YEAR", asOf: asked(span).asOf } }), placeholderData: keepPreviousData });
  return (
    <Card title={words.byMonth} className="[&>figure]:p-4">
      {found.isPending ? <Skeleton rows={4} /> : found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : (
        <Chart label={words.byMonth} of={words.month} series={[w.revenue, w.collected, w.expenses]} rows={found.data.byMonth.map((each) => ({ label: day(`${each.month.slice(0, 7)}-01`, { month: "short", year: "2-digit" }), values: [each.revenue, each.collected, each.expenses] }))} />
      )}
    </Card>
  ); // prettier-ignore
}

function Days({ span }: { span: Span }) {
  const found = useQuery({ ...reading("report", "/api/v1/reports/sessions", { query: asked(span) }), placeholderData: keepPreviousData });
  return (
    <Card title={words.byDay} className="[&>figure]:p-4">
      {found.isPending ? <Skeleton rows={4} /> : found.isError ? <Failed error={found.error} again={() => void found.refetch()} /> : <ByDay days={found.data.byDay} height={160} />}
    </Card>
  ); // prettier-ignore
}
