"""When therapists are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from domain.availability import Availability
from domain.base import Recorded
from projections.base import ReadTable, Row, changed
from projections.query import Data, Reader


class SlotRow(Row, frozen=True):
    """A weekly slot: day 0 is Monday, times are 'HH:MM' in the centre's zone."""

    id: UUID
    therapist_id: UUID
    day_of_week: int
    start_time: str
    end_time: str
    therapy_type_id: UUID | None


class LeaveRow(Row, frozen=True):
    """Days away, first and last included; times only for part of one day. ``reason`` is null after an erasure."""

    id: UUID
    therapist_id: UUID
    first_day: date
    last_day: date
    start_time: str | None
    end_time: str | None
    reason: str | None


class AvailabilityRow(Row, frozen=True):
    """What a therapist's slots and leave have in common."""

    therapist_id: UUID
    buffer_before_minutes: int
    buffer_after_minutes: int
    updated_at: datetime
    version: int


availability_slots = ReadTable("availability_slots", SlotRow, key="id", indexes=[("therapist_id", "day_of_week")])
leave = ReadTable(
    "leave", LeaveRow, key="id", indexes=[("therapist_id", "last_day")], personal={"reason": "therapist_id"}
)  # fmt: skip
availability = ReadTable("availability", AvailabilityRow, key="therapist_id")


def of_therapist(event: Availability.BuffersSet) -> UUID:
    return event.therapist_id


def touched(row: AvailabilityRow | None, event: Availability.BuffersSet, at: Recorded) -> AvailabilityRow:
    before = row or AvailabilityRow(event.therapist_id, 0, 0, at.recorded_at, at.version)
    return changed(before, at)


for change in (
    Availability.WeeklySlotOffered, Availability.WeeklySlotChanged, Availability.WeeklySlotWithdrawn,
    Availability.LeavePlanned, Availability.LeaveWithdrawn,
):  # fmt: skip
    availability.on(change, key=of_therapist)(touched)


@availability.on(Availability.BuffersSet, key=of_therapist)
def buffers_set(row: AvailabilityRow | None, event: Availability.BuffersSet, at: Recorded) -> AvailabilityRow:
    return AvailabilityRow(event.therapist_id, event.before_minutes, event.after_minutes, at.recorded_at, at.version)


def slot(row: SlotRow | None, event: Availability.WeeklySlotOffered) -> SlotRow:
    return SlotRow(
        id=event.slot_id,
        therapist_id=event.therapist_id,
        day_of_week=event.weekday,
        start_time=event.start,
        end_time=event.end,
        therapy_type_id=event.therapy_type_id,
    )


availability_slots.on(Availability.WeeklySlotOffered, key=lambda e: e.slot_id)(slot)
availability_slots.on(Availability.WeeklySlotChanged, key=lambda e: e.slot_id)(slot)


@availability_slots.on(Availability.WeeklySlotWithdrawn, key=lambda e: e.slot_id)
def slot_withdrawn(row: SlotRow, event: Availability.WeeklySlotWithdrawn) -> None:
    return None


@leave.on(Availability.LeavePlanned, key=lambda e: e.leave_id)
def leave_planned(row: None, event: Availability.LeavePlanned) -> LeaveRow:
    return LeaveRow(
        id=event.leave_id,
        therapist_id=event.therapist_id,
        first_day=event.first_day,
        last_day=event.last_day,
        start_time=event.start,
        end_time=event.end,
        reason=event.reason,
    )


@leave.on(Availability.LeaveWithdrawn, key=lambda e: e.leave_id)
def leave_withdrawn(row: LeaveRow, event: Availability.LeaveWithdrawn) -> None:
    return None


_WHOSE: sa.BindParameter[UUID] = sa.bindparam("therapist")
_BUFFERS = availability.select()
_SLOTS = availability_slots.select().order_by(
    availability_slots.c.day_of_week, availability_slots.c.start_time, availability_slots.c.id
)
_LEAVE = leave.select().where(leave.c.last_day >= sa.bindparam("since")).order_by(leave.c.first_day, leave.c.id)
_BUFFERS_OF = _BUFFERS.where(availability.c.therapist_id == _WHOSE)
_SLOTS_OF = _SLOTS.where(availability_slots.c.therapist_id == _WHOSE)
_LEAVE_OF = _LEAVE.where(leave.c.therapist_id == _WHOSE)


async def of(db: Reader, therapist_id: UUID, *, since: date | None = None) -> Data:
    """A therapist's whole availability; of the leave, what ends on or after ``since``."""
    known = await db.one(_BUFFERS_OF, therapist=therapist_id)
    slots = await db.all(_SLOTS_OF, therapist=therapist_id)
    away = await db.all(_LEAVE_OF, therapist=therapist_id, since=since or date.min)
    return _shown(therapist_id, known, slots, away)


async def of_all(db: Reader, therapist_ids: Sequence[UUID], *, since: date | None = None) -> list[Data]:
    """The same of several, in their order, with as many queries as for one."""
    known = {row["therapist_id"]: row for row in await db.all(_BUFFERS)}
    slots, away = defaultdict(list), defaultdict(list)
    for row in await db.all(_SLOTS):
        slots[row["therapist_id"]].append(row)
    for row in await db.all(_LEAVE, since=since or date.min):
        away[row["therapist_id"]].append(row)
    return [_shown(each, known.get(each), slots[each], away[each]) for each in therapist_ids]


def _shown(therapist_id: UUID, known: Data | None, slots: list[Data], away: list[Data]) -> Data:
    return {
        "therapist_id": therapist_id,
        "buffer_before_minutes": known["buffer_before_minutes"] if known else 0,
        "buffer_after_minutes": known["buffer_after_minutes"] if known else 0,
        "slots": slots,
        "leave": away,
        "updated_at": known["updated_at"] if known else None,
        "version": known["version"] if known else 0,
    }
