import { Toast as Base } from "@base-ui/react/toast";
import { CircleAlert, CircleCheck, Info, Undo2, X } from "lucide-react";
import { useEffect } from "react";

import { cn } from "@/lib/cn";
import { words } from "@/lib/strings";
import { type Toast, inWords, say, showWith } from "@/lib/toast";

import { Button, buttonStyles } from "./button";

const w = words.toast;
const UNDO = 8_000;
const STAY = { done: 4_000, news: 6_000, problem: 10_000 } as const;
const ICONS = { done: CircleCheck, news: Info, problem: CircleAlert } as const;

const manager = Base.createToastManager<Toast>();

function show(toast: Toast) {
  const kind = toast.kind ?? "done";
  const from = document.activeElement;
  manager.add({
    title: toast.text ?? inWords(toast.error),
    type: kind,
    timeout: toast.undo ? UNDO : STAY[kind],
    priority: kind === "problem" ? "high" : "low",
    data: toast,
    onClose: () => {
      if (document.activeElement?.closest("[data-toasts]")) focusAgain(from);
    },
  });
}

/** What closes takes its focus along: it goes back to where it was when this was said, which may have been drawn anew. */
function focusAgain(from: Element | null) {
  const there = from?.isConnected ? from : from?.id ? document.getElementById(from.id) : null;
  const next = there instanceof HTMLElement && there !== document.body ? there : document.getElementById("content");
  next?.focus({ preventScroll: true });
}

export default function Toasts() {
  useEffect(() => showWith(show), []);
  return (
    <Base.Provider toastManager={manager} limit={3}>
      <Base.Portal>
        <Base.Viewport data-toasts="" aria-label={w.label} className="no-print pointer-events-none fixed inset-x-4 bottom-4 z-40 grid justify-items-end gap-2 max-md:bottom-20">
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function List() {
  const { toasts, close } = Base.useToastManager<Toast>();
  return toasts.map((toast) => {
    const kind = (toast.type ?? "done") as keyof typeof ICONS;
    const Icon = ICONS[kind];
    const { undo, action } = toast.data ?? {};
    async function takeBack() {
      close(toast.id);
      try {
        await undo?.();
        say({ text: w.undone });
      } catch (error) {
        say({ kind: "problem", text: `${w.notUndone} ${inWords(error)}` });
      }
    }
    return (
      <Base.Root
        key={toast.id}
        toast={toast}
        className="pointer-events-auto w-full max-w-sm rounded-xl border border-line-strong bg-surface shadow-lg transition duration-200 data-ending-style:opacity-0 data-limited:hidden data-starting-style:translate-y-4 data-starting-style:opacity-0"
      >
        <Base.Content className="flex items-center gap-3 py-1.5 pr-1.5 pl-4">
          <Icon aria-hidden className={cn("size-4 shrink-0", kind === "problem" ? "text-danger" : kind === "done" ? "text-good" : "text-brand")} />
          <Base.Title className="min-w-0 grow py-2 text-sm break-words" render={<p />} />
          {undo && (
            <Button kind="quiet" className="shrink-0 px-3" onClick={() => void takeBack()}>
              <Undo2 aria-hidden className="size-4" />
              {w.undo}
            </Button>
          )}
          {action && (
            <Button
              kind="quiet"
              className="px-3"
              onClick={() => {
                close(toast.id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <Base.Close aria-label={w.close} className={cn(buttonStyles({ kind: "quiet", size: "icon" }), "shrink-0")}>
            <X aria-hidden className="size-4 shrink-0" />
          </Base.Close>
        </Base.Content>
      </Base.Root>
    );
  });
}
