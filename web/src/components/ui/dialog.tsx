/** What opens over a page. Close stands last in the order of tabs, so that focus goes to the first thing to do. */
import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";

import { cn } from "@/lib/cn";
import { words } from "@/lib/strings";

import { Button, buttonStyles } from "./button";

const BACKDROP = "fixed inset-0 z-30 bg-black/50 transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0";

interface Props {
  open: boolean;
  close: () => void;
  title: string;
  /** A line beneath the title. */
  about?: ReactNode;
  children: ReactNode;
  /** Buttons at the foot, which stays in sight. */
  foot?: ReactNode;
  initialFocus?: RefObject<HTMLElement | null>;
  /** Near the top of the screen, as the palette. */
  bare?: boolean;
  /** "full": a drawer of two columns. */
  wide?: boolean | "full";
}

function Parts({ title, about, children, foot }: Omit<Props, "open" | "close">) {
  return (
    <>
      <div className="border-b border-line p-4 pr-16">
        <Base.Title className="text-lg font-semibold wrap-anywhere">{title}</Base.Title>
        {about && <Base.Description className="mt-0.5 text-sm text-muted" render={<div />}>{about}</Base.Description>}
      </div>
      <div className="min-h-0 grow overflow-y-auto p-4" tabIndex={0} role="group" aria-label={title}>
        {children}
      </div>
      {foot && <div className="flex flex-wrap justify-end gap-2 border-t border-line p-4">{foot}</div>}
      <Base.Close className={cn(buttonStyles({ kind: "quiet", size: "icon" }), "absolute top-3 right-3")} aria-label={words.form.close}>
        <X aria-hidden className="size-4" />
      </Base.Close>
    </>
  );
}

export function Dialog({ open, close, initialFocus, bare, wide, ...parts }: Props) {
  return (
    <Base.Root open={open} onOpenChange={(now) => !now && close()}>
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Popup
          {...(initialFocus ? { initialFocus } : {})}
          className={cn(
            "fixed left-1/2 z-30 flex w-[calc(100%-2rem)] -translate-x-1/2 flex-col rounded-xl border border-line bg-surface shadow-xl outline-none transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0",
            bare ? "top-[10dvh] max-h-[80dvh]" : "top-1/2 max-h-[calc(100dvh-2rem)] -translate-y-1/2",
            wide ? "max-w-3xl" : "max-w-lg",
          )}
        >
          <Parts {...parts} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** From the right edge, as high as the screen; on a phone, the whole screen. */
export function Drawer({ open, close, initialFocus, wide, ...parts }: Props) {
  return (
    <Base.Root open={open} onOpenChange={(now) => !now && close()}>
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Popup
          {...(initialFocus ? { initialFocus } : {})}
          className={cn(
            "fixed inset-y-0 right-0 z-30 flex w-full flex-col border-l border-line bg-surface shadow-xl outline-none transition-transform duration-200 data-ending-style:translate-x-full data-starting-style:translate-x-full",
            wide === "full" ? "sm:max-w-5xl" : wide ? "sm:max-w-2xl" : "sm:max-w-md",
          )}
        >
          <Parts {...parts} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** A question that has to be answered: nothing else closes it. */
export function Confirm({ open, title, text, yes, no = words.form.cancel, danger, answer }: {
  open: boolean;
  title: string;
  text?: ReactNode;
  yes: string;
  no?: string;
  danger?: boolean;
  answer: (yes: boolean) => void;
}) {
  return (
    <AlertDialog.Root open={open} onOpenChange={(now) => !now && answer(false)}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={cn(BACKDROP, "z-50")} />
        <AlertDialog.Popup className="fixed top-1/2 left-1/2 z-50 grid w-[calc(100%-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 gap-3 rounded-xl border border-line bg-surface p-5 shadow-xl outline-none">
          <AlertDialog.Title className="text-lg font-semibold wrap-anywhere">{title}</AlertDialog.Title>
          {text && <AlertDialog.Description className="text-sm text-muted">{text}</AlertDialog.Description>}
          <div className="mt-2 flex flex-wrap justify-end gap-2">
            <Button onClick={() => answer(false)}>{no}</Button>
            <Button kind={danger ? "danger" : "primary"} onClick={() => answer(true)}>
              {yes}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
