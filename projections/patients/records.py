"""Patients as the lists and pages show them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from domain.base import Recorded
from domain.patients import Patient
from domain.scheduling import Session
from domain.text import iso_date
from projections.base import ReadTable, Row, changed, own, replace, within


class PatientRow(Row, frozen=True):
    """A patient with their guardian. After an erasure every personal field is null and ``erased`` is true.
    ``mergedInto`` names the record of the same person that this duplicate was merged into; ``duplicates`` are those
    that were merged into this one."""

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
    merged_into: UUID | None
    duplicates: list[UUID]
    created_at: datetime
    updated_at: datetime
    version: int


class TreatmentRow(Row, frozen=True):
    """That a therapist treats a patient: how many sessions they have together that were not cancelled."""

    patient_id: UUID
    therapist_id: UUID
    sessions: int


PERSONAL = (
    "first_name", "last_name", "date_of_birth", "guardian_name", "guardian_phone", "guardian_email", "address",
    "medical_notes",
)  # fmt: skip
patients = ReadTable(
    "patients",
    PatientRow,
    key="id",
    indexes=[("active", "last_name"), ("guardian_phone",), ("merged_into",)],
    clinical=("medical_notes",),
    personal=dict.fromkeys(PERSONAL, "id"),
)
treatments = ReadTable(
    "treatments", TreatmentRow, key=("patient_id", "therapist_id"), indexes=[("therapist_id", "patient_id")]
)


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
        merged_into=None,
        duplicates=[],
        created_at=at.recorded_at,
        updated_at=at.recorded_at,
        version=at.version,
    )


@patients.on(Patient.PatientRenamed, key=own)
def renamed(row: PatientRow, event: Patient.PatientRenamed, at: Recorded) -> PatientRow:
    return changed(row, at, first_name=event.first_name, last_name=event.last_name)


@patients.on(Patient.BirthDateCorrected, key=own)
def birth_date_corrected(row: PatientRow, event: Patient.BirthDateCorrected, at: Recorded) -> PatientRow:
    return changed(row, at, date_of_birth=iso_date(event.date_of_birth))


@patients.on(Patient.GuardianChanged, key=own)
def guardian_changed(row: PatientRow, event: Patient.GuardianChanged, at: Recorded) -> PatientRow:
    return changed(
        row,
        at,
        guardian_name=event.guardian_name,
        guardian_phone=event.guardian_phone,
        guardian_email=event.guardian_email,
    )


@patients.on(Patient.AddressCorrected, key=own)
def address_corrected(row: PatientRow, event: Patient.AddressCorrected, at: Recorded) -> PatientRow:
    return changed(row, at, address=event.address)


@patients.on(Patient.MedicalNotesWritten, key=own)
def medical_notes_written(row: PatientRow, event: Patient.MedicalNotesWritten, at: Recorded) -> PatientRow:
    return changed(row, at, medical_notes=event.medical_notes)


@patients.on(Patient.PatientDeactivated, key=own)
def deactivated(row: PatientRow, event: Patient.PatientDeactivated, at: Recorded) -> PatientRow:
    return changed(row, at, active=False)


@patients.on(Patient.PatientReactivated, key=own)
def reactivated(row: PatientRow, event: Patient.PatientReactivated, at: Recorded) -> PatientRow:
    return changed(row, at, active=True)


@patients.on(Patient.PatientErased, key=own)
def erased(row: PatientRow, event: Patient.PatientErased, at: Recorded) -> PatientRow:
    return changed(row, at, active=False, erased=True)  # what is personal in it the engine makes null


@patients.on(Patient.PatientMerged, key=own)
def merged(row: PatientRow, event: Patient.PatientMerged, at: Recorded) -> PatientRow:
    return changed(row, at, merged_into=event.into)


@patients.on(Patient.MergeReversed, key=own)
def merge_reversed(row: PatientRow, event: Patient.MergeReversed, at: Recorded) -> PatientRow:
    return changed(row, at, merged_into=None)


@patients.on(Patient.DuplicateTakenIn, key=own)
def duplicate_taken_in(row: PatientRow, event: Patient.DuplicateTakenIn, at: Recorded) -> PatientRow:
    return changed(row, at, duplicates=[*row.duplicates, event.duplicate])


@patients.on(Patient.DuplicateReleased, key=own)
def duplicate_released(row: PatientRow, event: Patient.DuplicateReleased, at: Recorded) -> PatientRow:
    return changed(row, at, duplicates=[each for each in row.duplicates if each != event.duplicate])


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


def treated_by(
    therapist_id: UUID | sa.BindParameter[UUID], patient_id: sa.ColumnElement[UUID]
) -> sa.ColumnElement[bool]:
    """A condition for queries: the therapist treats, or has treated, the patient in that column."""
    return sa.exists(
        treatments.select(treatments.c.patient_id).where(
            treatments.c.therapist_id == therapist_id, treatments.c.patient_id == patient_id
        )
    )


def of_person(column: sa.ColumnElement[UUID], patient_id: UUID | sa.BindParameter[UUID]) -> sa.ColumnElement[bool]:
    """A condition for queries: what the column names is this patient, or a duplicate that was merged into them. An
    array that is found first, so that the index on the column serves as ever."""
    other = patients.again("merged")
    duplicates = within(other, other.c.id).where(other.c.merged_into == patient_id).scalar_subquery()
    ids = pg.ARRAY(pg.UUID(as_uuid=True))
    return column == sa.any_(sa.func.array_append(sa.func.array(duplicates, type_=ids), patient_id, type_=ids))
