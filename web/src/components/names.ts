/** Names of those whom records know by id: people, therapies, rooms. Few, and seldom changed, so they are kept. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { fullName } from "@/lib/format";
import { words } from "@/lib/strings";

const LONG = 5 * 60_000;
const SYSTEM = "00000000-0000-7000-8000-000000000001";

export function useStaff(enabled = true) {
  const may = useMay();
  return useQuery({ ...reading("user", "/api/v1/users", { query: { pageSize: 100 } }), staleTime: LONG, enabled: enabled && may("users:read") });
}

/** Those who give sessions. */
export function useTherapists(enabled = true) {
  const may = useMay();
  return useQuery({
    ...reading("user", "/api/v1/users", { query: { role: "THERAPIST", pageSize: 100, sort: "firstName" } }),
    staleTime: LONG, enabled: enabled && may("users:read"),
  });
}

export function useTherapyTypes(enabled = true) {
  const may = useMay();
  return useQuery({ ...reading("therapy-type", "/api/v1/therapy-types", { query: { pageSize: 100, sort: "name" } }), staleTime: LONG, enabled: enabled && may("therapy-types:read") });
}

export function useRooms(enabled = true) {
  const may = useMay();
  return useQuery({ ...reading("room", "/api/v1/rooms", { query: { pageSize: 100, sort: "name" } }), staleTime: LONG, enabled: enabled && may("tenants:read") });
}

/** The name behind an id, or `undefined`. `coming`: some are under way still, and a list drawn now would be drawn again. */
export interface Names {
  (id: string): string | undefined;
  coming: boolean;
}

export function useNames(enabled = true): Names {
  const asked = [useStaff(enabled), useTherapyTypes(enabled), useRooms(enabled)] as const;
  const [staff, types, rooms] = [asked[0].data, asked[1].data, asked[2].data];
  const coming = asked.some(({ isLoading }) => isLoading);
  return useMemo(() => {
    const known = new Map<string, string>([[SYSTEM, words.history.system]]);
    for (const person of staff?.data ?? []) known.set(person.id, fullName(person, person.email ?? ""));
    for (const type of types?.data ?? []) known.set(type.id, type.name);
    for (const room of rooms?.data ?? []) known.set(room.id, room.name);
    return Object.assign((id: string) => known.get(id), { coming });
  }, [staff, types, rooms, coming]);
}
