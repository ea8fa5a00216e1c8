"""The times that are free, from the read tables: the computation is the one that checks a booking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.availability import Leave, WeeklySlot
from domain.base import NIL, Refused
from domain.scheduling import (
    Appointment,
    Busy,
    CentreRules,
    SessionStatus,
    SessionTime,
    Side,
    Timetable,
    WrongStatus,
    free_times,
    must_be_free,
)
from domain.timegrid import Interval, forward, wall
from projections import availability, catalogue, staff
from projections.query import Data, Reader
from projections.scheduling.table import sessions
from projections.tenancy import holidays, tenants

__all__ = ["instead", "slots"]

LONGEST_BLOCK = timedelta(hours=32)
"""A session of a day with the longest buffers."""
NOT_MOVABLE = WrongStatus.code


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
        "slots": [_shown(each) for each in free],
    }


async def instead(
    db: Reader, session: Data, first: date, last: date, proposed: Sequence[datetime], *, now: datetime
) -> Data | None:
    """Where a session might be moved: for each proposed start whether it can be had (else the code of the refusal),
    and the free times from the first to the last local date, with its patient, therapist, room, length and without
    itself. ``None``: there is no such centre. A session that is not scheduled moves nowhere."""
    centre = await db.one(tenants.select().where(tenants.c.id == db.tenant_id))
    therapist = await staff.get(db, session["therapist_id"])
    if centre is None or therapist is None:
        return None
    zone, minutes = ZoneInfo(centre["timezone"]), session["duration"]

    async def diary(window: Interval) -> tuple[Timetable, Busy]:
        days = wall(window.start, zone).date(), wall(window.end, zone).date()
        timetable = await _timetable(db, therapist["id"], centre, *days)
        around = timetable.widened(timetable.widened(window))
        patient, room = session["patient_id"], session["room_id"]
        busy = await _busy(db, around, therapist["id"], patient, room_id=room, but=session["id"])
        return timetable.for_type(session["therapy_type_id"]), busy

    movable = therapist["active"] and session["status"] == SessionStatus.SCHEDULED
    window = Interval(_midnight(first, zone), _midnight(last + timedelta(days=1), zone))
    free: list[SessionTime] = []
    if movable:
        timetable, busy = await diary(window)
        free = free_times(timetable, minutes, window, busy, now=now)
    times = [SessionTime.lasting(start, minutes, zone) for start in proposed]
    return {
        "timezone": centre["timezone"],
        "duration": minutes,
        "proposals": [
            {
                **_shown(each),
                "refused": _refusal(session, each, *await diary(each.span), now) if movable else NOT_MOVABLE,
            }
            for each in times
        ],
        "slots": [_shown(each) for each in free if each.starts_at != session["starts_at"]],
    }


def _shown(time: SessionTime) -> dict[str, Any]:
    return {
        "date": time.day, "start_time": time.start_time, "end_time": time.end_time, "starts_at": time.starts_at,
        "ends_at": time.ends_at,
    }  # fmt: skip


def _refusal(session: Data, time: SessionTime, timetable: Timetable, busy: Busy, now: datetime) -> str | None:
    place = Appointment(
        session["patient_id"], session["therapist_id"], session["room_id"], time, timetable.buffer_before,
        timetable.buffer_after,
    )  # fmt: skip
    try:
        must_be_free(place, timetable, busy, now=now)
    except Refused as refusal:
        return refusal.code
    return None


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


async def _busy(
    db: Reader, window: Interval, therapist_id: UUID, patient_id: UUID | None, *,
    room_id: UUID | None = None, but: UUID = NIL,
) -> Busy:  # fmt: skip
    """Always of the therapist; of the patient and the room, if there are any. Without the session ``but``."""
    c = sessions.c
    needed = {c.therapist_id: therapist_id, c.patient_id: patient_id, c.room_id: room_id}
    columns = (c.therapist_id, c.patient_id, c.room_id, c.starts_at, c.ends_at, c.blocked_from, c.blocked_until)
    found = await db.all(
        sessions.select(*columns).where(
            sa.or_(*(column == wanted for column, wanted in needed.items() if wanted is not None)),
            c.status != SessionStatus.CANCELLED,
            c.id != but,
            c.starts_at > window.start - LONGEST_BLOCK,
            c.starts_at < window.end + LONGEST_BLOCK,
        )
    )
    theirs = [row for row in found if row["therapist_id"] == therapist_id]
    busy = {Side.THERAPIST: [Interval(row["blocked_from"], row["blocked_until"]) for row in theirs]}
    for side, name, wanted in ((Side.PATIENT, "patient_id", patient_id), (Side.ROOM, "room_id", room_id)):
        if wanted is not None:
            busy[side] = [Interval(row["starts_at"], row["ends_at"]) for row in found if row[name] == wanted]
    return busy


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return forward(datetime.combine(day, time.min), zone)
