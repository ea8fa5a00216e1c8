/**
 * Days and therapists side by side, hours downwards. A session is moved by dragging it, or with M, the arrows and Enter;
 * an empty place is booked by pressing it.
 */
import { Check, Play, UserX } from "lucide-react";
import { type CSSProperties, type KeyboardEvent, type MouseEvent, type PointerEvent, memo, useEffect, useMemo, useRef, useState } from "react";

import { useMay, useMe } from "@/api/me";
import { STATUS_WORDS } from "@/components/session-badge";
import { cn } from "@/lib/cn";
import { minutes, wall } from "@/lib/dates";
import { useFormat } from "@/lib/format";

import { type Column, type Place, type Session, hoursOf, lanes, shortNames } from "./data";
import { placeOf } from "./moving";
import { words } from "./strings";

const HOUR = 72; // pixels
const FAR = 6; // pixels that make a press a drag
const ICONS = { SCHEDULED: undefined, CANCELLED: undefined, IN_PROGRESS: Play, COMPLETED: Check, NO_SHOW: UserX } as const;

interface Props {
  columns: Column[];
  holiday: (date: string) => string | undefined;
  open: (session: Session) => void;
  book: (place: Place) => void;
  move: (session: Session, to: Place) => void;
}

interface Moving {
  session: Session;
  to: Place;
  /** Those shown when it began: nothing shifts under the hand. */
  hours: [first: number, last: number];
}

export function Grid({ columns, holiday, open, book, move }: Props) {
  const { day, today, time } = useFormat();
  const { centre } = useMe();
  const may = useMay();
  const step = centre.slotStepMinutes;
  const [moving, setMoving] = useState<Moving | null>(null);
  const hours = useMemo(() => hoursOf(columns), [columns]);
  const [first, last] = moving?.hours ?? hours;
  const [said, setSaid] = useState("");
  const [focused, setFocused] = useState<string>();
  const frame = useRef<HTMLDivElement>(null);
  const dragged = useRef(false);
  const holding = useRef<string>(undefined); // the session that has the focus
  const height = (last - first) * HOUR;
  const y = (minute: number) => ((minute - first * 60) / 60) * HOUR;
  const all = useMemo(() => columns.flatMap((column) => column.sessions), [columns]);
  const tabStop = all.some((session) => session.id === focused) ? focused : all[0]?.id;
  const short = useMemo(() => shortNames(columns.map(({ therapist }) => therapist)), [columns]);
  const days = [...new Set(columns.map((column) => column.date))];
  const many = columns.length > days.length;

  const where = ({ date, start, therapistId }: Place) => {
    const who = columns.find((column) => column.therapistId === therapistId)?.therapist ?? "";
    return [`${day(date, { weekday: "short", day: "numeric", month: "short" })}, ${wall(start)}`, who] as const;
  };
  const canMove = (session: Session) => session.status === "SCHEDULED" && may("sessions:book");

  useEffect(() => {
    if (moving) frame.current?.querySelector("[data-ghost]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [moving]);

  // A session that comes to stand in another column is drawn anew there, and keeps the focus it had.
  useEffect(() => {
    if (holding.current && document.activeElement === document.body) document.getElementById(`session-${holding.current}`)?.focus({ preventScroll: true });
  }, [columns]);

  // A week begins with Monday; whoever looks at it on Thursday looks for Thursday.
  const near = days.includes(today()) ? today() : undefined;
  useEffect(() => {
    const column = near && frame.current?.querySelector<HTMLElement>(`[data-column^="${near}"]`);
    if (column && frame.current) frame.current.scrollLeft = column.offsetLeft - 56;
  }, [near, days.length]);

  function put(next: Moving) {
    setMoving(next);
    setSaid(words.moving(...where(next.to)));
  }

  function pressedKey(event: KeyboardEvent, session: Session, at: number) {
    if (moving) return steer(event, moving);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.toLowerCase() === "m") {
      event.preventDefault();
      if (canMove(session)) put({ session, to: placeOf(session), hours });
      else setSaid(words.cannotMove);
      return;
    }
    const column = columns[at];
    if (!column) return;
    let next: Session | undefined;
    const here = column.sessions.indexOf(session);
    if (event.key === "ArrowDown") next = column.sessions[here + 1];
    else if (event.key === "ArrowUp") next = column.sessions[here - 1];
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const way = event.key === "ArrowRight" ? 1 : -1;
      for (let n = at + way; !next && n >= 0 && n < columns.length; n += way) {
        next = columns[n]?.sessions.toSorted((a, b) => Math.abs(minutes(a.startTime) - minutes(session.startTime)) - Math.abs(minutes(b.startTime) - minutes(session.startTime)))[0];
      }
    } else return;
    event.preventDefault();
    if (next) document.getElementById(`session-${next.id}`)?.focus();
  }

  function left() {
    holding.current = undefined;
    if (moving && !dragged.current) setMoving(null);
  }

  function steer(event: KeyboardEvent, { session, to, hours }: Moving) {
    const at = columns.findIndex((column) => column.date === to.date && column.therapistId === to.therapistId);
    const beside = columns[at + ({ ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0)];
    if (event.key === "Escape") {
      setMoving(null);
      setSaid(words.movedBack);
    } else if (event.key === "Enter") {
      setMoving(null);
      setSaid("");
      move(session, to);
    } else if (event.key === "ArrowUp") put({ session, hours, to: { ...to, start: Math.max(first * 60, to.start - step) } });
    else if (event.key === "ArrowDown") put({ session, hours, to: { ...to, start: Math.min(last * 60 - session.duration, to.start + step) } });
    else if (beside && (event.key === "ArrowLeft" || event.key === "ArrowRight")) put({ session, hours, to: { ...to, date: beside.date, therapistId: beside.therapistId } });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The place under a point, so many pixels above it. */
  function placeAt(x: number, top: number, lift: number): Place | undefined {
    const column = document.elementsFromPoint(x, top).map((each) => (each instanceof HTMLElement ? each.closest<HTMLElement>("[data-column]") : null)).find(Boolean);
    const found = column && columns.find(({ key }) => key === column.dataset["column"]);
    if (!column || !found) return undefined;
    const minute = first * 60 + ((top - lift - column.getBoundingClientRect().top) / HOUR) * 60;
    return { date: found.date, therapistId: found.therapistId, start: Math.max(first * 60, Math.min(last * 60 - step, Math.round(minute / step) * step)) };
  }

  function grab(event: PointerEvent<HTMLElement>, session: Session) {
    dragged.current = false;
    if (event.button !== 0 || event.pointerType === "touch" || !canMove(session)) return;
    const lift = event.clientY - event.currentTarget.getBoundingClientRect().top;
    const from = [event.clientX, event.clientY] as const;
    let to: Place | undefined;
    const going = (now: globalThis.PointerEvent) => {
      if (!dragged.current && Math.hypot(now.clientX - from[0], now.clientY - from[1]) < FAR) return;
      dragged.current = true;
      to = placeAt(now.clientX, now.clientY, lift) ?? to;
      if (to) setMoving({ session, to, hours });
    };
    const ended = (now: globalThis.PointerEvent | globalThis.KeyboardEvent) => {
      if (now instanceof globalThis.KeyboardEvent && now.key !== "Escape") return;
      for (const name of ["pointermove", "pointerup", "pointercancel", "keydown"]) window.removeEventListener(name, name === "pointermove" ? (going as EventListener) : (ended as EventListener));
      setMoving(null);
      if (now.type === "pointerup" && dragged.current && to) move(session, to);
    };
    window.addEventListener("pointermove", going);
    for (const name of ["pointerup", "pointercancel", "keydown"]) window.addEventListener(name, ended as EventListener);
  }

  function pressedEmpty(event: MouseEvent<HTMLElement>) {
    if (!may("sessions:book") || dragged.current || (event.target as HTMLElement).closest("button")) return;
    const place = placeAt(event.clientX, event.clientY, 0);
    if (place) book({ ...place, start: Math.floor(place.start / step) * step });
  }

  // Head and body are grids of their own: their columns must not grow with what stands in them, or names stand over others' columns.
  const least = 3.5 + columns.length * (many ? 5.25 : 7);
  const track = { gridTemplateColumns: `3.5rem repeat(${columns.length}, minmax(0, 1fr))`, minWidth: `${least}rem` };
  return (
    <>
      <p aria-live="assertive" className="sr-only">{said}</p>
      <div ref={frame} role="region" aria-label={words.title} tabIndex={0} className="max-h-[calc(100dvh-13rem)] min-h-80 overflow-auto rounded-xl border border-line bg-surface print:max-h-none print:overflow-visible">
        <div className="sticky top-0 z-10 grid border-b border-line bg-surface text-center text-xs" style={track}>
          <div className="sticky left-0 z-10 bg-surface" />
          {columns.map((column, n) => {
            const newDay = columns[n - 1]?.date !== column.date;
            return (
              <div key={column.key} className={cn("min-w-0 border-l px-1 py-1.5", newDay ? "border-line-strong" : "border-line", column.date === today() && "bg-brand-soft")}>
                <p className="truncate font-semibold">{newDay ? day(column.date, { weekday: "short", day: "numeric", month: "short" }) : "\u00a0"}</p>
                <p className="truncate text-muted" title={column.therapist}>{column.away ? { holiday: holiday(column.date) ?? "", leave: words.onLeave, off: `${short.get(column.therapist)} · ${words.off}` }[column.away] : short.get(column.therapist)}</p>
              </div>
            );
          })}
        </div>
        <div className="relative grid" style={{ ...track, height }} onClick={pressedEmpty}>
          <div className="tabular sticky left-0 z-[5] bg-surface text-right text-xs text-muted">
            {Array.from({ length: last - first }, (_, n) => (
              <span key={n} className="absolute right-1.5" style={{ top: n * HOUR + 1 }}>{wall((first + n) * 60)}</span>
            ))}
          </div>
          {columns.map((column, at) => (
            <div key={column.key} data-column={column.key} className={cn("relative border-l", columns[at - 1]?.date !== column.date ? "border-line-strong" : "border-line", may("sessions:book") && "cursor-copy")}>
              <Hours column={column} first={first} last={last} />
              {column.date === today() && <Now at={minutes(time(Date.now()))} y={y} first={first} last={last} />}
              <Blocks column={column} at={at} y={y} tabStop={tabStop} moving={moving?.session.id} open={(session) => dragged.current || open(session)} grab={grab} pressedKey={pressedKey} focus={(id) => setFocused((holding.current = id))} blur={left} />
              {moving && moving.to.date === column.date && moving.to.therapistId === column.therapistId && (
                <div data-ghost className="pointer-events-none absolute inset-x-0.5 z-[4] rounded-md border-2 border-brand bg-brand-soft/80 px-1.5 text-xs font-semibold" style={{ top: y(moving.to.start), height: Math.max(22, (moving.session.duration / 60) * HOUR - 2) }}>
                  <span className="tabular">{wall(moving.to.start)}</span> {moving.session.patientName}
                </div>
              )}
            </div>
          ))}
        </div>
      </div>
    </>
  );
}

/** Lines of the hours, and stripes where the therapist is not there. */
const Hours = memo(function Hours({ column, first, last }: { column: Column; first: number; last: number }) {
  const gaps: [number, number][] = [];
  let until = first * 60;
  for (const [start, end] of column.there ?? []) {
    if (start > until) gaps.push([until, start]);
    until = Math.max(until, end);
  }
  if (column.there && until < last * 60) gaps.push([until, last * 60]);
  return (
    <>
      {gaps.map(([start, end]) => (
        <div key={start} className="striped pointer-events-none absolute inset-x-0" style={{ top: ((start - first * 60) / 60) * HOUR, height: ((end - start) / 60) * HOUR }} />
      ))}
      {Array.from({ length: last - first - 1 }, (_, n) => (
        <div key={n} className="pointer-events-none absolute inset-x-0 border-t border-line" style={{ top: (n + 1) * HOUR }} />
      ))}
    </>
  );
});

function Now({ at, y, first, last }: { at: number; y: (minute: number) => number; first: number; last: number }) {
  if (at < first * 60 || at > last * 60) return null;
  return <div className="pointer-events-none absolute inset-x-0 z-[3] border-t-2 border-danger" style={{ top: y(at) }} />;
}

function Blocks({ column, at, y, tabStop, moving, open, grab, pressedKey, focus, blur }: {
  column: Column;
  at: number;
  y: (minute: number) => number;
  tabStop: string | undefined;
  moving: string | undefined;
  open: (session: Session) => void;
  grab: (event: PointerEvent<HTMLElement>, session: Session) => void;
  pressedKey: (event: KeyboardEvent, session: Session, at: number) => void;
  focus: (id: string) => void;
  blur: () => void;
}) {
  const places = useMemo(() => lanes(column.sessions), [column.sessions]);
  return column.sessions.map((session) => {
    const { lane, of } = places.get(session.id) ?? { lane: 0, of: 1 };
    const clash = of > 1;
    const Icon = ICONS[session.status];
    const style: CSSProperties = {
      top: y(minutes(session.startTime)) + 1, height: Math.max(22, (session.duration / 60) * HOUR - 2),
      left: `calc(${(lane / of) * 100}% + 2px)`, width: `calc(${100 / of}% - 4px)`,
    };
    return (
      <button
        key={session.id}
        id={`session-${session.id}`}
        type="button"
        tabIndex={session.id === tabStop ? 0 : -1}
        aria-label={words.label(session.startTime, session.endTime, session.patientName ?? words.somebody, session.therapyTypeName ?? "", session.therapistName ?? "", STATUS_WORDS[session.status])}
        aria-keyshortcuts="M"
        style={style}
        className={cn(
          `tint-${column.tint} absolute z-[2] touch-pan-y overflow-hidden rounded-md border px-1.5 py-0.5 text-left text-xs leading-tight select-none`,
          clash && "border-2 border-danger",
          moving === session.id && "opacity-50",
          (session.status === "COMPLETED" || session.status === "NO_SHOW") && "faded",
        )}
        onClick={() => open(session)}
        onPointerDown={(event) => grab(event, session)}
        onKeyDown={(event) => pressedKey(event, session, at)}
        onFocus={() => focus(session.id)}
        onBlur={blur}
      >
        {Icon && <Icon aria-hidden className="float-right mt-px ml-0.5 size-3" />}
        <span className="tabular font-semibold">{session.startTime}</span> {session.patientName ?? words.somebody}
      </button>
    );
  });
}
