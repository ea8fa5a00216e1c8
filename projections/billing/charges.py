"""What patients were charged, and which payments settle it: dues, and the payments of a session."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from domain.base import Recorded
from domain.billing import ChargeKind, Part, PatientLedger
from domain.values import ZERO
from projections.base import ReadTable, Row, alike, replace
from projections.patients import of_person
from projections.query import Data, Reader


class ChargeRow(Row, frozen=True):
    """A session's charge (which has the session's id) or a fee. ``open`` is what is left to pay of ``amount``."""

    id: UUID
    patient_id: UUID
    session_id: UUID
    therapy_type_id: UUID | None
    kind: ChargeKind
    amount: Decimal
    paid: Decimal
    written_off: Decimal
    open: Decimal
    is_open: bool
    charged_on: date
    due_on: date
    earned: bool
    reversed: bool
    reason: str | None
    """Why it was reversed."""


class AllocationRow(Row, frozen=True):
    """How much of a payment settles a charge, and the effective date that was last true from."""

    payment_id: UUID
    charge_id: UUID
    amount: Decimal
    applied_on: date


charges = ReadTable(
    "charges",
    ChargeRow,
    key="id",
    indexes=[("patient_id", "is_open", "due_on"), ("session_id",), ("is_open", "due_on")],
)
allocations = ReadTable("allocations", AllocationRow, key=("payment_id", "charge_id"), indexes=[("charge_id",)])


def _of(parts: tuple[Part, ...], charge_id: UUID) -> Decimal:
    return sum((part.amount for part in parts if part.charge_id == charge_id), ZERO)


def _balanced(row: ChargeRow, **changes: Any) -> ChargeRow:
    changed = replace(row, **changes)
    left = ZERO if changed.reversed else changed.amount - changed.paid - changed.written_off
    return replace(changed, open=left, is_open=left > 0)


@charges.on(PatientLedger.SessionCharged, key=lambda e: e.charge_id)
def session_charged(row: None, event: PatientLedger.SessionCharged, at: Recorded) -> ChargeRow:
    return _made(event, ChargeKind.SESSION, at, earned=event.earned)


@charges.on(PatientLedger.FeeCharged, key=lambda e: e.charge_id)
def fee_charged(row: None, event: PatientLedger.FeeCharged, at: Recorded) -> ChargeRow:
    return _made(event, event.kind, at, earned=True)


def _made(
    event: PatientLedger.SessionCharged | PatientLedger.FeeCharged, kind: ChargeKind, at: Recorded, *, earned: bool
) -> ChargeRow:
    return ChargeRow(
        id=event.charge_id,
        patient_id=event.patient_id,
        session_id=event.session_id,
        therapy_type_id=event.therapy_type_id,
        kind=kind,
        amount=event.amount,
        paid=ZERO,
        written_off=ZERO,
        open=event.amount,
        is_open=event.amount > 0,
        charged_on=at.effective_on,
        due_on=event.due_on,
        earned=earned,
        reversed=False,
        reason=None,
    )


@charges.on(PatientLedger.ChargeRescheduled, key=lambda e: e.charge_id)
def charge_rescheduled(row: ChargeRow, event: PatientLedger.ChargeRescheduled) -> ChargeRow:
    return replace(row, due_on=event.due_on)


@charges.on(PatientLedger.IncomeEarned, key=lambda e: e.charge_id)
def income_earned(row: ChargeRow, event: PatientLedger.IncomeEarned) -> ChargeRow:
    return replace(row, earned=True)


@charges.on(PatientLedger.ChargeWrittenOff, key=lambda e: e.charge_id)
def charge_written_off(row: ChargeRow, event: PatientLedger.ChargeWrittenOff) -> ChargeRow:
    return _balanced(row, written_off=row.written_off + event.amount)


@charges.on(PatientLedger.ChargeReversed, key=lambda e: e.charge_id)
def charge_reversed(row: ChargeRow, event: PatientLedger.ChargeReversed) -> ChargeRow:
    return _balanced(row, reversed=True, paid=ZERO, written_off=ZERO, reason=event.reason)


def settled(row: ChargeRow, event: PatientLedger.PaymentRecorded | PatientLedger.CreditApplied) -> ChargeRow:
    return _balanced(row, paid=row.paid + _of(event.parts, row.id))


for kind in (PatientLedger.PaymentRecorded, PatientLedger.CreditApplied):
    charges.on(kind, key=lambda e: [part.charge_id for part in e.parts])(settled)


@charges.on(PatientLedger.PaymentVoided, key=lambda e: [part.charge_id for part in e.released])
def reopened(row: ChargeRow, event: PatientLedger.PaymentVoided) -> ChargeRow:
    return _balanced(row, paid=row.paid - _of(event.released, row.id))


Pair = tuple[UUID, UUID]


def allocated(
    row: AllocationRow | None, event: PatientLedger.PaymentRecorded | PatientLedger.CreditApplied, at: Recorded,
    *, key: Pair,
) -> AllocationRow:  # fmt: skip
    amount = sum((part.amount for part in event.parts if (part.source_id, part.charge_id) == key), ZERO)
    return AllocationRow(*key, amount=amount + (row.amount if row else ZERO), applied_on=at.effective_on)


def taken_back(
    row: AllocationRow, event: PatientLedger.PaymentVoided | PatientLedger.ChargeReversed, *, key: Pair
) -> AllocationRow | None:
    amount = sum((part.amount for part in event.released if (part.source_id, part.charge_id) == key), ZERO)
    return replace(row, amount=row.amount - amount) if row.amount > amount else None


def _pairs(parts: tuple[Part, ...]) -> list[Pair]:
    return [(part.source_id, part.charge_id) for part in parts]


for kind in (PatientLedger.PaymentRecorded, PatientLedger.CreditApplied):
    allocations.on(kind, key=lambda e: _pairs(e.parts))(allocated)
for undoing in (PatientLedger.PaymentVoided, PatientLedger.ChargeReversed):
    allocations.on(undoing, key=lambda e: _pairs(e.released))(taken_back)


_OPEN = (
    charges.select(*charges.shown(without=("is_open", "reversed", "reason")))
    .where(of_person(charges.c.patient_id, sa.bindparam("patient", type_=pg.UUID(as_uuid=True))), charges.c.is_open)
    .order_by(charges.c.due_on, charges.c.id)
)


async def open_charges(db: Reader, patient_id: UUID) -> list[Data]:
    """What the patient owes, oldest due first. None of these is reversed, so nothing is said of that."""
    return await db.all(_OPEN, patient=patient_id)


async def of_session(db: Reader, session_id: UUID) -> list[Data]:
    """Everything ever charged for a session, reversed charges too."""
    wanted = charges.select(*charges.shown(without=("is_open",))).where(charges.c.session_id == session_id)
    return await db.all(wanted.order_by(charges.c.charged_on, charges.c.id))


async def get(db: Reader, charge_id: UUID) -> Data | None:
    return await db.one(charges.select().where(charges.c.id == charge_id))


def settled_by(payment_id: UUID) -> sa.Select[Any]:
    """The charges that a payment settles, with their sessions."""
    return (
        allocations.select(
            allocations.c.charge_id, charges.c.session_id, charges.c.kind, allocations.c.amount,
            allocations.c.applied_on,
        )
        .join(charges.table, alike(charges.c.id, allocations.c.charge_id))
        .where(allocations.c.payment_id == payment_id)
        .order_by(allocations.c.applied_on, charges.c.due_on, charges.c.id)
    )  # fmt: skip
