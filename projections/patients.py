"""Patients as the lists and pages show them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from domain.base import Recorded
from domain.patients import Patient
from domain.scheduling import Session
from domain.text import iso_date
from projections.base import ReadTable, Row, replace
from projections.query import Data, Paging, Reader, like


class PatientRow(Row, frozen=True):
    """A patient with their guardian. After an erasure every personal field is null and ``erased`` is true."""

    id: UUID
    first_name: str | None
    last_name: str | None
    date_of_birth: date | None
    guardian_name: str | None
    guardian_phone: str | None
    guardian_email: str | None
    address: str | None
    medical_notes: str | None
    active: bool
    erased: bool
    created_at: datetime
    updated_at: datetime
    version: int


class TreatmentRow(Row, frozen=True):
    """That a therapist treats a patient: how many sessions they have together that were not cancelled."""

    patient_id: UUID
    therapist_id: UUID
    sessions: int


patients = ReadTable("patients", PatientRow, key="id", indexes=[("active", "last_name"), ("guardian_phone",)])
treatments = ReadTable(
    "treatments", TreatmentRow, key=("patient_id", "therapist_id"), indexes=[("therapist_id", "patient_id")]
)

LISTED = (
    "id", "first_name", "last_name", "date_of_birth", "guardian_name", "guardian_phone", "guardian_email", "active",
    "erased", "created_at", "updated_at", "version",
)  # fmt: skip
"""What a list of patients shows of each."""


def own(event: Patient.PatientRegistered) -> UUID:
    return event.originator_id


@patients.on(Patient.PatientRegistered, key=own)
def registered(row: None, event: Patient.PatientRegistered, at: Recorded) -> PatientRow:
    return PatientRow(
        id=event.originator_id,
        first_name=event.first_name,
        last_name=event.last_name,
        date_of_birth=iso_date(event.date_of_birth),
        guardian_name=event.guardian_name,
        guardian_phone=event.guardian_phone,
        guardian_email=event.guardian_email,
        address=event.address,
        medical_notes=event.medical_notes,
        active=True,
        erased=False,
        created_at=at.recorded_at,
        updated_at=at.recorded_at,
        version=at.version,
    )


@patients.on(Patient.PatientRenamed, key=own)
def renamed(row: PatientRow, event: Patient.PatientRenamed, at: Recorded) -> PatientRow:
    return replace(
        row,
        first_name=event.first_name,
        last_name=event.last_name,
        updated_at=at.recorded_at,
        version=at.version,
    )


@patients.on(Patient.BirthDateCorrected, key=own)
def birth_date_corrected(row: PatientRow, event: Patient.BirthDateCorrected, at: Recorded) -> PatientRow:
    return replace(row, date_of_birth=iso_date(event.date_of_birth), updated_at=at.recorded_at, version=at.version)


@patients.on(Patient.GuardianChanged, key=own)
def guardian_changed(row: PatientRow, event: Patient.GuardianChanged, at: Recorded) -> PatientRow:
    return replace(
        row,
        guardian_name=event.guardian_name,
        guardian_phone=event.guardian_phone,
        guardian_email=event.guardian_email,
        updated_at=at.recorded_at,
        version=at.version,
    )


@patients.on(Patient.AddressCorrected, key=own)
def address_corrected(row: PatientRow, event: Patient.AddressCorrected, at: Recorded) -> PatientRow:
    return replace(row, address=event.address, updated_at=at.recorded_at, version=at.version)


@patients.on(Patient.MedicalNotesWritten, key=own)
def medical_notes_written(row: PatientRow, event: Patient.MedicalNotesWritten, at: Recorded) -> PatientRow:
    return replace(row, medical_notes=event.medical_notes, updated_at=at.recorded_at, version=at.version)


@patients.on(Patient.PatientDeactivated, key=own)
def deactivated(row: PatientRow, event: Patient.PatientDeactivated, at: Recorded) -> PatientRow:
    return replace(row, active=False, updated_at=at.recorded_at, version=at.version)


@patients.on(Patient.PatientReactivated, key=own)
def reactivated(row: PatientRow, event: Patient.PatientReactivated, at: Recorded) -> PatientRow:
    return replace(row, active=True, updated_at=at.recorded_at, version=at.version)


@patients.on(Patient.PatientErased, key=own)
def erased(row: PatientRow, event: Patient.PatientErased, at: Recorded) -> PatientRow:
    # A projector that followed along still has what a rebuild can no longer read: both must end up alike.
    return replace(
        row,
        first_name=None,
        last_name=None,
        date_of_birth=None,
        guardian_name=None,
        guardian_phone=None,
        guardian_email=None,
        address=None,
        medical_notes=None,
        active=False,
        erased=True,
        updated_at=at.recorded_at,
        version=at.version,
    )


def together(event: Session.SessionBooked) -> tuple[UUID, UUID]:
    return event.patient_id, event.therapist_id


@treatments.on(Session.SessionBooked, key=together)
def booked(row: TreatmentRow | None, event: Session.SessionBooked) -> TreatmentRow:
    return TreatmentRow(event.patient_id, event.therapist_id, row.sessions + 1 if row else 1)


@treatments.on(Session.SessionCancelled, key=together)
def cancelled(row: TreatmentRow, event: Session.SessionCancelled) -> TreatmentRow | None:
    return replace(row, sessions=row.sessions - 1) if row.sessions > 1 else None


def handed_over(event: Session.SessionRescheduled) -> list[tuple[UUID, UUID]]:
    """Who gave it and who gives it now, if that is somebody else."""
    if event.therapist_id == event.previous_therapist_id:
        return []
    return [(event.patient_id, event.previous_therapist_id), (event.patient_id, event.therapist_id)]


@treatments.on(Session.SessionRescheduled, key=handed_over)
def rescheduled(
    row: TreatmentRow | None, event: Session.SessionRescheduled, *, key: tuple[UUID, UUID]
) -> TreatmentRow | None:
    sessions = (row.sessions if row else 0) + (1 if key[1] == event.therapist_id else -1)
    return TreatmentRow(*key, sessions) if sessions > 0 else None


def treated_by(therapist_id: UUID, patient_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    """A condition for queries: the therapist treats, or has treated, the patient in that column."""
    return sa.exists(
        treatments.select(treatments.c.patient_id).where(
            treatments.c.therapist_id == therapist_id, treatments.c.patient_id == patient_id
        )
    )


async def get(db: Reader, patient_id: UUID, *, only_therapist: UUID | None = None) -> Data | None:
    """A patient; in OWN scope (``only_therapist``) only if that therapist treats them."""
    wanted = patients.select().where(patients.c.id == patient_id)
    if only_therapist is not None:
        wanted = wanted.where(treated_by(only_therapist, patients.c.id))
    return await db.one(wanted)


async def page(
    db: Reader, paging: Paging, *, search: str | None = None, active: bool | None = None,
    only_therapist: UUID | None = None,
) -> Data:  # fmt: skip
    """Patients by name, without address and clinical text.

    ``search`` finds any part of the patient's or guardian's name, and the guardian's phone with or without blanks.
    """
    columns = [patients.c[name] for name in LISTED]
    wanted = patients.select(*columns)
    if active is not None:
        wanted = wanted.where(patients.c.active == active)
    if only_therapist is not None:
        wanted = wanted.where(treated_by(only_therapist, patients.c.id))
    if search:
        full_name = sa.func.concat_ws(" ", patients.c.first_name, patients.c.last_name)
        found = [full_name, patients.c.guardian_name]
        phone = "".join(search.split()).replace("-", "")
        wanted = wanted.where(
            sa.or_(
                *(column.ilike(like(search), escape="\\") for column in found),
                patients.c.guardian_phone.like(like(phone), escape="\\"),
            )
        )
    sortable = {
        "firstName": patients.c.first_name,
        "lastName": patients.c.last_name,
        "guardianName": patients.c.guardian_name,
        "dateOfBirth": patients.c.date_of_birth,
        "createdAt": patients.c.created_at,
        "id": patients.c.id,
    }
    return await db.page(wanted, paging, sortable, "lastName,firstName")
