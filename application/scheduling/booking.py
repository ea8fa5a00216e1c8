"""Booking a session, and moving it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Money, Reason, handles
from application.permissions import PERMISSIONS
from application.scheduling.charging import charge_booking, move_charge
from application.scheduling.diary import Diary, sheets_of
from application.scheduling.results import SessionResult, outcome
from application.values import ChosenId, Day, WallTime, therapist
from domain.availability import Availability
from domain.base import Missing, derived_id
from domain.billing import PatientLedger, ledger_id
from domain.catalogue import TherapistPricing, TherapyType
from domain.patients import Patient
from domain.scheduling import (
    Appointment,
    CentreRules,
    IdTaken,
    Price,
    RoomClosed,
    Session,
    SessionTime,
    TherapistInactive,
    Timetable,
    must_be_free,
    must_be_within_reach,
    price_of,
)


class BookSession(Command):
    """Book a patient with a therapist. Price and duration are the therapist's for that therapy type, else the type's
    own, and never change afterwards; another ``price`` needs a ``priceReason``."""

    session_id: ChosenId = None
    patient_id: UUID
    therapist_id: UUID
    therapy_type_id: UUID
    date: Annotated[Day, Field(description="The local date at the centre")]
    start_time: WallTime
    room_id: UUID | None = None
    price: Annotated[Money | None, Field(description="Instead of the list price")] = None
    price_reason: Reason | None = None


class RescheduleSession(Command):
    """Move a session: what is missing stays as it is; a null ``roomId`` takes the room away. The price stays."""

    session_id: FromPath
    date: Day | None = None
    start_time: WallTime | None = None
    therapist_id: UUID | None = None
    room_id: UUID | None = None


@handles(BookSession, may="sessions:book")
async def book_session(command: BookSession, context: Context, book: Book) -> SessionResult:
    session_id = command.session_id or context.new_id()
    session = await book.load(Session, session_id) if command.session_id else book.new(Session, session_id)
    if session.exists:
        return await _repeated(command, session, book)
    timetable = await _timetable(command.therapist_id, command.therapy_type_id, book)
    price = await _price(command, book)
    time = SessionTime.at(command.date, command.start_time, price.minutes, book.tenant.zone)
    wanted = _appointment(command.patient_id, command.therapist_id, command.room_id, time, timetable)
    patient: Patient
    ledger: PatientLedger
    patient, ledger, *sheets = await book.load_all(
        (Patient, command.patient_id), (PatientLedger, ledger_id(command.patient_id)), *sheets_of(wanted)
    )
    patient.must_be_active()
    _must_be_open(command.room_id, book)
    diary = Diary(sheets)
    _must_fit(wanted, timetable, diary, session_id, context)
    session.book(wanted, command.therapy_type_id, price)
    diary.reserve(wanted, session_id)
    charge_booking(ledger, session, book)
    return outcome(session, ledger)


@handles(RescheduleSession, may="sessions:book")
async def reschedule_session(command: RescheduleSession, context: Context, book: Book) -> SessionResult:
    session = await book.load(Session, command.session_id)
    session.must_be_scheduled()
    context.must_match(session)
    before = session.appointment
    therapist_id = command.therapist_id or before.therapist_id
    room_id = command.room_id if "room_id" in command.model_fields_set else before.room_id
    time = _time(command, session, book)
    timetable = None
    wanted = replace(before, room_id=room_id)
    if (therapist_id, time) != (before.therapist_id, before.time):
        timetable = await _timetable(therapist_id, session.therapy_type_id, book)
        wanted = _appointment(before.patient_id, therapist_id, room_id, time, timetable)
    ledger: PatientLedger
    ledger, *sheets = await book.load_all((PatientLedger, ledger_id(before.patient_id)), *sheets_of(before, wanted))
    diary = Diary(sheets)
    if wanted != before:
        _must_be_open(room_id, book)
        if timetable is not None:  # another room alone asks nothing of the therapist
            _must_fit(wanted, timetable, diary, session.id, context)
        session.reschedule(wanted)
        diary.move(before, wanted, session.id)
        move_charge(ledger, session, book)
    return outcome(session, ledger)


async def _repeated(command: BookSession, known: Session, book: Book) -> SessionResult:
    if not known.is_booked_as(
        command.patient_id, command.therapist_id, command.therapy_type_id, command.date, command.start_time
    ):
        raise IdTaken
    return outcome(known, await book.load(PatientLedger, ledger_id(known.patient_id)))


async def _timetable(therapist_id: UUID, therapy_type_id: UUID, book: Book) -> Timetable:
    """When the therapist can be booked. Raises ``Missing``, ``TherapistInactive``."""
    if not (await therapist(therapist_id, book)).active:
        raise TherapistInactive
    availability = await book.read(Availability, derived_id(therapist_id, "availability"))
    settings = book.tenant.settings
    rules = CentreRules(
        book.tenant.zone, settings.holidays.keys(), settings.grid.slot_step_minutes,
        timedelta(minutes=settings.grid.minimum_notice_minutes),
    )  # fmt: skip
    slots, leave = list(availability.slots.values()), list(availability.leave.values())
    return Timetable(rules, slots, leave, availability.buffer_before, availability.buffer_after).for_type(
        therapy_type_id
    )


async def _price(command: BookSession, book: Book) -> Price:
    kind = await book.read(TherapyType, command.therapy_type_id)
    kind.must_be_offered()
    pricing = await book.read(TherapistPricing, derived_id(command.therapist_id, "pricing"))
    own = pricing.price_for(command.therapy_type_id)
    listed = own or kind.default
    return price_of(
        listed.session_cost, listed.session_duration, own=own is not None, override=command.price,
        reason=command.price_reason,
    )  # fmt: skip


def _time(command: RescheduleSession, session: Session, book: Book) -> SessionTime:
    now = session.time
    if command.date is None and command.start_time is None:
        return now
    day, start = command.date or now.day, command.start_time or now.start_time
    return SessionTime.at(day, start, session.duration, book.tenant.zone)


def _appointment(
    patient_id: UUID, therapist_id: UUID, room_id: UUID | None, time: SessionTime, timetable: Timetable
) -> Appointment:
    return Appointment(patient_id, therapist_id, room_id, time, timetable.buffer_before, timetable.buffer_after)


def _must_be_open(room_id: UUID | None, book: Book) -> None:
    if room_id is None:
        return
    room = book.tenant.settings.rooms.get(room_id)
    if room is None:
        raise Missing("There is no such room.")
    if not room.active:
        raise RoomClosed


def _must_fit(wanted: Appointment, timetable: Timetable, diary: Diary, session_id: UUID, context: Context) -> None:
    must_be_within_reach(wanted.time, context.now)
    backdating = context.role in PERMISSIONS["sessions:backdate"]
    must_be_free(wanted, timetable, diary.busy(wanted, session_id), now=None if backdating else context.now)
