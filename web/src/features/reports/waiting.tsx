import { useQuery } from "@tanstack/react-query";

import { useMay } from "@/api/me";
import { reading } from "@/api/reading";
import { Link } from "@/app/link";
import { cn } from "@/lib/cn";
import { addDays } from "@/lib/dates";
import { useFormat } from "@/lib/format";

import { words } from "./strings";

const w = words.waiting;
const ONE = { pageSize: 1 }; // only how many there are is wanted
const OPEN: ("SCHEDULED" | "IN_PROGRESS")[] = ["SCHEDULED", "IN_PROGRESS"];

/** What waits for whoever begins the day: its sessions, and what somebody has to decide, to close or to send again. */
export function Waiting() {
  const may = useMay();
  if (!may("sessions:book")) return null;
  return (
    <nav aria-label={w.title} className="no-print grid grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))] gap-3 sm:grid-cols-[repeat(auto-fill,minmax(13rem,1fr))]">
      <Sessions />
      <Requests />
      {may("notifications:manage") && <Undelivered />}
    </nav>
  );
}

function Sessions() {
  const today = useFormat().today();
  const until = addDays(today, -1);
  const now = useQuery(reading("session", "/api/v1/sessions", { query: { ...ONE, dateFrom: today, dateTo: today, status: OPEN } }));
  const past = useQuery(reading("session", "/api/v1/sessions", { query: { ...ONE, dateTo: until, status: OPEN } }));
  return (
    <>
      <Box label={w.today} count={now.data?.total} to="/schedule" search={{ view: "day" }} />
      {/* Nobody has said whether they took place, and nothing is earned until somebody does. */}
      <Box label={w.unclosed} count={past.data?.total} urgent to="/sessions" search={{ status: "OPEN", dateTo: until }} />
    </>
  );
}

function Requests() {
  const found = useQuery(reading("reschedule-request", "/api/v1/reschedule-requests", { query: { ...ONE, status: ["PENDING"] } }));
  return <Box label={w.requests} count={found.data?.total} urgent to="/reschedule-requests" />;
}

function Undelivered() {
  const found = useQuery(reading("notification", "/api/v1/notifications", { query: { ...ONE, status: ["FAILED"] } }));
  return <Box label={w.undelivered} count={found.data?.total} urgent to="/notifications" search={{ status: "FAILED" }} />;
}

interface Shown {
  label: string;
  /** Not known yet, or not to be had, if undefined. */
  count: number | undefined;
  /** If there are any, somebody has to do something. */
  urgent?: true;
  to: "/schedule" | "/sessions" | "/reschedule-requests" | "/notifications";
  search?: Record<string, string>;
}

function Box({ label, count, urgent, ...target }: Shown) {
  const { number } = useFormat();
  return (
    <Link {...target} className={cn("flex min-h-12 items-center justify-between gap-3 rounded-xl border border-line bg-surface px-4 py-2 hover:bg-sunken", urgent && count && "border-warn bg-warn-soft")}>
      <span className="text-sm">{label}</span>
      <span className="tabular text-lg font-semibold">{count === undefined ? "–" : number(count)}</span>
    </Link>
  );
}
