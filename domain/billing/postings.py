"""Double entry: what each ledger event posts. One row of columns per event, and the postings read off it.

Signs: debit positive, credit negative. Every event's columns sum to zero.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from domain.billing.ledger import PatientLedger
from domain.billing.terms import ChargeKind
from domain.values import ZERO, PaymentMethod

__all__ = ["ACCOUNTS", "Entry", "EntryKind", "Posting", "entry", "postings"]

ACCOUNTS = ("receivable", "credit", "deferred", "income", "fees", "write_offs", "cash")
"""The columns of an entry and the accounts of a trial balance; income by therapy type, cash by method."""


class EntryKind(StrEnum):
    """What a line of the journal is about, for a reader of the statement."""

    CHARGE = "CHARGE"
    REVERSAL = "REVERSAL"
    EARNED = "EARNED"
    WRITE_OFF = "WRITE_OFF"
    PAYMENT = "PAYMENT"
    OPENING = "OPENING"
    CREDIT_APPLIED = "CREDIT_APPLIED"
    VOID = "VOID"
    REFUND = "REFUND"


class Entry(NamedTuple):
    """One event as one row: an amount per account, and the dimensions these amounts belong to."""

    kind: EntryKind
    receivable: Decimal = ZERO
    credit: Decimal = ZERO
    deferred: Decimal = ZERO
    income: Decimal = ZERO
    fees: Decimal = ZERO
    write_offs: Decimal = ZERO
    cash: Decimal = ZERO
    therapy_type_id: UUID | None = None
    method: PaymentMethod | None = None
    session_id: UUID | None = None
    payment_id: UUID | None = None
    charge_kind: ChargeKind | None = None


class Posting(NamedTuple):
    """An amount on an account; ``dimension`` is the therapy type of income and the method of cash."""

    account: str
    dimension: UUID | PaymentMethod | None
    amount: Decimal


def entry(event: Any) -> Entry | None:
    """The row of a ledger event; ``None`` for one that moves no money. KeyError for a foreign event."""
    table = TABLE[type(event)]
    return None if table is None else table(event)


def postings(event: Any) -> tuple[Posting, ...]:
    """The non-zero postings of a ledger event, in the order of ``ACCOUNTS``; their amounts sum to zero."""
    row = entry(event)
    if row is None:
        return ()
    dimensions: dict[str, UUID | PaymentMethod | None] = {"income": row.therapy_type_id, "cash": row.method}
    amounts = {account: getattr(row, account) for account in ACCOUNTS}
    return tuple(Posting(account, dimensions.get(account), value) for account, value in amounts.items() if value)


def _session_charged(e: PatientLedger.SessionCharged) -> Entry:
    return Entry(
        EntryKind.CHARGE, receivable=e.amount,
        income=-e.amount if e.earned else ZERO, deferred=ZERO if e.earned else -e.amount,
        therapy_type_id=e.therapy_type_id, session_id=e.session_id, charge_kind=ChargeKind.SESSION,
    )  # fmt: skip


def _fee_charged(e: PatientLedger.FeeCharged) -> Entry:
    return Entry(
        EntryKind.CHARGE, receivable=e.amount, fees=-e.amount,
        therapy_type_id=e.therapy_type_id, session_id=e.session_id, charge_kind=e.kind,
    )  # fmt: skip


def _income_earned(e: PatientLedger.IncomeEarned) -> Entry:
    return Entry(
        EntryKind.EARNED, deferred=e.amount, income=-e.amount,
        therapy_type_id=e.therapy_type_id, session_id=e.session_id, charge_kind=ChargeKind.SESSION,
    )  # fmt: skip


def _charge_written_off(e: PatientLedger.ChargeWrittenOff) -> Entry:
    return Entry(
        EntryKind.WRITE_OFF, write_offs=e.amount, receivable=-e.amount,
        therapy_type_id=e.therapy_type_id, session_id=e.session_id, charge_kind=e.kind,
    )  # fmt: skip


def _charge_reversed(e: PatientLedger.ChargeReversed) -> Entry:
    paid = sum((part.amount for part in e.released), ZERO)
    fee = e.kind is not ChargeKind.SESSION
    return Entry(
        EntryKind.REVERSAL, receivable=paid + e.written_off - e.amount, credit=-paid,
        deferred=ZERO if fee or e.earned else e.amount, income=e.amount if e.earned and not fee else ZERO,
        fees=e.amount if fee else ZERO, write_offs=-e.written_off,
        therapy_type_id=e.therapy_type_id, session_id=e.session_id, charge_kind=e.kind,
    )  # fmt: skip


def _payment_recorded(e: PatientLedger.PaymentRecorded) -> Entry:
    return Entry(
        EntryKind.PAYMENT, cash=e.amount, receivable=e.credit - e.amount, credit=-e.credit,
        method=e.method, payment_id=e.payment_id,
    )  # fmt: skip


def _credit_brought_forward(e: PatientLedger.CreditBroughtForward) -> Entry:
    return Entry(
        EntryKind.OPENING, cash=e.amount, credit=-e.amount,
        method=PaymentMethod.OPENING, payment_id=e.payment_id,
    )  # fmt: skip


def _credit_applied(e: PatientLedger.CreditApplied) -> Entry:
    return Entry(EntryKind.CREDIT_APPLIED, credit=e.amount, receivable=-e.amount)


def _payment_voided(e: PatientLedger.PaymentVoided) -> Entry:
    return Entry(
        EntryKind.VOID, cash=-e.amount, receivable=e.amount - e.credit, credit=e.credit,
        method=e.method, payment_id=e.payment_id,
    )  # fmt: skip


def _payment_refunded(e: PatientLedger.PaymentRefunded) -> Entry:
    return Entry(EntryKind.REFUND, credit=e.amount, cash=-e.amount, method=e.method, payment_id=e.payment_id)


TABLE: dict[type, Callable[[Any], Entry] | None] = {
    PatientLedger.SessionCharged: _session_charged,
    PatientLedger.FeeCharged: _fee_charged,
    PatientLedger.ChargeRescheduled: None,
    PatientLedger.IncomeEarned: _income_earned,
    PatientLedger.ChargeWrittenOff: _charge_written_off,
    PatientLedger.ChargeReversed: _charge_reversed,
    PatientLedger.PaymentRecorded: _payment_recorded,
    PatientLedger.CreditBroughtForward: _credit_brought_forward,
    PatientLedger.CreditApplied: _credit_applied,
    PatientLedger.PaymentVoided: _payment_voided,
    PatientLedger.PaymentRefunded: _payment_refunded,
}
