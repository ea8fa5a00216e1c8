import { useQuery } from "@tanstack/react-query";

import { type Schema, api } from "@/api/client";
import { useCommand } from "@/api/command";
import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { useGo } from "@/app/link";
import { type Column, DataTable, useList } from "@/components/table";
import { Button } from "@/components/ui/button";
import { Drawer } from "@/components/ui/dialog";
import { Area } from "@/components/ui/fields";
import { Facts, PageBody, PageHead } from "@/components/ui/page";
import { Failed, Skeleton } from "@/components/ui/states";
import { useFilters } from "@/lib/filters";
import { FormBody, useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";
import { words as shared } from "@/lib/strings";

import { OperationsNav } from "./nav";
import { words } from "./strings";

type Row = Schema<"ParkedView">;
/** An event that cannot be read at all is parked for every table. */
const tableOf = ({ projection }: Pick<Row, "projection">) => (projection === "*" ? words.all : projection);

export default function Parked() {
  const { instant, number } = useFormat();
  const [filters, set] = useFilters({ parked: "", page: 1 });
  const { parked, page } = filters;
  const list = useList("operations", "/api/v1/projections/parked", { query: { page } });
  const columns: Column<Row>[] = [
    {
      key: "event", label: words.event, head: true, csv: (row) => row.topic,
      cell: (row) => (
        <button type="button" aria-haspopup="dialog" onClick={() => set({ parked: row.id, page }, { push: true })} className="min-h-6 text-left font-mono text-sm underline-offset-4 hover:underline">
          {row.topic}
        </button>
      ),
    },
    { key: "table", label: words.table, csv: (row) => tableOf(row), cell: (row) => <span className="font-mono text-sm">{tableOf(row)}</span> },
    { key: "error", label: words.error, csv: (row) => row.error, cell: (row) => row.error },
    { key: "position", label: words.row, right: true, wide: true, csv: (row) => row.position, cell: (row) => words.position(number(row.position)) },
    { key: "since", label: words.since, csv: (row) => row.parkedAt, cell: (row) => <span className="sm:whitespace-nowrap">{instant(row.parkedAt)}</span> },
  ]; // prettier-ignore
  const close = () => set({ parked: "", page });
  return (
    <PageBody>
      <PageHead title={words.parked} about={words.about} />
      <OperationsNav />
      <DataTable label={words.parked} list={list} columns={columns} rowKey={(row) => row.id} filters={filters} set={set} empty={words.noParked} />
      <Drawer open={parked !== ""} close={close} title={words.parked} wide>
        {parked && <One id={parked} close={close} />}
      </Drawer>
    </PageBody>
  );
}

/** What was asked for is a rebuild: one wants to see what comes of it. */
function useWatchRebuild() {
  const go = useGo();
  return ({ id }: { id: string }) => go({ to: "/operations/rebuilds", search: { rebuild: id } });
}

function One({ id, close }: { id: string; close: () => void }) {
  const { instant, number } = useFormat();
  const may = useMay();
  const watch = useWatchRebuild();
  const query = useQuery(reading("operations", "/api/v1/projections/parked/{parked_id}", { path: { parked_id: id } }));
  const retry = useCommand({
    send: (_: null, headers) => api.POST("/api/v1/projections/parked/{parked_id}/retry", { params: { path: { parked_id: id } }, headers }),
    changes: ["operations"],
    said: words.retried,
    done: watch,
  });
  if (query.isPending) return <Skeleton rows={5} />;
  if (query.isError) return <Failed error={query.error} again={() => void query.refetch()} />;
  const row = query.data;
  return (
    <div className="grid gap-5">
      <Facts
        className="p-0"
        facts={[
          [words.event, <span key="topic" className="font-mono">{row.topic}</span>],
          [words.table, <span key="table" className="font-mono">{tableOf(row)}</span>],
          [words.row, words.position(number(row.position))],
          [words.error, row.error],
          [words.since, instant(row.parkedAt)],
        ]}
      />
      <section className="grid gap-2">
        <h2 className="font-semibold">{words.stored}</h2>
        {row.event?.data ? (
          <pre tabIndex={0} className="overflow-x-auto rounded-lg bg-sunken p-3 text-xs">{JSON.stringify(row.event.data, null, 2)}</pre>
        ) : (
          <p className="text-sm text-muted">{words.unreadable}</p>
        )}
      </section>
      {may("projections:rebuild") && (
        <>
          <div>
            <Button kind="primary" aria-disabled={retry.isPending} onClick={() => retry.mutate(null)}>{words.retry}</Button>
          </div>
          <Skip id={id} close={close} />
        </>
      )}
    </div>
  );
}

function Skip({ id, close }: { id: string; close: () => void }) {
  const watch = useWatchRebuild();
  const form = useForm({
    values: { reason: "" },
    send: (values, headers) => api.POST("/api/v1/projections/parked/{parked_id}/skip", { params: { path: { parked_id: id } }, body: values, headers }),
    changes: ["operations"],
    said: words.skipped,
    done: watch,
  });
  return (
    <section className="grid gap-2">
      <h2 className="font-semibold">{words.skip}</h2>
      <p className="text-sm text-muted">{words.skipAbout}</p>
      <FormBody form={form} submit={words.skip} cancel={close}>
        <Area label={shared.form.reason} {...form.field("reason", { required: true })} />
      </FormBody>
    </section>
  );
}
