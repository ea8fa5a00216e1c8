import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { useNames } from "@/components/names";
import { type Column, DataTable, useList } from "@/components/table";
import { Button } from "@/components/ui/button";
import { Confirm, Drawer } from "@/components/ui/dialog";
import { Badge, Facts, PageBody, PageHead, type Tone } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";

import { OperationsNav } from "./nav";
import { words } from "./strings";

type Row = Schema<"RebuildView">;
type Act = keyof typeof words.acts;
const TONES: Record<Row["state"], Tone> = { WAITING: "plain", RUNNING: "brand", PAUSED: "warn", CANCELLED: "plain", DONE: "good", FAILED: "danger", ROLLED_BACK: "plain" };
const MOVING = ["WAITING", "RUNNING"];
const EVERY = 1_000; // milliseconds from look to look while one is under way
const SELDOM = 4_000;

/** Whoever runs the platform hears of nothing live: what goes on is looked at again and again. */
const often = (moves: boolean): number => (moves ? EVERY : SELDOM);

const whatOf = (row: Row) => row.names.join(", ") || words.all;

export default function Rebuilds() {
  const { instant } = useFormat();
  const names = useNames();
  const [filters, set] = useFilters({ rebuild: "", page: 1 });
  const { rebuild, page } = filters;
  const list = useList("operations", "/api/v1/projections/rebuilds", { query: { page } }, (shown) => often(shown?.data.some(({ state }) => MOVING.includes(state)) ?? false));
  const columns: Column<Row>[] = [
    {
      key: "what", label: words.which, head: true, csv: whatOf,
      cell: (row) => (
        <button type="button" aria-haspopup="dialog" onClick={() => set({ rebuild: row.id, page }, { push: true })} className="min-h-6 text-left font-mono text-sm underline-offset-4 hover:underline">
          {whatOf(row)}
        </button>
      ),
    },
    { key: "state", label: words.state, csv: (row) => row.state, cell: (row) => <Badge tone={TONES[row.state]}>{words.rebuildStates[row.state]}</Badge> },
    { key: "progress", label: words.progress, csv: (row) => row.percent, cell: (row) => <Bar row={row} /> },
    { key: "by", label: words.by, wide: true, csv: (row) => names(row.askedBy), cell: (row) => names(row.askedBy) ?? words.why[row.why] },
    { key: "when", label: words.when, csv: (row) => row.askedAt, cell: (row) => <span className="sm:whitespace-nowrap">{instant(row.askedAt)}</span> },
  ]; // prettier-ignore
  return (
    <PageBody>
      <PageHead title={words.rebuilds} about={words.about} />
      <OperationsNav />
      <DataTable label={words.rebuilds} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={words.noRebuilds} />
      <Drawer open={rebuild !== ""} close={() => set({ rebuild: "", page })} title={words.rebuild}>
        {rebuild && <One id={rebuild} />}
      </Drawer>
    </PageBody>
  );
}

function Bar({ row }: { row: Row }) {
  return (
    <span className="flex min-w-32 items-center gap-2">
      <progress aria-label={words.progress} className="h-2 min-w-0 grow appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-brand [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-brand" max={100} value={row.percent} />
      <span className="tabular w-12 shrink-0 text-right text-xs whitespace-nowrap">{Math.floor(row.percent)} %</span>
    </span>
  );
}

function One({ id }: { id: string }) {
  const { instant, number } = useFormat();
  const names = useNames();
  const query = useQuery({
    ...reading("operations", "/api/v1/projections/rebuilds/{rebuild_id}", { path: { rebuild_id: id } }),
    refetchInterval: ({ state }) => often(state.data !== undefined && MOVING.includes(state.data.state)),
  });
  if (query.isPending) return <Skeleton rows={5} />;
  if (query.isError) return <Failed error={query.error} again={() => void query.refetch()} />;
  const row = query.data;
  return (
    <div className="grid gap-4">
      <p className="font-mono text-sm">{whatOf(row)}</p>
      <Bar row={row} />
      <Facts
        className="p-0"
        facts={[
          [words.state, <Badge key="state" tone={TONES[row.state]}>{words.rebuildStates[row.state]}</Badge>],
          [words.progress, [words.events(number(row.done), number(row.total)), row.rate !== null && words.rate(number(Math.round(row.rate))), row.etaSeconds !== null && words.left(words.behind(row.etaSeconds))].filter(Boolean).join(", ")],
          [words.when, instant(row.askedAt)],
          [words.reason, [words.why[row.why], row.reason].filter(Boolean).join(": ")],
          [words.by, names(row.askedBy)],
          [words.differences, row.state === "DONE" ? words.differing(row.differing) : null],
          [words.error, row.error],
        ]}
      />
      <Acts row={row} />
      {row.differing > 0 && <Differences id={id} />}
    </div>
  );
}

function Acts({ row }: { row: Row }) {
  const may = useMay();
  const [sure, setSure] = useState<Act>();
  const act = useCommand({
    send: (what: Act, headers) => {
      const given = { params: { path: { rebuild_id: row.id } }, headers };
      if (what === "pause") return api.POST("/api/v1/projections/rebuilds/{rebuild_id}/pause", given);
      if (what === "resume") return api.POST("/api/v1/projections/rebuilds/{rebuild_id}/resume", given);
      if (what === "cancel") return api.POST("/api/v1/projections/rebuilds/{rebuild_id}/cancel", given);
      return api.POST("/api/v1/projections/rebuilds/{rebuild_id}/rollback", given);
    },
    changes: ["operations"],
    said: (_, what) => words.did[what],
  });
  if (!may("projections:rebuild")) return null;
  const offered: Act[] = [
    ...(MOVING.includes(row.state) ? (["pause", "cancel"] as const) : []),
    ...(["PAUSED", "FAILED"].includes(row.state) ? (["resume", "cancel"] as const) : []),
    ...(row.canRollBack ? (["rollback"] as const) : []),
  ];
  return (
    <div className="flex flex-wrap gap-2">
      {offered.map((what) => (
        <Button key={what} onClick={() => (what === "cancel" || what === "rollback" ? setSure(what) : act.mutate(what))}>
          {words.acts[what]}
        </Button>
      ))}
      <Confirm
        open={sure !== undefined}
        title={sure ? words.acts[sure] : ""}
        text={sure === "rollback" ? words.sureRollback : words.sureCancel}
        yes={sure ? words.acts[sure] : ""}
        danger
        answer={(yes) => {
          if (yes && sure) act.mutate(sure);
          setSure(undefined);
        }}
      />
    </div>
  );
}

function Differences({ id }: { id: string }) {
  const query = useQuery(reading("operations", "/api/v1/projections/rebuilds/{rebuild_id}/differences", { path: { rebuild_id: id }, query: { pageSize: 100 } }));
  if (query.isPending) return <Skeleton rows={3} />;
  if (query.isError) return <Failed error={query.error} again={() => void query.refetch()} />;
  if (query.data.data.length === 0) return <Empty>{words.noDifferences}</Empty>;
  return (
    <ul className="grid gap-2 text-sm">
      {query.data.data.map((each) => (
        <li key={`${each.projection} ${each.key} ${each.tenantId}`} className="rounded-lg border border-line p-3">
          <p className="font-mono text-xs break-all">{each.projection} {each.key}</p>
          <p>{words.kinds[each.kind] ?? each.kind}{each.columns.length > 0 && `: ${each.columns.join(", ")}`}</p>
        </li>
      ))}
    </ul>
  );
}
