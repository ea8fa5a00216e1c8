/**
 * Live: what others change shows here without asking.
 *
 * All tabs of one login share one connection. Whoever holds the Web Lock reads the event stream and repeats what it hears
 * on a channel; when that tab closes, the lock passes on. Nine tabs with a connection each would use up what a browser
 * allows to one server, and the next request would hang.
 */
import type { QueryClient } from "@tanstack/react-query";

import { seen } from "./client";
import type { Kind } from "./reading";
import { type Session, accessToken, session, subscribe } from "./session";

export interface Changed {
  resource: Kind;
  id: string;
  type: string;
  position: number;
}

export type Live = "off" | "connecting" | "live";
/** `at`: where the stream is; whoever leads next goes on from there. `anew`: nobody knows what was missed until now. */
type Told =
  | { what: "changed"; tenant: string; changes: Changed[] }
  | { what: "reset" }
  | { what: "anew" }
  | { what: "at"; at: number }
  | { what: "state"; state: Live }
  | { what: "ask" }; // prettier-ignore

/** What else is shown of a kind of record: a payment moves a patient's balance, a session the reports. */
const SHOWS: Partial<Record<Kind, readonly Kind[]>> = {
  session: ["report", "series", "reschedule-request"],
  ledger: ["patient", "report", "session"],
  expense: ["report"],
  "reschedule-request": ["session"],
  availability: ["session", "report"],
  holiday: ["session", "availability"],
  patient: ["report"],
};
const RETRY = [500, 1_000, 2_000, 5_000, 10_000] as const;
const TOGETHER = 150; // milliseconds: a series of twelve sessions is one reading

let state: Live = "off";
const watchers = new Set<() => void>();
const hearers = new Set<(change: Changed) => void>();

export const live = (): Live => state;
export function watchLive(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Hear of single changes, for a page that says what another person did. */
export function hear(hearer: (change: Changed) => void): () => void {
  hearers.add(hearer);
  return () => hearers.delete(hearer);
}

function setState(now: Live): void {
  if (state === now) return;
  state = now;
  for (const watcher of watchers) watcher();
}

/** Listen for as long as somebody is signed in. Answers how to stop. */
export function goLive(queries: QueryClient): () => void {
  let stop: (() => void) | undefined;
  let who: string | undefined;
  function look() {
    const now = session();
    const key = now && now.role !== "SUPER_ADMIN" ? `${now.tenantId}.${now.userId}` : undefined;
    if (key === who) return;
    stop?.();
    who = key;
    stop = key && now ? listen(queries, key, now) : undefined;
    if (!key) setState("off");
  }
  const leave = subscribe(look);
  look();
  return () => {
    leave();
    stop?.();
  };
}

function listen(queries: QueryClient, key: string, who: Session): () => void {
  const ending = new AbortController();
  const channel = new BroadcastChannel(`daybook.live.${key}`);
  let leads = false;
  let at = 0;
  let waiting: Set<Kind> | undefined;

  function flush() {
    const kinds = waiting;
    waiting = undefined;
    if (!kinds || ending.signal.aborted) return;
    void queries.invalidateQueries({ predicate: ({ queryKey }) => kinds.has(queryKey[0] as Kind) });
  }
  function hearAll(told: Told) {
    if (told.what === "state") setState(told.state);
    else if (told.what === "reset") void queries.invalidateQueries();
    else if (told.what === "anew") readAnew(queries);
    else if (told.what === "at") at = Math.max(at, told.at);
    else if (told.what === "changed") {
      if (waiting === undefined) {
        waiting = new Set();
        setTimeout(flush, TOGETHER);
      }
      for (const change of told.changes) {
        seen(change.position);
        at = Math.max(at, change.position);
        waiting.add(change.resource);
        for (const other of SHOWS[change.resource] ?? []) waiting.add(other);
        for (const hearer of hearers) hearer(change);
      }
    } else if (leads) {
      channel.postMessage({ what: "state", state } satisfies Told);
      channel.postMessage({ what: "at", at } satisfies Told);
    }
  }
  function tell(told: Told) {
    hearAll(told);
    channel.postMessage(told);
  }
  channel.onmessage = (event: MessageEvent<Told>) => hearAll(event.data);
  channel.postMessage({ what: "ask" } satisfies Told);
  setState("connecting");
  navigator.locks
    .request(`daybook.live.${key}`, { signal: ending.signal }, async () => {
      leads = true;
      await lead(who, () => at, tell, ending.signal);
    })
    .catch(() => undefined); // ended while it waited
  return () => {
    ending.abort();
    channel.close();
  };
}

/** What was read, or asked for, before the stream was open may lack what happened until then. */
function readAnew(queries: QueryClient): void {
  for (const { promise, queryKey } of queries.getQueryCache().getAll())
    void Promise.resolve(promise).catch(() => undefined).then(() => queries.invalidateQueries({ queryKey, exact: true }));
}

async function lead(who: Session, at: () => number, tell: (told: Told) => void, ending: AbortSignal): Promise<void> {
  let failures = 0;
  while (!ending.aborted) {
    try {
      tell({ what: "state", state: "connecting" });
      const token = await accessToken();
      if (token === null) return;
      const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: "text/event-stream" };
      const from = at();
      if (from > 0) headers["last-event-id"] = String(from);
      const answer = await fetch("/api/v1/stream", { headers, signal: ending, cache: "no-store" });
      if (answer.status === 401) await accessToken(token);
      if (!answer.ok || !answer.body) throw new TypeError(`stream answered ${answer.status}`);
      for await (const { event, id, data } of messages(answer.body)) {
        if (event === "open") {
          failures = 0;
          if (from === 0) tell({ what: "anew" });
          tell({ what: "state", state: "live" });
        } else if (event === "changed") {
          tell({ what: "changed", tenant: who.tenantId, changes: [JSON.parse(data) as Changed] });
        } else if (event === "reset") tell({ what: "reset" });
        if (id) tell({ what: "at", at: Number(id) });
        if (event === "end") break;
      }
    } catch {
      // The network, a restart, a proxy that gives up: it is tried again below.
    }
    if (ending.aborted) return;
    const wait = RETRY[Math.min(failures++, RETRY.length - 1)] ?? 10_000;
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())));
  }
}

/** Server-sent events of an answer's body. */
export async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; id: string; data: string }> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) yield parsed(block);
    }
  } finally {
    reader.cancel().catch(() => undefined); // what was aborted says so once more
  }
}

function parsed(block: string): { event: string; id: string; data: string } {
  const found = { event: "", id: "", data: "" };
  for (const line of block.split("\n")) {
    const [, name, value] = /^(event|id|data): ?(.*)$/.exec(line) ?? [];
    if (name === "data") found.data += (found.data && "\n") + value;
    else if (name === "event" || name === "id") found[name] = value ?? "";
  }
  return found;
}
