/** Search or jump to: pages, patients, things to do. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type LucideIcon, Plus, UserRound } from "lucide-react";
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from "react";

import { useMay, useMe } from "@/api/me";
import { reading } from "@/api/reading";
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
  const found = useFound(text);
  const [at, setAt] = useState(0);
  const id = useId();
  const navigate = useNavigate();
  const chosen = found[Math.min(at, found.length - 1)];
  useEffect(() => setAt(0), [text]);
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
      setAt((now) => (Math.min(now, found.length - 1) + step + found.length) % Math.max(found.length, 1));
    } else if (event.key === "Enter" && chosen && !event.nativeEvent.isComposing) {
      event.preventDefault();
      go(chosen);
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
        onChange={(event) => setText(event.target.value)}
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
              onPointerMove={() => setAt(n)}
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

function useFound(text: string): Found[] {
  const me = useMe();
  const may = useMay();
  const wanted = useDeferredValue(text.trim());
  const patients = useQuery({
    ...reading("patient", "/api/v1/patients", { query: { search: wanted, pageSize: MOST } }),
    enabled: wanted.length >= 2 && may("patients:read"),
    placeholderData: keepPreviousData,
  });
  const fits = (label: string) => wanted.toLowerCase().split(/\s+/).every((word) => label.toLowerCase().includes(word));
  const people = wanted.length >= 2 && may("patients:read") ? (patients.data?.data ?? []) : [];
  return [
    ...people.map((patient): Found => ({
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
}
