"""Money by method and day, to be laid beside the statement of a bank or the count of a till."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from domain.accounting import AssertedAccount
from domain.values import ZERO, PaymentMethod
from projections.accounting.assertions import assertions
from projections.billing.journal import journal
from projections.expenses.entries import expense_entries
from projections.query import Data, Paging, Reader
from projections.reports.asked import Asked, link, link_ever

__all__ = ["days", "movements"]

J, X, A = journal.c, expense_entries.c, assertions.c
_NONE = sa.null()


def _moved(until: date) -> sa.Subquery:
    """Every movement of money up to a day: what patients paid and were given back, and what was spent."""
    entered = journal.select(
        J.effective_on, J.position, sa.literal(0).label("line"), J.recorded_at, J.kind, J.document, J.method,
        J.patient_id, J.payment_id, sa.cast(_NONE, J.payment_id.type).label("expense_id"), J.cash.label("amount"),
        J.concerns, J.actor,
    ).where(J.cash != 0, J.method != PaymentMethod.OPENING, J.effective_on <= until)  # fmt: skip
    spent = expense_entries.select(
        X.effective_on, X.position, X.line, X.recorded_at, sa.literal("EXPENSE"), X.document, X.method, _NONE, _NONE,
        X.expense_id, -X.amount, X.concerns, X.actor,
    ).where(X.effective_on <= until)  # fmt: skip
    return sa.union_all(entered, spent).subquery("moved")


async def days(db: Reader, first: date, last: date, method: PaymentMethod | None = None) -> list[Data]:
    """Each day and method with movements or an assertion, by method, then day: ``{"method", "day", "opening",
    "received", "paid", "closing", "movements", "asserted", "difference", "explain"}``. ``asserted`` is the latest
    assertion of the balance at the day's end, null if there is none; ``difference`` is what the books hold too much."""
    moved = _moved(last)
    amount, of = moved.c.amount, [moved.c.method == method] if method else []
    before = moved.c.effective_on < first
    opening = moved.select().with_only_columns(moved.c.method, sa.func.sum(amount).label("amount"))
    held: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in await db.all(opening.where(before, *of).group_by(moved.c.method)):
        held[row["method"]] = row["amount"]
    by_day = moved.select().with_only_columns(
        moved.c.method, moved.c.effective_on.label("day"),
        sa.func.coalesce(sa.func.sum(amount).filter(amount > 0), 0).label("received"),
        sa.func.coalesce(-sa.func.sum(amount).filter(amount < 0), 0).label("paid"),
        sa.func.count().label("movements"),
    ).where(sa.not_(before), *of).group_by(moved.c.method, moved.c.effective_on)  # fmt: skip
    found = {(row["method"], row["day"]): row for row in await db.all(by_day)}
    claimed = await _claimed(db, first, last, method)
    told: list[Data] = []
    for place in sorted({*found, *claimed}):
        name, day = place
        row = found.get(place, {"received": ZERO, "paid": ZERO, "movements": 0})
        received, paid = row["received"] + ZERO, row["paid"] + ZERO
        start, asserted = held[name], claimed.get(place)
        held[name] = start + received - paid
        told.append({
            "method": name, "day": day, "opening": start, "received": received, "paid": paid, "closing": held[name],
            "movements": row["movements"], "asserted": asserted,
            "difference": None if asserted is None else held[name] - asserted, "explain": _explained(name, day),
        })  # fmt: skip
    return told


def _explained(name: str, day: date) -> Data:
    method = PaymentMethod(name)
    of_day = Asked(day, day, day, method=method)
    return {
        "opening": link_ever("money-in-hand", day - timedelta(days=1), method=method),
        "received": link("money-in", of_day),
        "paid": link("money-out", of_day),
        "closing": link_ever("money-in-hand", day, method=method),
    }


async def _claimed(
    db: Reader, first: date, last: date, method: PaymentMethod | None
) -> dict[tuple[str, date], Decimal]:
    of = [A.account == AssertedAccount.CASH, A.as_of.between(first, last), sa.not_(A.withdrawn)]
    of += [A.method == method] if method else []
    found = await db.all(assertions.select(A.method, A.as_of, A.expected).where(*of).order_by(A.recorded_at))
    return {(row["method"], row["as_of"]): row["expected"] for row in found}


async def movements(db: Reader, paging: Paging, method: PaymentMethod, first: date, last: date) -> Data:
    """A page of the movements of one method, by day, each with the ``balance`` after it."""
    moved = _moved(last)
    order: tuple[Any, ...] = (moved.c.effective_on, moved.c.position, moved.c.line)
    balance = sa.func.sum(moved.c.amount).over(order_by=order).label("balance")
    every = moved.select().add_columns(balance).where(moved.c.method == method).subquery("every")
    wanted = every.select().where(every.c.effective_on >= first)
    sortable = {"effectiveOn": every.c.effective_on, "position": every.c.position, "line": every.c.line}
    return await db.page(wanted, paging, sortable, "effectiveOn,position")
