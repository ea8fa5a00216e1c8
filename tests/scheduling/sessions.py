"""Sessions to tell stories with: one patient, two therapists, a room, a Monday in March 2026 in Kolkata (+05:30)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.availability import Leave, WeeklySlot
from domain.scheduling import (
    Appointment,
    CancelledBy,
    CentreRules,
    Price,
    PriceSource,
    Session,
    SessionTime,
    Terms,
    Timetable,
    Waiver,
)

PATIENT, THERAPIST, OTHER, ROOM, SPEECH, MASSAGE, SESSION = (UUID(int=n) for n in range(1, 8))
KOLKATA = ZoneInfo("Asia/Kolkata")
MONDAY = date(2026, 3, 2)
PRICE = Price(Decimal("800.00"), 60, PriceSource.THERAPY_TYPE, Decimal("800.00"))
TERMS = Terms(timedelta(hours=24), late_percent=Decimal(50), no_show_percent=Decimal(100))
NO_WAIVER = Waiver()

Step = Callable[[Session], object]


def at(start: str, day: date = MONDAY, minutes: int = 60, zone: ZoneInfo = KOLKATA) -> SessionTime:
    return SessionTime.at(day, start, minutes, zone)


def appointment(
    start: str = "10:00", day: date = MONDAY, *, therapist: UUID = THERAPIST, room: UUID | None = None,
    minutes: int = 60, before: int = 0, after: int = 0, patient: UUID = PATIENT,
) -> Appointment:  # fmt: skip
    return Appointment(patient, therapist, room, at(start, day, minutes), before, after)


TEN = at("10:00").starts_at
"""The start of the session that these stories are about: 04:30 UTC."""


def ago(**time: float) -> datetime:
    """That long before the session's start."""
    return TEN - timedelta(**time)


def later(**time: float) -> datetime:
    return TEN + timedelta(**time)


def booked(**wanted: object) -> Step:
    return lambda session: session.book(appointment(**wanted), SPEECH, PRICE)  # type: ignore[arg-type]


def started(session: Session) -> None:
    session.start(now=TEN)


def completed(session: Session) -> None:
    session.complete(now=later(hours=1))


DAYS_AHEAD = ago(days=3)


def cancelled(now: datetime = DAYS_AHEAD, by: CancelledBy = CancelledBy.PATIENT, waiver: Waiver = NO_WAIVER) -> Step:
    return lambda session: session.cancel("Fever", by, TERMS, waiver, now=now)


def no_show(now: datetime = TEN, waiver: Waiver = NO_WAIVER) -> Step:
    return lambda session: session.mark_no_show(TERMS, waiver, now=now)


def timetable(
    *hours: str, days: range = range(7), leave: tuple[Leave, ...] = (), before: int = 0, after: int = 0,
    step: int = 15, notice: int = 0, holidays: tuple[date, ...] = (), zone: ZoneInfo = KOLKATA,
) -> Timetable:  # fmt: skip
    """``timetable("09:00-17:00")`` is there every day of the week."""
    parts = [each.split("-") for each in hours or ("09:00-17:00",)]
    slots = [WeeklySlot(day, start, end) for start, end in parts for day in days]
    rules = CentreRules(zone, holidays, step, timedelta(minutes=notice))
    return Timetable(rules, slots, leave, before, after)


EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""A now long before everything."""
