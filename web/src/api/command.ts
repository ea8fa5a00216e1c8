/** Commands: one at a time, safe to repeat, answered by a toast, and what they changed is read anew. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { say } from "@/lib/toast";

import { Refused } from "./client";
import type { Kind } from "./reading";

export interface CommandOptions<Vars, Result> {
  /** Send it. `headers` has the key that makes a repetition harmless: pass it on. */
  send: (vars: Vars, headers: { "idempotency-key": string }) => Promise<{ data?: Result }>;
  /** Kinds of records that are read anew. */
  changes: readonly Kind[];
  /** The words of the toast; nothing is said without. */
  said?: string | ((result: Result, vars: Vars) => string);
  /** What takes it back, if something does: the toast offers it for 8 seconds. A compensating command, never an edit. */
  undo?: (result: Result, vars: Vars) => (() => Promise<unknown>) | undefined;
  done?: (result: Result, vars: Vars) => void;
  /** True if the refusal was shown where it belongs; otherwise a toast says it. */
  refused?: (error: Refused, vars: Vars) => boolean | void;
}

export function useCommand<Vars, Result>(options: CommandOptions<Vars, Result>) {
  const queries = useQueryClient();
  const tried = useRef<{ body: string; key: string } | null>(null);
  const readAnew = () =>
    Promise.all(options.changes.map((kind) => queries.invalidateQueries({ queryKey: [kind] })));

  return useMutation<Result, Error, Vars>({
    networkMode: "always", // without a network it says so at once, and keeps the key; it does not wait in silence
    mutationFn: async (vars) => {
      // The same thing again after an answer that never came is the same command, not a second one.
      const body = JSON.stringify(vars ?? null);
      const key = tried.current?.body === body ? tried.current.key : crypto.randomUUID();
      tried.current = { body, key };
      try {
        const { data } = await options.send(vars, { "idempotency-key": key });
        tried.current = null;
        return data as Result;
      } catch (error) {
        if (error instanceof Refused) tried.current = null;
        throw error;
      }
    },
    onSuccess: (result, vars) => {
      void readAnew();
      const text = typeof options.said === "function" ? options.said(result, vars) : options.said;
      const back = options.undo?.(result, vars);
      if (text) {
        say({
          text,
          ...(back ? { undo: async () => { await back(); await readAnew(); } } : {}),
        });
      }
      options.done?.(result, vars);
    },
    onError: (error, vars) => {
      if (error instanceof Refused && options.refused?.(error, vars)) return;
      say({ kind: "problem", error });
    },
  });
}
