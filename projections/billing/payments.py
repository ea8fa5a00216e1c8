"""Payments as the desk sees them, and what is left of each."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from domain.base import Recorded
from domain.billing import Part, PatientLedger
from domain.values import ZERO, PaymentMethod
from projections.base import ReadTable, Row, alike, replace
from projections.billing.charges import allocations, charges, settled_by
from projections.patients import of_person, patients, treated_by
from projections.query import Data, Paging, Reader, like


class PaymentStatus(StrEnum):
    RECORDED = "RECORDED"
    PARTLY_REFUNDED = "PARTLY_REFUNDED"
    REFUNDED = "REFUNDED"
    VOIDED = "VOIDED"


class Refund(msgspec.Struct, frozen=True):
    """Money handed back. ``number`` is the refund's own, of the series REFUND."""

    id: UUID
    amount: Decimal
    method: PaymentMethod
    refunded_on: date
    reason: str
    number: str | None


class PaymentRow(Row, frozen=True):
    """Money that came in: ``amount`` = ``applied`` + ``credit`` + ``refunded``, unless voided."""

    id: UUID
    patient_id: UUID
    amount: Decimal
    method: PaymentMethod
    received_on: date
    reference: str | None
    receipt_number: str | None
    status: PaymentStatus
    applied: Decimal
    credit: Decimal
    refunded: Decimal
    refunds: list[Refund]
    void_reason: str | None
    voided_on: date | None
    recorded_at: datetime
    recorded_by: UUID
    version: int


payments = ReadTable(
    "payments", PaymentRow, key="id", indexes=[("patient_id", "received_on"), ("received_on",), ("receipt_number",)]
)


@payments.on(PatientLedger.PaymentRecorded, key=lambda e: e.payment_id)
def payment_recorded(row: None, event: PatientLedger.PaymentRecorded, at: Recorded) -> PaymentRow:
    return _received(event, event.method, event.amount - event.credit, at)


@payments.on(PatientLedger.CreditBroughtForward, key=lambda e: e.payment_id)
def credit_brought_forward(row: None, event: PatientLedger.CreditBroughtForward, at: Recorded) -> PaymentRow:
    return _received(event, PaymentMethod.OPENING, ZERO, at)


def _received(
    event: PatientLedger.PaymentRecorded | PatientLedger.CreditBroughtForward, method: PaymentMethod, applied: Decimal,
    at: Recorded,
) -> PaymentRow:  # fmt: skip
    return PaymentRow(
        id=event.payment_id,
        patient_id=event.patient_id,
        amount=event.amount,
        method=method,
        received_on=event.received_on,
        reference=event.reference,
        receipt_number=at.document,
        status=PaymentStatus.RECORDED,
        applied=applied,
        credit=event.amount - applied,
        refunded=ZERO,
        refunds=[],
        void_reason=None,
        voided_on=None,
        recorded_at=at.recorded_at,
        recorded_by=at.actor,
        version=at.version,
    )


def _of(parts: tuple[Part, ...], payment_id: UUID) -> Decimal:
    return sum((part.amount for part in parts if part.source_id == payment_id), ZERO)


@payments.on(PatientLedger.CreditApplied, key=lambda e: [part.source_id for part in e.parts])
def credit_applied(row: PaymentRow, event: PatientLedger.CreditApplied, at: Recorded) -> PaymentRow:
    used = _of(event.parts, row.id)
    return replace(row, applied=row.applied + used, credit=row.credit - used, version=at.version)


@payments.on(PatientLedger.ChargeReversed, key=lambda e: [part.source_id for part in e.released])
def charge_reversed(row: PaymentRow, event: PatientLedger.ChargeReversed, at: Recorded) -> PaymentRow:
    back = _of(event.released, row.id)
    return replace(row, applied=row.applied - back, credit=row.credit + back, version=at.version)


@payments.on(PatientLedger.PaymentVoided, key=lambda e: e.payment_id)
def payment_voided(row: PaymentRow, event: PatientLedger.PaymentVoided, at: Recorded) -> PaymentRow:
    return replace(
        row,
        status=PaymentStatus.VOIDED,
        applied=ZERO,
        credit=ZERO,
        void_reason=event.reason,
        voided_on=at.effective_on,
        version=at.version,
    )


@payments.on(PatientLedger.PaymentRefunded, key=lambda e: e.payment_id)
def payment_refunded(row: PaymentRow, event: PatientLedger.PaymentRefunded, at: Recorded) -> PaymentRow:
    refunded = row.refunded + event.amount
    refund = Refund(event.refund_id, event.amount, event.method, at.effective_on, event.reason, at.document)
    return replace(
        row,
        status=PaymentStatus.REFUNDED if refunded == row.amount else PaymentStatus.PARTLY_REFUNDED,
        credit=row.credit - event.amount,
        refunded=refunded,
        refunds=[*row.refunds, refund],
        version=at.version,
    )


# A list shows whose payment it is. Null after an erasure.
_NAMED = (
    *payments.shown(),
    sa.func.nullif(sa.func.concat_ws(" ", patients.c.first_name, patients.c.last_name), "").label("patient_name"),
)


def _with_patients() -> sa.Select[Any]:
    whose = alike(patients.c.id, payments.c.patient_id)
    return payments.select(*_NAMED).join_from(payments.table, patients.table, whose, isouter=True)


async def get(db: Reader, payment_id: UUID, *, only_therapist: UUID | None = None) -> Data | None:
    """A payment with what it ``settled``; in OWN scope only of a patient whom that therapist treats."""
    wanted = _with_patients().where(payments.c.id == payment_id)
    if only_therapist is not None:
        wanted = wanted.where(treated_by(only_therapist, payments.c.patient_id))
    payment = await db.one(wanted)
    if payment is not None:
        payment["settled"] = await db.all(settled_by(payment_id))
    return payment


async def recorded(db: Reader, payment_id: UUID) -> Data | None:
    """Whose payment it is, and its receipt: ``{"patient_id", "receipt_number"}``."""
    wanted = payments.select(payments.c.patient_id, payments.c.receipt_number).where(payments.c.id == payment_id)
    return await db.one(wanted)


class Wanted(msgspec.Struct, frozen=True):
    """Which payments a list shows. Dates are inclusive; ``search`` looks in receipt number, reference and name."""

    patient_id: UUID | None = None
    method: PaymentMethod | None = None
    status: PaymentStatus | None = None
    first: date | None = None
    last: date | None = None
    search: str | None = None
    only_therapist: UUID | None = None


async def page(db: Reader, paging: Paging, wanted: Wanted) -> Data:
    """Payments, newest first unless sorted otherwise."""
    found = _with_patients()
    conditions = [
        of_person(payments.c.patient_id, wanted.patient_id) if wanted.patient_id else None,
        payments.c.method == wanted.method if wanted.method else None,
        payments.c.status == wanted.status if wanted.status else None,
        payments.c.received_on >= wanted.first if wanted.first else None,
        payments.c.received_on <= wanted.last if wanted.last else None,
        treated_by(wanted.only_therapist, payments.c.patient_id) if wanted.only_therapist else None,
    ]
    if wanted.search:
        pattern = like(wanted.search)
        name = sa.func.concat_ws(" ", patients.c.first_name, patients.c.last_name)
        texts = (payments.c.receipt_number, payments.c.reference, name)
        conditions.append(sa.or_(*(text.ilike(pattern, escape="\\") for text in texts)))
    found = found.where(*(condition for condition in conditions if condition is not None))
    sortable = {
        "receivedOn": payments.c.received_on,
        "amount": payments.c.amount,
        "method": payments.c.method,
        "status": payments.c.status,
        "recordedAt": payments.c.recorded_at,
        "receiptNumber": payments.c.receipt_number,
        "id": payments.c.id,
    }
    return await db.page(found, paging, sortable, "-receivedOn,-recordedAt")


async def credits_of(db: Reader, patient_id: UUID) -> list[Data]:
    """The patient's payments with something left, oldest first: the order in which credit is used."""
    wanted = payments.select().where(payments.c.patient_id == patient_id, payments.c.credit > 0)
    return await db.all(wanted.order_by(payments.c.received_on, payments.c.id))


async def for_session(db: Reader, session_id: UUID) -> list[Data]:
    """What was paid for a session: each payment with the amount of it that settles each of its charges."""
    wanted = (
        allocations.select(
            payments.c.id, allocations.c.charge_id, charges.c.kind, allocations.c.amount, allocations.c.applied_on,
            payments.c.method, payments.c.received_on, payments.c.receipt_number,
        )
        .join(charges.table, alike(charges.c.id, allocations.c.charge_id))
        .join(payments.table, alike(payments.c.id, allocations.c.payment_id))
        .where(charges.c.session_id == session_id)
        .order_by(allocations.c.applied_on, payments.c.id, allocations.c.charge_id)
    )  # fmt: skip
    return await db.all(wanted)
