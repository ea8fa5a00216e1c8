"""Patients: what was typed is checked, what was corrected is told, what was erased is gone."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.base import Clash, Missing
from domain.patients import Erased, ErasureBasis, Guardian, Merged, MergeRefused, NotMerged, Patient
from tests.support.given import on, placed

TODAY, BORN = date(2026, 11, 2), date(2019, 5, 17)
MOTHER = Guardian("Meena Rao", "+919876543210", "meena@example.in")

given = on(Patient, UUID(int=1))
registered = Patient.PatientRegistered(
    first_name="Kiran", last_name="Rao", date_of_birth="2019-05-17", guardian_name="Meena Rao",
    guardian_phone="+919876543210", guardian_email="meena@example.in", address=None, medical_notes="Asthma",
)  # fmt: skip

REQUESTED = ErasureBasis.REQUESTED
ERASED = Patient.PatientErased(basis=REQUESTED, first_erased_at=None, first_number=None)


def register(patient: Patient, **other: Any) -> None:
    facts: dict[str, Any] = {
        "first_name": "Kiran", "last_name": "Rao", "date_of_birth": BORN, "guardian": MOTHER, "today": TODAY,
        "medical_notes": "Asthma",
    }  # fmt: skip
    patient.register(**facts | other)


def test_registering() -> None:
    story = given().when(lambda p: register(p, first_name=" Kiran ", address=" \t ")).then(registered)
    assert story.aggregate.date_of_birth == BORN
    assert story.aggregate.guardian == MOTHER
    given(registered).when(register).then_refused(Clash)


@pytest.mark.parametrize(
    "phone",
    ["", "0987654321", "98765", "+98765432", "9" * 16, "+91 98765 43210",
     "\u0669\u0668\u0667\u0666\u0665\u0664\u0663\u0662\u0661\u0660",
     "9876543210\n",
     "98765x3210", "++919876543210",
     "\uff19\uff18\uff17\uff16\uff15\uff14\uff13\uff12\uff11\uff10"],
)  # fmt: skip
def test_a_phone_is_ascii_digits(phone: str) -> None:
    given().when(lambda p: register(p, guardian=Guardian("Meena", phone))).then_refused(
        "VALIDATION_ERROR", field="guardianPhone"
    )


@pytest.mark.parametrize("phone", ["9876543210", "+919876543210", "123456789012345"])
def test_phones_with_and_without_a_plus(phone: str) -> None:
    given().when(lambda p: register(p, guardian=Guardian("Meena", phone, ""))).then_refolds()


@pytest.mark.parametrize(
    ("fact", "value", "field"),
    [
        ("first_name", "", "firstName"),
        ("first_name", "K\x00", "firstName"),
        ("last_name", "\ud800", "lastName"),
        ("last_name", "R" * 101, "lastName"),
        ("date_of_birth", date(2026, 11, 3), "dateOfBirth"),
        ("date_of_birth", date(1899, 12, 31), "dateOfBirth"),
        ("guardian", Guardian("", "9876543210"), "guardianName"),
        ("guardian", Guardian("Meena", "9876543210", "meena"), "guardianEmail"),
        ("address", "x" * 501, "address"),
        ("medical_notes", "x" * 10_001, "medicalNotes"),
        ("medical_notes", "a\x07b", "medicalNotes"),
    ],
)
def test_each_field_is_checked_and_named(fact: str, value: object, field: str) -> None:
    given().when(lambda p: register(p, **{fact: value})).then_refused("VALIDATION_ERROR", field=field)


def test_born_today_is_fine() -> None:
    given().when(lambda p: register(p, date_of_birth=TODAY)).then_refolds()


def test_corrections_are_events_of_their_own() -> None:
    given(registered).when(
        lambda p: p.rename("Kiran", "Iyer"),
        lambda p: p.correct_birth_date(date(2019, 5, 7), today=TODAY),
        lambda p: p.change_guardian(Guardian("Arun Rao", "9876500000")),
        lambda p: p.correct_address("4, MG Road\nPune"),
        lambda p: p.write_medical_notes(None),
        lambda p: p.deactivate(),
        lambda p: p.reactivate(),
    ).then(
        Patient.PatientRenamed(first_name="Kiran", last_name="Iyer"),
        Patient.BirthDateCorrected(date_of_birth="2019-05-07"),
        Patient.GuardianChanged(guardian_name="Arun Rao", guardian_phone="9876500000", guardian_email=None),
        Patient.AddressCorrected(address="4, MG Road\nPune"),
        Patient.MedicalNotesWritten(medical_notes=None),
        Patient.PatientDeactivated(),
        Patient.PatientReactivated(),
    )


def test_what_is_so_already_is_no_event() -> None:
    given(registered).when(
        lambda p: p.rename("Kiran", " Rao"),
        lambda p: p.correct_birth_date(BORN, today=TODAY),
        lambda p: p.change_guardian(Guardian(" Meena Rao", "+919876543210", "Meena@Example.in")),
        lambda p: p.correct_address(" "),
        lambda p: p.write_medical_notes("Asthma "),
        lambda p: p.reactivate(),
    ).then()
    given(registered, Patient.PatientDeactivated()).when(lambda p: p.deactivate()).then()


def test_only_active_patients_can_be_booked() -> None:
    given(registered).when(lambda p: p.must_be_active()).then()
    given(registered, Patient.PatientDeactivated()).when(lambda p: p.must_be_active()).then_refused(Clash)
    given().when(lambda p: p.must_be_active()).then_refused(Missing)


def test_erasing_leaves_nothing_about_the_person() -> None:
    story = given(registered).when(lambda p: p.erase(REQUESTED), lambda p: p.erase(REQUESTED)).then(ERASED)
    patient = story.aggregate
    assert (patient.first_name, patient.last_name, patient.date_of_birth) == (None, None, None)
    assert (patient.guardian, patient.address, patient.medical_notes) == (Guardian(), None, None)
    assert patient.erased
    assert not patient.active


def test_an_erased_patient_folds_from_events_that_lost_their_key() -> None:
    lost = dict.fromkeys(
        ["first_name", "last_name", "date_of_birth", "guardian_name", "guardian_phone", "guardian_email",
         "address", "medical_notes"]
    )  # fmt: skip
    story = given(
        Patient.PatientRegistered(**lost),
        Patient.PatientRenamed(first_name=None, last_name=None),
        Patient.BirthDateCorrected(date_of_birth=None),
        Patient.GuardianChanged(guardian_name=None, guardian_phone=None, guardian_email=None),
        Patient.AddressCorrected(address=None),
        Patient.MedicalNotesWritten(medical_notes=None),
        ERASED,
    ).then_refolds()
    assert story.aggregate.erased


@pytest.mark.parametrize(
    "step",
    [
        lambda p: p.rename("A", "B"),
        lambda p: p.correct_birth_date(BORN, today=TODAY),
        lambda p: p.change_guardian(MOTHER),
        lambda p: p.correct_address("x"),
        lambda p: p.write_medical_notes("x"),
        lambda p: p.reactivate(),
        lambda p: p.must_be_active(),
    ],
)
def test_an_erased_patient_is_not_written_to(step: Any) -> None:
    given(registered, ERASED).when(step).then_refused(Erased)
    given().when(step).then_refused(Missing)


def other(*events: Any, number: int = 2) -> Patient:
    patient = Patient.blank(UUID(int=number))
    for version, event in enumerate([registered, *events], 1):
        placed(event, patient.id, version).mutate(patient)
    return patient


def test_a_duplicate_becomes_an_alias_and_is_itself_again() -> None:
    survivor = other()
    merged = Patient.PatientMerged(into=survivor.id, reason="typed twice")
    story = given(registered).when(lambda p: p.merge_into(survivor, " typed twice ")).then(merged)
    assert (story.aggregate.merged_into, survivor.duplicates) == (survivor.id, (UUID(int=1),))
    given(registered, merged).when(lambda p: p.must_be_active()).then_refused(Merged, into=str(survivor.id))
    given(registered, merged).when(lambda p: p.rename("Kiran", "Roy")).then_refused(Merged)
    reversed_ = Patient.MergeReversed(out_of=survivor.id, reason="two brothers")
    story = given(registered, merged).when(lambda p: p.reverse_merge(survivor, "two brothers")).then(reversed_)
    assert (story.aggregate.merged_into, survivor.duplicates) == (None, ())
    given(registered, merged, reversed_).when(lambda p: p.must_be_active()).then()


def test_what_cannot_be_merged_or_taken_apart() -> None:
    taken_in = Patient.DuplicateTakenIn(duplicate=UUID(int=3))
    merged = Patient.PatientMerged(into=UUID(int=2), reason="typed twice")
    given(registered).when(lambda p: p.merge_into(p, "twice")).then_refused(MergeRefused)
    given(registered, taken_in).when(lambda p: p.merge_into(other(), "twice")).then_refused(MergeRefused)
    given(registered, merged).when(lambda p: p.merge_into(other(), "twice")).then_refused(Merged)
    given(registered).when(lambda p: p.merge_into(other(merged), "twice")).then_refused(Merged)
    given(registered).when(lambda p: p.merge_into(other(ERASED), "twice")).then_refused(Erased)
    given(registered, ERASED).when(lambda p: p.merge_into(other(), "twice")).then_refused(Erased)
    given(registered).when(lambda p: p.reverse_merge(other(), "no")).then_refused(NotMerged)
    given(registered, merged).when(lambda p: p.reverse_merge(other(number=9), "no")).then_refused(NotMerged)
    given(registered, merged, ERASED).when(lambda p: p.reverse_merge(other(), "no")).then_refused(Erased)
