"""Which times are free. The starts that are shown and the check of a booking are the same computation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.scheduling.places import Appointment, SessionTime, Side, utc_dates
from domain.scheduling.refusals import InThePast, OutsideAvailability, SlotTaken, TooFarAhead, TooShortNotice
from domain.timegrid import (
    Availability,
    Grid,
    Hours,
    Interval,
    Obstacle,
    Resource,
    Weekday,
    WeeklyHours,
    days_off,
    earliest_start,
    free_starts,
    minute_of_day,
    obstacle,
    wall,
)

__all__ = ["Busy", "CentreRules", "Timetable", "free_times", "must_be_free", "must_be_within_reach"]

FARTHEST_AHEAD = timedelta(days=366)
"""Deactivating a therapist looks through the diary this far and a little more, so nothing may stand beyond."""
MOST_ALTERNATIVES = 5
ONE_DAY = timedelta(days=1)
ALWAYS = [Interval(datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))]

Busy = Mapping[Side, Sequence[Interval]]
"""What is blocked of everybody a session would take time of, buffers included. Always names the therapist."""


class OfferedSlot(Protocol):
    """A weekly slot, wherever it was read from: [start, end) as 'HH:MM' on a weekday (Monday is 0)."""

    @property
    def weekday(self) -> int: ...
    @property
    def start(self) -> str: ...
    @property
    def end(self) -> str: ...
    @property
    def therapy_type_id(self) -> UUID | None: ...


class Away(Protocol):
    """Leave: whole days, first and last included, or [start, end) of one day."""

    @property
    def first_day(self) -> date: ...
    @property
    def last_day(self) -> date: ...
    @property
    def start(self) -> str | None: ...
    @property
    def end(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class CentreRules:
    """The centre's part in it. Starts are shown every ``step`` minutes; ``notice`` is the shortest before a start."""

    zone: ZoneInfo
    holidays: Collection[date] = ()
    step: int = 15
    notice: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a therapist may be booked for a therapy type, whatever is booked already. Buffers are minutes."""

    rules: CentreRules
    slots: Sequence[OfferedSlot]
    leave: Sequence[Away] = ()
    buffer_before: int = 0
    buffer_after: int = 0

    def for_type(self, therapy_type_id: UUID) -> Self:
        """Only with the slots that any type, or this one, may be booked in."""
        admitting = [slot for slot in self.slots if slot.therapy_type_id in {None, therapy_type_id}]
        return type(self)(self.rules, admitting, self.leave, self.buffer_before, self.buffer_after)

    def widened(self, span: Interval) -> Interval:
        """A session with the therapist's buffers."""
        return span.widen(timedelta(minutes=self.buffer_before), timedelta(minutes=self.buffer_after))

    def therapist(self, window: Interval, busy: Sequence[Interval]) -> Resource:
        """The therapist as the time grid sees them, for sessions inside ``window``."""
        weekly = [
            WeeklyHours(frozenset({Weekday(slot.weekday)}), Hours.between(slot.start, slot.end)) for slot in self.slots
        ]
        around = self.widened(window)
        hours = Availability(self.rules.zone, weekly).within(around, list(self._away(around)))
        return Resource(hours, busy, timedelta(minutes=self.buffer_before), timedelta(minutes=self.buffer_after))

    def _away(self, window: Interval) -> Iterator[Interval]:
        zone = self.rules.zone
        first, last = wall(window.start, zone).date(), wall(window.end, zone).date()
        days = {day for day in self.rules.holidays if first <= day <= last}
        for leave in self.leave:
            start, end = max(first, leave.first_day), min(last, leave.last_day)
            if start > end:
                continue
            if leave.start is None or leave.end is None:
                days.update(start + timedelta(days=n) for n in range((end - start).days + 1))
            elif part := Hours.between(leave.start, leave.end).on(leave.first_day, zone):
                yield part
        yield from days_off(days, zone)

    def grids(self) -> Iterator[tuple[Grid, list[tuple[int, int, int]]]]:
        """Starts lie whole steps after the start of a weekly slot: a grid for all slots that share one."""
        parts: dict[int, list[tuple[int, int, int]]] = {}
        for slot in self.slots:
            opens, closes = minute_of_day(slot.start), minute_of_day(slot.end)
            parts.setdefault(opens % self.rules.step, []).append((slot.weekday, opens, closes))
        for offset, hours in parts.items():
            yield Grid(self.rules.zone, align=self.rules.step, offset=offset), hours


def free_times(
    timetable: Timetable, minutes: int, window: Interval, busy: Busy, *, now: datetime | None
) -> list[SessionTime]:
    """The times to offer for a session of that length inside ``window``, in order.

    ``busy`` must know the window and the therapist's buffers around it. ``now``: offer nothing sooner than the
    centre's notice from it. Each answer passes ``must_be_free`` with the same values.
    """
    resources = _resources(timetable, window, busy)
    zone = timetable.rules.zone
    starts: set[datetime] = set()
    for grid, hours in timetable.grids():
        for start in free_starts(resources, timedelta(minutes=minutes), grid, window, _earliest(timetable, now)):
            local = wall(start, zone)
            minute = local.hour * 60 + local.minute
            if any(day == local.weekday() and opens <= minute < closes for day, opens, closes in hours):
                starts.add(start)
    return [SessionTime.lasting(start, minutes, zone) for start in sorted(starts)]


def must_be_free(appointment: Appointment, timetable: Timetable, busy: Busy, *, now: datetime | None) -> None:
    """Refuse a booking that does not fit. ``now`` is ``None`` for whoever may enter what has passed.

    Raises ``InThePast``, ``TooShortNotice``, ``OutsideAvailability``, ``SlotTaken``. ``busy`` must know every
    UTC date that the appointment touches, and leave the session itself out when it is moved.
    """
    span = appointment.time.span
    blocked = obstacle(span, _resources(timetable, span, busy), earliest=_earliest(timetable, now))
    if blocked is None:
        return
    if blocked.obstacle is Obstacle.TOO_SOON:
        if now is not None and span.start < now:
            raise InThePast(field="startTime")
        raise TooShortNotice(field="startTime")
    if blocked.obstacle is Obstacle.CLOSED:
        raise OutsideAvailability
    raise SlotTaken(
        resource=list(busy)[blocked.resource or 0],
        alternatives=[
            {"date": time.day.isoformat(), "startTime": time.start_time}
            for time in _alternatives(appointment, timetable, busy, now)
        ],
    )


def must_be_within_reach(time: SessionTime, now: datetime) -> None:
    """Refuse a booking further ahead than anybody looks for one (``TooFarAhead``)."""
    if time.starts_at - now > FARTHEST_AHEAD:
        raise TooFarAhead(field="date")


def _alternatives(
    appointment: Appointment, timetable: Timetable, busy: Busy, now: datetime | None
) -> list[SessionTime]:
    """The free times nearest to the one wanted, of the dates that ``busy`` knows."""
    wanted = appointment.time
    days = utc_dates(wanted.span)
    window = Interval(
        _midnight(days[0]) + timedelta(minutes=timetable.buffer_before),
        _midnight(days[-1] + ONE_DAY) - timedelta(minutes=timetable.buffer_after),
    )
    minutes = wanted.span.length // timedelta(minutes=1)
    free = free_times(timetable, minutes, window, busy, now=now)
    nearest = sorted(free, key=lambda time: abs(time.starts_at - wanted.starts_at))[:MOST_ALTERNATIVES]
    return sorted(nearest, key=lambda time: time.starts_at)


def _resources(timetable: Timetable, window: Interval, busy: Busy) -> list[Resource]:
    return [
        timetable.therapist(window, blocks) if side is Side.THERAPIST else Resource(ALWAYS, blocks)
        for side, blocks in busy.items()
    ]


def _earliest(timetable: Timetable, now: datetime | None) -> datetime | None:
    return None if now is None else earliest_start(now, timetable.rules.notice)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
