import { infiniteQueryOptions, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Download, ShieldAlert, ShieldCheck } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";

import type { Schema } from "@/api/client";
import { hear } from "@/api/live";
import { read } from "@/api/reading";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/fields";
import { Card, Facts, Note, PageBody, PageHead } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { download } from "@/lib/csv";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";

import { keepCheck, useChecked } from "./checked";
import { AuditNav } from "./nav";
import { prove } from "./proof";
import { words } from "./strings";

const w = words.verify;
const json = (name: string, content: unknown) => download(name, new Blob([JSON.stringify(content, null, 2)], { type: "application/json" }));

export default function Verification() {
  return (
    <PageBody>
      <PageHead title={words.verification} about={w.about} />
      <AuditNav />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-2">
        <Check />
        <Proof />
        <Checkpoints />
      </div>
    </PageBody>
  );
}

function Check() {
  const checked = useChecked();
  const { instant, number } = useFormat();
  const { mutate, isPending, error } = useMutation({ mutationFn: () => read("/api/v1/audit/verify"), onSuccess: keepCheck, networkMode: "always" });
  const [head, setHead] = useState(0);
  useEffect(() => hear(({ position }) => setHead((before) => Math.max(before, position))), []);
  const result = checked?.result;
  const since = result ? Math.max(0, head - result.position) : 0;
  return (
    <Card title={words.verification}>
      <div className="grid gap-4 p-4" aria-busy={isPending}>
        <div role="status" className="grid gap-2">
          {isPending ? (
            <p className="text-sm">{w.busy}</p>
          ) : !result || !checked ? (
            <>
              <p className="font-medium">{w.not}</p>
              <p className="text-sm text-muted">{w.notHint}</p>
            </>
          ) : result.verified ? (
            <Note tone="good">
              <span className="flex items-center gap-2 font-semibold"><ShieldCheck aria-hidden className="size-5" />{w.verified}</span>
              <span className="mt-1 block text-text">{w.good(number(result.events), instant(new Date(checked.at).toISOString()))}</span>
              {since > 0 && <span className="mt-1 block text-text">{w.since(since)}</span>}
            </Note>
          ) : (
            <Note tone="danger" alert>
              <span className="flex items-center gap-2 font-semibold"><ShieldAlert aria-hidden className="size-5" />{w.bad(result.problemCount)}</span>
              <ul className="mt-2 text-text">{result.problems.map((each) => <li key={`${each.position} ${each.problem}`}>{w.problem(each.position)}: {each.problem}</li>)}</ul>
            </Note>
          )}
        </div>
        {error && <Failed error={error} />}
        {result && !isPending && <Facts className="p-0" facts={[[w.count, number(result.checkpoints)], [w.headHash, <span key="head" className="font-mono text-xs break-all">{result.head}</span>]]} />}
        <div className="flex flex-wrap gap-2">
          <Button kind="primary" aria-disabled={isPending} onClick={() => !isPending && mutate()}>
            <ShieldCheck aria-hidden className="size-4" />
            {isPending ? w.busy : result ? w.again : w.run}
          </Button>
          {result && checked && !isPending && (
            <Button onClick={() => json(`daybook-verification-${result.position}.json`, { checkedAt: new Date(checked.at).toISOString(), ...result })}>
              <Download aria-hidden className="size-4" />
              {w.report}
            </Button>
          )}
        </div>
      </div>
    </Card>
  );
}

function Proof() {
  const [filters, set] = useFilters({ position: 0 });
  const [wrong, setWrong] = useState<string>();
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: async (position: number) => {
      const proof = await read("/api/v1/audit/proof", { query: { position } });
      return { proof, proven: await prove(proof) };
    },
    networkMode: "always",
  });
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("position")).trim();
    const position = /^[1-9]\d{0,11}$/.test(text) ? Number(text) : undefined;
    setWrong(position === undefined ? w.number : undefined);
    if (position === undefined) return;
    set({ position });
    mutate(position);
  }
  return (
    <Card title={w.proof}>
      <div className="grid gap-4 p-4">
        <p className="text-sm text-muted">{w.proofHint}</p>
        <form className="flex flex-wrap items-start gap-3" onSubmit={submit} noValidate>
          <Field label={w.proofPosition} name="position" inputMode="numeric" defaultValue={filters.position || ""} error={wrong} className="w-40" />
          <Button type="submit" aria-disabled={isPending} className="mt-6.5">{w.prove}</Button>
        </form>
        <div role="status">
          {data && !error && (
            <Note tone={data.proven.holds ? "good" : "danger"}>
              <span className="text-text">
                {data.proven.holds ? w.proofGood(data.proof.event.position, data.proof.checkpoint.position) : w.proofBad} {data.proven.holds && (data.proven.signature ? w.signatureGood : w.signatureNot)}
              </span>
            </Note>
          )}
        </div>
        {error && <Failed error={error} />}
        {data && !error && (
          <Button className="justify-self-start" onClick={() => json(`daybook-proof-${data.proof.event.position}.json`, data.proof)}>
            <Download aria-hidden className="size-4" />
            {w.saveProof}
          </Button>
        )}
      </div>
    </Card>
  );
}

const checkpoints = infiniteQueryOptions({
  queryKey: ["event", "checkpoints"],
  queryFn: ({ pageParam, signal }): Promise<Schema<"CheckpointsView">> => read("/api/v1/audit/checkpoints", { query: { limit: 20, before: pageParam || undefined } }, signal),
  initialPageParam: 0,
  getNextPageParam: (page) => page.next ?? undefined,
});

function Checkpoints() {
  const found = useInfiniteQuery(checkpoints);
  const { instant } = useFormat();
  const list = found.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Card title={w.checkpoints} className="xl:col-span-2">
      <p className="px-4 pt-3 text-sm text-muted">{w.checkpointsHint}</p>
      {found.isPending ? (
        <Skeleton rows={3} />
      ) : found.isError ? (
        <Failed error={found.error} again={() => void found.refetch()} />
      ) : list.length === 0 ? (
        <Empty>{w.noCheckpoints}</Empty>
      ) : (
        <ul className="divide-y divide-line">
          {list.map((each) => (
            <li key={each.position} className="flex flex-wrap items-center gap-x-6 gap-y-1 px-4 py-3 text-sm">
              <span className="tabular font-medium">{words.position(each.position)}</span>
              <span className="text-muted">{w.signed(instant(each.signedAt))}</span>
              <span className="font-mono text-xs text-muted">{w.key} {each.keyId}</span>
              <span className="grow" />
              <Button aria-label={`${w.download}: ${words.position(each.position)}`} onClick={() => json(`daybook-checkpoint-${each.position}.json`, each)}>
                <Download aria-hidden className="size-4" />
                {w.download}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {found.hasNextPage && <div className="p-4"><Button onClick={() => void found.fetchNextPage()}>{w.older}</Button></div>}
    </Card>
  );
}
