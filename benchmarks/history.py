"""A long, plain history of patient ledgers, for the product's rebuild and the library's runner alike.

Facts, not events: each side turns the same facts into its own events, so that both fold the same payloads.
The history is a pure function of its length; there is no randomness to seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

FIRST_DAY = date(2025, 1, 1)
DAYS = 365
PRICES = (Decimal("800.00"), Decimal("1250.00"), Decimal("650.50"))
METHODS = ("CASH", "CARD", "UPI")
ROUNDS = 10  # sessions a patient has; every one is charged, and all but the last are paid
NAMESPACES = {"tenant": 1, "patient": 2, "session": 3, "charge": 4, "payment": 5}


@dataclass(frozen=True, slots=True)
class Charged:
    tenant_id: UUID
    patient_id: UUID
    version: int
    charge_id: UUID
    session_id: UUID
    amount: Decimal
    due_on: date


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment that settles one charge in full."""

    tenant_id: UUID
    patient_id: UUID
    version: int
    payment_id: UUID
    charge_id: UUID
    amount: Decimal
    method: str
    received_on: date


Fact = Charged | Paid


def identity(kind: str, number: int) -> UUID:
    """A UUIDv7-shaped id that is the same in every run."""
    return UUID(int=(0x0198B2D07A55 << 80) | (0x7 << 76) | (0x2 << 62) | (NAMESPACES[kind] << 48) | number)


def facts(count: int, tenants: int = 20) -> Iterator[Fact]:
    """`count` facts. Patients take turns, so neighbours touch different rows, as in a centre's day."""
    per_patient = 2 * ROUNDS - 1
    patients = -(-count // per_patient)
    made = 0
    for turn in range(ROUNDS):
        for patient in range(patients):
            number = turn * patients + patient
            for fact in _round(patient, turn, number, identity("tenant", patient % tenants)):
                if made == count:
                    return
                yield fact
                made += 1


def _round(patient: int, turn: int, number: int, tenant_id: UUID) -> Iterator[Fact]:
    patient_id, charge_id = identity("patient", patient), identity("charge", number)
    amount = PRICES[number % len(PRICES)]
    on = FIRST_DAY + timedelta(days=number % DAYS)
    version = 2 * turn + 1
    yield Charged(tenant_id, patient_id, version, charge_id, identity("session", number), amount, on)
    if turn < ROUNDS - 1:
        method = METHODS[number % len(METHODS)]
        yield Paid(tenant_id, patient_id, version + 1, identity("payment", number), charge_id, amount, method, on)
