"""The whole journal in order: entries of patients' ledgers and of spending, each as a transaction of the chart.

It is read a page at a time, each in a reading transaction of its own, so that neither a long journal nor a slow reader
holds anything up. That is the same as one look at it: entries are only ever added, and none after ``Extent.position``
is read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from domain.accounting import (
    DEFERRED,
    FEES,
    WRITE_OFFS,
    Line,
    Transaction,
    cash_account,
    credit_account,
    income_account,
    receivable_account,
    spent_account,
)
from domain.values import ZERO
from projections.accounting.trial import upto
from projections.billing.journal import SUMS, journal
from projections.expenses.entries import expense_entries
from projections.query import Data, Reader

__all__ = ["Extent", "Open", "claimed", "extent", "transactions"]

PAGE = 2_000
Open = Callable[[], AbstractAsyncContextManager[Reader]]
J, X = journal.c, expense_entries.c


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of the journal is meant: what counts by a day, was known at an instant, and stood in the book."""

    as_of: date | None
    known_at: datetime | None
    position: int

    def of(self, columns: Any) -> list[sa.ColumnElement[bool]]:
        return [columns.position <= self.position, *upto(columns, self.as_of, self.known_at)]


async def extent(db: Reader, as_of: date | None, known_at: datetime | None) -> Extent:
    """Everything there is now. Rows of all read tables move together, so one number bounds them all."""
    last = [await db.scalar(table.select(sa.func.max(table.c.position))) for table in (journal, expense_entries)]
    return Extent(as_of, known_at, max(position or 0 for position in last))


async def claimed(db: Reader, wanted: Extent) -> dict[str, Decimal]:
    """The balance of every account of the chart, summed by the database rather than entry by entry."""
    held: dict[str, Decimal] = {}

    def add(account: str, amount: Decimal) -> None:
        held[account] = held.get(account, ZERO) + amount

    of_patient = journal.select(J.patient_id, *SUMS).where(*wanted.of(J)).group_by(J.patient_id)
    for row in await db.all(of_patient):
        add(receivable_account(row["patient_id"]), row["receivable"])
        add(credit_account(row["patient_id"]), row["credit"])
    kinds = (J.therapy_type_id, J.method)
    for row in await db.all(journal.select(*kinds, *SUMS).where(*wanted.of(J)).group_by(*kinds)):
        for account, amount in _unnamed(row):
            if amount:
                add(account, amount)
    of_spending = (X.category, X.method)
    total = sa.func.sum(X.amount).label("amount")
    for row in await db.all(expense_entries.select(*of_spending, total).where(*wanted.of(X)).group_by(*of_spending)):
        add(spent_account(row["category"]), row["amount"])
        add(cash_account(row["method"]), -row["amount"])
    return {account: amount for account, amount in held.items() if amount}


async def transactions(open_: Open, wanted: Extent) -> AsyncIterator[Transaction]:
    """By date, then position."""
    one, other = _entered(open_, wanted), _spent(open_, wanted)
    left, right = await anext(one, None), await anext(other, None)
    while left or right:
        if right is None or (left is not None and left.order < right.order):
            assert left is not None  # noqa: S101 - or the loop would have ended
            yield left
            left = await anext(one, None)
        else:
            yield right
            right = await anext(other, None)


async def _entered(open_: Open, wanted: Extent) -> AsyncIterator[Transaction]:
    order = (J.effective_on, J.position)
    async for row in _pages(open_, journal.select().where(*wanted.of(J)), order):
        yield Transaction(
            row["effective_on"], row["position"], 0, row["recorded_at"], row["actor"], row["kind"], row["document"],
            row["reason"], row["patient_id"], row["session_id"], row["payment_id"], None, row["concerns"],
            _lines(row),
        )  # fmt: skip


async def _spent(open_: Open, wanted: Extent) -> AsyncIterator[Transaction]:
    order = (X.effective_on, X.position, X.line)
    async for row in _pages(open_, expense_entries.select().where(*wanted.of(X)), order):
        amount = row["amount"]
        yield Transaction(
            row["effective_on"], row["position"], row["line"], row["recorded_at"], row["actor"], "EXPENSE",
            row["document"], None, None, None, None, row["expense_id"], row["concerns"],
            (Line(spent_account(row["category"]), amount), Line(cash_account(row["method"]), -amount)),
        )  # fmt: skip


async def _pages(
    open_: Open, statement: sa.Select[Any], order: tuple[sa.ColumnElement[Any], ...]
) -> AsyncIterator[Data]:
    after: tuple[Any, ...] | None = None
    while True:
        beyond = [] if after is None else [sa.tuple_(*order) > sa.tuple_(*after)]
        async with open_() as db:
            rows = await db.all(statement.where(*beyond).order_by(*order).limit(PAGE))
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        after = tuple(rows[-1][column.name] for column in order)


def _unnamed(row: Data) -> tuple[tuple[str, Decimal], ...]:
    """The accounts of an entry that are no patient's."""
    return (
        (DEFERRED, row["deferred"]),
        (income_account(row["therapy_type_id"]), row["income"]),
        (FEES, row["fees"]),
        (WRITE_OFFS, row["write_offs"]),
        (cash_account(row["method"]), row["cash"]),
    )


def _lines(row: Data) -> tuple[Line, ...]:
    of_patient = (
        (receivable_account(row["patient_id"]), row["receivable"]),
        (credit_account(row["patient_id"]), row["credit"]),
    )
    return tuple(Line(account, amount) for account, amount in (*of_patient, *_unnamed(row)) if amount)
