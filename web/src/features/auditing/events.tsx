import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { memo, useCallback, useDeferredValue, useMemo, useState } from "react";

import { type Schema, api } from "@/api/client";
import { useMay, useMe } from "@/api/me";
import { useNames, useStaff } from "@/components/names";
import { Toolbar } from "@/components/toolbar";
import { Button } from "@/components/ui/button";
import { Field, Select } from "@/components/ui/fields";
import { Card, PageBody, PageHead } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { EVENTS, eventWords } from "@/features/history/strings";
import { type Told, tell } from "@/features/history/tell";
import { addDays, isDate, startOfDay } from "@/lib/dates";
import { useFilters } from "@/lib/filters";
import { fullName, useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";

import { AuditNav } from "./nav";
import { words } from "./strings";

type Streamed = Schema<"StreamedEventView">;
const LIMIT = 40;
const NONE = { type: "", feature: "", actor: "", streamId: "", from: "", until: "", order: "desc" };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function eventOptions(filters: typeof NONE, zone: string) {
  const query = {
    type: filters.type || filters.feature || undefined,
    actor: UUID.test(filters.actor) ? filters.actor : undefined,
    streamId: UUID.test(filters.streamId) ? filters.streamId : undefined,
    from: isDate(filters.from) ? startOfDay(filters.from, zone) : undefined,
    to: isDate(filters.until) ? startOfDay(addDays(filters.until, 1), zone) : undefined,
    order: filters.order === "asc" ? ("asc" as const) : ("desc" as const),
    limit: LIMIT,
  };
  return infiniteQueryOptions({
    queryKey: ["event", "stream", query],
    queryFn: async ({ pageParam, signal }): Promise<Schema<"EventsView">> => {
      const cursor = pageParam === 0 ? {} : query.order === "desc" ? { before: pageParam } : { after: pageParam };
      const given = Object.fromEntries(Object.entries({ ...query, ...cursor }).filter(([, value]) => value !== undefined));
      return (await api.GET("/api/v1/events", { params: { query: given }, signal })).data as Schema<"EventsView">;
    },
    initialPageParam: 0,
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: 5_000,
  });
}

export default function EventStream() {
  const may = useMay();
  const [filters, set] = useFilters(NONE);
  const found = useInfiniteQuery(eventOptions(filters, useMe().centre.timezone));
  const staff = useStaff().data?.data ?? [];
  const narrowed = Object.entries(NONE).some(([name, normal]) => filters[name as keyof typeof NONE] !== normal);
  const types = Object.entries(EVENTS).filter(([type]) => !filters.feature || type.startsWith(`${filters.feature}.`));
  const only = useCallback((streamId: string) => set({ streamId }, { push: true }), [set]);
  const told = useTold(found.data?.pages, filters.order);
  const rows = useDeferredValue(told, NOTHING); // many, and long ones: drawn in slices
  return (
    <PageBody>
      <PageHead title={words.events} about={words.about} />
      <AuditNav />
      <Toolbar clear={narrowed && (() => set(NONE))}>
        <Select label={words.area} value={filters.feature} empty={words.all} options={Object.entries(words.features)} onChange={(event) => set({ feature: event.target.value, type: "" })} />
        <Select label={words.type} value={filters.type} empty={words.any} options={types} className="max-w-60" onChange={(event) => set({ type: event.target.value })} />
        {may("users:read", "ALL") && <Select label={words.actor} value={filters.actor} empty={words.any} className="w-44" options={staff.map((each) => [each.id, fullName(each, each.email ?? "")] as const)} onChange={(event) => set({ actor: event.target.value })} />}
        <Field label={words.from} type="date" className="w-40" value={filters.from} onChange={(event) => set({ from: event.target.value })} />
        <Field label={words.until} type="date" className="w-40" value={filters.until} onChange={(event) => set({ until: event.target.value })} />
        <Select label={words.order} value={filters.order} options={[["desc", words.newest], ["asc", words.oldest]]} onChange={(event) => set({ order: event.target.value })} />
      </Toolbar>
      <Card>
        {found.isPending || (found.data && rows === NOTHING) ? (
          <Skeleton rows={8} row="h-20" />
        ) : found.isError ? (
          <Failed error={found.error} again={() => void found.refetch()} />
        ) : rows.length === 0 ? (
          <Empty>{words.none}</Empty>
        ) : (
          <ol className="divide-y divide-line">
            {rows.map((row) => <Entry key={row.event.position} row={row} only={only} />)}
          </ol>
        )}
      </Card>
      {found.hasNextPage && (
        <Button className="justify-self-start" aria-disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {found.isFetchingNextPage ? shared.state.loading : words.more}
        </Button>
      )}
    </PageBody>
  );
}

const NOTHING: Row[] = [];

interface Row {
  event: Streamed;
  by: string;
  at: string;
  forDay?: string;
  told: Told[];
}

/** Events in words, when the names have come: drawn before, entries would grow by a line under the reader's eyes. */
function useTold(pages: readonly Schema<"EventsView">[] | undefined, order: string): Row[] {
  const format = useFormat();
  const names = useNames();
  return useMemo(() => {
    if (!pages || names.coming) return NOTHING;
    const list = pages.flatMap((page) => page.data);
    return list.map((event, n) => {
      const older = order === "asc" ? list.slice(0, n).reverse() : list.slice(n + 1);
      return {
        event,
        by: names(event.actor) ?? shared.history.someone,
        at: format.instant(event.recordedAt),
        ...(event.effectiveOn !== format.dateOf(event.recordedAt) ? { forDay: shared.history.forDay(format.day(event.effectiveOn)) } : {}),
        told: event.data ? tell(event as Schema<"EventView">, older as Schema<"EventView">[], format, names) : [],
      };
    });
  }, [pages, order, format, names]);
}

const Entry = memo(function Entry({ row: { event, by, at, forDay, told }, only }: { row: Row; only: (streamId: string) => void }) {
  const [raw, setRaw] = useState(false);
  return (
    <li className="grid grid-cols-[minmax(0,1fr)] gap-1 px-4 py-3 text-sm">
      <h2 className="flex flex-wrap items-baseline gap-x-2 font-medium">
        {eventWords(event.type)}
        {event.document && <span className="font-normal text-muted">{event.document}</span>}
        <span className="tabular ml-auto text-xs font-normal text-muted">{words.position(event.position)}</span>
      </h2>
      <p className="text-muted">
        {by} · <time dateTime={event.recordedAt}>{at}</time>
        {forDay && <> · {forDay}</>}
      </p>
      {told.length > 0 && (
        <p className="break-words">
          {told.map((each, n) => (
            <span key={each.label}>
              {n > 0 && "; "}
              <span className="text-muted">{each.label}</span> {each.was !== undefined && <><del className="text-muted">{each.was}</del> <span aria-hidden>→</span> </>}{each.value}
            </span>
          ))}
        </p>
      )}
      <div className="flex flex-wrap items-start gap-x-4">
        <details className="min-w-0 grow" onToggle={({ currentTarget }) => setRaw(currentTarget.open)}>
          <summary className="inline-flex min-h-6 items-center text-xs text-muted underline underline-offset-4">{words.raw}</summary>
          {raw && <pre className="mt-2 overflow-x-auto rounded-lg bg-sunken p-3 font-mono text-xs" tabIndex={0}>{JSON.stringify(event, null, 2)}</pre>}
        </details>
        <button type="button" className="min-h-6 text-xs text-muted underline underline-offset-4" aria-label={`${words.onlyRecord}: ${words.position(event.position)}`} onClick={() => only(event.streamId)}>{words.onlyRecord}</button>
      </div>
    </li>
  );
});
