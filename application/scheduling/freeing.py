"""The next times that are free, from the day sheets: what is offered when the time wanted cannot be had."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from application.base import Book, Context
from domain.scheduling import Appointment, DaySheet, Session, SessionTime, Timetable, free_times, sheet_id, utc_dates
from domain.timegrid import Interval

__all__ = ["next_free"]

AHEAD = timedelta(days=14)
MOST = 5


async def next_free(
    wanted: Appointment, timetable: Timetable, session: Session, context: Context, book: Book
) -> list[SessionTime]:
    """Up to five times for the same people, room and length: the first free ones from the start of the wanted UTC date
    on, not before now, within two weeks. What ``session``, which is to move, takes itself is free for it; where it
    stands now is no answer."""
    first = max(datetime.combine(wanted.time.starts_at.date(), time.min, UTC), context.now)
    window = Interval(first, first + AHEAD)
    days = utc_dates(timetable.widened(timetable.widened(window)))
    holds = wanted.holds
    sheets = await book.load_all(*((DaySheet, sheet_id(hold.resource_id, day)) for hold in holds for day in days))
    blocked = [sheet.busy(but=[session.id]) for sheet in sheets]
    busy = {
        hold.side: [each for sheet in blocked[n * len(days) : (n + 1) * len(days)] for each in sheet]
        for n, hold in enumerate(holds)
    }
    minutes = wanted.time.span.length // timedelta(minutes=1)
    free = free_times(timetable, minutes, window, busy, now=context.now)
    return [time for time in free if time.starts_at != session.time.starts_at][:MOST]
