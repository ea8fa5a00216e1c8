"""The shapes that billing answers, and the routes' common part."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from api.base import Page, Routes, view
from application.base import Model, Money
from domain.billing import ChargeKind
from domain.expenses import ExpenseCategory
from domain.values import ZERO, PaymentMethod
from projections.billing import charges, journal, payments
from projections.query import Data

routes = Routes("Payments")


class RefundView(Model):
    """Money handed back. `number` is the refund's own document."""

    id: UUID
    amount: Money
    method: PaymentMethod
    refunded_on: date
    reason: str
    number: str | None


class SettledView(Model):
    """What of a payment settles one charge; a session's charge has the session's id."""

    charge_id: UUID
    session_id: UUID
    kind: ChargeKind
    amount: Money
    applied_on: date


ListedPaymentView = view(
    payments.PaymentRow, "ListedPayment", without=("refunds",), refunds=list[RefundView], patient_name=str | None
)
PaymentView = view(
    payments.PaymentRow, "Payment", without=("refunds",),
    refunds=list[RefundView], patient_name=str | None, settled=list[SettledView],
)  # fmt: skip
CreditSourceView = view(payments.PaymentRow, "CreditSource", without=("refunds",), refunds=list[RefundView])
ChargeView = view(charges.ChargeRow, "Charge", without=("is_open",))
DueView = view(charges.ChargeRow, "Due", without=("is_open", "reversed", "reason"), overdue=bool, days_overdue=int)


class CreditsView(Model):
    """The patient's credit and the payments it is left of, in the order in which it is used."""

    patient_id: UUID
    credit: Money
    sources: list[CreditSourceView]  # type: ignore[valid-type]
    version: int


class DuesView(Model):
    """`outstanding` is every open charge, `overdue` those past their due date on `asOf`."""

    patient_id: UUID
    as_of: date
    outstanding: Money
    overdue: Money
    credit: Money
    charges: list[DueView]  # type: ignore[valid-type]


class SessionPaymentView(Model):
    """What of a payment settles one charge of the session."""

    id: UUID
    charge_id: UUID
    kind: ChargeKind
    amount: Money
    applied_on: date
    method: PaymentMethod
    received_on: date
    receipt_number: str | None


class SessionPaymentsView(Model):
    """A session's charges and what was paid for them. Reversed charges count for nothing."""

    session_id: UUID
    amount_charged: Money
    amount_paid: Money
    amount_due: Money
    due_date: date | None
    is_paid_in_full: bool
    charges: list[ChargeView]  # type: ignore[valid-type]
    payments: list[SessionPaymentView]


class AccountsView(Model):
    """Balances; debit positive, credit negative, summing to zero."""

    receivable: Money
    credit: Money
    deferred: Money
    income: Money
    fees: Money
    write_offs: Money
    cash: Money


EntryView = view(journal.JournalRow, "LedgerEntry", without=("ledger_id", "patient_id"), balance=Money)


class LedgerView(Page[EntryView]):  # type: ignore[valid-type]
    """A page of entries, oldest first, each with the balance after it: what is owed less credit."""

    patient_id: UUID
    as_of: date | None
    known_at: datetime | None
    accounts: AccountsView


class TrialBalanceLine(Model):
    """`therapyTypeId` for income, `method` for cash, `category` for expenses. `explain` is where the entries behind it
    are listed."""

    account: str
    therapy_type_id: UUID | None
    method: PaymentMethod | None
    category: ExpenseCategory | None
    balance: Money
    debit: Money
    credit: Money
    explain: str


class TrialBalanceView(Model):
    """Debit and credit of every account of the centre. `difference` is `0.00`, or the books are wrong."""

    as_of: date | None
    known_at: datetime | None
    accounts: list[TrialBalanceLine]
    debit: Money
    credit: Money
    difference: Money


def total(rows: list[Data], column: str) -> Any:
    """The sum of a column; 0.00 of no rows."""
    return sum((row[column] for row in rows), ZERO)
