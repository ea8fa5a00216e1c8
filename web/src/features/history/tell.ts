/** A stored event field by field, as a person reads it. */
import type { Schema } from "@/api/client";
import { addDays } from "@/lib/dates";
import type { useFormat } from "@/lib/format";
import { words } from "@/lib/strings";

import { FIELDS, UNTOLD, spelled } from "./strings";

export type StoredEvent = Schema<"EventView">;
export interface Told {
  label: string;
  value: string;
  was?: string;
}
type Format = Pick<ReturnType<typeof useFormat>, "money" | "day" | "instant">;
type Names = (id: string) => string | undefined;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const A_MONDAY = "2024-01-01";
const w = words.history;

/** `undefined`: nothing that can be read. */
function valueWords(name: string, value: unknown, format: Format, names: Names): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  if (value === "[redacted]") return w.redacted;
  if (typeof value === "boolean") return value ? words.form.yes : words.form.no;
  if (typeof value === "number") return name === "weekday" || name === "dayOfWeek" ? format.day(addDays(A_MONDAY, value), { weekday: "long" }) : String(value);
  if (Array.isArray(value)) {
    const told = value.map((each) => valueWords(name, each, format, names)).filter((each) => each !== undefined);
    return told.length ? told.join(", ") : undefined;
  }
  if (typeof value === "object") {
    const told = Object.entries(value).flatMap(([key, each]) => {
      const text = UNTOLD.has(key) ? undefined : valueWords(key, each, format, names);
      return text === undefined ? [] : [`${label(key)} ${text}`];
    });
    return told.length ? told.join(", ") : undefined;
  }
  const text = String(value);
  if (UUID.test(text)) return names(text);
  if (/^-?\d{1,12}\.\d{2}$/.test(text)) return /percent/i.test(name) ? `${Number(text)} %` : format.money(text);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return format.day(text);
  if (/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text)) return format.instant(text);
  if (/^[A-Z][A-Z_]+$/.test(text) && text.length > 3) return spelled(text.toLowerCase());
  return text;
}

function label(name: string): string {
  return FIELDS[name] ?? spelled(name.replace(/Id$/, ""));
}

/** What an event says; beside what it changed, what stood there before, if `older` events of the stream tell. */
export function tell(event: StoredEvent, older: readonly StoredEvent[], format: Format, names: Names): Told[] {
  return Object.entries(event.data as Record<string, unknown>).flatMap(([name, value]) => {
    if (UNTOLD.has(name)) return [];
    const last = older.find((each) => each.streamId === event.streamId && name in each.data);
    const was = last && valueWords(name, (last.data as Record<string, unknown>)[name], format, names);
    const now = valueWords(name, value, format, names);
    if (now === undefined && (was === undefined || value !== null)) return [];
    if (last && was === now) return /reason|note/i.test(name) && now ? [{ label: label(name), value: now }] : [];
    return [{ label: label(name), value: now ?? w.nothing, ...(last && was !== undefined ? { was } : {}) }];
  });
}
