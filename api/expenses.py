"""What the centre spends, over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import Response

from api.base import Page, PagingQuery, Routes, view
from api.call import Call
from api.filters import Search
from api.history import Before, HistoryView, Limit, history
from api.reports.asking import centre_of
from api.reports.documents import MONEY
from api.reports.explain import ExplainPaging
from api.reports.shapes import Explain
from api.reports.views import ExplanationView
from application.base import Model, Money, Reason
from application.expenses import AmendExpense, ExpenseResult, RecordExpense, VoidExpense
from application.values import Day
from domain.base import Missing
from domain.expenses import ExpenseCategory
from domain.values import PaymentMethod
from projections.expenses import records
from projections.expenses.records import ExpenseStatus, Wanted
from projections.reports.asked import FIRST_DAY, Asked, link
from projections.reports.figures import explained, listed_expenses

routes = Routes("Expenses")

ExpenseView = view(records.ExpenseRow, "Expense")


class CategorySum(Model):
    """What was spent on one category."""

    category: ExpenseCategory
    count: int
    amount: Money
    explain: Explain


class ExpensesView(Page[ExpenseView]):  # type: ignore[valid-type]
    """A page of expenses. `amount` is the sum of all that the filters find and that stand, on whatever page."""

    amount: Money
    explain: Explain
    by_category: list[CategorySum]


def filters(
    search: Search = None,
    category: ExpenseCategory | None = None,
    method: PaymentMethod | None = None,
    status: ExpenseStatus | None = None,
    start: Annotated[Day | None, Query(alias="from", description="Incurred on this day or later")] = None,
    end: Annotated[Day | None, Query(alias="to", description="Incurred on this day or before")] = None,
    least: Annotated[Money | None, Query(alias="minAmount", description="This much or more")] = None,
    most: Annotated[Money | None, Query(alias="maxAmount", description="This much or less")] = None,
) -> Wanted:
    return Wanted(category, method, status, start, end, least, most, search)


@routes.get("/expenses", may="expenses:read", answers=ExpensesView)
async def list_expenses(call: Call, paging: PagingQuery, wanted: Annotated[Wanted, Depends(filters)]) -> Response:
    """List expenses

    Latest first, with the sum of those that stand. `search` looks in receipt number, reference, payee and description.
    Sort by `incurredOn`, `amount`, `category`, `method`, `payee`, `status`, `recordedAt` or `receiptNumber`."""
    async with call.reading() as db:
        found = await records.page(db, paging, wanted)
    found["explain"] = link("listed-expenses", wanted)
    for each in found["by_category"]:
        each["explain"] = link("listed-expenses", wanted, category=each["category"])
    return call.json(found)


@routes.get("/explain/listed-expenses", may=MONEY, answers=ExplanationView)
async def explain_listed_expenses(
    call: Call, paging: ExplainPaging, wanted: Annotated[Wanted, Depends(filters)]
) -> Response:
    """What is behind the sum of a list of expenses

    The entries of the expenses that `GET /expenses` finds by the same filters, void ones left out, oldest first. The
    amounts of all pages sum to `value`."""
    async with call.reading() as db:
        centre = await centre_of(db)
        today = call.context.now.astimezone(centre.zone).date()
        asked = Asked(FIRST_DAY, today, today)
        found = await explained(db, listed_expenses(wanted), asked, paging, centre.zone)
    return call.json({**found, "period": {"first": asked.first, "last": today}, "as_of": today, "known_at": None})


@routes.post("/expenses", RecordExpense, answers=ExpenseResult, status=201, refuses=(404,))
async def record_expense(call: Call, command: RecordExpense) -> Response:
    """Record an expense

    It draws the next number of the series EXPENSE. The same `expenseId` or `Idempotency-Key` twice is one expense."""
    number = None
    if command.expense_id is not None:
        async with call.reading() as db:
            number = await records.receipt_of(db, command.expense_id)
    return await call.execute(command, known={"receiptNumber": number})


@routes.get("/expenses/{expense_id}", may="expenses:read", answers=ExpenseView)
async def get_expense(call: Call, expense_id: UUID) -> Response:
    """An expense"""
    async with call.reading() as db:
        return call.found(await records.get(db, expense_id))


@routes.put("/expenses/{expense_id}", AmendExpense, answers=ExpenseResult)
async def amend_expense(call: Call, command: AmendExpense) -> Response:
    """Amend an expense

    What is missing stays as it is; null or empty text is taken away. The old values stay in the history."""
    return await _changed(call, command)


@routes.delete("/expenses/{expense_id}", VoidExpense, answers=ExpenseResult)
async def void_expense(
    call: Call,
    command: VoidExpense,
    reason: Annotated[Reason | None, Query(description="Why, for clients that send no body with DELETE")] = None,
) -> Response:
    """Void an expense

    Nothing is deleted: it keeps its number, says why it is void and counts for nothing. The reason comes in the body
    or in the query."""
    return await _changed(call, command.model_copy(update={"reason": command.reason or reason}))


@routes.get("/expenses/{expense_id}/history", may="money-history:read", answers=HistoryView)
async def expense_history(call: Call, expense_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to an expense

    Who recorded, amended or voided it, when, and what it said before."""
    async with call.reading() as db:
        if await records.get(db, expense_id) is None:
            raise Missing
    return await history(call, [expense_id], before, limit)


async def _changed(call: Call, command: AmendExpense | VoidExpense) -> Response:
    async with call.reading() as db:
        number = await records.receipt_of(db, command.expense_id)
    return await call.execute(command, known={"receiptNumber": number})
