"""Booking a session, and moving it. A series books and moves its occurrences through the same functions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Money, Reason, handles
from application.scheduling.charging import charge_booking, move_charge
from application.scheduling.diary import Diary, sheets_of
from application.scheduling.fitting import appointment, must_be_open, must_fit, must_not_meet_themselves, timetable_of
from application.scheduling.results import SessionResult, outcome
from application.values import ChosenId, Day, WallTime
from domain.base import derived_id
from domain.billing import PatientLedger, ledger_id
from domain.catalogue import TherapistPricing, TherapyType
from domain.patients import Patient
from domain.scheduling import (
    Appointment,
    IdTaken,
    Price,
    Session,
    SessionTime,
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
    timetable = await timetable_of(command.therapist_id, command.therapy_type_id, book)
    price = await price_for(
        command.therapist_id, command.therapy_type_id, book, override=command.price, reason=command.price_reason
    )
    time = SessionTime.at(command.date, command.start_time, price.minutes, book.tenant.zone)
    wanted = appointment(command.patient_id, command.therapist_id, command.room_id, time, timetable)
    patient: Patient
    ledger: PatientLedger
    patient, ledger, *sheets = await book.load_all(
        (Patient, command.patient_id), (PatientLedger, ledger_id(command.patient_id)), *sheets_of(wanted)
    )
    patient.must_be_active()
    must_be_open(command.room_id, book)
    diary = Diary(sheets)
    must_fit(wanted, timetable, diary, session_id, context)
    await must_not_meet_themselves(wanted, session_id, book)
    enter(session, wanted, command.therapy_type_id, price, diary, ledger, book)
    return outcome(session, ledger)


def enter(
    session: Session, wanted: Appointment, therapy_type_id: UUID, price: Price, diary: Diary, ledger: PatientLedger,
    book: Book,
) -> None:  # fmt: skip
    """Write a booking that fits: session, day sheets, charge."""
    session.book(wanted, therapy_type_id, price)
    diary.reserve(wanted, session.id)
    charge_booking(ledger, session, book)


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
        timetable = await timetable_of(therapist_id, session.therapy_type_id, book)
        wanted = appointment(before.patient_id, therapist_id, room_id, time, timetable)
    ledger: PatientLedger
    ledger, *sheets = await book.load_all((PatientLedger, ledger_id(before.patient_id)), *sheets_of(before, wanted))
    diary = Diary(sheets)
    if wanted != before:
        must_be_open(room_id, book)
        if timetable is not None:  # another room alone asks nothing of the therapist
            must_fit(wanted, timetable, diary, session.id, context)
            await must_not_meet_themselves(wanted, session.id, book)
        move(session, wanted, diary, ledger, book)
    return outcome(session, ledger)


def move(session: Session, wanted: Appointment, diary: Diary, ledger: PatientLedger, book: Book) -> None:
    """Write a move that fits: session, day sheets, the day that its charge is due."""
    before = session.appointment
    session.expire_request(now=book.context.now)
    session.reschedule(wanted)
    diary.move(before, wanted, session.id)
    move_charge(ledger, session, book)


async def _repeated(command: BookSession, known: Session, book: Book) -> SessionResult:
    if not known.is_booked_as(
        command.patient_id, command.therapist_id, command.therapy_type_id, command.date, command.start_time
    ):
        raise IdTaken
    return outcome(known, await book.load(PatientLedger, ledger_id(known.patient_id)))


async def price_for(
    therapist_id: UUID, therapy_type_id: UUID, book: Book, *, override: Decimal | None = None, reason: str | None = None
) -> Price:
    """What a booking costs and how long it lasts. Raises ``Missing``, or refuses what is not offered any more."""
    kind = await book.read(TherapyType, therapy_type_id)
    kind.must_be_offered()
    pricing = await book.read(TherapistPricing, derived_id(therapist_id, "pricing"))
    own = pricing.price_for(therapy_type_id)
    listed = own or kind.default
    return price_of(listed.session_cost, listed.session_duration, own=own is not None, override=override, reason=reason)


def _time(command: RescheduleSession, session: Session, book: Book) -> SessionTime:
    now = session.time
    if command.date is None and command.start_time is None:
        return now
    day, start = command.date or now.day, command.start_time or now.start_time
    return SessionTime.at(day, start, session.duration, book.tenant.zone)
