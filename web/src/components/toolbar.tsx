/** What narrows a list: search, choices, and views kept under a name. */
import { useLocation } from "@tanstack/react-router";
import { Bookmark, Trash2, X } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

import { useMe } from "@/api/me";
import { Link } from "@/app/link";
import type { Path } from "@/app/pages";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/fields";
import { words } from "@/lib/strings";

const w = words.table;
const PAUSE = 250; // milliseconds of not typing

export function Toolbar({ children, clear }: { children: ReactNode; clear?: (() => void) | false | undefined }) {
  return (
    <div role="search" className="no-print flex flex-wrap items-end gap-3 max-sm:*:grow">
      {children}
      {clear && (
        <Button kind="quiet" onClick={clear}>
          <X aria-hidden className="size-4" />
          {w.clear}
        </Button>
      )}
      <Views />
    </div>
  );
}

/** Text that is looked for: told when somebody stops typing. */
export function SearchField({ label, value, change, className = "w-full sm:w-80" }: { label: string; value: string; change: (text: string) => void; className?: string }) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const told = useRef(value);
  useEffect(() => {
    if (value !== told.current) setText((told.current = value)); // changed from elsewhere: Back, a saved view
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <Field
      label={label}
      type="search"
      value={text}
      className={className}
      onChange={(event) => {
        const now = event.target.value;
        setText(now);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          told.current = now.trim();
          change(now.trim());
        }, PAUSE);
      }}
    />
  );
}

type Saved = Record<string, string>;

/** Views of a list, kept in this browser for this person. A view is an address, so it can be sent to others as well. */
function Views() {
  const { userId } = useMe();
  const { pathname, searchStr } = useLocation();
  const key = `daybook.views.${userId}.${pathname}`;
  const [views, setViews] = useState<Saved>(() => JSON.parse(localStorage.getItem(key) ?? "{}") as Saved);
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const now = searchStr.replace(/[?&]page=\d+/, "").replace(/^&/, "?");
  function keep(changed: Saved) {
    localStorage.setItem(key, JSON.stringify(changed));
    setViews(changed);
  }
  function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name")).trim();
    if (name) keep({ ...views, [name]: now });
    event.currentTarget.reset();
  }
  return (
    <div
      className="relative sm:ml-auto"
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        setOpen(false);
        button.current?.focus();
      }}
    >
      <Button ref={button} aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}>
        <Bookmark aria-hidden className="size-4" />
        {w.views}
      </Button>
      {open && (
        <div id={id} role="group" aria-label={w.views} tabIndex={-1} className="absolute top-full right-0 z-10 mt-1 w-72 rounded-xl border border-line bg-surface p-4 shadow-lg outline-none max-sm:fixed max-sm:inset-x-4 max-sm:top-auto max-sm:bottom-20 max-sm:z-45 max-sm:w-auto">
          {Object.keys(views).length === 0 && !now && <p className="text-sm text-muted">{w.noViews}</p>}
          <ul className="grid gap-1">
            {Object.entries(views).map(([name, search]) => (
              <li key={name} className="flex items-center gap-1">
                <Link
                  to={pathname as "/"}
                  search={Object.fromEntries(new URLSearchParams(search))}
                  onClick={() => setOpen(false)}
                  className="flex min-h-10 min-w-0 grow items-center rounded-lg px-3 text-sm hover:bg-sunken"
                >
                  <span className="truncate">{name}</span>
                </Link>
                <Button kind="quiet" size="icon" aria-label={w.removeView(name)} onClick={() => keep(Object.fromEntries(Object.entries(views).filter(([each]) => each !== name)))}>
                  <Trash2 aria-hidden className="size-4" />
                </Button>
              </li>
            ))}
          </ul>
          {now && (
            <form onSubmit={save} className="mt-3 grid gap-2 border-t border-line pt-3">
              <Field label={w.viewName} name="name" maxLength={40} required />
              <Button type="submit">{w.saveView}</Button>
            </form>
          )}
        </div>
      )}
    </div>
  );
}
export type { Path };
