"""Expenses as the office sees them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from domain.base import Recorded
from domain.expenses import Expense, ExpenseCategory
from domain.values import ZERO, PaymentMethod
from projections.base import ReadTable, Row, changed, own
from projections.query import Data, Paging, Reader, like

__all__ = ["ExpenseRow", "ExpenseStatus", "Wanted", "expenses", "get", "page", "receipt_of", "standing"]


class ExpenseStatus(StrEnum):
    RECORDED = "RECORDED"
    AMENDED = "AMENDED"
    VOIDED = "VOIDED"


class ExpenseRow(Row, frozen=True):
    """Money the centre spent. A void one counts for nothing; ``amount`` says what it was for. Texts are null where
    nothing was said, and after an erasure."""

    id: UUID
    receipt_number: str | None
    category: ExpenseCategory
    amount: Decimal
    incurred_on: date
    method: PaymentMethod
    payee: str | None
    description: str | None
    reference: str | None
    status: ExpenseStatus
    void_reason: str | None
    voided_at: datetime | None
    recorded_at: datetime
    recorded_by: UUID
    updated_at: datetime
    version: int


expenses = ReadTable(
    "expenses",
    ExpenseRow,
    key="id",
    indexes=[("incurred_on",), ("category", "incurred_on"), ("receipt_number",)],
    personal=dict.fromkeys(("payee", "description", "void_reason"), "id"),
)


@expenses.on(Expense.ExpenseRecorded, key=own)
def recorded(row: None, event: Expense.ExpenseRecorded, at: Recorded) -> ExpenseRow:
    return ExpenseRow(
        id=event.originator_id,
        receipt_number=at.document,
        category=event.category,
        amount=event.amount,
        incurred_on=event.incurred_on,
        method=event.method,
        payee=event.payee,
        description=event.description,
        reference=event.reference,
        status=ExpenseStatus.RECORDED,
        void_reason=None,
        voided_at=None,
        recorded_at=at.recorded_at,
        recorded_by=at.actor,
        updated_at=at.recorded_at,
        version=at.version,
    )


@expenses.on(Expense.ExpenseAmended, key=own)
def amended(row: ExpenseRow, event: Expense.ExpenseAmended, at: Recorded) -> ExpenseRow:
    return changed(
        row,
        at,
        category=event.category,
        amount=event.amount,
        incurred_on=event.incurred_on,
        method=event.method,
        payee=event.payee,
        description=event.description,
        reference=event.reference,
        status=ExpenseStatus.AMENDED,
    )


@expenses.on(Expense.ExpenseVoided, key=own)
def voided(row: ExpenseRow, event: Expense.ExpenseVoided, at: Recorded) -> ExpenseRow:
    return changed(row, at, status=ExpenseStatus.VOIDED, void_reason=event.reason, voided_at=at.recorded_at)


class Wanted(msgspec.Struct, frozen=True):
    """Which expenses a list shows. Bounds are inclusive; ``search`` looks in number, reference, payee and words."""

    category: ExpenseCategory | None = None
    method: PaymentMethod | None = None
    status: ExpenseStatus | None = None
    first: date | None = None
    last: date | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    search: str | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        c = expenses.c
        found = [
            c.category == self.category if self.category else None,
            c.method == self.method if self.method else None,
            c.status == self.status if self.status else None,
            c.incurred_on >= self.first if self.first else None,
            c.incurred_on <= self.last if self.last else None,
            c.amount >= self.least if self.least is not None else None,
            c.amount <= self.most if self.most is not None else None,
        ]
        if self.search:
            texts = (c.receipt_number, c.reference, c.payee, c.description)
            found.append(sa.or_(*(text.ilike(like(self.search), escape="\\") for text in texts)))
        return [condition for condition in found if condition is not None]


def standing(wanted: Wanted, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """These columns of the expenses that the filter finds and that count for something."""
    return expenses.select(*columns).where(*wanted.conditions(), expenses.c.status != ExpenseStatus.VOIDED)


async def get(db: Reader, expense_id: UUID) -> Data | None:
    return await db.one(expenses.select().where(expenses.c.id == expense_id))


async def receipt_of(db: Reader, expense_id: UUID) -> str | None:
    """The number that was drawn for it, if there is such an expense."""
    number: str | None = await db.scalar(expenses.select(expenses.c.receipt_number).where(expenses.c.id == expense_id))
    return number


async def page(db: Reader, paging: Paging, wanted: Wanted) -> Data:
    """Expenses, latest first unless sorted otherwise; with ``amount``, the sum of all that the filter finds and that
    stand, and ``by_category``, the same for each: ``[{"category", "count", "amount"}]``, the largest first."""
    c = expenses.c
    sortable: dict[str, sa.ColumnElement[Any]] = {
        "incurredOn": c.incurred_on,
        "amount": c.amount,
        "category": c.category,
        "method": c.method,
        "payee": c.payee,
        "status": c.status,
        "recordedAt": c.recorded_at,
        "receiptNumber": c.receipt_number,
        "id": c.id,
    }
    found = await db.page(expenses.select().where(*wanted.conditions()), paging, sortable, "-incurredOn,-recordedAt")
    amount, count = sa.func.sum(c.amount).label("amount"), sa.func.count().label("count")
    by_category = standing(wanted, c.category, count, amount).group_by(c.category)
    sums = await db.all(by_category.order_by(amount.desc(), c.category))
    return {**found, "amount": sum((each["amount"] for each in sums), ZERO), "by_category": sums}
