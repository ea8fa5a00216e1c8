/** The words of this feature's pages, and rules of repetition in plain words. */
import { catalogue } from "@/lib/strings/catalogue";

export const words = catalogue("series", {
  title: "Series",
  patient: "Patient",
  therapist: "Therapist",
  therapy: "Therapy",
  rule: "Repeats",
  upcoming: "To come",
  next: "Next",
  state: "State",
  active: "With sessions to come",
  over: "Over",
  none: "No series yet. Tick “Every week” when you book a session.",
  notFound: "No series fits these filters.",
  dates: "Dates",
  exception: "moved by itself",
  change: "Change",
  cancel: "Cancel sessions",
  scope: "Which sessions",
  reach: { THIS: "One", FOLLOWING: "From one on", ALL: "All to come" },
  which: { THIS: "Which one", FOLLOWING: "From", ALL: "Counted from" },
  changing: {
    date: "Date",
    dateHint: "The others move by as many days.",
    time: "Time",
    room: "Room",
    noRoom: "No room",
    submit: "Change",
    same: "Nothing is changed yet.",
    otherTherapy: "Another therapy has another price: these sessions are cancelled free of charge and booked anew. What was paid is credit and pays for the new ones.",
    done: (count: number) => (count === 0 ? "They are like that already" : count === 1 ? "1 session is changed" : `${count} sessions are changed`),
    clashes: "These cannot be had, so nothing was changed",
    free: (times: string) => `Free: ${times}`,
  },
  reason: "Reason",
  by: "Who cancels",
  byPatient: "The family",
  byCentre: "The centre",
  waive: "Charge no fee",
  waiver: "Why no fee",
  done: (count: number, fee: string) => `${count === 1 ? "1 session is cancelled" : `${count} sessions are cancelled`}${fee && `. A fee of ${fee} is charged.`}`,
  weekly: "Every week",
  everyWeeks: (count: number) => `Every ${count} weeks`,
  on: (days: string) => `on ${days}`,
  times: (count: number) => `${count} times`,
  until: (date: string) => `until ${date}`,
  days: { MO: "Mon", TU: "Tue", WE: "Wed", TH: "Thu", FR: "Fri", SA: "Sat", SU: "Sun" } as Record<string, string>,
} as const);

/** `FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,TH;COUNT=20` as `Every 2 weeks on Thu, Sat, 20 times`. */
export function ruleWords(rule: string, day: (date: string) => string): string {
  const parts = Object.fromEntries(rule.split(";").map((part) => part.split("=") as [string, string]));
  const every = Number(parts["INTERVAL"] ?? 1);
  const days = (parts["BYDAY"] ?? "").split(",").filter(Boolean);
  const order = Object.keys(words.days);
  const told = days.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)).map((code) => words.days[code] ?? code);
  const until = parts["UNTIL"]?.replace(/^(\d{4})(\d{2})(\d{2}).*/, "$1-$2-$3");
  const end = parts["COUNT"] ? words.times(Number(parts["COUNT"])) : until ? words.until(day(until)) : "";
  const start = every === 1 ? words.weekly : words.everyWeeks(every);
  return [[start, told.length ? words.on(told.join(", ")) : ""].filter(Boolean).join(" "), end].filter(Boolean).join(", ");
}
