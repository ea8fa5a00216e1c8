"""The rows of patients, followed live and rebuilt: also after an erasure, when old events have lost their text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from domain.base import NIL, Event, Recorded
from domain.patients import Patient
from domain.scheduling import Session
from projections.base import Rules, apply
from projections.patients import patients, treatments
from tests.support.given import placed

TENANT, PATIENT, TARA, UMA = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
PRIVATE = (
    "first_name", "last_name", "date_of_birth", "guardian_name", "guardian_phone", "guardian_email", "address",
    "medical_notes",
)  # fmt: skip


def folded(events: Iterable[Event], stream: UUID = PATIENT) -> dict[tuple[Any, ...], Any]:
    """The rows that a projector would hold after these events of one stream."""
    rows: dict[tuple[Any, ...], Any] = {}
    rules = Rules([patients, treatments])
    for version, event in enumerate(events, 1):
        at = Recorded(TENANT, version, stream, version, "", NOW, date(2026, 11, 2), NIL, NIL)
        for rule in rules.of(placed(event, stream, version)):
            apply(rule, rows, placed(event, stream, version), at)
    return {key: row for key, row in rows.items() if row is not None}


def story(*, keyless: bool = False) -> list[Event]:
    """A patient's life up to the erasure; ``keyless`` as it reads once the key is destroyed."""

    def said(**facts: str | None) -> dict[str, str | None]:
        return dict.fromkeys(facts) if keyless else facts

    return [
        Patient.PatientRegistered(
            **said(
                first_name="Kiran", last_name="Das", date_of_birth="2018-04-02", guardian_name="Meera Das",
                guardian_phone="9800000001", guardian_email=None, address="Pune", medical_notes="Asthma",
            )
        ),
        Patient.PatientRenamed(**said(first_name="Kiran", last_name="Iyer")),
        Patient.BirthDateCorrected(**said(date_of_birth="2018-04-03")),
        Patient.GuardianChanged(**said(guardian_name="Arun", guardian_phone="9811111111", guardian_email="a@b.in")),
        Patient.AddressCorrected(**said(address="Goa")),
        Patient.MedicalNotesWritten(**said(medical_notes="None known")),
        Patient.PatientDeactivated(),
        Patient.PatientReactivated(),
    ]  # fmt: skip


def test_every_correction_shows() -> None:
    [row] = folded(story()).values()
    assert [getattr(row, name) for name in PRIVATE] == [
        "Kiran", "Iyer", date(2018, 4, 3), "Arun", "9811111111", "a@b.in", "Goa", "None known",
    ]  # fmt: skip
    assert (row.active, row.version) == (True, 8)


def test_after_an_erasure_following_and_rebuilding_agree_and_hold_nothing_private() -> None:
    followed = folded([*story(), Patient.PatientErased(basis=None, first_erased_at=None, first_number=None)])
    rebuilt = folded([*story(keyless=True), Patient.PatientErased(basis=None, first_erased_at=None, first_number=None)])
    scrubbed = {key: patients.scrubbed(row, {row.id}) for key, row in followed.items()}  # as the engine does
    assert scrubbed == rebuilt
    [row] = scrubbed.values()
    assert [getattr(row, name) for name in PRIVATE] == [None] * len(PRIVATE)
    assert (row.erased, row.active) == (True, False)


def booked(therapist: UUID, **facts: Any) -> dict[str, Any]:
    return {"patient_id": PATIENT, "therapist_id": therapist, **facts}


def treating(events: list[Event]) -> dict[UUID, int]:
    return {row.therapist_id: row.sessions for row in folded(events).values()}


def test_who_treats_whom_counts_what_was_not_cancelled() -> None:
    book, cancel = Session.SessionBooked(**_place(TARA)), Session.SessionCancelled(**_cancelled(TARA))
    assert treating([book]) == {TARA: 1}
    assert treating([book, book, cancel]) == {TARA: 1}
    assert treating([book, cancel]) == {}


def test_who_treats_whom_follows_a_session_to_another_therapist() -> None:
    book = Session.SessionBooked(**_place(TARA))
    moved = Session.SessionRescheduled(**_moved(UMA, TARA))
    assert treating([book, book, moved]) == {TARA: 1, UMA: 1}
    assert treating([book, moved]) == {UMA: 1}
    assert treating([book, Session.SessionRescheduled(**_moved(TARA, TARA))]) == {TARA: 1}


def _place(therapist: UUID) -> dict[str, Any]:
    when = {"day": date(2026, 11, 9), "start_time": "10:00", "end_time": "11:00", "zone": "UTC"}
    span = {"starts_at": NOW, "ends_at": NOW, "buffer_before": 0, "buffer_after": 0, "room_id": None}
    price = {"therapy_type_id": NIL, "duration": 60, "price": 0, "price_source": "THERAPIST"}
    return booked(therapist, **when, **span, **price)


def _moved(therapist: UUID, before: UUID) -> dict[str, Any]:
    facts = _place(therapist)
    for name in ("therapy_type_id", "duration", "price", "price_source"):
        del facts[name]
    return {**facts, "previous_therapist_id": before, "previous_starts_at": NOW}


def _cancelled(therapist: UUID) -> dict[str, Any]:
    return booked(
        therapist, starts_at=NOW, cancelled_by="CENTRE", reason=None, notice_minutes=0, fee_percent=0, fee_due=0,
        fee=0, waiver_reason=None,
    )  # fmt: skip
