"""When somebody works: weekly hours on the wall clock of their own zone, turned into instants.

The weekday is the zone's, never UTC's (facts: medplum issue 8417). Hours belong to the local date they open
on, so a date override or a day off replaces what would have opened that day; an evening shift that runs past
midnight keeps its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.base import Invalid
from domain.timegrid.intervals import Interval, clip, merge, subtract
from domain.timegrid.walltime import (
    DAY,
    Weekday,
    forward,
    is_skipped,
    minute_of_day,
    resolve,
    wall,
)


class BadHours(Invalid):
    """Hours open within the day, and either close by 24:00 or last some minutes."""


@dataclass(frozen=True, slots=True)
class Hours:
    """One stretch of a working day. All three are minutes; ``closes`` and ``lasts`` exclude each other.

    ``opens`` counts from local midnight. ``closes`` is a wall time too (1440 is midnight), so on a day the
    clocks change the stretch is shorter or longer. ``lasts`` is elapsed time and may run past midnight. Hours
    that close no later than they open hold no time; they are not refused here (see ``is_empty``).
    """

    opens: int
    closes: int | None = None
    lasts: int | None = None

    def __post_init__(self) -> None:
        if (self.closes is None) == (self.lasts is None) or not 0 <= self.opens < DAY:
            raise BadHours
        if self.closes is not None and not 0 <= self.closes <= DAY:
            raise BadHours
        if self.lasts is not None and not 0 < self.lasts <= 7 * DAY:
            raise BadHours

    @classmethod
    def between(cls, opens: str, closes: str) -> Hours:
        """``Hours.between("09:00", "17:00")``; ``"24:00"`` closes at midnight."""
        return cls(minute_of_day(opens), closes=minute_of_day(closes))

    @classmethod
    def lasting(cls, opens: str, minutes: int) -> Hours:
        """``Hours.lasting("20:00", 360)``: from eight in the evening, for six hours."""
        return cls(minute_of_day(opens), lasts=minutes)

    @property
    def is_empty(self) -> bool:
        return self.closes is not None and self.closes <= self.opens

    def on(self, day: date, zone: ZoneInfo) -> Interval | None:
        """These hours on one local date, or ``None`` where there are none.

        An edge that the clocks skip moves forward by the gap (02:30 becomes 03:30). Hours that lie wholly
        inside a gap never happen; moved forward they would appear at a time nobody offered.
        """
        midnight = datetime.combine(day, time.min)
        opens = midnight + timedelta(minutes=self.opens)
        start = forward(opens, zone)
        if self.lasts is not None:
            # Samoa had no 30 December 2011: that Friday's hours must not turn up on the Saturday.
            if wall(start, zone).date() != day:
                return None
            return Interval.lasting(start, timedelta(minutes=self.lasts))
        closes = midnight + timedelta(minutes=self.closes or 0)
        end = forward(closes, zone)
        if start >= end or (is_skipped(opens, zone) and is_skipped(closes, zone)):
            return None
        return Interval(start, end)


ALL_DAY = Hours(0, closes=DAY)


class WeeklyHours(NamedTuple):
    """The same hours on several weekdays."""

    days: frozenset[Weekday]
    hours: Hours


@dataclass(frozen=True, slots=True)
class Availability:
    """Weekly hours in ``zone``; ``overrides`` replace a local date's hours, an empty one is a day off.

    ``weekly=None`` says that hours were never stated and nothing is limited by them (a room that is always
    open); ``weekly=()`` says that there are none.
    """

    zone: ZoneInfo
    weekly: Sequence[WeeklyHours] | None = ()
    overrides: Mapping[date, Sequence[Hours]] = field(default_factory=dict)

    def hours_on(self, day: date) -> Sequence[Hours]:
        if day in self.overrides:
            return self.overrides[day]
        if self.weekly is None:
            return (ALL_DAY,)
        return [entry.hours for entry in self.weekly if day.weekday() in entry.days]

    def on(self, day: date) -> list[Interval]:
        """What opens on one local date, in normal form; may end the day after."""
        return merge(opening for hours in self.hours_on(day) if (opening := hours.on(day, self.zone)))

    def within(self, window: Interval, away: Iterable[Interval] = ()) -> list[Interval]:
        """The open time inside ``window``, clipped to it, less the time away, in normal form.

        Away are whole days off, each in the zone of its calendar (``days_off``: leave in the therapist's,
        holidays in the tenant's), and partial days (``Hours.on`` makes one from a date and wall times).
        """
        # Long hours of an earlier date may still be running when the window begins.
        stated = [entry.hours for entry in self.weekly or ()]
        stated += [hours for replaced in self.overrides.values() for hours in replaced]
        lookback = 1 + max((hours.opens + (hours.lasts or 0) for hours in stated), default=0) // DAY
        first = wall(window.start, self.zone).date() - timedelta(days=lookback)
        span = (wall(window.end, self.zone).date() - first).days
        openings = (opening for n in range(span + 1) for opening in self.on(first + timedelta(days=n)))
        return subtract(clip(openings, window), away)


def outside_availability(spans: Iterable[tuple[datetime, datetime]], availability: Availability) -> list[int]:
    """Which of these sessions, given as naive local (start, end), do not lie inside one stretch of open time.

    Answers their indexes. A session whose wall times are skipped or inverted is outside. Reports what a
    shrunken availability leaves stranded: booked sessions are never moved by it.
    """
    return [index for index, span in enumerate(spans) if not _is_inside(span, availability)]


def _is_inside(span: tuple[datetime, datetime], availability: Availability) -> bool:
    try:
        session = Interval(resolve(span[0], availability.zone), resolve(span[1], availability.zone))
    except Invalid:
        return False
    return any(opening.contains(session) for opening in availability.within(session))


class WeekPart(NamedTuple):
    """A stretch of one weekday; both minutes belong to it, so a full day is 0 to 1439."""

    day: Weekday
    from_minute: int
    to_minute: int


def utc_week(weekly: Iterable[WeeklyHours], zone: ZoneInfo, as_of: datetime) -> list[WeekPart]:
    """Weekly hours as parts of UTC weekdays, by the zone's offset at ``as_of``; it ages with that offset.

    Closing minutes are named inclusively, as a clock's ``23:59`` is (``24:00`` means the same).
    """
    offset = as_of.astimezone(zone).utcoffset() or timedelta()
    shift = int(offset.total_seconds() // 60)
    parts = []
    for days, hours in weekly:
        closes = hours.closes if hours.closes is not None else hours.opens + (hours.lasts or 0)
        # Only midnight needs this: any other closing time is a minute's name already.
        last = closes - 1 if closes % DAY == 0 else closes
        if last < hours.opens:
            continue
        for day in sorted(days):
            parts += _split(day, hours.opens - shift, last - shift)
    return parts


def _split(day: Weekday, first: int, last: int) -> list[WeekPart]:
    """Cut minutes counted from ``day``'s midnight, perhaps negative, at each midnight."""
    parts = []
    for ahead in range(first // DAY, last // DAY + 1):
        low, high = max(first - ahead * DAY, 0), min(last - ahead * DAY, DAY - 1)
        parts.append(WeekPart(Weekday((day + ahead) % 7), low, high))
    return parts
