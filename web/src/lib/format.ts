/** Amounts, dates and times as people here write them. Amounts are the API's decimal strings: never made floats. */
import { useMemo } from "react";

import { useMe } from "@/api/me";

interface Locale {
  language: string;
  currency: string;
  timezone: string;
}

const INDIA: Locale = { language: "en-IN", currency: "INR", timezone: "Asia/Kolkata" };

const shapes = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>();
function kept<T extends Intl.DateTimeFormat | Intl.NumberFormat>(key: string, make: () => T): T {
  const found = (shapes.get(key) as T | undefined) ?? make(); // making one costs some 50 µs, and lists make hundreds
  shapes.set(key, found);
  return found;
}

/** `₹12,34,567` or, with paise, `₹12,34,567.50`. */
export function money(amount: string, { language, currency }: Locale = INDIA): string {
  const digits = /\.0+$/.test(amount) || !amount.includes(".") ? 0 : 2;
  const shape = kept(`${language} ${currency} ${digits}`, () => new Intl.NumberFormat(language, {
    style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
  }));
  return shape.format(amount as Intl.StringNumericLiteral);
}

export function number(value: number | string, { language }: Locale = INDIA): string {
  return kept(language, () => new Intl.NumberFormat(language)).format(value as Intl.StringNumericLiteral);
}

function dates(options: Intl.DateTimeFormatOptions, language: string, timeZone: string): Intl.DateTimeFormat {
  return kept(`${language} ${timeZone} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(language, { ...options, timeZone }));
}

/** A local date (`2026-11-22`) as `22 Nov 2026`: no zone has a say in it. */
export function day(date: string, { language }: Locale = INDIA, options: Intl.DateTimeFormatOptions = { dateStyle: "medium" }): string {
  return dates(options, language, "UTC").format(new Date(`${date}T00:00Z`));
}

/** An instant in the centre's zone, e.g. `22 Nov 2026, 9:30 am IST`. */
export function instant(at: string, { language, timezone }: Locale = INDIA): string {
  const shape = dates({ day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" }, language, timezone);
  return shape.format(new Date(at));
}

/** The centre's date at an instant. */
export function dateAt(at: Date | string | number, { timezone }: Locale = INDIA): string {
  return dates({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA", timezone).format(new Date(at));
}

/** The centre's wall time at an instant, `14:05`. */
export function timeAt(at: Date | string | number, { timezone }: Locale = INDIA): string {
  return dates({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, "en-GB", timezone).format(new Date(at));
}

/** `IST` or `GMT+5:30`, as people there call it. */
export function zoneName({ language, timezone }: Locale = INDIA, at = new Date()): string {
  const parts = dates({ timeZoneName: "short" }, language, timezone).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? timezone;
}

/** All of these, as the centre writes them. */
export function useFormat() {
  const { centre } = useMe();
  return useMemo(() => {
    const locale: Locale = { language: "en-IN", currency: centre.currency, timezone: centre.timezone };
    return {
      locale,
      money: (amount: string) => money(amount, locale),
      number: (value: number | string) => number(value, locale),
      day: (date: string, options?: Intl.DateTimeFormatOptions) => day(date, locale, options),
      instant: (at: string) => instant(at, locale),
      time: (at: string | number | Date) => timeAt(at, locale),
      dateOf: (at: string | number | Date) => dateAt(at, locale),
      today: () => dateAt(Date.now(), locale),
      zone: zoneName(locale),
    };
  }, [centre.currency, centre.timezone]);
}

/** A full name; an erased person has none left. */
export function fullName(who: { firstName: string | null; lastName: string | null }, erased = "Erased"): string {
  return [who.firstName, who.lastName].filter(Boolean).join(" ") || erased;
}
