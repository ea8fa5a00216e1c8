/** The drawers that open over any page: a record's history, and what is behind a number. */
import { infiniteQueryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Refused, api } from "@/api/client";
import type { Schema } from "@/api/client";
import { useNames } from "@/components/names";
import { Pages } from "@/components/table";
import { Button } from "@/components/ui/button";
import { Drawer } from "@/components/ui/dialog";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { useFormat } from "@/lib/format";
import { type Overlay, closeOverlay } from "@/lib/overlays";
import { words } from "@/lib/strings";

import { eventWords } from "./strings";
import { type StoredEvent, tell } from "./tell";

const LIMIT = 30;
/** Figures of a day, however long before it began; the others are of a period, unless that begins with time. */
const BALANCES = ["balance", "receivable", "credit", "deferred", "outstanding", "overdue", "money-in-hand"];
const EVER = "1900-01-01";

export default function Overlays({ shown }: { shown: Overlay | null }) {
  const [last, setLast] = useState<Overlay | null>(shown); // what closes keeps its words until it is gone
  if (shown !== null && shown !== last) setLast(shown);
  const now = shown ?? last;
  if (now === null) return null;
  return now.what === "history" ? (
    <Drawer open={shown !== null} close={closeOverlay} title={`${words.history.title}: ${now.of}`} about={words.history.hint}>
      <HistoryList key={now.address} address={now.address} />
    </Drawer>
  ) : (
    <Drawer open={shown !== null} close={closeOverlay} title={now.label} about={words.explain.title} wide>
      <Explanation key={now.address} address={now.address} />
    </Drawer>
  );
}

/** Addresses that records and figures bring with them are asked for as they are. */
async function ask<T>(address: string, query: Record<string, string | number>, signal: AbortSignal): Promise<T> {
  const url = new URL(address, location.origin);
  const params = { query: { ...Object.fromEntries(url.searchParams), ...query } };
  return (await api.GET(url.pathname as never, { params, signal } as never)).data as T;
}

function historyOptions(address: string) {
  return infiniteQueryOptions({
    queryKey: ["event", "history", address],
    queryFn: ({ pageParam, signal }) => ask<Schema<"HistoryView">>(address, { limit: LIMIT, ...(pageParam ? { before: pageParam } : {}) }, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: 0,
  });
}

function HistoryList({ address }: { address: string }) {
  const w = words.history;
  const found = useInfiniteQuery(historyOptions(address));
  const names = useNames();
  const format = useFormat();
  if (found.isPending) return <Skeleton rows={6} row="h-20" />;
  if (found.isError) return <Failed error={found.error} again={() => void found.refetch()} />;
  const events: StoredEvent[] = found.data.pages.flatMap((page) => page.data);
  if (events.length === 0) return <Empty>{w.none}</Empty>;
  return (
    <>
      <ol className="grid gap-5">
        {events.map((event, n) => (
          <li key={event.position} className="border-l-2 border-line pl-4">
            <h3 className="font-medium">
              {eventWords(event.type)}
              {event.document && <span className="ml-2 font-normal text-muted">{event.document}</span>}
            </h3>
            <p className="text-sm text-muted" title={w.number(event.position)}>
              {names(event.actor) ?? w.someone} · <time dateTime={event.recordedAt}>{format.instant(event.recordedAt)}</time>
              {event.effectiveOn !== format.dateOf(event.recordedAt) && <> · {w.forDay(format.day(event.effectiveOn))}</>}
            </p>
            <dl className="mt-1.5 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-0.5 text-sm">
              {tell(event, events.slice(n + 1), format, names).map((told) => (
                <div key={told.label} className="contents">
                  <dt className="text-muted">{told.label}</dt>
                  <dd className="break-words whitespace-pre-line">
                    {told.was !== undefined && (
                      <>
                        <del className="text-muted">{told.was}</del> <span aria-hidden>→</span>{" "}
                      </>
                    )}
                    {told.value}
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ol>
      {found.hasNextPage && (
        <Button className="mt-5" aria-disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {w.more}
        </Button>
      )}
    </>
  );
}

function Explanation({ address }: { address: string }) {
  const w = words.explain;
  const [page, setPage] = useState(1);
  const names = useNames();
  const format = useFormat();
  const found = useQuery({
    queryKey: ["report", "explain", address, page],
    queryFn: ({ signal }) => ask<Schema<"ExplanationView">>(address, { page }, signal),
    placeholderData: (before) => before,
    retry: (count, error) => count < 2 && !(error instanceof Refused && error.status < 500),
  });
  if (found.isPending) return <Skeleton rows={8} row="h-12" />;
  if (found.isError) return <Failed error={found.error} again={() => void found.refetch()} />;
  const { asOf, data, figure, knownAt, means, unit, value, period, total } = found.data;
  const shown = (amount: string) => (unit === "MONEY" ? format.money(amount) : format.number(amount));
  return (
    <div className="grid gap-4 text-sm">
      <div>
        <p className="tabular text-2xl font-semibold">{shown(value)}</p>
        <p className="mt-1">{means}.</p>
        <p className="text-muted">
          {BALANCES.includes(figure) || period.first === EVER ? [w.asOf(format.day(asOf)), knownAt && w.knownAt(format.instant(knownAt))].filter(Boolean).join(", ") : `${format.day(period.first)} – ${format.day(period.last)}`} · {total === 0 ? w.none : w.events(total)}
        </p>
      </div>
      <ol className="border-t border-line">
        {data.map((event) => (
          <li key={event.position} className="flex min-h-14 items-center gap-4 border-b border-line py-2">
            <div className="min-w-0 grow">
              <p className="font-medium">
                {eventWords(event.type)}
                {event.document && <span className="ml-2 font-normal text-muted">{event.document}</span>}
              </p>
              <p className="text-muted">
                {format.day(event.effectiveOn)} · {names(event.actor) ?? words.history.someone} · {words.history.number(event.position)}
              </p>
            </div>
            <p className="tabular shrink-0">{shown(event.amount)}</p>
          </li>
        ))}
      </ol>
      {total > found.data.pageSize && <Pages shown={found.data} go={setPage} />}
    </div>
  );
}
