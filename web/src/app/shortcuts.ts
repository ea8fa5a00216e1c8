/** Keys that work on every page. None does anything while somebody types. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { useMe } from "@/api/me";

import { PAGES, type Page, allowed } from "./pages";

const SECOND = 1_200; // milliseconds for the second key of a pair
const OVER = ":is([role=dialog],[role=alertdialog]):not([data-toasts] *)"; // a message is a dialog by its role, and covers nothing

export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export function useShortcuts(open: { palette: () => void; keys: () => void }): void {
  const me = useMe();
  const navigate = useNavigate();
  // Outlives what is drawn between the two keys of a pair.
  const first = useRef<{ key: string; at: number }>(undefined);
  useEffect(() => {
    function pressed(event: KeyboardEvent) {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
        event.preventDefault();
        open.palette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
      if (document.querySelector(OVER)) return;
      if (event.key === "?") return open.keys();
      if (event.key === "/") {
        event.preventDefault();
        return open.palette();
      }
      // When they were pressed, not when this page came to hear of it.
      const before = first.current && event.timeStamp - first.current.at < SECOND ? first.current.key : undefined;
      const pair = before && `${before} ${event.key}`;
      first.current = { key: event.key, at: event.timeStamp };
      const target = pair && (PAGES as readonly Page[]).find((page) => page.keys === pair && allowed(page, me));
      if (target) {
        event.preventDefault();
        void navigate({ to: target.path });
      }
    }
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });
}
