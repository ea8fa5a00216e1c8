"""A therapist's day as it stands: what no longer fits in it, and what of it is left. Nothing here is booked or moved.

The same functions that show what is free and check a booking say what is wrong with a booked session: its hours may
have shrunk since, leave or a holiday may have come, buffers may have grown, the centre may have changed its zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.scheduling.places import SessionTime
from domain.scheduling.session import SessionStatus
from domain.scheduling.timetable import Timetable
from domain.timegrid import Interval, Obstacle, Resource, clip, day_interval, merge, obstacle, subtract

__all__ = [
    "Action", "Conflict", "ConflictKind", "DayPlan", "PlannedSession", "Standing", "actions", "conflicts", "plan_day",
    "standing",
]  # fmt: skip


class ConflictKind(StrEnum):
    """What is wrong with a booked session, the first that applies."""

    ON_HOLIDAY = "ON_HOLIDAY"
    ON_LEAVE = "ON_LEAVE"
    OUTSIDE_HOURS = "OUTSIDE_HOURS"
    """No weekly slot for its therapy type holds all of it."""
    TOO_CLOSE = "TOO_CLOSE"
    """With today's buffers it runs into another session of the therapist's."""
    OTHER_ZONE = "OTHER_ZONE"
    """It was booked when the centre had another time zone, so its wall time is another one now."""


class Standing(StrEnum):
    """What a session is to somebody who looks at the day now. Status alone does not tell: it is moved by people."""

    UPCOMING = "UPCOMING"
    WAITING = "WAITING"
    """Its time has come, and nobody has started it."""
    IN_PROGRESS = "IN_PROGRESS"
    OVERDUE = "OVERDUE"
    """Its time is over, and nobody has said how it went."""
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


class Action(StrEnum):
    """What can be done with a session at once."""

    START = "START"
    COMPLETE = "COMPLETE"
    MARK_NO_SHOW = "MARK_NO_SHOW"
    WRITE_NOTES = "WRITE_NOTES"


class PlannedSession(NamedTuple):
    """A session that takes the therapist's time: not cancelled. ``to_come``: it can still be moved."""

    id: UUID
    therapy_type_id: UUID
    span: Interval
    zone: str
    to_come: bool = True


class Conflict(NamedTuple):
    """``disturbs``: the session that it is too close to."""

    session_id: UUID
    kind: ConflictKind
    disturbs: UUID | None = None


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One local date. ``hours`` are those that the therapist is there for, leave and holidays gone; ``gaps`` the free
    stretches of them between two sessions, none shorter than the centre's step; ``free`` all that neither a session
    nor its buffers take. Lists of intervals are in normal form."""

    day: date
    hours: list[Interval]
    gaps: list[Interval]
    free: list[Interval]
    on_holiday: bool
    on_leave: bool


def standing(status: SessionStatus, span: Interval, now: datetime) -> Standing:
    """How a session stands at an aware instant. Half-open: at its end it is over."""
    if status not in {SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS}:
        return Standing(status.value)
    if now >= span.end:
        return Standing.OVERDUE
    if status is SessionStatus.IN_PROGRESS:
        return Standing.IN_PROGRESS
    return Standing.WAITING if now >= span.start else Standing.UPCOMING


def actions(status: SessionStatus, time: SessionTime, now: datetime) -> list[Action]:
    """What ``Session`` would not refuse now, for whoever may conduct it."""
    found = []
    begun = now >= time.starts_at
    if status is SessionStatus.SCHEDULED and now.astimezone(ZoneInfo(time.zone)).date() >= time.day:
        found.append(Action.START)
    if status in {SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS} and begun:
        found.append(Action.COMPLETE)
    if status is SessionStatus.SCHEDULED and begun:
        found.append(Action.MARK_NO_SHOW)
    if status is not SessionStatus.CANCELLED:
        found.append(Action.WRITE_NOTES)
    return found


def conflicts(sessions: Iterable[PlannedSession], timetable: Timetable) -> list[Conflict]:
    """What is wrong with those of ``sessions`` that are to come, by start; at most one conflict each.

    ``sessions`` are all that the therapist has in some stretch of time, and do not overlap each other: what is booked
    never does."""
    ordered = sorted(sessions, key=lambda session: (session.span.start, session.id))
    if not ordered:
        return []
    window = Interval(ordered[0].span.start, ordered[-1].span.end)
    hours = {kind: _hours(timetable, kind, window) for kind in {session.therapy_type_id for session in ordered}}
    found = []
    for index, session in enumerate(ordered):
        if session.to_come:
            # Of sessions that do not overlap, the nearest are the neighbours.
            beside = [*ordered[max(index - 1, 0) : index], *ordered[index + 1 : index + 2]]
            if conflict := _conflict(session, beside, hours[session.therapy_type_id], timetable):
                found.append(conflict)
    return found


def plan_day(day: date, sessions: Iterable[PlannedSession], timetable: Timetable) -> DayPlan:
    """How one local date looks, of any therapy type. ``sessions`` may belong to other days too. A date that the zone
    skipped has no hours."""
    whole = day_interval(day, timetable.rules.zone)
    holiday = day in timetable.rules.holidays
    away = [leave for leave in timetable.leave if leave.first_day <= day <= leave.last_day]
    on_leave = any(leave.start is None or leave.end is None for leave in away)
    if whole is None:
        return DayPlan(day, [], [], [], holiday, on_leave)
    hours = clip(_bare(timetable).therapist(whole, ()).available, whole)
    taken = merge(timetable.widened(session.span) for session in sessions)
    free = subtract(hours, taken)
    held = [block for block in taken if block.overlaps(whole)]
    between = Interval(held[0].start, held[-1].end) if held else None
    shortest = timedelta(minutes=timetable.rules.step)  # no session starts and ends within less
    gaps = [stretch for stretch in free if between and between.contains(stretch) and stretch.length >= shortest]
    return DayPlan(day, hours, gaps, free, holiday, on_leave)


def _conflict(
    session: PlannedSession, beside: Sequence[PlannedSession], hours: Resource, timetable: Timetable
) -> Conflict | None:
    if _is_closed(session, hours):
        return Conflict(session.id, _why_closed(session, timetable))
    for other in beside:
        if timetable.widened(session.span).overlaps(timetable.widened(other.span)):
            return Conflict(session.id, ConflictKind.TOO_CLOSE, other.id)
    if session.zone != timetable.rules.zone.key:
        return Conflict(session.id, ConflictKind.OTHER_ZONE)
    return None


def _why_closed(session: PlannedSession, timetable: Timetable) -> ConflictKind:
    workdays = replace(timetable, rules=replace(timetable.rules, holidays=()))
    for kind, without in (
        (ConflictKind.ON_HOLIDAY, workdays),
        (ConflictKind.ON_LEAVE, replace(workdays, leave=())),
    ):  # fmt: skip
        if not _is_closed(session, _hours(without, session.therapy_type_id, session.span)):
            return kind
    return ConflictKind.OUTSIDE_HOURS


def _is_closed(session: PlannedSession, hours: Resource) -> bool:
    found = obstacle(session.span, [hours])
    return found is not None and found.obstacle is Obstacle.CLOSED


def _hours(timetable: Timetable, therapy_type_id: UUID, window: Interval) -> Resource:
    return _bare(timetable.for_type(therapy_type_id)).therapist(window, ())


def _bare(timetable: Timetable) -> Timetable:
    """Without buffers: the hours must hold a session, not what is kept free around it, so that a change of buffers
    moves nobody out of the day."""
    return replace(timetable, buffer_before=0, buffer_after=0)
