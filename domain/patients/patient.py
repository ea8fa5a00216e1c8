"""Patients and their guardians.

Everything about the person is sealed with the patient's own key; destroying the key is the erasure. After it
every personal field reads ``None``, in old events too, so nothing here may rely on one being there.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from domain import text
from domain.base import Aggregate, Clash, ClinicalText, Event, Missing, PersonalText, event
from domain.patients import person
from domain.patients.person import Erased, ErasureBasis, Guardian, Merged, MergeRefused, NotMerged

__all__ = ["Patient"]


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
        """The patient's key was destroyed, in the append that stored this. Amounts and dates stay; nobody can say whose
        they were. Its number is that of the certificate. ``first_*`` are set where an erasure was repeated after a
        backup from before it was restored: when it was carried out first, and under which number."""

        TOPIC = "patients.PatientErased"
        ERASES = "originator_id"
        DOCUMENT = "ERASURE"
        class_version = 2
        basis: ErasureBasis | None
        first_erased_at: datetime | None
        first_number: str | None

        @staticmethod
        def upcast_v1_v2(state: dict[str, object]) -> None:
            state.update(basis=None, first_erased_at=None, first_number=None)

    class PatientMerged(Event):
        """This record is a duplicate of ``into``, the same person's: an alias. Everything recorded under it stays."""

        TOPIC = "patients.PatientMerged"
        into: UUID
        reason: PersonalText

    class DuplicateTakenIn(Event):
        """``duplicate`` was merged into this record."""

        TOPIC = "patients.DuplicateTakenIn"
        duplicate: UUID

    class MergeReversed(Event):
        """It was no duplicate of ``out_of`` after all: both are as they would be without the merge."""

        TOPIC = "patients.MergeReversed"
        out_of: UUID
        reason: PersonalText

    class DuplicateReleased(Event):
        TOPIC = "patients.DuplicateReleased"
        duplicate: UUID

    def begin(self) -> None:
        self.first_name: str | None = None
        self.last_name: str | None = None
        self.date_of_birth: date | None = None
        self.guardian: Guardian = Guardian()
        self.address: str | None = None
        self.medical_notes: str | None = None
        self.active: bool = False
        self.erased: bool = False
        self.merged_into: UUID | None = None
        self.duplicates: tuple[UUID, ...] = ()  # merged into this one, in that order

    def register(
        self, *, first_name: str, last_name: str, date_of_birth: date, guardian: Guardian, today: date,
        address: str | None = None, medical_notes: str | None = None,
    ) -> None:  # fmt: skip
        """Open the record, active. ``today`` is the tenant's: nobody is born tomorrow."""
        if self.exists:
            raise Clash("This patient is registered already.")
        guardian = person.guardian(guardian)
        self.decide(
            self.PatientRegistered,
            first_name=text.line(first_name, "firstName"), last_name=text.line(last_name, "lastName"),
            date_of_birth=person.birth(date_of_birth, today).isoformat(), guardian_name=guardian.name,
            guardian_phone=guardian.phone, guardian_email=guardian.email, address=person.address(address),
            medical_notes=person.notes(medical_notes),
        )  # fmt: skip

    def rename(self, first_name: str, last_name: str) -> None:
        self._must_be_current()
        names = text.line(first_name, "firstName"), text.line(last_name, "lastName")
        if names != (self.first_name, self.last_name):
            self.decide(self.PatientRenamed, first_name=names[0], last_name=names[1])

    def correct_birth_date(self, date_of_birth: date, *, today: date) -> None:
        self._must_be_current()
        if person.birth(date_of_birth, today) != self.date_of_birth:
            self.decide(self.BirthDateCorrected, date_of_birth=date_of_birth.isoformat())

    def change_guardian(self, guardian: Guardian) -> None:
        """Another guardian, or the same one's new phone or e-mail: all three fields are set."""
        self._must_be_current()
        guardian = person.guardian(guardian)
        if guardian != self.guardian:
            self.decide(
                self.GuardianChanged, guardian_name=guardian.name, guardian_phone=guardian.phone,
                guardian_email=guardian.email,
            )  # fmt: skip

    def correct_address(self, address: str | None) -> None:
        """``None`` or blank takes the address away."""
        self._must_be_current()
        address = person.address(address)
        if address != self.address:
            self.decide(self.AddressCorrected, address=address)

    def write_medical_notes(self, medical_notes: str | None) -> None:
        """Replace the notes as a whole; the earlier ones stay in the history."""
        self._must_be_current()
        medical_notes = person.notes(medical_notes)
        if medical_notes != self.medical_notes:
            self.decide(self.MedicalNotesWritten, medical_notes=medical_notes)

    def deactivate(self) -> None:
        """Take off the active list. Nothing is deleted; dues stay due."""
        self._must_exist()
        self.must_not_be_merged()
        if self.active:
            self.decide(self.PatientDeactivated)

    def reactivate(self) -> None:
        self._must_be_current()
        if not self.active:
            self.decide(self.PatientReactivated)

    def erase(
        self, basis: ErasureBasis, *, first_erased_at: datetime | None = None, first_number: str | None = None
    ) -> None:
        """Record that the key is destroyed: the append that stores it destroys it. Twice is once."""
        self._must_exist()
        if not self.erased:
            self.decide(self.PatientErased, basis=basis, first_erased_at=first_erased_at, first_number=first_number)

    def merge_into(self, survivor: Patient, reason: str) -> None:
        """Declare this record a duplicate of ``survivor``'s. Refuses what is erased, merged, or a survivor itself: an
        alias of an alias could not be reversed by itself."""
        self._must_be_current()
        survivor._must_be_current()
        if survivor.id == self.id:
            raise MergeRefused("A record cannot be merged into itself.")
        if self.duplicates:
            raise MergeRefused("Others were merged into this record: merge the other way round, or reverse those.")
        self.decide(self.PatientMerged, into=survivor.id, reason=text.paragraph(reason, "reason", 500))
        survivor.decide(survivor.DuplicateTakenIn, duplicate=self.id)

    def reverse_merge(self, survivor: Patient, reason: str) -> None:
        """Take the merge back. Nothing was moved by it, so nothing has to be moved back."""
        self._must_be_known()
        if self.merged_into is None or self.merged_into != survivor.id:
            raise NotMerged
        self.decide(self.MergeReversed, out_of=survivor.id, reason=text.paragraph(reason, "reason", 500))
        survivor.decide(survivor.DuplicateReleased, duplicate=self.id)

    def must_be_active(self) -> None:
        """Refuse with ``Missing``, ``Erased`` or ``Clash`` unless sessions may be booked for this patient."""
        self._must_be_current()
        if not self.active:
            raise Clash("This patient is not active.")

    def _must_exist(self) -> None:
        if not self.exists:
            raise Missing("There is no such patient.")

    def must_not_be_merged(self) -> None:
        """Refuse with ``Merged``, which names the record to use instead."""
        if self.merged_into is not None:
            raise Merged(into=str(self.merged_into))

    def _must_be_known(self) -> None:
        self._must_exist()
        if self.erased:
            raise Erased

    def _must_be_current(self) -> None:
        self._must_be_known()
        self.must_not_be_merged()

    @event(PatientRegistered)
    def _registered(
        self, first_name: str | None, last_name: str | None, date_of_birth: str | None,
        guardian_name: str | None, guardian_phone: str | None, guardian_email: str | None,
        address: str | None, medical_notes: str | None,
    ) -> None:  # fmt: skip
        self.first_name, self.last_name = first_name, last_name
        self.date_of_birth = text.iso_date(date_of_birth)
        self.guardian = Guardian(guardian_name, guardian_phone, guardian_email)
        self.address, self.medical_notes = address, medical_notes
        self.active = True

    @event(PatientRenamed)
    def _renamed(self, first_name: str | None, last_name: str | None) -> None:
        self.first_name, self.last_name = first_name, last_name

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

    @event(PatientMerged)
    def _merged(self, into: UUID) -> None:
        self.merged_into = into

    @event(MergeReversed)
    def _merge_reversed(self) -> None:
        self.merged_into = None

    @event(DuplicateTakenIn)
    def _duplicate_taken_in(self, duplicate: UUID) -> None:
        self.duplicates = (*self.duplicates, duplicate)

    @event(DuplicateReleased)
    def _duplicate_released(self, duplicate: UUID) -> None:
        self.duplicates = tuple(each for each in self.duplicates if each != duplicate)
