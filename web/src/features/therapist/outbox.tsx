/** What waits for the network, where a therapist sees it. */
import { useQueryClient } from "@tanstack/react-query";
import { CloudOff, RotateCw, Trash2 } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";

import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { type Waiting, again, discard, flush, startOutbox, subscribeOutbox, waiting } from "@/lib/outbox";

import { words } from "./strings";

const w = words.outbox;

export function useWaiting(): readonly Waiting[] {
  return useSyncExternalStore(subscribeOutbox, waiting);
}

function watchNetwork(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

export function OutboxBanner() {
  const list = useWaiting();
  const online = useSyncExternalStore(watchNetwork, () => navigator.onLine);
  const queries = useQueryClient();
  const [asked, setAsked] = useState<string>();
  useEffect(() => startOutbox(queries), [queries]);
  const due = list.filter((each) => each.problem === undefined);
  const refused = list.filter((each) => each.problem !== undefined);
  return (
    <div aria-live="polite" className="grid gap-3 empty:hidden">
      {!online && due.length === 0 && (
        <p className="flex items-center gap-3 rounded-xl bg-warn-soft p-3 text-sm text-warn">
          <CloudOff aria-hidden className="size-4 shrink-0" />
          {w.offline}
        </p>
      )}
      {due.length > 0 && (
        <section className="grid gap-2 rounded-xl bg-warn-soft p-3 text-sm">
          <div className="flex items-start gap-3">
            <CloudOff aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
            <div className="min-w-0 grow">
              <h2 className="font-medium text-warn">{w.title(due.length)}</h2>
              <p>{due.map((each) => each.label).join("; ")}</p>
              <p className="text-muted">{w.hint}</p>
            </div>
          </div>
          <Button className="justify-self-end" onClick={() => void flush()}>
            <RotateCw aria-hidden className="size-4" />
            {w.now}
          </Button>
        </section>
      )}
      {refused.map((each) => (
        <section key={each.key} className="grid gap-2 rounded-xl bg-danger-soft p-3 text-sm">
          <h2 className="font-medium text-danger">
            {each.label}: {w.refusedTitle.toLowerCase()}
          </h2>
          <p>{each.problem}</p>
          <div className="flex flex-wrap justify-end gap-2">
            <Button onClick={() => setAsked(each.key)}>
              <Trash2 aria-hidden className="size-4" />
              {w.discard}
            </Button>
            <Button onClick={() => again(each.key)}>
              <RotateCw aria-hidden className="size-4" />
              {w.again}
            </Button>
          </div>
        </section>
      ))}
      <Confirm
        open={asked !== undefined}
        title={w.discardTitle}
        text={w.discardText}
        yes={w.discard}
        danger
        answer={(yes) => {
          if (yes && asked) discard(asked);
          setAsked(undefined);
        }}
      />
    </div>
  );
}
