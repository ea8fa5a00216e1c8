/**
 * Reads as options of react-query. The first word of every key is the kind of record as the event stream names it, so
 * that whatever is announced reads anew exactly what shows it.
 */
import { queryOptions } from "@tanstack/react-query";

import { api } from "./client";
import type { paths } from "./schema";

/** Kinds of records as `/stream` announces them, and what is folded from several of them. */
export type Kind =
  | "access-log" | "availability" | "balance-assertion" | "event" | "expense" | "holiday" | "ledger" | "notification"
  | "notification-preferences" | "notification-template" | "operations" | "patient" | "pricing" | "progress-report"
  | "progress-template" | "report" | "reschedule-request" | "room" | "series" | "session" | "tenant" | "therapy-type"
  | "user"; // prettier-ignore

export type Readable = {
  [P in keyof paths]: paths[P] extends { get: { responses: { 200: { content: { "application/json": unknown } } } } } ? P : never;
}[keyof paths];

type Get<P extends Readable> = paths[P] extends { get: infer Operation } ? Operation : never;
type Loose<T> = { [K in keyof T]?: T[K] | undefined | "" };

/** What an address answers. */
export type Answer<P extends Readable> =
  Get<P> extends { responses: { 200: { content: { "application/json": infer Body } } } } ? Body : never;

/** `query`: what is empty or undefined is not asked for. */
export interface Asked<P extends Readable> {
  path?: Get<P> extends { parameters: { path: infer Path } } ? Path : undefined;
  query?: Get<P> extends { parameters: { query?: infer Query } } ? Loose<NonNullable<Query>> : undefined;
}

function given(query: object | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== ""));
}

/** `useQuery(reading("session", "/api/v1/sessions/{session_id}", { path: { session_id: id } }))` */
export function reading<P extends Readable>(kind: Kind, address: P, asked: Asked<P> = {}) {
  const params = { path: asked.path, query: given(asked.query) };
  return queryOptions({
    queryKey: [kind, address, params] as const,
    queryFn: async ({ signal }): Promise<Answer<P>> =>
      (await api.GET(address as never, { params, signal } as never)).data as Answer<P>,
  });
}

/** The same, outside of a component: `await read("/api/v1/patients", { query: { search } })`. */
export async function read<P extends Readable>(address: P, asked: Asked<P> = {}, signal?: AbortSignal): Promise<Answer<P>> {
  const params = { path: asked.path, query: given(asked.query) };
  return (await api.GET(address as never, { params, signal } as never)).data as Answer<P>;
}
