"""Whether a session can be where somebody wants it: the one check of bookings, moves and requests to move."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from application.base import Book, Context
from application.permissions import PERMISSIONS
from application.scheduling.diary import Diary
from application.values import therapist
from domain.availability import Availability
from domain.base import Missing, derived_id
from domain.patients import Patient
from domain.scheduling import (
    Appointment,
    CentreRules,
    DaySheet,
    RoomClosed,
    SessionTime,
    Side,
    SlotTaken,
    TherapistInactive,
    Timetable,
    must_be_free,
    must_be_within_reach,
    sheet_id,
    utc_dates,
)

__all__ = ["appointment", "must_be_open", "must_fit", "must_not_meet_themselves", "timetable_of"]


async def timetable_of(therapist_id: UUID, therapy_type_id: UUID, book: Book) -> Timetable:
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


def appointment(
    patient_id: UUID, therapist_id: UUID, room_id: UUID | None, time: SessionTime, timetable: Timetable
) -> Appointment:
    return Appointment(patient_id, therapist_id, room_id, time, timetable.buffer_before, timetable.buffer_after)


def must_be_open(room_id: UUID | None, book: Book) -> None:
    if room_id is None:
        return
    room = book.tenant.settings.rooms.get(room_id)
    if room is None:
        raise Missing("There is no such room.")
    if not room.active:
        raise RoomClosed


def must_fit(wanted: Appointment, timetable: Timetable, diary: Diary, session_id: UUID, context: Context) -> None:
    must_be_within_reach(wanted.time, context.now)
    backdating = context.role in PERMISSIONS["sessions:backdate"]
    must_be_free(wanted, timetable, diary.busy(wanted, session_id), now=None if backdating else context.now)


async def must_not_meet_themselves(wanted: Appointment, session_id: UUID, book: Book) -> None:
    """Of a person with several records, merged into one, the sessions of all of them are in the way. What is looked at
    is guarded by the append, as everything is."""
    patient = await book.read(Patient, wanted.patient_id)
    survivor = patient if patient.merged_into is None else await book.read(Patient, patient.merged_into)
    others = [each for each in (survivor.id, *survivor.duplicates) if each != patient.id]
    blocked = wanted.time.span
    for other in others:
        for day in utc_dates(blocked):
            sheet = await book.read(DaySheet, sheet_id(other, day))
            if any(blocked.overlaps(taken) for taken in sheet.busy(but=[session_id])):
                raise SlotTaken(resource=Side.PATIENT)
