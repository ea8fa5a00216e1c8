/**
 * A list of records: paged and sorted by the server, filtered by what is in the address, as a file, and as cards where
 * it has little room (on a phone, and beside the navigation of a tablet). The roles are written out because a browser
 * drops them from tables whose layout is a grid.
 */
import { type UseQueryResult, keepPreviousData, useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, ArrowUpDown, ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

import { type Answer, type Asked, type Kind, type Readable, read, reading } from "@/api/reading";
import { CARD, WIDE, room } from "@/components/cards";
import { type Saved, SaveCsv } from "@/components/save-csv";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/fields";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import type { Filters, SetFilters } from "@/lib/filters";
import { words } from "@/lib/strings";

const w = words.table;
const PAGE_SIZE = 20;
const WHOLE_PAGE = 100;
const MOST_ROWS = 20_000;

interface Listed {
  data: unknown[];
  page: number;
  pageSize: number;
  total: number;
}
/** Addresses that answer page by page. */
type Pageable = { [P in Readable]: Answer<P> extends Listed ? P : never }[Readable];
type RowOf<P extends Pageable> = Answer<P> extends { data: (infer Row)[] } ? Row : never;

export interface Column<Row> extends Saved<Row> {
  key: string;
  cell: (row: Row) => ReactNode;
  /** The API's name to sort by. */
  sort?: string;
  right?: boolean;
  /** What the row is called: read out with every cell of it. One column has it. */
  head?: boolean;
  /** Only where there is room. */
  wide?: boolean;
}

export interface List<P extends Pageable> {
  query: UseQueryResult<Answer<P>>;
  all: (told: (done: number, total: number) => void) => Promise<RowOf<P>[]>;
}

/** `const list = useList("patient", "/api/v1/patients", { query: { search, page, sort } })`. `every`: milliseconds until
 * it is read again, for what nobody announces. */
export function useList<P extends Pageable>(kind: Kind, address: P, asked: Asked<P>, every?: (shown: Answer<P> | undefined) => number): List<P> {
  const query = useQuery({
    ...reading(kind, address, withQuery(asked, { pageSize: PAGE_SIZE, ...asked.query })),
    placeholderData: keepPreviousData,
    ...(every ? { refetchInterval: ({ state }: { state: { data: unknown } }) => every(state.data as Answer<P> | undefined) } : {}),
  });
  return {
    query: query as UseQueryResult<Answer<P>>,
    all: async (told) => {
      const rows: RowOf<P>[] = [];
      for (let page = 1; rows.length < MOST_ROWS; page += 1) {
        const answer = await read(address, withQuery(asked, { ...asked.query, page, pageSize: WHOLE_PAGE }));
        const { data, total } = answer as Listed;
        rows.push(...(data as RowOf<P>[]));
        told(rows.length, total);
        if (rows.length >= total || data.length === 0) break;
      }
      return rows;
    },
  };
}

function withQuery<P extends Pageable>(asked: Asked<P>, query: object): Asked<P> {
  return { ...asked, query } as unknown as Asked<P>;
}

interface Props<P extends Pageable, F extends Filters> {
  /** What the table holds: its name for readers, and of the file. */
  label: string;
  list: List<P>;
  columns: Column<RowOf<P>>[];
  rowKey: (row: RowOf<P>) => string;
  /** The page's filters with `page` and, if columns can be sorted, `sort`. */
  filters: F & { page: number; sort?: string };
  set: SetFilters<F & { page: number; sort?: string }>;
  empty: ReactNode;
  className?: string;
}

export function DataTable<P extends Pageable, F extends Filters>({ label, list, columns, rowKey, filters, set, empty, className }: Props<P, F>) {
  const { query } = list;
  const shown = query.data as (Omit<Listed, "data"> & { data: RowOf<P>[] }) | undefined;
  const change = set as SetFilters<{ page: number; sort: string }>;
  return (
    <div className={cn(room(columns.length), "grid grid-cols-[minmax(0,1fr)] gap-3", className)}>
      {/* There already while the rows are on their way: what comes later would push them down. */}
      {(query.isPending || (shown && shown.total > 1)) && <Order columns={columns} sort={String(filters["sort"] ?? "")} change={(sort) => change({ sort })} />}
      <div className="relative overflow-x-auto rounded-xl border border-line bg-surface" aria-busy={query.isFetching}>
        {query.isPending ? (
          <Skeleton rows={8} />
        ) : query.isError && !shown ? (
          <Failed error={query.error} again={() => void query.refetch()} />
        ) : !shown || shown.total === 0 ? (
          typeof empty === "string" ? <Empty>{empty}</Empty> : empty
        ) : (
          <table role="table" aria-label={label} className="w-full text-left text-sm card:block">
            <thead role="rowgroup" className="text-muted card:sr-only">
              <tr role="row" className="h-10 border-b border-line">
                {columns.map((column) => (
                  <Head key={column.key} column={column} sort={String(filters["sort"] ?? "")} change={(sort) => change({ sort })} />
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup" className="card:block">
              {shown.data.map((row) => (
                <tr role="row" key={rowKey(row)} className={`h-14 border-b border-line last:border-0 hover:bg-sunken/50 ${CARD}`}>
                  {columns.map((column) =>
                    column.head ? (
                      <th key={column.key} role="rowheader" scope="row" className="px-4 py-2 font-medium line:max-w-xs card:col-span-full card:p-0 card:wrap-anywhere">
                        {column.cell(row)}
                      </th>
                    ) : (
                      <td key={column.key} role="cell" className={cn("px-4 py-2 line:max-w-xs card:min-w-0 card:p-0", column.right && "tabular text-right whitespace-nowrap card:text-left", column.wide && WIDE)}>
                        <span aria-hidden className="block text-xs text-muted line:hidden">{column.label}</span>
                        {column.cell(row)}
                      </td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      {shown && shown.total > 0 && (
        <div className="no-print flex flex-wrap items-center gap-2">
          <Pages shown={shown} go={(page) => change({ page }, { push: true })} />
          <span className="grow" />
          <SaveCsv label={label} columns={columns} rows={list.all} />
        </div>
      )}
    </div>
  );
}

function Head<Row>({ column, sort, change }: { column: Column<Row>; sort: string; change: (sort: string) => void }) {
  const up = sort === column.sort;
  const down = sort === `-${column.sort}`;
  const Icon = up ? ArrowUp : down ? ArrowDown : ArrowUpDown;
  return (
    <th
      role="columnheader"
      scope="col"
      aria-sort={column.sort ? (up ? "ascending" : down ? "descending" : "none") : undefined}
      className={cn("px-4 font-medium whitespace-nowrap", column.right && "text-right", column.wide && WIDE)}
    >
      {column.sort && (
        <button
          type="button"
          onClick={() => change(up ? `-${column.sort}` : down ? "" : (column.sort ?? ""))}
          className={cn("-mx-2 inline-flex min-h-8 items-center gap-1 rounded px-2 hover:bg-sunken card:hidden", column.right && "flex-row-reverse")}
        >
          {column.label}
          <Icon aria-hidden className={cn("size-3.5", !up && !down && "opacity-50")} />
        </button>
      )}
      <span className={cn(column.sort && "hidden card:inline")}>{column.label}</span>
    </th>
  );
}

/** Cards have no heads to press. */
function Order<Row>({ columns, sort, change }: { columns: Column<Row>[]; sort: string; change: (sort: string) => void }) {
  const options = columns.flatMap(({ label, sort: by }) => (by ? [[by, w.ascending(label)] as const, [`-${by}`, w.descending(label)] as const] : []));
  if (options.length === 0) return null;
  return <Select label={w.order} value={sort} empty={w.usual} options={options} onChange={(event) => change(event.target.value)} className="no-print hidden w-full max-w-60 card:grid" />;
}

export function Pages({ shown, go }: { shown: Omit<Listed, "data">; go: (page: number) => void }) {
  const { page, pageSize, total } = shown;
  const last = Math.max(1, Math.ceil(total / pageSize));
  return (
    <nav aria-label={words.paging.label} className="flex items-center gap-2">
      <Button size="icon" aria-label={words.paging.previous} disabled={page <= 1} onClick={() => go(page - 1)}>
        <ChevronLeft aria-hidden className="size-4" />
      </Button>
      <p className="tabular text-sm text-muted" aria-live="polite">
        {words.paging.of(Math.min((page - 1) * pageSize + 1, total), Math.min(page * pageSize, total), total)}
      </p>
      <Button size="icon" aria-label={words.paging.next} disabled={page >= last} onClick={() => go(page + 1)}>
        <ChevronRight aria-hidden className="size-4" />
      </Button>
    </nav>
  );
}
