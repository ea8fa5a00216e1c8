/** What completing a session takes is here before the network goes. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { useMay } from "@/api/me";
import { part } from "@/lib/part";

import type { TherapistSession } from "./session-card";

const WORKING_DAY = 12 * 3_600_000; // milliseconds

export const DoingOver = part(() => import("./doing"));

export function useReady(sessions: readonly TherapistSession[] | undefined): void {
  const queries = useQueryClient();
  const may = useMay();
  const types = [...new Set(sessions?.map((each) => each.therapyTypeId))].join();
  useEffect(() => {
    if (!types) return;
    void DoingOver.preload();
    if (!may("progress-reports:write")) return;
    void import("@/features/progress/answers").then(({ templateOf }) => {
      for (const id of types.split(",")) void queries.prefetchQuery({ ...templateOf(id), gcTime: WORKING_DAY });
    }, () => undefined);
    // eslint-disable-next-line -- permissions do not change while a page is open
  }, [types, queries]);
}
