"""The times that are free, from the read tables: the computation is the one that checks a booking."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.availability import Leave, WeeklySlot
from domain.scheduling import Busy, CentreRules, SessionStatus, Side, Timetable, free_times
from domain.timegrid import Interval, forward
from projections import availability, catalogue, staff
from projections.query import Data, Reader
from projections.scheduling.table import sessions
from projections.tenancy import holidays, tenants

__all__ = ["slots"]

LONGEST_BLOCK = timedelta(hours=32)
"""A session of a day with the longest buffers."""


async def slots(
    db: Reader, therapist_id: UUID, therapy_type_id: UUID, first: date, last: date, *,
    now: datetime, patient_id: UUID | None = None,
) -> Data | None:  # fmt: skip
    """The free times from the first to the last local date, for a session at today's price and length.

    With a patient, theirs too. ``None``: no such therapist or therapy type. Who is not active has none.
    """
    therapist = await staff.get(db, therapist_id)
    kind = await catalogue.get(db, therapy_type_id)
    price = await catalogue.price_of(db, therapist_id, therapy_type_id)
    centre = await db.one(tenants.select().where(tenants.c.id == db.tenant_id))
    if therapist is None or kind is None or price is None or centre is None or therapist["role"] != "THERAPIST":
        return None
    zone = ZoneInfo(centre["timezone"])
    free = []
    if therapist["active"] and kind["active"]:
        timetable = await _timetable(db, therapist_id, centre, first, last)
        window = Interval(_midnight(first, zone), _midnight(last + timedelta(days=1), zone))
        busy = await _busy(db, timetable.widened(timetable.widened(window)), therapist_id, patient_id)
        free = free_times(timetable.for_type(therapy_type_id), price["session_duration"], window, busy, now=now)
    return {
        "therapist_id": therapist_id,
        "therapy_type_id": therapy_type_id,
        "timezone": centre["timezone"],
        "duration": price["session_duration"],
        "price": price["session_cost"],
        "slots": [
            {
                "date": each.day,
                "start_time": each.start_time,
                "end_time": each.end_time,
                "starts_at": each.starts_at,
                "ends_at": each.ends_at,
            }
            for each in free
        ],
    }


async def _timetable(db: Reader, therapist_id: UUID, centre: Data, first: date, last: date) -> Timetable:
    known = await availability.of(db, therapist_id, since=first - timedelta(days=2))
    off = await db.all(holidays.select(holidays.c.day).where(holidays.c.day.between(first, last + timedelta(days=2))))
    rules = CentreRules(
        ZoneInfo(centre["timezone"]), [row["day"] for row in off], centre["slot_step_minutes"],
        timedelta(minutes=centre["minimum_notice_minutes"]),
    )  # fmt: skip
    weekly = [
        WeeklySlot(row["day_of_week"], row["start_time"], row["end_time"], row["therapy_type_id"])
        for row in known["slots"]
    ]  # fmt: skip
    leave = [
        Leave(row["first_day"], row["last_day"], row["start_time"], row["end_time"]) for row in known["leave"]
    ]  # fmt: skip
    return Timetable(rules, weekly, leave, known["buffer_before_minutes"], known["buffer_after_minutes"])


async def _busy(db: Reader, window: Interval, therapist_id: UUID, patient_id: UUID | None) -> Busy:
    c = sessions.c
    who = [c.therapist_id == therapist_id] + ([c.patient_id == patient_id] if patient_id is not None else [])
    found = await db.all(
        sessions.select(c.therapist_id, c.patient_id, c.starts_at, c.ends_at, c.blocked_from, c.blocked_until).where(
            sa.or_(*who),
            c.status != SessionStatus.CANCELLED,
            c.starts_at > window.start - LONGEST_BLOCK,
            c.starts_at < window.end + LONGEST_BLOCK,
        )
    )
    theirs = [row for row in found if row["therapist_id"] == therapist_id]
    busy = {Side.THERAPIST: [Interval(row["blocked_from"], row["blocked_until"]) for row in theirs]}
    if patient_id is not None:
        patients = [row for row in found if row["patient_id"] == patient_id]
        busy[Side.PATIENT] = [Interval(row["starts_at"], row["ends_at"]) for row in patients]
    return busy


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return forward(datetime.combine(day, time.min), zone)
