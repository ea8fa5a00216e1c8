/** A day, by date field or by slider: the slider is moved, then a moment later the page follows. */
import { useEffect, useId, useRef, useState } from "react";

import { addDays, daysBetween, isDate } from "@/lib/dates";
import { useFormat } from "@/lib/format";

const PAUSE = 120; // milliseconds of holding still

export function DaySlider({ label, first, last, value, change }: { label: string; first: string; last: string; value: string; change: (date: string) => void }) {
  const id = useId();
  const { day } = useFormat();
  const [shown, setShown] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setShown(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const days = Math.max(1, daysBetween(first, last));
  function move(date: string) {
    setShown(date);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => change(date), PAUSE);
  }
  return (
    <div className="grid gap-2 lg:grid-cols-[10rem_10.5rem_minmax(0,1fr)] lg:items-center lg:gap-4">
      <label htmlFor={id} className="text-sm font-medium">{label}</label>
      <input
        id={id} type="date" min={first} max={last} value={shown}
        onChange={(event) => isDate(event.target.value) && event.target.value >= first && event.target.value <= last && move(event.target.value)}
        className="min-h-10 min-w-0 rounded-lg border border-line-strong bg-surface px-3 text-base sm:text-sm"
      />
      <input
        type="range" min={0} max={days} value={Math.min(days, Math.max(0, daysBetween(first, shown)))}
        aria-label={label} aria-valuetext={day(shown)}
        onChange={(event) => move(addDays(first, Number(event.target.value)))}
        className="h-8 w-full cursor-pointer accent-(--brand)"
      />
    </div>
  ); // prettier-ignore
}
