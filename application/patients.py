"""Registering patients and correcting what is known about them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Money, handles
from application.permissions import permit
from application.values import Day, FirstName, LastName, PersonName, Phone, Saved
from domain.base import Missing
from domain.billing import PatientLedger, ledger_id
from domain.patients import Guardian, Patient
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


async def _patient(patient_id: UUID, context: Context, book: Book) -> Patient:
    patient = await book.load(Patient, patient_id)
    if not patient.exists:
        raise Missing("There is no such patient.")
    context.must_match(patient)
    return patient
