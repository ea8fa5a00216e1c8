"""The chart of accounts: how an amount of a ledger or an expense is named in a journal that other programs read.

Names have the five roots of plain-text accounting and say who by id, never by name: a journal leaves the house, and a
patient who was erased stays unnamed in it. Signs: debit positive, credit negative.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from domain.values import PaymentMethod

__all__ = [
    "DEFERRED", "FEES", "OPENING", "WRITE_OFFS", "Line", "Transaction", "cash", "credit", "income", "receivable",
    "spent",
]  # fmt: skip

DEFERRED = "Liabilities:Deferred-Income"
FEES = "Income:Fees"
WRITE_OFFS = "Expenses:Write-Offs"
OPENING = "Equity:Opening-Balances"
"""The other side of credit brought over from before the centre used Daybook: nothing was received."""


class Line(NamedTuple):
    """An amount on an account of the chart."""

    account: str
    amount: Decimal


class Transaction(NamedTuple):
    """One entry of the journal; its lines sum to zero. ``position`` is its event's in the book and ``line`` its place
    among the entries of that event. ``concerns`` is the date a prior-period adjustment is about."""

    on: date
    position: int
    line: int
    recorded_at: datetime
    actor: UUID
    kind: str
    document: str | None
    reason: str | None
    patient_id: UUID | None
    session_id: UUID | None
    payment_id: UUID | None
    expense_id: UUID | None
    concerns: date | None
    lines: tuple[Line, ...]

    @property
    def order(self) -> tuple[date, int, int]:
        return self.on, self.position, self.line


def receivable(patient_id: UUID) -> str:
    return f"Assets:Receivable:P-{patient_id}"


def credit(patient_id: UUID) -> str:
    return f"Liabilities:Credit:P-{patient_id}"


def income(therapy_type_id: UUID | None) -> str:
    return f"Income:Therapy:T-{therapy_type_id}"


def cash(method: str | None) -> str:
    return OPENING if method == PaymentMethod.OPENING else f"Assets:Cash:{_word(method or '')}"


def spent(category: str) -> str:
    return f"Expenses:{_word(category)}"


def _word(name: str) -> str:
    return name.replace("_", "-").title()
