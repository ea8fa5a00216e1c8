"""The trial balance: every account of the centre, spending included."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.billing import ACCOUNTS
from domain.values import ZERO, PaymentMethod
from projections.billing.journal import SUMS, journal
from projections.expenses.entries import expense_entries
from projections.query import Data, Reader
from projections.reports.asked import link_ever

__all__ = ["FIGURE_OF", "trial_balance", "upto"]

EXPENSES = "expenses"
FIGURE_OF = {"write_offs": "write-offs", "cash": "money-in-hand"}
"""The figure that an account is explained by, where it has another name."""
ORDER = (*ACCOUNTS, EXPENSES)
Place = tuple[str, UUID | None, str | None, str | None]
"""An account, and which one of its kind: therapy type of income, method of cash, category of expenses."""


def upto(columns: Any, as_of: date | None, known_at: datetime | None) -> list[sa.ColumnElement[bool]]:
    """The entries of a journal that count by a day and were known at an instant."""
    conditions: list[sa.ColumnElement[bool]] = []
    if as_of is not None:
        conditions.append(columns.effective_on <= as_of)
    if known_at is not None:
        conditions.append(columns.recorded_at <= known_at)
    return conditions


async def trial_balance(db: Reader, *, as_of: date | None = None, known_at: datetime | None = None) -> Data:
    """Every account of the centre: ``{"as_of", "known_at", "accounts": [{"account", "therapy_type_id", "method",
    "category", "balance", "debit", "credit", "explain"}], "debit", "credit", "difference"}``. Income is split by
    therapy type, cash by method, expenses by category; accounts without a balance are left out. ``difference`` is 0.00,
    or the books are wrong."""
    totals: defaultdict[Place, Decimal] = defaultdict(lambda: ZERO)
    dimensions = (journal.c.therapy_type_id, journal.c.method)
    entered = journal.select(*dimensions, *SUMS).where(*upto(journal.c, as_of, known_at)).group_by(*dimensions)
    for row in await db.all(entered):
        for account in ACCOUNTS:
            therapy_type_id = row["therapy_type_id"] if account == "income" else None
            totals[account, therapy_type_id, row["method"] if account == "cash" else None, None] += row[account]
    kinds = (expense_entries.c.category, expense_entries.c.method)
    amount = sa.func.sum(expense_entries.c.amount).label("amount")
    spent = expense_entries.select(*kinds, amount).where(*upto(expense_entries.c, as_of, known_at)).group_by(*kinds)
    for row in await db.all(spent):
        totals[EXPENSES, None, None, row["category"]] += row["amount"]
        totals["cash", None, row["method"], None] -= row["amount"]
    accounts: list[Data] = [
        {
            "account": account,
            "therapy_type_id": therapy_type_id,
            "method": method,
            "category": category,
            "balance": balance,
            "debit": max(balance, ZERO),
            "credit": max(-balance, ZERO),
            "explain": _explained((account, therapy_type_id, method, category), as_of, known_at),
        }
        for (account, therapy_type_id, method, category), balance in sorted(totals.items(), key=_in_order)
        if balance
    ]
    debit, credit = (sum((line[side] for line in accounts), ZERO) for side in ("debit", "credit"))
    return {
        "as_of": as_of, "known_at": known_at, "accounts": accounts,
        "debit": debit, "credit": credit, "difference": debit - credit,
    }  # fmt: skip


def _explained(place: Place, as_of: date | None, known_at: datetime | None) -> str:
    account, therapy_type_id, method, category = place
    figure = "brought-forward" if method == PaymentMethod.OPENING else FIGURE_OF.get(account, account)
    narrowing = {"therapy_type_id": therapy_type_id, "category": category}
    if method != PaymentMethod.OPENING:
        narrowing["method"] = method
    return link_ever(figure, as_of, known_at, **narrowing)


def _in_order(item: tuple[Place, Decimal]) -> tuple[int, str, str, str]:
    account, therapy_type_id, method, category = item[0]
    return ORDER.index(account), str(therapy_type_id or ""), method or "", category or ""
