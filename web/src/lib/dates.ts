/** Calendar dates (`2026-11-22`) and wall times (`09:30`) as the API writes them: no zone has a say in their arithmetic. */
const DAY = 86_400_000;

const noon = (date: string) => Date.parse(`${date}T12:00Z`);
const iso = (at: number) => new Date(at).toISOString().slice(0, 10);

export const addDays = (date: string, days: number): string => iso(noon(date) + days * DAY);
export const daysBetween = (from: string, to: string): number => Math.round((noon(to) - noon(from)) / DAY);

/** 0 is Monday, as the API counts weekdays. */
export const weekday = (date: string): number => (new Date(noon(date)).getUTCDay() + 6) % 7;
export const weekStart = (date: string): string => addDays(date, -weekday(date));
export const monthStart = (date: string): string => `${date.slice(0, 7)}-01`;
export function addMonths(date: string, months: number): string {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return iso(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), Math.min(day, last), 12));
}
export const monthEnd = (date: string): string => addDays(addMonths(monthStart(date), 1), -1);
export const range = (from: string, days: number): string[] => Array.from({ length: days }, (_, n) => addDays(from, n));
export const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(noon(text)) && iso(noon(text)) === text;

/** Minutes since midnight. */
export function minutes(time: string): number {
  const [hours = 0, rest = 0] = time.split(":").map(Number);
  return hours * 60 + rest;
}
export function wall(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** The last second of a day at the centre, as an instant: what was known by the end of it. */
export const endOfDay = (date: string, timeZone: string): string => at(date, "23:59:59", timeZone);
/** Its first. */
export const startOfDay = (date: string, timeZone: string): string => at(date, "00:00:00", timeZone);

function at(date: string, time: string, timeZone: string): string {
  const wall = Date.parse(`${date}T${time}Z`);
  const shape = new Intl.DateTimeFormat("en-GB", { timeZone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  let found = wall;
  for (let tries = 0; tries < 2; tries += 1) {
    const part = Object.fromEntries(shape.formatToParts(found).map(({ type, value }) => [type, value]));
    found += wall - Date.parse(`${part["year"]}-${part["month"]}-${part["day"]}T${part["hour"]}:${part["minute"]}:${part["second"]}Z`);
  }
  return new Date(found).toISOString().replace(".000Z", "Z");
}
