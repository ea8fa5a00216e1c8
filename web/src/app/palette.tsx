/** Search or jump to: pages, patients, things to do. */
import { useNavigate } from "@tanstack/react-router";
import { type LucideIcon, Plus, UserRound } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";

import { useMay, useMe } from "@/api/me";
import { useEnter, useFoundPatients } from "@/components/found-patients";
import { Dialog } from "@/components/ui/dialog";
import { cn } from "@/lib/cn";
import { fullName } from "@/lib/format";
import { words } from "@/lib/strings";

import { ACTIONS } from "./actions";
import { labelOf, menuOf } from "./pages";

const w = words.search;
const MOST = 8;

interface Found {
  id: string;
  group: string;
  label: string;
  more?: string | undefined;
  icon: LucideIcon;
  to: { to: string; params?: Record<string, string>; search?: Record<string, string> };
}

export default function Palette({ open, close }: { open: boolean; close: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <Dialog open={open} close={close} title={w.title} initialFocus={input} bare>
      <Search input={input} close={close} />
    </Dialog>
  );
}

function Search({ input, close }: { input: React.RefObject<HTMLInputElement | null>; close: () => void }) {
  const [text, setText] = useState("");
  const { found, settled } = useFound(text);
  const [picked, setPicked] = useState<string>(); // by its id: patients who are found later come before it
  const id = useId();
  const navigate = useNavigate();
  const pickedAt = found.findIndex((each) => each.id === picked);
  const chosen = found[Math.max(pickedAt, 0)];
  const enter = useEnter(text, settled, () => chosen && go(chosen));
  useEffect(() => {
    if (chosen) document.getElementById(`${id}-${chosen.id}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen, id]);

  function go(to: Found) {
    close();
    void navigate(to.to as never);
  }
  function pressed(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setPicked(found[(Math.max(pickedAt, 0) + step + found.length) % Math.max(found.length, 1)]?.id);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (chosen && pickedAt >= 0) go(chosen);
      else enter.press();
    }
  }
  return (
    <>
      <input
        ref={input}
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen ? `${id}-${chosen.id}` : undefined}
        aria-autocomplete="list"
        aria-label={w.hint}
        placeholder={w.hint}
        value={text}
        autoComplete="off"
        spellCheck={false}
        className="min-h-11 w-full rounded-lg border border-line-strong bg-surface px-3 text-base"
        onChange={(event) => {
          setText(event.target.value);
          setPicked(undefined);
        }}
        onKeyDown={pressed}
      />
      <div id={`${id}-list`} role="listbox" aria-label={w.title} className="mt-3 max-h-[min(24rem,55dvh)] overflow-y-auto" tabIndex={-1}>
        {found.map((each, n) => (
          <div key={each.id} role="presentation">
            {each.group !== found[n - 1]?.group && <p role="presentation" className="px-3 pt-2 pb-1 text-xs text-muted">{each.group}</p>}
            <div
              id={`${id}-${each.id}`}
              role="option"
              aria-selected={each === chosen}
              className={cn("flex min-h-10 cursor-pointer items-center gap-3 rounded-lg px-3 py-1 text-sm", each === chosen && "bg-brand-soft")}
              onPointerMove={() => setPicked(each.id)}
              onClick={() => go(each)}
            >
              <each.icon aria-hidden className="size-4 shrink-0 text-muted" />
              <span className="min-w-0 truncate">{each.label}</span>
              {each.more && <span className="ml-auto shrink-0 text-muted">{each.more}</span>}
            </div>
          </div>
        ))}
      </div>
      {text && found.length === 0 && <p className="px-3 py-2 text-sm text-muted">{w.none(text)}</p>}
      <p aria-live="polite" className="sr-only">{text ? w.found(found.length) : ""}</p>
      <p className="mt-3 border-t border-line pt-3 text-xs text-muted">{w.keys}</p>
    </>
  );
}

function useFound(text: string): { found: Found[]; settled: boolean } {
  const me = useMe();
  const may = useMay();
  const { asked, patients, settled } = useFoundPatients(text, { pageSize: MOST }, may("patients:read"));
  const fits = (label: string) => asked.toLowerCase().split(/\s+/).every((word) => label.toLowerCase().includes(word));
  const found = [
    ...patients.map((patient): Found => ({
      id: patient.id, group: w.patients, label: fullName(patient), more: patient.guardianName ?? undefined, icon: UserRound,
      to: { to: "/patients/$patientId", params: { patientId: patient.id } },
    })),
    ...menuOf(me).filter((page) => fits(labelOf(page))).map((page): Found => ({
      id: page.path.replaceAll("/", "_"), group: w.pages, label: labelOf(page), more: page.keys?.toUpperCase(), icon: page.menu.icon, to: { to: page.path },
    })),
    ...ACTIONS.filter((action) => may(action.may) && fits(action.label)).map((action): Found => ({
      id: `do${action.to.to}${action.label}`.replaceAll(/\W/g, "_"), group: w.actions, label: action.label, icon: Plus, to: action.to,
    })),
  ];
  return { found, settled };
}
