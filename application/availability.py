"""When therapists are there: weekly slots, leave and buffers.

Booked sessions are never moved by any of this. Whoever shrinks availability is told which sessions lie outside
of it from now on.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, handles
from application.values import Day, Saved, WallTime, therapist, upcoming_sessions
from domain.availability import Availability, Leave, WeeklySlot
from domain.base import derived_id
from domain.catalogue import TherapyType
from domain.scheduling import CentreRules, OutsideAvailability, Session, Side, Timetable, must_be_free

DayOfWeek = Annotated[int, Field(strict=True, ge=0, le=6, description="0 is Monday", examples=[0])]
BufferMinutes = Annotated[int, Field(strict=True, ge=0, le=240, examples=[10])]


class OfferSlot(Command):
    """Be there every week, from ``startTime`` to ``endTime`` in the centre's zone."""

    therapist_id: FromPath
    day_of_week: DayOfWeek
    start_time: WallTime
    end_time: Annotated[WallTime, Field(examples=["13:00"])]
    therapy_type_id: Annotated[UUID | None, Field(description="Only for this therapy type; null: for any")] = None


class ChangeSlot(Command):
    """The slot as it shall be, as a whole."""

    therapist_id: FromPath
    slot_id: FromPath
    day_of_week: DayOfWeek
    start_time: WallTime
    end_time: Annotated[WallTime, Field(examples=["13:00"])]
    therapy_type_id: UUID | None = None


class WithdrawSlot(Command):
    therapist_id: FromPath
    slot_id: FromPath


class PlanLeave(Command):
    """Be away from the first to the last day, both included; with times, for part of one day."""

    therapist_id: FromPath
    first_day: Day
    last_day: Day
    start_time: WallTime | None = None
    end_time: WallTime | None = None
    reason: Annotated[str | None, Field(max_length=500)] = None


class WithdrawLeave(Command):
    therapist_id: FromPath
    leave_id: FromPath


class SetBuffers(Command):
    """Minutes to keep free before and after each session."""

    therapist_id: FromPath
    before_minutes: BufferMinutes
    after_minutes: BufferMinutes


class AvailabilityShrunk(Saved):
    """``sessionsOutside``: booked sessions that the therapist's availability no longer covers, soonest first."""

    sessions_outside: list[UUID]


@handles(OfferSlot, may="availability:write")
async def offer_slot(command: OfferSlot, context: Context, book: Book) -> Saved:
    availability = await _availability(command.therapist_id, context, book)
    slot_id = context.new_id()
    slot = await _slot(command, book)
    availability.offer_slot(command.therapist_id, slot_id, slot)
    return Saved(id=slot_id, version=availability.version)


@handles(ChangeSlot, may="availability:write")
async def change_slot(command: ChangeSlot, context: Context, book: Book) -> AvailabilityShrunk:
    availability = await _availability(command.therapist_id, context, book)
    before = _timetable(availability, book)
    availability.change_slot(command.therapist_id, command.slot_id, await _slot(command, book))
    outside = await _newly_outside(command.therapist_id, before, _timetable(availability, book), book)
    return AvailabilityShrunk(id=command.slot_id, version=availability.version, sessions_outside=outside)


@handles(WithdrawSlot, may="availability:write")
async def withdraw_slot(command: WithdrawSlot, context: Context, book: Book) -> AvailabilityShrunk:
    availability = await _availability(command.therapist_id, context, book)
    before = _timetable(availability, book)
    availability.withdraw_slot(command.therapist_id, command.slot_id)
    outside = await _newly_outside(command.therapist_id, before, _timetable(availability, book), book)
    return AvailabilityShrunk(id=command.slot_id, version=availability.version, sessions_outside=outside)


@handles(PlanLeave, may="availability:write")
async def plan_leave(command: PlanLeave, context: Context, book: Book) -> AvailabilityShrunk:
    availability = await _availability(command.therapist_id, context, book)
    before = _timetable(availability, book)
    leave_id = context.new_id()
    leave = Leave(command.first_day, command.last_day, command.start_time, command.end_time)
    availability.plan_leave(command.therapist_id, leave_id, leave, command.reason)
    outside = await _newly_outside(command.therapist_id, before, _timetable(availability, book), book)
    return AvailabilityShrunk(id=leave_id, version=availability.version, sessions_outside=outside)


@handles(WithdrawLeave, may="availability:write")
async def withdraw_leave(command: WithdrawLeave, context: Context, book: Book) -> Saved:
    availability = await _availability(command.therapist_id, context, book)
    availability.withdraw_leave(command.therapist_id, command.leave_id)
    return Saved(id=command.leave_id, version=availability.version)


@handles(SetBuffers, may="availability:write")
async def set_buffers(command: SetBuffers, context: Context, book: Book) -> Saved:
    availability = await _availability(command.therapist_id, context, book)
    availability.set_buffers(command.therapist_id, before=command.before_minutes, after=command.after_minutes)
    return Saved(id=command.therapist_id, version=availability.version)


async def _availability(therapist_id: UUID, context: Context, book: Book) -> Availability:
    context.must_own(therapist_id)
    await therapist(therapist_id, book)
    availability = await book.load(Availability, derived_id(therapist_id, "availability"))
    context.must_match(availability)
    return availability


async def _slot(command: OfferSlot | ChangeSlot, book: Book) -> WeeklySlot:
    if command.therapy_type_id is not None:
        (await book.read(TherapyType, command.therapy_type_id)).must_be_offered()
    return WeeklySlot(command.day_of_week, command.start_time, command.end_time, command.therapy_type_id)


def _timetable(availability: Availability, book: Book) -> Timetable:
    rules = CentreRules(book.tenant.zone, book.tenant.settings.holidays.keys())
    return Timetable(rules, list(availability.slots.values()), list(availability.leave.values()))


async def _newly_outside(therapist_id: UUID, before: Timetable, after: Timetable, book: Book) -> list[UUID]:
    upcoming = await upcoming_sessions(book, therapist_id)
    sessions: list[Session] = await book.load_all(*((Session, session_id) for session_id in upcoming))
    return [s.id for s in sessions if _covers(before, s) and not _covers(after, s)]


def _covers(timetable: Timetable, session: Session) -> bool:
    try:
        must_be_free(session.appointment, timetable.for_type(session.therapy_type_id), {Side.THERAPIST: []}, now=None)
    except OutsideAvailability:
        return False
    return True
