/** What is found by what is typed, and Enter that means just that. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useRef } from "react";

import { reading } from "@/api/reading";

const LEAST = 2; // letters

interface Asked {
  active?: true;
  pageSize: number;
}

/**
 * Patients that fit a text. While an answer is under way those of the text before stay listed, so that the list does not
 * flicker: `settled` says that they are of the text as it stands.
 */
export function useFoundPatients(text: string, query: Asked, enabled = true) {
  const typed = text.trim();
  const asked = useDeferredValue(typed);
  const asks = enabled && asked.length >= LEAST;
  const { data, isFetching, isPaused, isPending, isPlaceholderData } = useQuery({
    ...reading("patient", "/api/v1/patients", { query: { search: asked, ...query } }),
    enabled: asks,
    placeholderData: keepPreviousData,
  });
  const another = isPending || isPlaceholderData;
  return {
    asked,
    short: asked.length < LEAST,
    busy: isFetching || isPaused,
    settled: asked === typed && !(asks && isFetching && another),
    patients: asks && !(isPaused && another) ? (data?.data ?? []) : [],
  };
}

/**
 * Enter before the answer to what was typed is there: what is listed by then belongs to another text, and may be another
 * patient. It counts once the answer comes; typing on takes it back.
 */
export function useEnter(text: string, settled: boolean, choose: () => void) {
  const pressed = useRef<string>(undefined);
  useEffect(() => {
    if (!settled || pressed.current === undefined) return;
    const meant = pressed.current === text;
    pressed.current = undefined;
    if (meant) choose();
  });
  return {
    press: () => {
      if (settled) choose();
      else pressed.current = text;
    },
    awaits: () => pressed.current === text,
  };
}
