"""Closed periods, asserted balances, and money to be reconciled."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query
from starlette.responses import Response

from api.accounting.views import routes
from api.base import Page, PagingQuery, view
from api.call import Call
from api.history import Before, HistoryView, Limit, history
from application.accounting import (
    AssertBalance,
    AssertionResult,
    BooksResult,
    CloseBooks,
    ReopenBooks,
    WithdrawAssertion,
)
from application.base import Model, Money
from application.values import Day, Method
from domain.accounting import AssertedAccount
from domain.base import Invalid, Missing
from domain.values import PaymentMethod
from projections import tenancy
from projections.accounting import assertions, periods, reconciliation

LONGEST_DAYS = 366
ClosingView = view(periods.ClosingRow, "Closing")
AssertionView = view(
    assertions.AssertionRow, "BalanceAssertion", found=Money, difference=Money, holds=bool, explain=str
)


class PeriodTooLong(Invalid):
    """At most 366 days are reconciled at once, and the first does not come after the last."""


class PeriodsView(Page[ClosingView]):  # type: ignore[valid-type]
    """What was closed and opened again, the latest first, and the last day that is closed now."""

    closed_through: date | None


class ReconciliationExplained(Model):
    """Where the entries behind each amount are listed."""

    opening: str
    received: str
    paid: str
    closing: str


class ReconciliationDay(Model):
    """`closing` is `opening` and what was `received`, less what was `paid`. `asserted` is what somebody says was there
    at the end of the day, and `difference` what the books hold too much."""

    method: PaymentMethod
    day: date
    opening: Money
    received: Money
    paid: Money
    closing: Money
    movements: int
    asserted: Money | None
    difference: Money | None
    explain: ReconciliationExplained


class ReconciliationView(Model):
    first: date
    last: date
    days: list[ReconciliationDay]


class MovementView(Model):
    """Money that came (above zero) or went, and what was there after it. `kind` is `EXPENSE`, or that of a ledger's
    entry."""

    effective_on: date
    position: int
    line: int
    recorded_at: datetime
    kind: str
    document: str | None
    method: PaymentMethod
    patient_id: UUID | None
    payment_id: UUID | None
    expense_id: UUID | None
    amount: Money
    concerns: date | None
    actor: UUID
    balance: Money


@routes.get("/ledger/periods", may="ledger:read", answers=PeriodsView)
async def list_periods(call: Call, paging: PagingQuery) -> Response:
    """Up to which day the books are closed, and how that came"""
    async with call.reading() as db:
        found = await periods.page(db, paging)
        return call.json({"closed_through": await periods.closed_through(db), **found})


@routes.post("/ledger/periods/close", CloseBooks, answers=BooksResult)
async def close_books(call: Call, command: CloseBooks) -> Response:
    """Close the books up to a day

    What is dated into a closed period later is refused (`PERIOD_CLOSED`), unless it says `priorPeriod`: then it counts
    for the first open day, marked with the day it `concerns`. What sessions do to a ledger is booked that way by
    itself."""
    return await call.execute(command)


@routes.post("/ledger/periods/reopen", ReopenBooks, answers=BooksResult)
async def reopen_books(call: Call, command: ReopenBooks) -> Response:
    """Open closed periods again

    With a reason, which stays on record."""
    return await call.execute(command)


@routes.get("/ledger/assertions", may="ledger:read", answers=Page[AssertionView])  # type: ignore[valid-type]
async def list_assertions(
    call: Call, paging: PagingQuery, account: Annotated[AssertedAccount | None, Query()] = None
) -> Response:
    """Balance assertions, the latest day first

    Each with what the books say now: an entry that was dated back behind an assertion shows."""
    async with call.reading() as db:
        return call.json(await assertions.page(db, paging, account=account))


@routes.post("/ledger/assertions", AssertBalance, answers=AssertionResult, status=201, refuses=(404,))
async def assert_balance(call: Call, command: AssertBalance) -> Response:
    """Say what an account held at the end of a day

    By a statement of the bank, or a count of the till. It is recorded whether or not the books agree; `difference` is
    what they hold too much."""
    async with call.reading() as db:
        found = await assertions.balance(
            db, command.account, command.as_of, method=command.method, patient_id=command.patient_id
        )
    return await call.execute(command.model_copy(update={"found": found}))


@routes.get("/ledger/assertions/{assertion_id}", may="ledger:read", answers=AssertionView)
async def get_assertion(call: Call, assertion_id: UUID) -> Response:
    """A balance assertion, and what the books say now"""
    async with call.reading() as db:
        found = await assertions.get(db, assertion_id)
    if found is None:
        raise Missing
    return call.json(found)


@routes.delete("/ledger/assertions/{assertion_id}", WithdrawAssertion, answers=AssertionResult)
async def withdraw_assertion(call: Call, command: WithdrawAssertion) -> Response:
    """Take an assertion back

    It stays readable, and says why."""
    return await call.execute(command)


@routes.get("/ledger/assertions/{assertion_id}/history", may="money-history:read", answers=HistoryView)
async def assertion_history(call: Call, assertion_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """Everything that happened to a balance assertion"""
    async with call.reading() as db:
        if await assertions.get(db, assertion_id) is None:
            raise Missing
    return await history(call, [assertion_id], before, limit)


@routes.get("/ledger/reconciliation", may="ledger:read", answers=ReconciliationView)
async def reconcile(
    call: Call,
    first: Annotated[Day | None, Query(alias="from", description="The first day; that of the month if missing")] = None,
    last: Annotated[Day | None, Query(alias="to", description="The last day; today if missing")] = None,
    method: Annotated[Method | None, Query(description="Only this method")] = None,
) -> Response:
    """Money by method and day

    What was there in the morning, came, went, and was there at night, to be laid beside the statement of the bank or
    the count of the till; beside it, what was asserted."""
    async with call.reading() as db:
        centre = await tenancy.get(db, db.tenant_id)
        today = call.context.now.astimezone(ZoneInfo(centre["timezone"] if centre else "UTC")).date()
        until = last or today
        since = first or until.replace(day=1)
        _must_be_short(since, until)
        found = await reconciliation.days(db, since, until, None if method is None else PaymentMethod(method))
    return call.json({"first": since, "last": until, "days": found})


@routes.get("/ledger/reconciliation/movements", may="ledger:read", answers=Page[MovementView])
async def list_movements(
    call: Call,
    paging: PagingQuery,
    method: Annotated[Method, Query()],
    first: Annotated[Day, Query(alias="from", description="The first day")],
    last: Annotated[Day, Query(alias="to", description="The last day")],
) -> Response:
    """What came and went by one method, line by line"""
    _must_be_short(first, last)
    async with call.reading() as db:
        return call.json(await reconciliation.movements(db, paging, PaymentMethod(method), first, last))


def _must_be_short(first: date, last: date) -> None:
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise PeriodTooLong(field="from")
