/**
 * Commands that wait for the network. What a therapist wrote at the end of a session is kept in this browser before it is
 * sent, and sent until the API has answered; always under the same idempotency key, so that an answer that was lost on the
 * way makes no second one. One tab at a time sends (Web Locks); all tabs show the same list.
 *
 * Kept per person: whoever signs in after somebody else neither sees nor sends what is not theirs.
 */
import type { QueryClient } from "@tanstack/react-query";

import { Refused, api } from "@/api/client";
import type { Kind } from "@/api/reading";
import { session, subscribe as subscribeSession } from "@/api/session";

export interface Waiting {
  /** The idempotency key; so also the id of what waits. */
  key: string;
  path: "/api/v1/sessions/{session_id}/complete";
  params: { session_id: string };
  body: unknown;
  changes: readonly Kind[];
  /** What it is, for a list: “Dev Khan, 09:00”. */
  label: string;
  /** When it was written, milliseconds since the epoch. */
  at: number;
  /** The API's words, where it refused: then it is not sent again by itself. */
  problem?: string | undefined;
}

const PREFIX = "daybook.outbox.";
const AGAIN = [2_000, 5_000, 15_000, 30_000] as const; // milliseconds between tries
const SETTLES = 10_000; // milliseconds until every tab sees what one has stored
const listeners = new Set<() => void>();
let queries: QueryClient | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let tries = 0;
let known: { text: string; list: readonly Waiting[] } = { text: "", list: [] };

const place = (): string => PREFIX + (session()?.userId ?? "");

/** What waits now, oldest first. The same list until something changes. */
export function waiting(): readonly Waiting[] {
  const text = localStorage.getItem(place()) ?? "[]";
  if (text !== known.text) {
    try {
      known = { text, list: JSON.parse(text) as Waiting[] };
    } catch {
      known = { text, list: [] };
    }
  }
  return known.list;
}

export function subscribeOutbox(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function write(at: string, list: readonly Waiting[]): void {
  if (list.length) localStorage.setItem(at, JSON.stringify(list));
  else localStorage.removeItem(at);
  for (const listener of listeners) listener();
}

function change(at: string, how: (list: readonly Waiting[]) => readonly Waiting[]): void {
  write(at, how(JSON.parse(localStorage.getItem(at) ?? "[]") as Waiting[]));
}

export type Sent = { state: "sent" } | { state: "waiting" } | { state: "refused"; error: Refused };

/** Keep it, then try to send it. Throws only if this browser cannot keep anything. */
export async function hand(given: Omit<Waiting, "key" | "at">): Promise<Sent> {
  const made: Waiting = { ...given, key: crypto.randomUUID(), at: Date.now() };
  const same = (each: Waiting) => each.path === made.path && each.params.session_id === made.params.session_id;
  if (waiting().some((each) => same(each) && each.problem === undefined)) return { state: "waiting" }; // it is on its way already
  change(place(), (list) => [...list.filter((each) => !same(each)), made]);
  const refused = await flush();
  const error = refused.get(made.key);
  if (error) return { state: "refused", error };
  return { state: waiting().some((each) => each.key === made.key) ? "waiting" : "sent" };
}

export function discard(key: string): void {
  change(place(), (list) => list.filter((each) => each.key !== key));
}

/** Try one again that the API had refused. */
export function again(key: string): void {
  change(place(), (list) => list.map((each) => (each.key === key ? { ...each, problem: undefined } : each)));
  void flush();
}

/** Send all that waits, in order. Answers what was refused, by key. */
export async function flush(): Promise<Map<string, Refused>> {
  const at = place();
  return await navigator.locks.request("daybook.outbox", () => sendAll(at));
}

async function sendAll(at: string): Promise<Map<string, Refused>> {
  const refused = new Map<string, Refused>();
  for (const each of JSON.parse(localStorage.getItem(at) ?? "[]") as Waiting[]) {
    if (each.problem !== undefined) continue;
    if (place() !== at) break; // somebody else signed in meanwhile
    try {
      if (!(await sendUnlessSent(each))) continue;
      change(at, (list) => list.filter(({ key }) => key !== each.key));
      tries = 0;
      for (const kind of each.changes) void queries?.invalidateQueries({ queryKey: [kind] });
    } catch (error) {
      if (error instanceof Refused && error.status < 500 && error.status !== 429 && error.status !== 408) {
        refused.set(each.key, error);
        change(at, (list) => list.map((one) => (one.key === each.key ? { ...one, problem: error.message } : one)));
      } else {
        later(error instanceof Refused ? error.retryAfter : null);
        break; // the network: the others would fare no better
      }
    }
  }
  return refused;
}

/**
 * False if another tab has sent it: what a tab sees of the common storage may be a moment old, what it sees of locks never
 * is. Hence whoever has sent something keeps its lock until the storage says so everywhere.
 */
function sendUnlessSent(each: Waiting): Promise<boolean> {
  return new Promise((sent, failed) => {
    void navigator.locks.request(`daybook.outbox.${each.key}`, { ifAvailable: true }, async (mine) => {
      if (mine === null) return sent(false);
      try {
        await api.POST(each.path, { params: { path: each.params }, body: each.body, headers: { "idempotency-key": each.key } } as never);
      } catch (error) {
        return failed(error);
      }
      sent(true);
      await new Promise((settled) => setTimeout(settled, SETTLES));
    });
  });
}

function later(seconds: number | null): void {
  clearTimeout(timer);
  const wait = AGAIN[Math.min(tries++, AGAIN.length - 1)] ?? 30_000;
  timer = setTimeout(() => void flush(), Math.max(wait, (seconds ?? 0) * 1000));
}

/** From now on: what is left from before is sent, and whenever the network comes back. */
export function startOutbox(client: QueryClient): void {
  if (queries) return;
  queries = client;
  const soon = () => {
    tries = 0;
    if (session() && waiting().length) void flush();
  };
  window.addEventListener("online", soon);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
  window.addEventListener("storage", (event) => {
    if (event.key?.startsWith(PREFIX)) for (const listener of listeners) listener();
  });
  subscribeSession(() => {
    for (const listener of listeners) listener();
    soon();
  });
  soon();
}
