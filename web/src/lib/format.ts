/** Amounts, dates and times as people here write them. Amounts are the API's decimal strings: never made floats. */
export interface Locale {
  language: string;
  currency: string;
  timezone: string;
}

export const INDIA: Locale = { language: "en-IN", currency: "INR", timezone: "Asia/Kolkata" };

/** `₹12,34,567` or, with paise, `₹12,34,567.50`. */
export function money(amount: string, { language, currency }: Locale = INDIA): string {
  const whole = /\.00$/.test(amount);
  const shape = new Intl.NumberFormat(language, {
    style: "currency",
    currency,
    minimumFractionDigits: whole ? 0 : 2,
    maximumFractionDigits: whole ? 0 : 2,
  });
  return shape.format(amount as Intl.StringNumericLiteral);
}

/** A local date (`2026-11-22`) as `22 Nov 2026`: no zone has a say in it. */
export function day(date: string, { language }: Locale = INDIA): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${date}T00:00Z`));
}

/** An instant in the centre's zone. */
export function instant(at: string, { language, timezone }: Locale = INDIA): string {
  const shape = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone: timezone });
  return shape.format(new Date(at));
}
