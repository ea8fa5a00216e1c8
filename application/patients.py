"""Registering patients, correcting what is known about them, erasing them, and merging duplicates."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Money, Reason, Result, handles
from application.permissions import permit
from application.values import Day, FirstName, LastName, PersonName, Phone, Saved, coming, upcoming_sessions
from domain.base import Missing
from domain.billing import PatientLedger, ledger_id
from domain.patients import Erased, ErasureBasis, Guardian, MergeRefused, NotMerged, Patient, SessionsAhead
from domain.values import PaymentMethod

Address = Annotated[str, Field(max_length=500)]
BirthDate = Annotated[Day, Field(examples=["2018-04-02"])]
GuardianName = Annotated[PersonName, Field(examples=["Dev Rao"])]
MedicalNotes = Annotated[str, Field(max_length=10_000)]


class RegisterPatient(Command):
    """Open a patient's record. ``creditBalance`` is credit brought over; it takes the right to record money."""

    first_name: FirstName
    last_name: LastName
    date_of_birth: BirthDate
    guardian_name: GuardianName
    guardian_phone: Phone
    guardian_email: Annotated[str | None, Field(max_length=254)] = None
    address: Address | None = None
    medical_notes: MedicalNotes | None = None
    credit_balance: Annotated[Money, Field(examples=["0.00"])] = Decimal("0.00")


class ChangePatient(Command):
    """Whatever is given is corrected; what is missing stays. Null or empty takes an optional field away."""

    patient_id: FromPath
    first_name: FirstName | None = None
    last_name: LastName | None = None
    date_of_birth: Annotated[BirthDate | None, Field(examples=["2018-04-02"])] = None
    guardian_name: GuardianName | None = None
    guardian_phone: Phone | None = None
    guardian_email: Annotated[str | None, Field(max_length=254)] = None
    address: Address | None = None
    medical_notes: MedicalNotes | None = None


class DeactivatePatient(Command):
    """Take the patient off the active list. Sessions, dues and history stay."""

    patient_id: FromPath


class ReactivatePatient(Command):
    patient_id: FromPath


class ErasePatient(Command):
    """Destroy the patient's key: what is personal in the book, its copies and its backups cannot be read any more, by
    anybody, for good. Amounts, dates and the reasons of entries in the accounts stay. Records that were merged into
    this one are erased with it."""

    patient_id: FromPath
    basis: ErasureBasis


class RepeatErasure(Command):
    """Carry out again, after a backup was restored, what had been carried out when it was lost."""

    patient_id: UUID
    basis: ErasureBasis
    first_erased_at: datetime
    first_number: str


class PatientErased(Result):
    """``erased`` are the records whose keys were destroyed now; empty if they were before. ``receiptNumber`` is the
    number of the certificate."""

    id: UUID
    version: int
    erased: list[UUID]
    receipt_number: str | None = None


class MergePatient(Command):
    """Declare this record a duplicate of another one of the same person. Nothing is moved: it becomes an alias, whose
    sessions, money and reports are shown with the other's too. Can be reversed."""

    patient_id: FromPath
    into: Annotated[UUID, Field(description="The record that is to be used from now on")]
    reason: Annotated[Reason, Field(examples=["Registered twice at the front desk"])]


class ReverseMerge(Command):
    """They were two persons after all: both records stand as if they had never been merged."""

    patient_id: FromPath
    reason: Annotated[Reason, Field(examples=["They are brothers"])]


@handles(RegisterPatient, may="patients:write")
async def register_patient(command: RegisterPatient, context: Context, book: Book) -> Saved:
    patient = book.new(Patient, context.new_id())
    patient.register(
        first_name=command.first_name,
        last_name=command.last_name,
        date_of_birth=command.date_of_birth,
        guardian=Guardian(command.guardian_name, command.guardian_phone, command.guardian_email),
        today=book.today,
        address=command.address,
        medical_notes=command.medical_notes,
    )
    if command.credit_balance:
        permit(context.role, "payments:record")
        ledger = book.new(PatientLedger, ledger_id(patient.id))
        ledger.record_payment(context.new_id(), patient.id, command.credit_balance, PaymentMethod.OPENING, book.today)
    return Saved(id=patient.id, version=patient.version)


@handles(ChangePatient, may="patients:write")
async def change_patient(command: ChangePatient, context: Context, book: Book) -> Saved:
    patient = await _patient(command.patient_id, context, book)
    given = command.model_fields_set
    known = patient.guardian
    patient.rename(command.first_name or patient.first_name or "", command.last_name or patient.last_name or "")
    if command.date_of_birth is not None:
        patient.correct_birth_date(command.date_of_birth, today=book.today)
    patient.change_guardian(
        Guardian(
            command.guardian_name or known.name,
            command.guardian_phone or known.phone,
            command.guardian_email if "guardian_email" in given else known.email,
        )
    )
    if "address" in given:
        patient.correct_address(command.address)
    if "medical_notes" in given:
        patient.write_medical_notes(command.medical_notes)
    return Saved(id=patient.id, version=patient.version)


@handles(DeactivatePatient, may="patients:write")
async def deactivate_patient(command: DeactivatePatient, context: Context, book: Book) -> Saved:
    patient = await _patient(command.patient_id, context, book)
    patient.deactivate()
    return Saved(id=patient.id, version=patient.version)


@handles(ReactivatePatient, may="patients:write")
async def reactivate_patient(command: ReactivatePatient, context: Context, book: Book) -> Saved:
    patient = await _patient(command.patient_id, context, book)
    patient.reactivate()
    return Saved(id=patient.id, version=patient.version)


@handles(ErasePatient, may="patients:erase")
async def erase_patient(command: ErasePatient, context: Context, book: Book) -> PatientErased:
    patient = await _patient(command.patient_id, context, book)
    patient.must_not_be_merged()
    everyone = [patient, *await _duplicates(patient, book)]
    if not patient.erased:
        ahead = [session for each in everyone for session in await upcoming_sessions(book, each.id)]
        if ahead:
            raise SessionsAhead(sessions=[str(session) for session in ahead])
    erased = [each.id for each in everyone if not each.erased]
    for each in everyone:
        each.erase(command.basis)
    return PatientErased(id=patient.id, version=patient.version, erased=erased)


@handles(RepeatErasure, may="patients:erase")
async def repeat_erasure(command: RepeatErasure, context: Context, book: Book) -> PatientErased:
    """Whatever stands in the restored book, sessions to come among it: they were none of this person's any more."""
    patient = await _patient(command.patient_id, context, book)
    erased = [] if patient.erased else [patient.id]
    patient.erase(command.basis, first_erased_at=command.first_erased_at, first_number=command.first_number)
    return PatientErased(id=patient.id, version=patient.version, erased=erased)


@handles(MergePatient, may="patients:merge")
async def merge_patient(command: MergePatient, context: Context, book: Book) -> Saved:
    patient = await _patient(command.patient_id, context, book)
    survivor = await book.load(Patient, command.into)
    if not survivor.exists:
        raise Missing("There is no such patient.")
    patient.merge_into(survivor, command.reason)
    family = [survivor, *await _duplicates(survivor, book)]
    others = [each for person in family if person is not patient for each in await coming(book, person.id)]
    both = [
        [str(session), str(other)]
        for session, taken in await coming(book, patient.id)
        for other, blocked in others
        if taken.overlaps(blocked)
    ]
    if both:
        raise MergeRefused("Both have sessions at the same time: move or cancel one of each pair.", sessions=both)
    return Saved(id=patient.id, version=patient.version)


@handles(ReverseMerge, may="patients:merge")
async def reverse_merge(command: ReverseMerge, context: Context, book: Book) -> Saved:
    patient = await _patient(command.patient_id, context, book)
    if patient.erased:
        raise Erased
    if patient.merged_into is None:
        raise NotMerged
    patient.reverse_merge(await book.load(Patient, patient.merged_into), command.reason)
    return Saved(id=patient.id, version=patient.version)


async def _duplicates(patient: Patient, book: Book) -> list[Patient]:
    found: list[Patient] = await book.load_all(*((Patient, each) for each in patient.duplicates))
    return found


async def _patient(patient_id: UUID, context: Context, book: Book) -> Patient:
    patient = await book.load(Patient, patient_id)
    if not patient.exists:
        raise Missing("There is no such patient.")
    context.must_match(patient)
    return patient
