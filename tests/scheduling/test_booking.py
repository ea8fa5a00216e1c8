"""The handlers of booking and moving: who may be booked, at which price, and what a refusal leaves (nothing)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from application.base import StaleVersion
from application.scheduling import BookSession, CancelSession, MarkNoShow, RescheduleSession
from domain.availability import Availability, WeeklySlot
from domain.base import Clash, Forbidden, Missing, Refused, derived_id
from domain.catalogue import Retired, TherapyType
from domain.patients import Patient
from domain.scheduling import (
    IdTaken,
    InThePast,
    OutsideAvailability,
    RoomClosed,
    SlotTaken,
    TherapistInactive,
    TooFarAhead,
    TooShortNotice,
    WrongStatus,
)
from domain.staff import User
from domain.tenancy import BookingGrid, Tenant
from domain.values import Role
from tests.scheduling.desk import CLOSED_ROOM, OFFICE, SECOND_PATIENT, TENANT, Desk
from tests.scheduling.sessions import MASSAGE, MONDAY, OTHER, PATIENT, ROOM, SPEECH, TEN, THERAPIST

NOBODY = UUID(int=404)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def wanted(start: str = "10:00", day: date = MONDAY, **changes: Any) -> BookSession:
    who: dict[str, Any] = {"patient_id": PATIENT, "therapist_id": THERAPIST, "therapy_type_id": SPEECH}
    return BookSession(**(who | {"date": day, "start_time": start} | changes))


def refused(desk: Desk, command: Any, kind: type[Refused], **options: Any) -> Refused:
    before = {stream.id: stream.version for stream in desk.streams.values() if stream.exists}
    with pytest.raises(kind) as refusal:
        desk.do(command, **options)
    assert {stream.id: stream.version for stream in desk.streams.values() if stream.exists} == before
    return refusal.value


def test_the_therapists_own_price_and_length_count(desk: Desk) -> None:
    made = desk.do(wanted())
    assert (made.price, made.duration, made.start_time, made.end_time) == (Decimal("900.00"), 45, "10:00", "10:45")
    assert (made.starts_at, made.status, made.version) == (TEN, "SCHEDULED", 1)


def test_else_the_types_own(desk: Desk) -> None:
    made = desk.do(wanted(therapist_id=OTHER))
    assert (made.price, made.duration) == (Decimal("800.00"), 60)


def test_another_price_with_its_reason(desk: Desk) -> None:
    made = desk.do(wanted(price="0", price_reason="Trial session"))
    assert (made.price, made.charged, made.version) == (Decimal("0.00"), Decimal("0.00"), 2)
    assert refused(desk, wanted("12:00", price="1.00"), Refused).details == {"field": "priceReason"}


def test_a_later_price_changes_nothing_that_is_booked(desk: Desk) -> None:
    made = desk.do(wanted(therapist_id=OTHER))
    desk.load(TherapyType, SPEECH).reprice(default_duration=30, default_cost=Decimal("1.00"))
    moved = desk.do(RescheduleSession(start_time="11:00"), session_id=made.id)
    assert (moved.price, moved.duration, moved.end_time) == (Decimal("800.00"), 60, "12:00")


@pytest.mark.parametrize("who", ["patient_id", "therapist_id", "therapy_type_id", "room_id"])
def test_whom_and_what_nobody_knows_cannot_be_booked(desk: Desk, who: str) -> None:
    unknown: dict[str, Any] = {who: NOBODY}
    refused(desk, wanted(**unknown), Missing)


def test_who_is_no_therapist_cannot_be_booked(desk: Desk) -> None:
    refused(desk, wanted(therapist_id=OFFICE), Missing)


def test_who_or_what_is_not_active_cannot_be_booked(desk: Desk) -> None:
    desk.load(User, OTHER).deactivate(by=OFFICE)
    refused(desk, wanted(therapist_id=OTHER), TherapistInactive)
    desk.load(Patient, SECOND_PATIENT).deactivate()
    refused(desk, wanted(patient_id=SECOND_PATIENT), Clash)
    desk.load(TherapyType, MASSAGE).retire()
    refused(desk, wanted(therapy_type_id=MASSAGE), Retired)
    refused(desk, wanted(room_id=CLOSED_ROOM), RoomClosed)


def test_what_has_passed_is_for_administrators_to_enter(desk: Desk) -> None:
    after = TEN + timedelta(seconds=1)
    refused(desk, wanted(), InThePast, role=Role.OPERATOR, now=after)
    assert desk.do(wanted(), now=after).status == "SCHEDULED"
    assert desk.do(wanted("12:00"), role=Role.OPERATOR, now=after).status == "SCHEDULED"


def test_the_centre_wants_notice_except_of_administrators(desk: Desk) -> None:
    desk.load(Tenant, TENANT).set_booking_grid(BookingGrid(minimum_notice_minutes=120))
    late = TEN - timedelta(minutes=119)
    refused(desk, wanted(), TooShortNotice, role=Role.OPERATOR, now=late)
    desk.do(wanted(), role=Role.OPERATOR, now=TEN - timedelta(minutes=120))
    desk.do(wanted("11:00"), now=late)


def test_nothing_stands_beyond_what_anybody_looks_through(desk: Desk) -> None:
    refused(desk, wanted(day=MONDAY + timedelta(days=400)), TooFarAhead)
    desk.do(wanted(day=MONDAY + timedelta(days=365)))


def test_the_same_time_once_for_therapist_patient_and_room(desk: Desk) -> None:
    desk.do(wanted(room_id=ROOM))
    for again, side in (
        (wanted("10:30", patient_id=SECOND_PATIENT), "THERAPIST"),
        (wanted("10:30", therapist_id=OTHER), "PATIENT"),
        (wanted("10:30", patient_id=SECOND_PATIENT, therapist_id=OTHER, room_id=ROOM), "ROOM"),
    ):
        assert refused(desk, again, SlotTaken).details["resource"] == side
    desk.do(wanted("10:45", room_id=ROOM))  # half-open: it begins as the other ends


def test_cancelled_frees_the_time_and_a_no_show_does_not(desk: Desk) -> None:
    made = desk.do(wanted())
    desk.do(CancelSession(reason="Fever"), session_id=made.id)
    again = desk.do(wanted())
    desk.do(MarkNoShow(), session_id=again.id, now=TEN)
    refused(desk, wanted(patient_id=SECOND_PATIENT), SlotTaken)


def test_a_session_over_midnight_utc_is_taken_on_both_dates(desk: Desk) -> None:
    hours = desk.load(Availability, derived_id(OTHER, "availability"))
    hours.offer_slot(OTHER, UUID(int=990), WeeklySlot(0, "00:00", "09:00"))
    desk.do(wanted("05:00", therapist_id=OTHER))  # 23:30 to 00:30 UTC
    for start in ("04:30", "05:15", "05:45"):
        refused(desk, wanted(start, therapist_id=OTHER, patient_id=SECOND_PATIENT), SlotTaken)
    desk.do(wanted("06:00", therapist_id=OTHER, patient_id=SECOND_PATIENT))


def test_buffers_as_they_stood_at_each_booking(desk: Desk) -> None:
    hours = desk.load(Availability, derived_id(THERAPIST, "availability"))
    hours.set_buffers(THERAPIST, before=0, after=15)
    desk.do(wanted())  # until 10:45, busy until 11:00
    refused(desk, wanted("10:45", patient_id=SECOND_PATIENT), SlotTaken)
    hours.set_buffers(THERAPIST, before=0, after=0)
    refused(desk, wanted("10:45", patient_id=SECOND_PATIENT), SlotTaken)
    desk.do(wanted("11:00"))
    refused(desk, wanted("08:45"), OutsideAvailability)


def test_the_same_id_twice_is_one_booking(desk: Desk) -> None:
    first = desk.do(wanted(session_id=NOBODY))
    assert desk.do(wanted(session_id=NOBODY)) == first
    assert len(desk.ledger().charges) == 1
    refused(desk, wanted("12:00", session_id=NOBODY), IdTaken)


def test_only_the_desk_books(desk: Desk) -> None:
    for role in (Role.THERAPIST, Role.ACCOUNTANT, Role.AUDITOR, Role.SUPER_ADMIN):
        refused(desk, wanted(), Forbidden, role=role)


def test_a_session_moves_in_one_step(desk: Desk) -> None:
    made = desk.do(wanted(room_id=ROOM))
    moved = desk.do(
        RescheduleSession(date=MONDAY + timedelta(days=1), start_time="11:30", therapist_id=OTHER), session_id=made.id
    )  # fmt: skip
    assert (moved.id, moved.price, moved.therapist_id, moved.room_id) == (made.id, made.price, OTHER, ROOM)
    assert (moved.date, moved.start_time, moved.end_time) == (MONDAY + timedelta(days=1), "11:30", "12:15")
    desk.do(wanted(room_id=ROOM, patient_id=SECOND_PATIENT))  # where it was is free
    refused(desk, wanted("11:30", MONDAY + timedelta(days=1), therapist_id=OTHER, patient_id=SECOND_PATIENT), SlotTaken)


def test_a_session_is_not_in_its_own_way(desk: Desk) -> None:
    made = desk.do(wanted())
    assert desk.do(RescheduleSession(start_time="10:15"), session_id=made.id).start_time == "10:15"


def test_moving_where_somebody_is_leaves_it_where_it_was(desk: Desk) -> None:
    made, _ = desk.do(wanted()), desk.do(wanted("12:00", patient_id=SECOND_PATIENT))
    refused(desk, RescheduleSession(start_time="12:30"), SlotTaken, session_id=made.id)
    refused(desk, RescheduleSession(start_time="16:30"), OutsideAvailability, session_id=made.id)
    refused(desk, RescheduleSession(therapist_id=NOBODY), Missing, session_id=made.id)
    refused(desk, RescheduleSession(room_id=CLOSED_ROOM), RoomClosed, session_id=made.id)
    refused(desk, RescheduleSession(start_time="12:30"), Missing, session_id=NOBODY)


def test_another_room_asks_nothing_of_the_therapist(desk: Desk) -> None:
    made = desk.do(wanted())
    desk.load(Availability, derived_id(THERAPIST, "availability")).withdraw_slot(THERAPIST, UUID(int=900))
    late: dict[str, Any] = {"role": Role.OPERATOR, "now": TEN + timedelta(minutes=1)}
    assert desk.do(RescheduleSession(room_id=ROOM), session_id=made.id, **late).room_id == ROOM
    assert desk.do(RescheduleSession(room_id=None), session_id=made.id, **late).room_id is None
    assert desk.do(RescheduleSession(), session_id=made.id, **late).version == 3  # nothing asked, nothing done


def test_if_match_guards_a_move(desk: Desk) -> None:
    made = desk.do(wanted())
    refused(desk, RescheduleSession(start_time="11:00"), StaleVersion, session_id=made.id, if_match=7)
    desk.do(RescheduleSession(start_time="11:00"), session_id=made.id, if_match=1)


def test_what_is_over_moves_no_more(desk: Desk) -> None:
    made = desk.do(wanted())
    desk.do(CancelSession(reason="Fever"), session_id=made.id)
    refused(desk, RescheduleSession(start_time="11:00"), WrongStatus, session_id=made.id)


def test_a_change_of_zone_moves_nothing_and_keeps_apart_what_was_booked_before(desk: Desk) -> None:
    made = desk.do(wanted())
    desk.load(Tenant, TENANT).choose_timezone("Europe/Berlin")
    assert desk.session(made.id).time.starts_at == TEN
    desk.load(Availability, derived_id(THERAPIST, "availability")).offer_slot(
        THERAPIST, UUID(int=991), WeeklySlot(0, "05:00", "09:00")
    )
    refused(desk, wanted("05:30", patient_id=SECOND_PATIENT), SlotTaken)  # 04:30 UTC, as 10:00 in Kolkata was
    desk.do(wanted("06:15", patient_id=SECOND_PATIENT))
