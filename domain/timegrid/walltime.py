"""Between the clock on the wall and instants.

A zone's clock skips some wall times (daylight saving begins; Samoa skipped a whole Friday) and shows others
twice. Sessions refuse the first and mean the earlier of the second (``resolve``). Boundaries that nobody
books, such as the start of a day or the edge of opening hours, cannot be refused; they move ``forward`` by
the length of the gap, which is how RFC 5545 section 3.3.5 reads a local time that does not occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from domain.base import Invalid
from domain.timegrid.intervals import Interval, merge

DAY = 24 * 60
"""Minutes on the face of a day's clock."""


class WallTimeSkipped(Invalid):
    """The clocks skip this time on that day."""


class BadWallTime(Invalid):
    """A time of day is written HH:MM, from 00:00 to 24:00."""


class Weekday(IntEnum):
    """Numbered as ``date.weekday()`` does: Monday is 0."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6

    @classmethod
    def named(cls, text: str) -> Weekday:
        """Read ``MO``, ``mon`` or ``Monday``. Raises ``Invalid`` for anything else."""
        name = text.strip().upper()
        for day in cls:
            if len(name) >= 2 and day.name.startswith(name):  # noqa: PLR2004 - RFC 5545 writes two letters
                return day
        raise Invalid("Unknown weekday.", weekday=text)


def minute_of_day(text: str) -> int:
    """Read ``HH:MM`` or ``HH:MM:00`` as minutes after midnight, to 1440. Raises ``BadWallTime``."""
    hours, colon, rest = text.partition(":")
    minutes = rest.removesuffix(":00") if len(rest) > 2 else rest  # noqa: PLR2004 - MM, or MM:00
    if not (colon and text.isascii() and hours.isdigit() and minutes.isdigit()):
        raise BadWallTime
    if len(hours) > 2 or len(minutes) != 2 or int(minutes) > 59:  # noqa: PLR2004 - a clock's face
        raise BadWallTime
    minute = int(hours) * 60 + int(minutes)
    if minute > DAY:
        raise BadWallTime
    return minute


def forward(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a naive wall time: doubled, the earlier; skipped, later by the gap."""
    if local.tzinfo is not None:
        raise BadWallTime("A wall time carries no zone of its own.")
    if not MINYEAR < local.year < MAXYEAR:  # the calendar's first and last days have no instant in every zone
        raise BadWallTime("That date is outside the calendar.")
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the zone's clock shows at an aware instant, as a naive datetime."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def is_skipped(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the zone's clock never shows this naive wall time."""
    return wall(forward(local, zone), zone) != local


def resolve(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a naive wall time in ``zone``; of one that happens twice, the earlier.

    Raises ``WallTimeSkipped`` for a wall time that never happens.
    """
    instant = forward(local, zone)
    if wall(instant, zone) != local:
        raise WallTimeSkipped(local=local.isoformat(), zone=str(zone))
    return instant


def day_interval(day: date, zone: ZoneInfo) -> Interval | None:
    """A local date from midnight to midnight, mostly 23 to 25 hours; ``None`` if the zone skipped it."""
    midnight = datetime.combine(day, time.min)
    start, end = forward(midnight, zone), forward(midnight + timedelta(days=1), zone)
    return Interval(start, end) if start < end else None


def days_off(days: Iterable[date], zone: ZoneInfo) -> list[Interval]:
    """Leave or holidays: whole local dates in the zone of whoever takes them, in normal form."""
    return merge(interval for day in set(days) if (interval := day_interval(day, zone)))


def is_day_off(when: Interval | datetime, days: Iterable[date], zone: ZoneInfo) -> bool:
    """Whether a moment, or all of an interval, falls on these local dates, whatever a viewer's date."""
    return any(off.contains(when) for off in days_off(days, zone))


def weeks_later(start: datetime, weeks: int, zone: ZoneInfo) -> datetime | None:
    """The instant ``weeks`` weeks on, at the same wall time. ``None`` if the clocks skip it that week."""
    try:
        return resolve(wall(start, zone) + timedelta(weeks=weeks), zone)
    except WallTimeSkipped:
        return None


def is_weekly_series(starts: Sequence[datetime | None], zone: ZoneInfo) -> bool:
    """Whether each start is exactly a local week after the one before. ``None`` is no start."""
    known = [start for start in starts if start is not None]
    if not known or len(known) < len(starts):
        return False
    # In UTC: Python calls an instant in a repeated hour unequal to the same instant in another zone.
    return all(start.astimezone(UTC) == weeks_later(known[0], week, zone) for week, start in enumerate(known) if week)
