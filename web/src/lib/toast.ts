/** Short messages at the edge of the screen. They wait here until the part of the page that shows them has come. */
import { Refused } from "@/api/client";

import { words } from "./strings";

const w = words.toast;

export interface Toast {
  kind?: "done" | "problem" | "news";
  text?: string;
  /** Said in the API's words where it refused. */
  error?: unknown;
  undo?: () => Promise<unknown>;
  /** Another thing to do about it. */
  action?: { label: string; run: () => void };
}

type Shower = (toast: Toast) => void;
let shower: Shower | undefined;
let waiting: Toast[] = [];
const wanted = new Set<() => void>();

export function say(toast: Toast): void {
  if (shower) shower(toast);
  else {
    waiting.push(toast);
    for (const want of wanted) want();
  }
}

/** Called by whoever loads what shows them. */
export function whenWanted(want: () => void): () => void {
  wanted.add(want);
  if (waiting.length) want();
  return () => wanted.delete(want);
}

export function showWith(show: Shower): () => void {
  shower = show;
  const late = waiting;
  waiting = [];
  for (const toast of late) show(toast);
  return () => {
    shower = undefined;
  };
}

/** What went wrong, as a person reads it. */
export function inWords(error: unknown): string {
  if (!(error instanceof Refused)) return w.offline;
  if (error.status === 429) return w.slow(error.retryAfter ?? 1);
  const [first] = error.fields;
  return first ? `${first.field}: ${first.message}` : error.message || w.failed;
}
