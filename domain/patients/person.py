"""What is known about a person, how it is checked, and why a record cannot be changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain import text
from domain.base import Clash, Invalid

__all__ = [
    "Erased", "ErasureBasis", "Guardian", "MergeRefused", "Merged", "NotMerged", "SessionsAhead", "address", "birth",
    "guardian", "notes",
]  # fmt: skip

EARLIEST_BIRTH = date(1900, 1, 1)


class Erased(Clash):
    """This patient's personal data was erased; what remains cannot be changed."""


class Merged(Clash):
    """This record was merged into another one of the same person: use that one."""

    code = "PATIENT_MERGED"


class NotMerged(Clash):
    """This record is not merged into another one."""

    code = "PATIENT_NOT_MERGED"


class MergeRefused(Clash):
    """These two records cannot be merged as they stand."""

    code = "MERGE_REFUSED"


class SessionsAhead(Clash):
    """This patient still has sessions to come: cancel them first."""

    code = "SESSIONS_AHEAD"


class ErasureBasis(StrEnum):
    """Why the data may, or must, be erased. A choice and no text: a text about a person would outlive the erasure."""

    REQUESTED = "REQUESTED"
    """The family asked for it."""
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    RETENTION_ENDED = "RETENTION_ENDED"
    """The time for which the centre had to keep the record is over."""
    ORDERED = "ORDERED"
    """A court or an authority ordered it."""


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who answers for the child. ``phone`` is '+' and digits or digits only; ``email`` is lower-cased."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


def birth(born: date, today: date) -> date:
    if not EARLIEST_BIRTH <= born <= today:
        raise Invalid("A date of birth lies between 1900 and today.", field="dateOfBirth")
    return born


def guardian(given: Guardian) -> Guardian:
    mail = text.optional(given.email)
    return Guardian(
        text.line(given.name or "", "guardianName"),
        text.phone(given.phone or "", "guardianPhone"),
        None if mail is None else text.email(mail, "guardianEmail"),
    )


def address(value: str | None) -> str | None:
    value = text.optional(value)
    return None if value is None else text.paragraph(value, "address", 500)


def notes(value: str | None) -> str | None:
    value = text.optional(value)
    return None if value is None else text.paragraph(value, "medicalNotes")
