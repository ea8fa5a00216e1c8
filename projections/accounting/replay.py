"""A patient's money step by step: each entry, who made it and why, and every balance after it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.billing import ACCOUNTS
from projections.accounting.trial import upto
from projections.base import alike
from projections.billing.journal import journal
from projections.query import Data, Paging, Reader
from projections.staff import users

__all__ = ["Telling", "replay"]

J = journal.c


class Telling(StrEnum):
    """In which order the story is told."""

    EFFECTIVE = "effective"
    """As the accounts have it: by the day an entry counts for."""
    RECORDED = "recorded"
    """As it came about: by the order in the book."""


async def replay(
    db: Reader, patient_id: UUID, paging: Paging, *, as_of: date | None = None, known_at: datetime | None = None,
    order: Telling = Telling.EFFECTIVE,
) -> Data:  # fmt: skip
    """A page of steps: ``{"number", "position", "effective_on", "recorded_at", "concerns", "kind", "document",
    "actor", "actor_name", "reason", "session_id", "payment_id", "postings": [{"account", "therapy_type_id", "method",
    "amount"}], "accounts": {account: balance after it}, "balance": what is owed less credit}``."""
    by: tuple[Any, ...] = (J.effective_on, J.position) if order is Telling.EFFECTIVE else (J.position,)
    after = [sa.func.sum(J[account]).over(order_by=by).label(f"after_{account}") for account in ACCOUNTS]
    name = sa.func.concat_ws(" ", users.c.first_name, users.c.last_name).label("actor_name")
    steps = (
        journal.select(
            *journal.shown(without=("ledger_id", "patient_id", "charge_kind")), *after, name,
            sa.func.row_number().over(order_by=by).label("step"),
        )
        .select_from(journal.table.outerjoin(users.table, alike(J.actor, users.c.id)))
        .where(J.patient_id == patient_id, *upto(J, as_of, known_at))
        .subquery("steps")
    )  # fmt: skip
    found = await db.page(steps.select(), paging, {"number": steps.c.step}, "number")
    return {
        "patient_id": patient_id, "as_of": as_of, "known_at": known_at, "order": order, **found,
        "data": [_step(row) for row in found["data"]],
    }  # fmt: skip


def _step(row: Data) -> Data:
    amounts: dict[str, Decimal] = {account: row.pop(account) for account in ACCOUNTS}
    accounts = {account: row.pop(f"after_{account}") for account in ACCOUNTS}
    kind_of_income, method = row.pop("therapy_type_id"), row.pop("method")
    postings = [
        {
            "account": account,
            "therapy_type_id": kind_of_income if account == "income" else None,
            "method": method if account == "cash" else None,
            "amount": amount,
        }
        for account, amount in amounts.items()
        if amount
    ]
    row["actor_name"] = row["actor_name"] or None
    balance = accounts["receivable"] + accounts["credit"]
    return {**row, "postings": postings, "accounts": accounts, "balance": balance}
