"""Balance assertions, each beside what the books say now."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.accounting import AssertedAccount, BalanceAssertion
from domain.base import Recorded
from domain.values import ZERO, PaymentMethod
from projections.accounting.trial import FIGURE_OF
from projections.base import ReadTable, Row, changed, own
from projections.billing.journal import journal
from projections.expenses.entries import expense_entries
from projections.query import Data, Paging, Reader
from projections.reports.asked import link_ever

__all__ = ["AssertionRow", "assertions", "balance", "get", "page"]


class AssertionRow(Row, frozen=True):
    """That an account held ``expected`` at the end of ``as_of``; ``found_then`` is what the books said when that was
    claimed."""

    id: UUID
    account: AssertedAccount
    method: PaymentMethod | None
    patient_id: UUID | None
    as_of: date
    expected: Decimal
    found_then: Decimal
    note: str | None
    withdrawn: bool
    withdrawn_because: str | None
    recorded_at: datetime
    recorded_by: UUID
    updated_at: datetime
    version: int


assertions = ReadTable("balance_assertions", AssertionRow, key="id", indexes=[("as_of",)])
_SIGN = {AssertedAccount.CREDIT: -1, AssertedAccount.DEFERRED: -1}
"""Liabilities are negative in the journal, and positive to people."""


@assertions.on(BalanceAssertion.BalanceAsserted, key=own)
def asserted(row: None, event: BalanceAssertion.BalanceAsserted, at: Recorded) -> AssertionRow:
    return AssertionRow(
        event.originator_id, event.account, event.method, event.patient_id, event.as_of, event.expected, event.found,
        event.note, False, None, at.recorded_at, at.actor, at.recorded_at, at.version,
    )  # fmt: skip


@assertions.on(BalanceAssertion.BalanceAssertionWithdrawn, key=own)
def withdrawn(row: AssertionRow, event: BalanceAssertion.BalanceAssertionWithdrawn, at: Recorded) -> AssertionRow:
    return changed(row, at, withdrawn=True, withdrawn_because=event.reason)


async def balance(
    db: Reader, account: AssertedAccount, as_of: date, *, method: str | None = None, patient_id: UUID | None = None
) -> Decimal:
    """What the books say now of an account at the end of a day, in people's sign."""
    of = [journal.c.effective_on <= as_of]
    of += [journal.c.patient_id == patient_id] if patient_id else []
    of += [journal.c.method == method] if account is AssertedAccount.CASH else []
    found = await db.scalar(journal.select(sa.func.sum(journal.c[account.lower()])).where(*of))
    total: Decimal = found or ZERO
    if account is AssertedAccount.CASH:
        counting = [expense_entries.c.effective_on <= as_of, expense_entries.c.method == method]
        total -= await db.scalar(expense_entries.select(sa.func.sum(expense_entries.c.amount)).where(*counting)) or ZERO
    return total * _SIGN.get(account, 1) + ZERO  # never -0.00


async def get(db: Reader, assertion_id: UUID) -> Data | None:
    row = await db.one(assertions.select().where(assertions.c.id == assertion_id))
    return None if row is None else await _judged(db, row)


async def page(db: Reader, paging: Paging, *, account: str | None = None) -> Data:
    """The latest days first, each with ``found``, ``difference``, whether it ``holds``, and where the first is
    explained."""
    found = assertions.select().where(*([assertions.c.account == account] if account else []))
    listed = await db.page(found, paging, {"asOf": assertions.c.as_of, "id": assertions.c.id}, "-asOf")
    return {**listed, "data": [await _judged(db, row) for row in listed["data"]]}


async def _judged(db: Reader, row: Data) -> Data:
    now = await balance(
        db, AssertedAccount(row["account"]), row["as_of"], method=row["method"], patient_id=row["patient_id"]
    )
    told: dict[str, Any] = {"found": now, "difference": now - row["expected"], "holds": now == row["expected"]}
    told["explain"] = link_ever(
        FIGURE_OF.get(row["account"].lower(), row["account"].lower()), row["as_of"], method=row["method"],
        patient_id=row["patient_id"],
    )  # fmt: skip
    return {**row, **told}
