"""What therapists' working hours were on any date: weekly slots, leave, holidays, and who was not there any more."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from domain.availability import Availability
from domain.base import Recorded
from domain.staff import User
from domain.tenancy import Tenant, holiday_id
from projections.base import ReadTable, Row, own, replace

__all__ = ["HourFactRow", "HourKind", "HourSpan", "hour_facts"]


class HourKind(StrEnum):
    SLOT = "SLOT"
    LEAVE = "LEAVE"
    HOLIDAY = "HOLIDAY"
    INACTIVE = "INACTIVE"


class HourSpan(msgspec.Struct, frozen=True):
    """What an event said, from ``since`` up to, not including, ``until`` (null: until further notice). A weekly slot
    has weekday (Monday is 0) and wall times; leave for part of a day has wall times."""

    position: int
    type: str
    stream_id: UUID
    recorded_at: datetime
    effective_on: date
    actor: UUID
    since: date
    until: date | None
    weekday: int | None = None
    start: str | None = None
    end: str | None = None
    therapy_type_id: UUID | None = None


class HourFactRow(Row, frozen=True):
    """A slot, leave, holiday (of no therapist: of all) or a therapist's absence from the staff."""

    id: UUID
    kind: HourKind
    therapist_id: UUID | None
    spans: list[HourSpan]


hour_facts = ReadTable("hour_facts", HourFactRow, key="id", indexes=[("therapist_id",)])


def _span(event: Any, at: Recorded, since: date, until: date | None, **hours: Any) -> HourSpan:
    return HourSpan(
        at.position, at.topic, event.originator_id, at.recorded_at, at.effective_on, at.actor, since, until, **hours
    )


def _closed(row: HourFactRow, on: date) -> list[HourSpan]:
    """The spans, the last ended where it had not; one that would be empty goes."""
    *before, last = row.spans
    if last.until is not None:
        return row.spans
    return [*before, msgspec.structs.replace(last, until=on)] if last.since < on else before


def slot(row: HourFactRow | None, event: Any, at: Recorded) -> HourFactRow:
    span = _span(
        event, at, at.effective_on, None, weekday=event.weekday, start=event.start, end=event.end,
        therapy_type_id=event.therapy_type_id,
    )  # fmt: skip
    if row is None or not row.spans:
        return HourFactRow(event.slot_id, HourKind.SLOT, event.therapist_id, [span])
    return replace(row, spans=[*_closed(row, at.effective_on), span])


hour_facts.on(Availability.WeeklySlotOffered, key=lambda e: e.slot_id)(slot)
hour_facts.on(Availability.WeeklySlotChanged, key=lambda e: e.slot_id)(slot)


@hour_facts.on(Availability.WeeklySlotWithdrawn, key=lambda e: e.slot_id)
def slot_withdrawn(row: HourFactRow, event: Availability.WeeklySlotWithdrawn, at: Recorded) -> HourFactRow:
    return replace(row, spans=_closed(row, at.effective_on))


@hour_facts.on(Availability.LeavePlanned, key=lambda e: e.leave_id)
def leave_planned(row: None, event: Availability.LeavePlanned, at: Recorded) -> HourFactRow:
    span = _span(event, at, event.first_day, date.fromordinal(event.last_day.toordinal() + 1))
    span = msgspec.structs.replace(span, start=event.start, end=event.end)
    return HourFactRow(event.leave_id, HourKind.LEAVE, event.therapist_id, [span])


@hour_facts.on(Availability.LeaveWithdrawn, key=lambda e: e.leave_id)
def leave_withdrawn(row: HourFactRow, event: Availability.LeaveWithdrawn) -> None:
    return None


@hour_facts.on(Tenant.HolidayDeclared, key=lambda e: holiday_id(e.originator_id, e.day))
def holiday_declared(row: HourFactRow | None, event: Tenant.HolidayDeclared, at: Recorded) -> HourFactRow:
    span = _span(event, at, event.day, date.fromordinal(event.day.toordinal() + 1))
    return HourFactRow(holiday_id(event.originator_id, event.day), HourKind.HOLIDAY, None, [span])


@hour_facts.on(Tenant.HolidayWithdrawn, key=lambda e: holiday_id(e.originator_id, e.day))
def holiday_withdrawn(row: HourFactRow, event: Tenant.HolidayWithdrawn) -> None:
    return None


@hour_facts.on(User.UserDeactivated, key=own)
def deactivated(row: HourFactRow | None, event: User.UserDeactivated, at: Recorded) -> HourFactRow:
    span = _span(event, at, at.effective_on, None)
    before = row.spans if row else []
    return HourFactRow(event.originator_id, HourKind.INACTIVE, event.originator_id, [*before, span])


@hour_facts.on(User.UserReactivated, key=own)
def reactivated(row: HourFactRow, event: User.UserReactivated, at: Recorded) -> HourFactRow:
    return replace(row, spans=_closed(row, at.effective_on))
