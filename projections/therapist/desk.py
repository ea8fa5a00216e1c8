"""Whose pages these are, in which zone, and when they work: read once for each page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.availability import Leave, WeeklySlot
from domain.scheduling import (
    CentreRules,
    PlannedSession,
    SessionStatus,
    SessionTime,
    Timetable,
    actions,
    conflicts,
    standing,
)
from domain.timegrid import Interval, day_interval, wall
from projections import availability, scheduling, staff, tenancy
from projections.query import Data, Reader

__all__ = ["Desk", "at_desk"]

ONE_DAY = timedelta(days=1)
OPEN = {SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS}


@dataclass(frozen=True, slots=True)
class Desk:
    """A therapist, the centre's clock, and what shapes the local dates from ``first`` to ``last``."""

    therapist_id: UUID
    therapist_name: str | None
    zone: ZoneInfo
    now: datetime
    timetable: Timetable
    holidays: dict[date, str]

    @property
    def today(self) -> date:
        return wall(self.now, self.zone).date()

    @property
    def about(self) -> Data:
        """What every page begins with."""
        return {
            "therapist_id": self.therapist_id, "therapist_name": self.therapist_name, "timezone": self.zone.key,
        }  # fmt: skip

    def window(self, first: date, last: date) -> Interval | None:
        """From midnight to midnight; ``None`` where the zone skipped all of it."""
        days = [
            span for n in range((last - first).days + 1) if (span := day_interval(first + n * ONE_DAY, self.zone))
        ]  # fmt: skip
        return Interval(days[0].start, days[-1].end) if days else None

    def planned(self, row: Data) -> PlannedSession:
        span = Interval(row["starts_at"], row["ends_at"])
        to_come = row["status"] in OPEN and self.now < span.end
        return PlannedSession(row["id"], row["therapy_type_id"], span, row["timezone"], to_come)

    def dressed(self, found: Sequence[Data]) -> list[Data]:
        """Sessions with how they stand, what can be done with them now, and what is wrong with them. ``found`` are all
        that the therapist has in some stretch of time."""
        planned = [self.planned(row) for row in found if row["status"] != SessionStatus.CANCELLED]
        wrong = {each.session_id: each for each in conflicts(planned, self.timetable)}
        return [self._dressed(row, wrong.get(row["id"])) for row in found]

    def _dressed(self, row: Data, wrong: Any) -> Data:
        status = SessionStatus(row["status"])
        time = SessionTime(
            row["date"], row["start_time"], row["end_time"], row["timezone"], row["starts_at"], row["ends_at"]
        )
        return {
            **row,
            "state": standing(status, time.span, self.now),
            "actions": actions(status, time, self.now),
            "conflict": wrong and {"kind": wrong.kind, "disturbs": wrong.disturbs},
        }

    def starts_on(self, row: Data) -> date:
        """The centre's date on which a session starts; its own was its zone's when it was booked."""
        return wall(row["starts_at"], self.zone).date()


async def at_desk(db: Reader, therapist_id: UUID, *, now: datetime, days: Sequence[date] = ()) -> Desk | None:
    """Knows the local dates from the first of ``days`` to the last, and all from yesterday to the day after tomorrow.
    ``None``: there is no such therapist."""
    therapist = await staff.get(db, therapist_id)
    centre = await tenancy.get(db, db.tenant_id)
    if therapist is None or therapist["role"] != "THERAPIST" or centre is None:
        return None
    zone = ZoneInfo(centre["timezone"])
    today = wall(now, zone).date()
    first, last = min([today, *days]) - ONE_DAY, max([today + ONE_DAY, *days]) + ONE_DAY
    known = await availability.of(db, therapist_id, since=first)
    off = await tenancy.holidays_between(db, first, last)
    name = " ".join(part for part in (therapist["first_name"], therapist["last_name"]) if part)
    rules = CentreRules(
        zone, frozenset(off), centre["slot_step_minutes"], timedelta(minutes=centre["minimum_notice_minutes"])
    )
    timetable = Timetable(
        rules,
        [WeeklySlot(s["day_of_week"], s["start_time"], s["end_time"], s["therapy_type_id"]) for s in known["slots"]],
        [Leave(each["first_day"], each["last_day"], each["start_time"], each["end_time"]) for each in known["leave"]],
        known["buffer_before_minutes"],
        known["buffer_after_minutes"],
    )
    return Desk(therapist_id, name or None, zone, now, timetable, off)


async def sessions_in(db: Reader, desk: Desk, window: Interval) -> list[Data]:
    """All that start in the window, and the day before and after for their neighbours' sake: by start, dressed."""
    around = window.widen(ONE_DAY, ONE_DAY)
    found = desk.dressed(await scheduling.of_therapist(db, desk.therapist_id, around))
    return [row for row in found if window.contains(row["starts_at"])]
