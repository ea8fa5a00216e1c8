"""Stretches of time as instants, and the arithmetic of having time free or not.

Everything here is half-open, ``[start, end)``: a session that ends at ten and one that starts at ten do not
overlap. Lists go in unordered and overlapping; they come out in *normal form*: ordered, disjoint, touching
ones merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta

from domain.base import Invalid


class BadInterval(Invalid):
    """An interval needs two moments with a time zone, the start before the end."""


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From ``start`` up to, not including, ``end``. Both are held in UTC, whatever zone they were given in.

    Two datetimes of one ``ZoneInfo`` compare by their wall clocks, which is wrong in the hour that happens
    twice; held in UTC they compare as instants. Raises ``BadInterval`` for naive datetimes and unless start <
    end.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise BadInterval
        years = {self.start.year, self.end.year}
        if MINYEAR in years or MAXYEAR in years:  # the calendar's edge is not an instant in every zone
            raise BadInterval("That date is outside the calendar.")
        if self.start.tzinfo is not UTC:
            object.__setattr__(self, "start", self.start.astimezone(UTC))
        if self.end.tzinfo is not UTC:
            object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.start >= self.end:
            raise BadInterval(start=self.start.isoformat(), end=self.end.isoformat())

    @classmethod
    def lasting(cls, start: datetime, length: timedelta) -> Interval:
        return cls(start, start.astimezone(UTC) + length)

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, what: Interval | datetime) -> bool:
        """Whether all of an interval, or a moment, lies inside. The end itself does not."""
        if isinstance(what, datetime):
            return self.start <= what < self.end
        return self.start <= what.start and what.end <= self.end

    def clip(self, bounds: Interval) -> Interval | None:
        """The part inside ``bounds``, or ``None``."""
        start, end = max(self.start, bounds.start), min(self.end, bounds.end)
        return Interval(start, end) if start < end else None

    def widen(self, before: timedelta, after: timedelta) -> Interval:
        return Interval(self.start - before, self.end + after)


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time in normal form. O(n log n)."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.start <= merged[-1].end:
            if interval.end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, interval.end)
        else:
            merged.append(interval)
    return merged


def clip(intervals: Iterable[Interval], bounds: Interval) -> list[Interval]:
    """The parts inside ``bounds``, in the order given."""
    return [part for interval in intervals if (part := interval.clip(bounds))]


def subtract(available: Iterable[Interval], busy: Iterable[Interval]) -> list[Interval]:
    """Available time that is not busy, in normal form. O(n log n)."""
    blocks = merge(busy)
    free: list[Interval] = []
    at = 0
    for stretch in merge(available):
        start = stretch.start
        while at < len(blocks) and blocks[at].end <= start:
            at += 1
        # A block may reach into the next stretch too, so it is only passed once it ends before one begins.
        block = at
        while block < len(blocks) and blocks[block].start < stretch.end:
            if start < blocks[block].start:
                free.append(Interval(start, blocks[block].start))
            start = blocks[block].end
            block += 1
        if start < stretch.end:
            free.append(Interval(start, stretch.end))
    return free


def intersect(calendars: Sequence[Iterable[Interval]]) -> list[Interval]:
    """The time common to all calendars, in normal form. Of no calendars at all: none."""
    if not calendars:
        return []
    common = merge(calendars[0])
    for calendar in calendars[1:]:
        common = _common(common, merge(calendar))
    return common


def _common(left: list[Interval], right: list[Interval]) -> list[Interval]:
    found: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if part := left[i].clip(right[j]):
            found.append(part)
        if left[i].end < right[j].end:
            i += 1
        else:
            j += 1
    return found
