"""When and where a session is, and whose time it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import text
from domain.base import Invalid, derived_id
from domain.scheduling.refusals import SkippedWallTime
from domain.timegrid import BadWallTime, Interval, WallTimeSkipped, resolve, wall

__all__ = ["Appointment", "Hold", "SessionTime", "Side", "sheet_id", "utc_dates"]

MIDNIGHT_AFTER = "24:00"


class Side(StrEnum):
    """Whose time a session takes."""

    THERAPIST = "THERAPIST"
    PATIENT = "PATIENT"
    ROOM = "ROOM"


@dataclass(frozen=True, slots=True)
class SessionTime:
    """When a session is: what the wall clock shows ('HH:MM'), the zone of that clock, and the instants (UTC).

    The instants were resolved once, when it was booked; a zone whose rules change later does not move it.
    """

    day: date
    start_time: str
    end_time: str
    zone: str
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def at(cls, day: date, start_time: str, minutes: int, zone: ZoneInfo) -> Self:
        """``minutes`` of elapsed time from a wall time on. Raises ``SkippedWallTime``, ``Invalid``."""
        if text.wall_time(start_time, "startTime") == MIDNIGHT_AFTER:
            raise Invalid("A session starts before 24:00.", field="startTime")
        local = datetime.combine(day, time.min) + timedelta(minutes=text.minutes_of(start_time))
        try:
            starts_at = resolve(local, zone)
        except WallTimeSkipped as skipped:
            raise SkippedWallTime(field="startTime") from skipped
        except BadWallTime as outside:
            raise Invalid(str(outside), field="date") from outside
        return cls.lasting(starts_at, minutes, zone)

    @classmethod
    def lasting(cls, starts_at: datetime, minutes: int, zone: ZoneInfo) -> Self:
        span = Interval.lasting(starts_at, timedelta(minutes=minutes))
        start, end = wall(span.start, zone), wall(span.end, zone)
        return cls(start.date(), _clock(start), _clock(end), zone.key, span.start, span.end)

    @property
    def span(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)


class Hold(NamedTuple):
    """Time that a session takes of one resource; ``blocked`` is the session with that resource's buffers."""

    side: Side
    resource_id: UUID
    blocked: Interval

    @property
    def sheets(self) -> list[tuple[date, UUID]]:
        """The day sheets this stands on, as (UTC date, stream id)."""
        return [(day, sheet_id(self.resource_id, day)) for day in utc_dates(self.blocked)]


@dataclass(frozen=True, slots=True)
class Appointment:
    """Who meets whom, where and when. The buffers (minutes) are the therapist's, as they stood at the booking."""

    patient_id: UUID
    therapist_id: UUID
    room_id: UUID | None
    time: SessionTime
    buffer_before: int = 0
    buffer_after: int = 0

    @property
    def blocked(self) -> Interval:
        return self.time.span.widen(timedelta(minutes=self.buffer_before), timedelta(minutes=self.buffer_after))

    @property
    def holds(self) -> list[Hold]:
        """The therapist with buffers, the patient and the room, if any, without."""
        span = self.time.span
        taken = [Hold(Side.THERAPIST, self.therapist_id, self.blocked), Hold(Side.PATIENT, self.patient_id, span)]
        if self.room_id is not None:
            taken.append(Hold(Side.ROOM, self.room_id, span))
        return taken


def sheet_id(resource_id: UUID, day: date) -> UUID:
    """The day sheet of a therapist, patient or room for one UTC date."""
    return derived_id(resource_id, "day", day.isoformat())


def utc_dates(span: Interval) -> list[date]:
    """The UTC dates that any part of ``span`` lies on, in order."""
    first = span.start.date()
    last = (span.end - timedelta.resolution).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _clock(local: datetime) -> str:
    return f"{local:%H:%M}"
