"""Which starts are free: one core for what to show and for whether a wanted one may be booked.

A session of some length fits a resource (therapist, room) if the session *and its buffers* lie inside one
stretch of the resource's available time that nothing else keeps busy. So every free stretch allows a closed
range of starts; what several resources allow together is the intersection of those ranges. ``free_starts``
reads that intersection along a grid; ``obstacle`` and ``fits`` ask whether one start lies in it. (Facts on
buffers: medplum's find tests.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.base import Invalid
from domain.timegrid.intervals import BadInterval, Interval, subtract
from domain.timegrid.walltime import DAY, WallTimeSkipped, resolve, wall

NO_TIME = timedelta()
_MINUTE = timedelta(minutes=1)

Range = tuple[datetime, datetime]
"""The earliest and the latest start allowed, both included."""


class BadGrid(Invalid):
    """A grid aligns to 1 to 1440 minutes and steps forward by at least one."""


def is_aligned(at: time | datetime, align: int, offset: int = 0) -> bool:
    """Whether a wall time lies ``offset`` past a multiple of ``align`` minutes. Seconds never align."""
    return not (at.second or at.microsecond) and (at.hour * 60 + at.minute - offset) % align == 0


def natural_alignment(step: int) -> int:
    """The round minutes that starts every ``step`` minutes begin at: 45 begins at quarters, 90 at half hours.

    The largest of 60, 30, 20, 15, 10 and 5 that divides the step, else any minute. (Facts: cal.com's slot
    tests.)
    """
    return next((minutes for minutes in (60, 30, 20, 15, 10, 5) if step % minutes == 0), 1)


@dataclass(frozen=True, slots=True)
class Grid:
    """The wall times that starts are offered at, in ``zone``. All numbers are minutes.

    Starts lie ``offset`` past multiples of ``align`` counted from local midnight. In each free stretch the
    first such start is offered, then one every ``step`` (by default ``align``).
    """

    zone: ZoneInfo
    align: int
    offset: int = 0
    step: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.align <= DAY or self.step < 0:
            raise BadGrid
        if not self.step:
            object.__setattr__(self, "step", self.align)

    @classmethod
    def every(cls, step: int, zone: ZoneInfo) -> Grid:
        """A start every ``step`` minutes, from round minutes on."""
        if step < 1:
            raise BadGrid
        return cls(zone, align=natural_alignment(step), step=step)

    def holds(self, instant: datetime) -> bool:
        """Whether an instant is on the grid. In an hour that the clocks repeat, only its first reading is:
        a booking names a wall time, and that means the earlier instant.
        """
        local = wall(instant, self.zone)
        first_reading = resolve(local, self.zone)
        return first_reading == instant.astimezone(UTC) and is_aligned(local, self.align, self.offset)

    def next_from(self, instant: datetime) -> datetime:
        """The first instant on the grid at or after this one (UTC)."""
        return self._first(wall(instant, self.zone), instant)

    def following(self, start: datetime) -> datetime:
        """The start to offer after this one (UTC). Steps are taken on the wall clock, so a day on which it
        changes is offered the same times as any other.
        """
        # A step as wide as the grid is the next time on it, also where the grid begins anew at midnight.
        step = timedelta(minutes=self.step) if self.step != self.align else _MINUTE
        return self._first(wall(start, self.zone) + step, start + _MINUTE)

    def _first(self, local: datetime, instant: datetime) -> datetime:
        walls = self._walls_from(local)
        while True:
            with suppress(WallTimeSkipped):
                start = resolve(next(walls), self.zone)
                if start >= instant:
                    return start

    def _walls_from(self, local: datetime) -> Iterator[datetime]:
        if local.second or local.microsecond:
            local = local.replace(second=0, microsecond=0) + _MINUTE
        midnight = datetime.combine(local.date(), time.min)
        minute = local.hour * 60 + local.minute
        minute += (self.offset - minute) % self.align
        while True:
            if minute >= DAY:  # counted anew from each midnight
                midnight += timedelta(days=1)
                minute = self.offset % self.align
            yield midnight + timedelta(minutes=minute)
            minute += self.align


@dataclass(frozen=True, slots=True)
class Resource:
    """A therapist or a room: its available time, its busy blocks, and the buffers a session needs of it.

    ``busy`` holds what is blocked, the buffers of what is booked included (``booked_blocks``): the buffer
    after one session and the buffer before the next add up. A room has no buffers; they are the therapist's
    time.
    """

    available: Sequence[Interval]
    busy: Sequence[Interval] = ()
    buffer_before: timedelta = NO_TIME
    buffer_after: timedelta = NO_TIME

    def starts(self, length: timedelta, *, heed_busy: bool = True) -> list[Range]:
        """The ranges of starts for a session of ``length`` (positive), in order."""
        free = subtract(self.available, self.busy if heed_busy else ())
        ranges = ((stretch.start + self.buffer_before, stretch.end - self.buffer_after - length) for stretch in free)
        return [allowed for allowed in ranges if allowed[0] <= allowed[1]]

    def near(self, session: Interval) -> Resource:
        """What matters of this calendar for one session, so that a check does not sort a whole year."""
        around = session.widen(self.buffer_before, self.buffer_after)
        return Resource(
            [stretch for stretch in self.available if stretch.overlaps(around)],
            [block for block in self.busy if block.overlaps(around)],
            self.buffer_before,
            self.buffer_after,
        )


def booked_blocks(session: Interval, before: timedelta = NO_TIME, after: timedelta = NO_TIME) -> list[Interval]:
    """What a booked session keeps busy: itself, then the buffer before it and the one after it, if any.

    For the therapist, with their buffers. Patient and room are busy for the session alone.
    """
    blocks = [session]
    if before:
        blocks.append(Interval(session.start - before, session.start))
    if after:
        blocks.append(Interval(session.end, session.end + after))
    return blocks


def earliest_start(now: datetime, minimum_notice: timedelta = NO_TIME) -> datetime:
    """The first moment (UTC) a session asked for at ``now`` (aware) may start: the exact notice is enough."""
    if now.tzinfo is None:
        raise BadInterval("Now needs a time zone.")
    return now.astimezone(UTC) + minimum_notice


def free_starts(
    resources: Sequence[Resource],
    length: timedelta,
    grid: Grid,
    window: Interval | None = None,
    earliest: datetime | None = None,
) -> list[datetime]:
    """The instants (UTC, ascending) on ``grid`` at which a session of ``length`` may start.

    All resources must allow it. With a ``window``, the session lies inside it (its buffers need not). With
    ``earliest`` (see ``earliest_start``) no start is before that moment. Every answer ``fits``, with the same
    values; and where the grid steps by its alignment, whatever fits at a wall time of the grid is among the
    answers.
    """
    if not resources or length <= NO_TIME:
        raise BadGrid("Free starts need a resource and a positive length.")
    ranges = resources[0].starts(length)
    for resource in resources[1:]:
        ranges = _common_starts(ranges, resource.starts(length))
    if window:
        ranges = _common_starts(ranges, [(window.start, window.end - length)])
    starts: list[datetime] = []
    for first, last in ranges:
        start = grid.next_from(max(first, earliest) if earliest else first)
        while start <= last:
            starts.append(start)
            start = grid.following(start)
    return starts


class Obstacle(StrEnum):
    """Why a session cannot be where it is wanted."""

    TOO_SOON = "TOO_SOON"
    """Before now, or with less than the minimum notice."""
    OFF_GRID = "OFF_GRID"
    """Not at a wall time that starts are offered at."""
    CLOSED = "CLOSED"
    """The session or its buffers leave the available time: hours, leave, holidays."""
    BUSY = "BUSY"
    """Something else, or its buffer, is there already."""


class Blocked(NamedTuple):
    """The first obstacle found and, for CLOSED and BUSY, the index of the resource that has it."""

    obstacle: Obstacle
    resource: int | None = None


def obstacle(
    wanted: Interval,
    resources: Sequence[Resource],
    grid: Grid | None = None,
    earliest: datetime | None = None,
) -> Blocked | None:
    """What stands in the way of one session, or ``None`` if it can be booked. Same rules as ``free_starts``.

    Without a ``grid`` any start is as good as another: staff may book off it, self-service may not.
    """
    if earliest and wanted.start < earliest:
        return Blocked(Obstacle.TOO_SOON)
    if grid and not grid.holds(wanted.start):
        return Blocked(Obstacle.OFF_GRID)
    for index, resource in enumerate(resources):
        near = resource.near(wanted)
        if not _allows(near.starts(wanted.length, heed_busy=False), wanted.start):
            return Blocked(Obstacle.CLOSED, index)
        if not _allows(near.starts(wanted.length), wanted.start):
            return Blocked(Obstacle.BUSY, index)
    return None


def fits(
    wanted: Interval,
    resources: Sequence[Resource],
    grid: Grid | None = None,
    earliest: datetime | None = None,
) -> bool:
    """Whether one session can be booked: ``obstacle(...) is None``."""
    return obstacle(wanted, resources, grid, earliest) is None


def _allows(ranges: Sequence[Range], start: datetime) -> bool:
    return any(first <= start <= last for first, last in ranges)


def _common_starts(left: Sequence[Range], right: Sequence[Range]) -> list[Range]:
    # Not ``intersect``: these ranges are closed. A stretch just as long as the session allows a single start.
    found: list[Range] = []
    i = j = 0
    while i < len(left) and j < len(right):
        first, last = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if first <= last:
            found.append((first, last))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found
