/** Keys that work on every page. None does anything while somebody types. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";

import { useMe } from "@/api/me";

import { PAGES, type Page, allowed } from "./pages";

const SECOND = 1_200; // milliseconds for the second key of a pair

export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export function useShortcuts(open: { palette: () => void; keys: () => void }): void {
  const me = useMe();
  const navigate = useNavigate();
  useEffect(() => {
    let first: { key: string; at: number } | undefined;
    function pressed(event: KeyboardEvent) {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
        event.preventDefault();
        open.palette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
      if (document.querySelector("[role=dialog],[role=alertdialog]")) return;
      if (event.key === "?") return open.keys();
      if (event.key === "/") {
        event.preventDefault();
        return open.palette();
      }
      const pair = first && Date.now() - first.at < SECOND ? `${first.key} ${event.key}` : undefined;
      first = { key: event.key, at: Date.now() };
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
