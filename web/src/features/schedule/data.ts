/** What the schedule shows: sessions, who is there when, and where blocks stand. */
import { type QueryClient, keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import type { Schema } from "@/api/client";
import { useMay, useMe } from "@/api/me";
import { reading } from "@/api/reading";
import { useTherapists } from "@/components/names";
import { addDays, minutes, range, wall, weekday } from "@/lib/dates";
import { fullName } from "@/lib/format";

export type Session = Schema<"Session">;
export type Calendar = Schema<"CalendarView">;
type Availability = Schema<"AvailabilityView">;

export interface Column {
  key: string;
  date: string;
  therapistId: string;
  therapist: string;
  /** Which of the colours. */
  tint: number;
  sessions: Session[];
  /** When the therapist is there, in minutes of the day; what is between is striped. Undefined until it is known. */
  there: [from: number, until: number][] | undefined;
  /** Why not at all, if not. */
  away: "holiday" | "leave" | "off" | undefined;
}

/** Where a session is put. */
export interface Place {
  date: string;
  start: number;
  therapistId: string;
}

export const CALENDAR = "/api/v1/sessions/calendar";
const TINTS = 6;

/** `hours`: whether it is shown when people are there; else nobody asks. */
export function useSchedule(from: string, days: number, therapistId: string, hours: boolean) {
  const to = addDays(from, days - 1);
  const may = useMay();
  const me = useMe();
  const own = !may("sessions:read", "ALL");
  const calendar = useQuery({
    ...reading("session", CALENDAR, { query: { from, to, therapistId } }),
    placeholderData: keepPreviousData,
  });
  const staff = useTherapists();
  const holidays = useQuery({ ...reading("holiday", "/api/v1/holidays", { query: { from, to, pageSize: 100 } }), staleTime: 300_000 });

  const people = useMemo(() => {
    const known = (staff.data?.data ?? []).map(({ id, active, ...person }) => ({ id, active, name: fullName(person, person.email ?? "") }));
    return known.filter(({ id }) => !own || id === me.userId);
  }, [staff.data, own, me.userId]);

  const availability = useQuery({
    ...reading("availability", "/api/v1/availability", { query: { from } }),
    staleTime: 300_000,
    placeholderData: keepPreviousData, // the week before knows the hours of this one, if not all of its leave
    enabled: hours,
  });

  const columns = useMemo((): Column[] => {
    const shownDays = calendar.data?.days ?? [];
    const off = new Set(holidays.data?.data.map(({ day }) => day));
    const chosen = people.map((person, tint) => ({ ...person, tint: tint % TINTS })).filter(({ id }) => therapistId === "" || id === therapistId);
    return range(from, days).flatMap((date) => {
      const sessions = shownDays.find((each) => each.date === date)?.sessions ?? [];
      return chosen
        .filter(({ id, active }) => active || sessions.some((session) => session.therapistId === id))
        .map(({ id, name, tint }) => {
          const known = availability.data?.therapists.find((each) => each.therapistId === id);
          const there = known && thereOn(known, date);
          const leave = known !== undefined && onLeave(known, date);
          return {
            key: `${date}.${id}`, date, therapistId: id, therapist: name, tint,
            sessions: sessions.filter((session) => session.therapistId === id),
            there: off.has(date) ? [] : there,
            away: off.has(date) ? "holiday" : leave ? "leave" : there?.length === 0 ? "off" : undefined,
          };
        });
    });
  }, [calendar.data, holidays.data, people, availability.data, from, days, therapistId]);

  const holiday = (date: string) => holidays.data?.data.find(({ day }) => day === date)?.name;
  // A grid that is shown before anybody knows its hours moves under the hand that reaches for it. Unless they do not come.
  const waiting = calendar.isPending || staff.isPending || (availability.isLoading && availability.failureCount === 0);
  return { calendar, waiting, people, columns, holiday };
}

function onLeave({ leave }: Availability, date: string): boolean {
  return leave.some((each) => each.firstDay <= date && date <= each.lastDay && each.startTime === null);
}

function thereOn(known: Availability, date: string): [number, number][] {
  if (onLeave(known, date)) return [];
  let parts = known.slots.filter((slot) => slot.dayOfWeek === weekday(date)).map((slot): [number, number] => [minutes(slot.startTime), minutes(slot.endTime)]);
  for (const away of known.leave) {
    if (!(away.firstDay <= date && date <= away.lastDay) || away.startTime === null || away.endTime === null) continue;
    const [from, until] = [minutes(away.startTime), minutes(away.endTime)];
    parts = parts.flatMap(([start, end]) => [[start, Math.min(end, from)], [Math.max(start, until), end]] as [number, number][]);
  }
  return merged(parts.filter(([start, end]) => start < end));
}

function merged(parts: [number, number][]): [number, number][] {
  const done: [number, number][] = [];
  for (const [start, end] of parts.toSorted((a, b) => a[0] - b[0])) {
    const last = done.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else done.push([start, end]);
  }
  return done;
}

/** Each by the first name; two who share that by as much more of the name as tells them apart. */
export function shortNames(names: readonly string[]): Map<string, string> {
  const all = [...new Set(names)];
  const part = (name: string, words: number) => name.split(" ").slice(0, words).join(" ");
  return new Map(all.map((name) => {
    let words = 1;
    while (part(name, words) !== name && all.some((other) => other !== name && part(other, words) === part(name, words))) words++;
    return [name, part(name, words)];
  }));
}

const USUAL: [number, number][] = [[9 * 60, 18 * 60]];

/** The hours that a grid shows: everybody's, and every session. */
export function hoursOf(columns: readonly Column[]): [first: number, last: number] {
  const starts = columns.flatMap((column) => [...(column.there ?? USUAL).map(([start]) => start), ...column.sessions.map((session) => minutes(session.startTime))]);
  const ends = columns.flatMap((column) => [...(column.there ?? USUAL).map(([, end]) => end), ...column.sessions.map((session) => minutes(session.endTime) || 1440)]);
  if (starts.length === 0) return [9, 18];
  return [Math.floor(Math.min(...starts) / 60), Math.min(24, Math.ceil(Math.max(...ends) / 60))];
}

/** Side by side where they overlap: that only happens to what was entered afterwards. */
export function lanes(sessions: readonly Session[]): Map<string, { lane: number; of: number }> {
  const placed = new Map<string, { lane: number; of: number }>();
  let group: Session[] = [];
  let until = -1;
  const close = () => {
    const ends: number[] = [];
    const chosen = group.map((session) => {
      const found = ends.findIndex((end) => end <= minutes(session.startTime));
      const lane = found === -1 ? ends.length : found;
      ends[lane] = minutes(session.endTime) || 1440;
      return lane;
    });
    group.forEach((session, n) => placed.set(session.id, { lane: chosen[n] ?? 0, of: ends.length }));
    group = [];
  };
  for (const session of sessions.toSorted((a, b) => a.startTime.localeCompare(b.startTime))) {
    if (minutes(session.startTime) >= until) close();
    group.push(session);
    until = Math.max(until, minutes(session.endTime) || 1440);
  }
  close();
  return placed;
}

/** The session as it will be, at once, in every calendar that is shown; the server's answer comes later. */
export function putInPlace(queries: QueryClient, session: Session, place: Place, therapistName: string): void {
  const moved: Session = {
    ...session, date: place.date, startTime: wall(place.start), endTime: wall((place.start + session.duration) % 1440),
    therapistId: place.therapistId, therapistName,
  };
  queries.setQueriesData<Calendar>({ queryKey: ["session", CALENDAR] }, (old) => old && {
    ...old,
    days: old.days.map((day) => {
      const others = day.sessions.filter(({ id }) => id !== session.id);
      return { ...day, sessions: day.date === place.date ? [...others, moved].toSorted((a, b) => a.startTime.localeCompare(b.startTime)) : others };
    }),
  });
}
