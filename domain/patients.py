"""Patients and their guardians.

Everything about the person is sealed with the patient's own key; destroying the key is the erasure. After it
every personal field reads ``None``, in old events too, so nothing here may rely on one being there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain import text
from domain.base import Aggregate, Clash, ClinicalText, Event, Invalid, Missing, PersonalText, event

__all__ = ["Erased", "Guardian", "Patient"]

EARLIEST_BIRTH = date(1900, 1, 1)


class Erased(Clash):
    """This patient's personal data was erased; what remains cannot be changed."""


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who answers for the child. ``phone`` is '+' and digits or digits only; ``email`` is lower-cased."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


class Patient(Aggregate):
    """A patient's record. Stream id: the patient's id, which is also the subject of its key."""

    TOPIC = "patients.Patient"

    class PatientRegistered(Event):
        """``date_of_birth`` is 'YYYY-MM-DD': it is sealed, and sealed fields are text."""

        TOPIC = "patients.PatientRegistered"
        first_name: PersonalText
        last_name: PersonalText
        date_of_birth: PersonalText
        guardian_name: PersonalText
        guardian_phone: PersonalText
        guardian_email: PersonalText
        address: PersonalText
        medical_notes: ClinicalText

    class PatientRenamed(Event):
        TOPIC = "patients.PatientRenamed"
        first_name: PersonalText
        last_name: PersonalText

    class BirthDateCorrected(Event):
        TOPIC = "patients.BirthDateCorrected"
        date_of_birth: PersonalText

    class GuardianChanged(Event):
        TOPIC = "patients.GuardianChanged"
        guardian_name: PersonalText
        guardian_phone: PersonalText
        guardian_email: PersonalText

    class AddressCorrected(Event):
        TOPIC = "patients.AddressCorrected"
        address: PersonalText

    class MedicalNotesWritten(Event):
        TOPIC = "patients.MedicalNotesWritten"
        medical_notes: ClinicalText

    class PatientDeactivated(Event):
        TOPIC = "patients.PatientDeactivated"

    class PatientReactivated(Event):
        TOPIC = "patients.PatientReactivated"

    class PatientErased(Event):
        """The patient's key was destroyed. Amounts and dates stay; nobody can say whose they were."""

        TOPIC = "patients.PatientErased"

    def begin(self) -> None:
        self.first_name: str | None = None
        self.last_name: str | None = None
        self.date_of_birth: date | None = None
        self.guardian: Guardian = Guardian()
        self.address: str | None = None
        self.medical_notes: str | None = None
        self.active: bool = False
        self.erased: bool = False

    def register(
        self, *, first_name: str, last_name: str, date_of_birth: date, guardian: Guardian, today: date,
        address: str | None = None, medical_notes: str | None = None,
    ) -> None:  # fmt: skip
        """Open the record, active. ``today`` is the tenant's: nobody is born tomorrow."""
        if self.exists:
            raise Clash("This patient is registered already.")
        guardian = _guardian(guardian)
        self.decide(
            self.PatientRegistered,
            first_name=text.line(first_name, "firstName"),
            last_name=text.line(last_name, "lastName"),
            date_of_birth=_birth(date_of_birth, today).isoformat(),
            guardian_name=guardian.name,
            guardian_phone=guardian.phone,
            guardian_email=guardian.email,
            address=_address(address),
            medical_notes=_notes(medical_notes),
        )

    def rename(self, first_name: str, last_name: str) -> None:
        self._must_be_known()
        names = text.line(first_name, "firstName"), text.line(last_name, "lastName")
        if names != (self.first_name, self.last_name):
            self.decide(self.PatientRenamed, first_name=names[0], last_name=names[1])

    def correct_birth_date(self, date_of_birth: date, *, today: date) -> None:
        self._must_be_known()
        if _birth(date_of_birth, today) != self.date_of_birth:
            self.decide(self.BirthDateCorrected, date_of_birth=date_of_birth.isoformat())

    def change_guardian(self, guardian: Guardian) -> None:
        """Another guardian, or the same one's new phone or e-mail: all three fields are set."""
        self._must_be_known()
        guardian = _guardian(guardian)
        if guardian != self.guardian:
            self.decide(
                self.GuardianChanged, guardian_name=guardian.name, guardian_phone=guardian.phone,
                guardian_email=guardian.email,
            )  # fmt: skip

    def correct_address(self, address: str | None) -> None:
        """``None`` or blank takes the address away."""
        self._must_be_known()
        address = _address(address)
        if address != self.address:
            self.decide(self.AddressCorrected, address=address)

    def write_medical_notes(self, medical_notes: str | None) -> None:
        """Replace the notes as a whole; the earlier ones stay in the history."""
        self._must_be_known()
        medical_notes = _notes(medical_notes)
        if medical_notes != self.medical_notes:
            self.decide(self.MedicalNotesWritten, medical_notes=medical_notes)

    def deactivate(self) -> None:
        """Take off the active list. Nothing is deleted; dues stay due."""
        self._must_exist()
        if self.active:
            self.decide(self.PatientDeactivated)

    def reactivate(self) -> None:
        self._must_be_known()
        if not self.active:
            self.decide(self.PatientReactivated)

    def erase(self) -> None:
        """Record that the key is destroyed. Whoever saves this destroys it in the same act."""
        self._must_exist()
        if not self.erased:
            self.decide(self.PatientErased)

    def must_be_active(self) -> None:
        """Refuse with ``Missing``, ``Erased`` or ``Clash`` unless sessions may be booked for this patient."""
        self._must_be_known()
        if not self.active:
            raise Clash("This patient is not active.")

    def _must_exist(self) -> None:
        if not self.exists:
            raise Missing("There is no such patient.")

    def _must_be_known(self) -> None:
        self._must_exist()
        if self.erased:
            raise Erased

    @event(PatientRegistered)
    def _registered(
        self, first_name: str | None, last_name: str | None, date_of_birth: str | None,
        guardian_name: str | None, guardian_phone: str | None, guardian_email: str | None,
        address: str | None, medical_notes: str | None,
    ) -> None:  # fmt: skip
        self.first_name = first_name
        self.last_name = last_name
        self.date_of_birth = text.iso_date(date_of_birth)
        self.guardian = Guardian(guardian_name, guardian_phone, guardian_email)
        self.address = address
        self.medical_notes = medical_notes
        self.active = True

    @event(PatientRenamed)
    def _renamed(self, first_name: str | None, last_name: str | None) -> None:
        self.first_name = first_name
        self.last_name = last_name

    @event(BirthDateCorrected)
    def _birth_date_corrected(self, date_of_birth: str | None) -> None:
        self.date_of_birth = text.iso_date(date_of_birth)

    @event(GuardianChanged)
    def _guardian_changed(
        self, guardian_name: str | None, guardian_phone: str | None, guardian_email: str | None
    ) -> None:
        self.guardian = Guardian(guardian_name, guardian_phone, guardian_email)

    @event(AddressCorrected)
    def _address_corrected(self, address: str | None) -> None:
        self.address = address

    @event(MedicalNotesWritten)
    def _medical_notes_written(self, medical_notes: str | None) -> None:
        self.medical_notes = medical_notes

    @event(PatientDeactivated)
    def _deactivated(self) -> None:
        self.active = False

    @event(PatientReactivated)
    def _reactivated(self) -> None:
        self.active = True

    @event(PatientErased)
    def _erased(self) -> None:
        self.first_name = self.last_name = self.address = self.medical_notes = None
        self.date_of_birth = None
        self.guardian = Guardian()
        self.active = False
        self.erased = True


def _birth(born: date, today: date) -> date:
    if not EARLIEST_BIRTH <= born <= today:
        raise Invalid("A date of birth lies between 1900 and today.", field="dateOfBirth")
    return born


def _guardian(guardian: Guardian) -> Guardian:
    mail = text.optional(guardian.email)
    return Guardian(
        text.line(guardian.name or "", "guardianName"),
        text.phone(guardian.phone or "", "guardianPhone"),
        None if mail is None else text.email(mail, "guardianEmail"),
    )


def _address(value: str | None) -> str | None:
    value = text.optional(value)
    return None if value is None else text.paragraph(value, "address", 500)


def _notes(value: str | None) -> str | None:
    value = text.optional(value)
    return None if value is None else text.paragraph(value, "medicalNotes")
