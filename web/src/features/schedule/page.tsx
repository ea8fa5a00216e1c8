import { ChevronLeft, ChevronRight, Plus } from "lucide-react";
import { useEffect, useState } from "react";

import { useMay } from "@/api/me";
import { Link } from "@/app/link";
import { Awaited } from "@/components/ui/awaited";
import { Button, buttonStyles } from "@/components/ui/button";
import { Field, Segments, Select } from "@/components/ui/fields";
import { PageBody, PageHead } from "@/components/ui/page";
import { Empty, Failed, Skeleton } from "@/components/ui/states";
import { addDays, addMonths, isDate, monthEnd, monthStart, weekStart, daysBetween } from "@/lib/dates";
import { useFilters } from "@/lib/filters";
import { useFormat } from "@/lib/format";
import { usePhone } from "@/lib/media";
import { part } from "@/lib/part";

import { Agenda } from "./agenda";
import { type Place, useSchedule } from "./data";
import { Grid } from "./grid";
import { Month } from "./month";
import { useMove } from "./moving";
import { SessionOver } from "./over";
import { words } from "./strings";

const Booking = part(() => import("./booking"));

const VIEWS = [["day", words.day], ["week", words.week], ["month", words.month]] as const;
type View = (typeof VIEWS)[number][0];

export default function Schedule() {
  const { today, day } = useFormat();
  const may = useMay();
  const phone = usePhone();
  const [filters, set] = useFilters({ view: "", date: "", therapist: "", session: "", book: "", patient: "" });
  const date = isDate(filters.date) ? filters.date : today();
  const view: View = VIEWS.find(([name]) => name === filters.view)?.[0] ?? (phone ? "day" : "week");
  const [from, days] = spanOf(view, date);
  const { calendar, waiting, people, columns, holiday } = useSchedule(from, days, filters.therapist, view !== "month" && !phone);
  const nameOf = (id: string) => people.find((person) => person.id === id)?.name ?? "";
  const moving = useMove(nameOf);
  const [booking, setBooking] = useState<Partial<Place> | null>(null);

  useEffect(() => {
    if (filters.book === "true") setBooking({ date });
  }, [filters.book, date]);

  function closeBooking() {
    setBooking(null);
    if (filters.book) set({ book: "", patient: "" });
  }
  function step(way: 1 | -1) {
    set({ date: view === "month" ? addMonths(monthStart(date), way) : addDays(date, way * (view === "week" ? 7 : 1)) });
  }
  const open = (id: string) => set({ session: id }, { push: true });
  const title = view === "day" ? day(date, { weekday: "long", day: "numeric", month: "long", year: "numeric" }) : view === "month" ? day(date, { month: "long", year: "numeric" }) : `${day(from, { day: "numeric", month: "short" })} – ${day(addDays(from, 6))}`;

  return (
    <PageBody className="gap-3">
      <PageHead title={words.title} about={<span aria-live="polite">{title}</span>}>
        <Button size="icon" aria-label={words.previous} onClick={() => step(-1)}>
          <ChevronLeft aria-hidden className="size-4" />
        </Button>
        <Button onClick={() => set({ date: "" })}>{words.today}</Button>
        <Button size="icon" aria-label={words.next} onClick={() => step(1)}>
          <ChevronRight aria-hidden className="size-4" />
        </Button>
        <Field label={words.goTo} hideLabel type="date" value={date} className="w-36" onChange={(event) => isDate(event.target.value) && set({ date: event.target.value })} />
        <Segments label={words.view} value={view} options={VIEWS} change={(now) => set({ view: now })} />
        {people.length > 1 && (
          <Select
            label={words.therapist}
            hideLabel
            value={filters.therapist}
            empty={words.everybody}
            options={people.filter(({ active }) => active).map(({ id, name }) => [id, name] as const)}
            onChange={(event) => set({ therapist: event.target.value })}
            className="w-40 max-sm:w-38"
          />
        )}
        {may("sessions:book") && (
          <Button kind="primary" onClick={() => setBooking({ date, therapistId: filters.therapist })}>
            <Plus aria-hidden className="size-4" />
            {words.book}
          </Button>
        )}
      </PageHead>
      {waiting ? (
        <div className="min-h-[calc(100dvh-13rem)] rounded-xl border border-line bg-surface">
          <Skeleton rows={10} />
        </div>
      ) : calendar.isError ? (
        <Failed error={calendar.error} again={() => void calendar.refetch()} />
      ) : columns.length === 0 ? (
        <Empty
          action={
            may("users:manage") && (
              <Link to="/settings" search={{ section: "people" }} className={buttonStyles({ kind: "primary" })}>
                {words.invite}
              </Link>
            )
          }
        >
          {words.noTherapists}
        </Empty>
      ) : view === "month" ? (
        <Month month={date.slice(0, 7)} from={from} days={days} columns={columns} holiday={holiday} go={(chosen) => set({ view: "day", date: chosen }, { push: true })} />
      ) : phone ? (
        <Agenda from={from} days={days} columns={columns} holiday={holiday} open={open} />
      ) : (
        <>
          <Grid columns={columns} holiday={holiday} open={(session) => open(session.id)} book={setBooking} move={moving.move} />
          <p className="no-print text-sm text-muted">{words.hint}</p>
        </>
      )}
      <Awaited open={booking !== null} close={closeBooking}>
        {booking && <Booking place={booking} patientId={filters.patient} close={closeBooking} />}
      </Awaited>
      <SessionOver id={filters.session} close={() => set({ session: "" })} moving={moving} />
    </PageBody>
  );
}

/** The first day shown, and how many. */
function spanOf(view: View, date: string): [string, number] {
  if (view === "day") return [date, 1];
  if (view === "week") return [weekStart(date), 7];
  const from = weekStart(monthStart(date));
  return [from, Math.ceil((daysBetween(from, monthEnd(date)) + 1) / 7) * 7];
}
