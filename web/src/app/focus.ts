/**
 * Where the focus goes when what had it is gone: a button whose session was completed meanwhile, a row that somebody else
 * voided. The browser would put it on nothing at all, where a screen reader falls silent and keys have no target. So it
 * goes to the nearest part of the page around it that is still there, and Tab goes on from that place.
 */
import { useEffect } from "react";

const OVER = "[role=dialog],[role=alertdialog]";
const SETTLES = 100; // milliseconds for a dialog that closes to give the focus back itself

export function useFocusStays(): void {
  useEffect(() => {
    let around: HTMLElement[] = []; // what has the focus, and everything it stands in
    let timer: ReturnType<typeof setTimeout> | undefined;

    function remember({ target }: FocusEvent) {
      around = [];
      for (let each = target instanceof HTMLElement ? target : null; each; each = each.parentElement) around.push(each);
    }
    function forget() {
      around = []; // whoever points somewhere has left it
    }
    const gone = () => document.activeElement === document.body && around[0]?.isConnected === false;
    function rescue() {
      if (!gone()) return;
      const content = document.getElementById("content");
      const near = around.filter((each) => each.isConnected && (content?.contains(each) || each.closest(OVER)));
      for (const each of content ? [...near, content] : near) {
        if (!each.hasAttribute("tabindex")) {
          each.tabIndex = -1;
          each.addEventListener("blur", () => each.removeAttribute("tabindex"), { once: true });
        }
        each.focus({ preventScroll: true });
        if (document.activeElement === each) return; // not if it is hidden
      }
    }
    const observer = new MutationObserver(() => {
      if (!gone()) return;
      clearTimeout(timer);
      timer = setTimeout(rescue, SETTLES);
    });
    observer.observe(document.body, { childList: true, subtree: true });
    window.addEventListener("focusin", remember);
    window.addEventListener("pointerdown", forget, true);
    return () => {
      observer.disconnect();
      clearTimeout(timer);
      window.removeEventListener("focusin", remember);
      window.removeEventListener("pointerdown", forget, true);
    };
  }, []);
}
