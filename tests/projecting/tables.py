"""Small read tables of the tests' own, with traps in them. They are not among the product's (``read_tables()``)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.base import Recorded
from domain.billing import PatientLedger
from domain.patients import Patient
from projections.base import ReadTable, Row, replace

RAISE, BAD_KEY, NUL, TOO_LARGE, NULL, TOO_LONG = "raise", "bad key", "nul", "too large", "null", "too long"
TRAPS = [RAISE, BAD_KEY, NUL, TOO_LARGE, NULL, TOO_LONG]
"""A payment's ``reference`` springs the trap, in the table ``tills`` only."""
UNSTORABLE: dict[str | None, Any] = {
    NUL: "a\0b", TOO_LONG: "".join(chr(n) for n in range(300, 9000)), NULL: None,
}  # fmt: skip
sprung = set(TRAPS)
"""Traps that are set; taken out of here, the rule has been mended."""


class Till(Row, frozen=True):
    """What a patient has paid. ``note`` is indexed; ``order`` is every position that touched the row."""

    patient_id: UUID
    paid: Decimal
    payments: int
    note: str
    order: list[int]
    version: int


class Paper(Row, frozen=True):
    """A receipt that stands."""

    payment_id: UUID
    patient_id: UUID
    amount: Decimal
    number: str | None
    position: int


class Name(Row, frozen=True):
    patient_id: UUID
    first_name: str | None
    version: int


tills = ReadTable("test_tills", Till, key="patient_id", indexes=[("note",)])
papers = ReadTable("test_papers", Paper, key="payment_id", indexes=[("patient_id",)])
names = ReadTable("test_names", Name, key="patient_id")
TABLES: tuple[ReadTable[Any], ...] = (tills, papers, names)
for table in TABLES:
    del ReadTable.registry[table.name]


def _till_of(event: Any) -> Any:
    if event.reference == BAD_KEY and BAD_KEY in sprung:
        raise LookupError("no key")
    return event.patient_id


@tills.on(PatientLedger.PaymentRecorded, key=_till_of)
def paid(row: Till | None, event: Any, at: Recorded) -> Till:
    trap = event.reference if event.reference in sprung else None
    if trap == RAISE:
        raise ZeroDivisionError("a secret: Kiran Das")
    before = row or Till(event.patient_id, Decimal(0), 0, "", [], 0)
    note: Any = str(at.position)
    if trap in UNSTORABLE:
        note = UNSTORABLE[trap]
    elif before.note in UNSTORABLE.values():
        note = before.note  # once in a row, it stays
    return Till(
        patient_id=event.patient_id,
        paid=before.paid + event.amount if trap != TOO_LARGE else Decimal(10**20),
        payments=before.payments + 1,
        note=note,
        order=[*before.order, at.position],
        version=at.version,
    )


@papers.on(PatientLedger.PaymentRecorded, key=lambda e: e.payment_id)
def issued(row: Paper | None, event: Any, at: Recorded) -> Paper:
    return Paper(event.payment_id, event.patient_id, event.amount, at.document, at.position)


@papers.on(PatientLedger.PaymentVoided, key=lambda e: e.payment_id)
def withdrawn(row: Paper, event: Any) -> None:
    return None


@names.on(Patient.PatientRegistered, key=lambda e: e.originator_id)
def registered(row: Name | None, event: Any, at: Recorded) -> Name:
    return Name(event.originator_id, event.first_name, at.version)


@names.on(Patient.PatientRenamed, key=lambda e: e.originator_id)
def renamed(row: Name, event: Any, at: Recorded) -> Name:
    return replace(row, first_name=event.first_name, version=at.version)
