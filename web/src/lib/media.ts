import { useSyncExternalStore } from "react";

/** Whether a media query holds now. */
function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(query);
      list.addEventListener("change", changed);
      return () => list.removeEventListener("change", changed);
    },
    () => matchMedia(query).matches,
  );
}

export const usePhone = (): boolean => useMedia("(max-width: 639.9px)");
/** Whether there is room for the menu beside the page: `md` of the styles. */
export const useBeside = (): boolean => useMedia("(min-width: 48rem)");
