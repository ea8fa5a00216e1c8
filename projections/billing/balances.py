"""What each patient owes and has resting as credit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.base import Recorded
from domain.billing import entry
from domain.billing.postings import TABLE
from domain.values import ZERO
from projections.base import ReadTable, Row, replace
from projections.query import Data, Reader


class BalanceRow(Row, frozen=True):
    """A patient's money: ``credit`` rests, ``receivable`` is owed, due or not. Neither is negative."""

    patient_id: UUID
    credit: Decimal
    receivable: Decimal
    version: int


balances = ReadTable("patient_balances", BalanceRow, key="patient_id")


def balanced(row: BalanceRow | None, event: Any, at: Recorded) -> BalanceRow:
    row = row or BalanceRow(event.patient_id, ZERO, ZERO, 0)
    moved = entry(event)
    if moved is None:
        return replace(row, version=at.version)
    return BalanceRow(row.patient_id, row.credit - moved.credit, row.receivable + moved.receivable, at.version)


for kind in TABLE:
    balances.on(kind, key=lambda e: e.patient_id)(balanced)


async def balance_of(db: Reader, patient_id: UUID) -> Data:
    """``{"patient_id", "credit", "receivable", "version"}``; zeros where there is no ledger yet."""
    found = await db.one(balances.select().where(balances.c.patient_id == patient_id))
    return found or {"patient_id": patient_id, "credit": ZERO, "receivable": ZERO, "version": 0}
