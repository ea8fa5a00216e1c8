"""The journal of spending: every entry of every expense, on both axes of time.

``effective_on`` is the day an entry counts for, ``recorded_at`` when the book learnt it, as in the journal of the
patients' ledgers.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.base import Recorded
from domain.expenses import Expense, ExpenseCategory
from domain.expenses import entries as spendings
from domain.values import PaymentMethod
from projections.base import ReadTable, Row

__all__ = ["ExpenseEntryRow", "expense_entries"]


class ExpenseEntryRow(Row, frozen=True):
    """An amount spent (positive) or taken back (negative). ``number`` is the expense's version, ``line`` the place
    among the entries of one event."""

    expense_id: UUID
    number: int
    line: int
    position: int
    effective_on: date
    recorded_at: datetime
    type: str
    category: ExpenseCategory
    method: PaymentMethod
    amount: Decimal
    document: str | None
    actor: UUID
    concerns: date | None


expense_entries = ReadTable(
    "expense_entries",
    ExpenseEntryRow,
    key=("expense_id", "number", "line"),
    indexes=[("effective_on", "position", "line")],
)

Place = tuple[UUID, int, int]


def places(event: Any) -> list[Place]:
    return [(event.originator_id, event.originator_version, line) for line in range(len(spendings(event)))]


def entered(row: None, event: Any, at: Recorded, *, key: Place) -> ExpenseEntryRow:
    spent = spendings(event)[key[2]]
    return ExpenseEntryRow(
        *key, at.position, spent.effective_on, at.recorded_at, at.topic, spent.category, spent.method, spent.amount,
        at.document, at.actor, event.concerns,
    )  # fmt: skip


for spending in (Expense.ExpenseRecorded, Expense.ExpenseAmended, Expense.ExpenseVoided):
    expense_entries.on(spending, key=places)(entered)
