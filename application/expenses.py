"""Recording what the centre spends, amending it, and taking it back."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Line, Money, Reason, Result, handles
from application.values import ChosenId, Day, Method, Positive, PriorPeriod
from domain.base import Invalid
from domain.expenses import Details, Expense, ExpenseCategory
from domain.values import PaymentMethod

Category = Annotated[ExpenseCategory, Field(examples=["SUPPLIES"])]
IncurredOn = Annotated[Day | None, Field(description="When the money was spent; today if missing, never later")]
Payee = Annotated[Line | None, Field(description="Who was paid", examples=["City Stationers"])]
Description = Annotated[str | None, Field(max_length=2000, description="What for", examples=["Picture cards"])]
Reference = Annotated[Line | None, Field(description="Bill, cheque or transaction number", examples=["B-1207"])]


class RecordExpense(Command):
    """Record money spent. It counts for the day it was spent."""

    expense_id: ChosenId = None
    category: Category
    amount: Positive
    method: Method
    incurred_on: IncurredOn = None
    payee: Payee = None
    description: Description = None
    reference: Reference = None
    prior_period: PriorPeriod = False


class AmendExpense(Command):
    """Correct an expense: what is missing stays as it is, null or empty text is taken away. What it said before stays
    in its history."""

    expense_id: FromPath
    category: Category | None = None
    amount: Positive | None = None
    method: Method | None = None
    incurred_on: Day | None = None
    payee: Annotated[str | None, Field(max_length=200, description="Who was paid", examples=["City Stationers"])] = None
    description: Description = None
    reference: Annotated[str | None, Field(max_length=200, description="Bill, cheque or transaction number")] = None
    reason: Annotated[Reason | None, Field(description="Why it is corrected")] = None
    prior_period: PriorPeriod = False


class VoidExpense(Command):
    """Take an expense back. It keeps its number and stays readable."""

    expense_id: FromPath
    reason: Annotated[Reason | None, Field(description="Why; here, or in the query", examples=["Entered twice"])] = None
    prior_period: PriorPeriod = False


class ExpenseResult(Result):
    """An expense as it stands, but for who was paid and what for. Those may name a person, so events have them sealed;
    an answer is stored unsealed, to be given again for its key, and does without them."""

    id: UUID
    version: int
    category: ExpenseCategory
    amount: Money
    method: PaymentMethod
    incurred_on: date
    reference: str | None
    voided: bool
    receipt_number: str | None = None


@handles(RecordExpense, may="expenses:write")
async def record_expense(command: RecordExpense, context: Context, book: Book) -> ExpenseResult:
    chosen = command.expense_id
    expense = await book.load(Expense, chosen) if chosen else book.new(Expense, context.new_id())
    details = Details(
        command.category, command.amount, command.incurred_on or book.today, PaymentMethod(command.method),
        command.payee, command.description, command.reference,
    )  # fmt: skip
    expense.record(details, today=book.today, prior_period=command.prior_period)
    return _result(expense)


@handles(AmendExpense, may="expenses:write")
async def amend_expense(command: AmendExpense, context: Context, book: Book) -> ExpenseResult:
    expense = await _expense(command.expense_id, context, book)
    held, given = expense.details, command.model_fields_set
    details = Details(
        command.category or held.category,
        held.amount if command.amount is None else command.amount,
        command.incurred_on or held.incurred_on,
        held.method if command.method is None else PaymentMethod(command.method),
        command.payee if "payee" in given else held.payee,
        command.description if "description" in given else held.description,
        command.reference if "reference" in given else held.reference,
    )
    expense.amend(details, command.reason, today=book.today, prior_period=command.prior_period)
    return _result(expense)


@handles(VoidExpense, may="expenses:write")
async def void_expense(command: VoidExpense, context: Context, book: Book) -> ExpenseResult:
    expense = await _expense(command.expense_id, context, book)
    if command.reason is None:
        raise Invalid("Say why", field="reason")
    expense.void(command.reason, prior_period=command.prior_period)
    return _result(expense)


async def _expense(expense_id: UUID, context: Context, book: Book) -> Expense:
    expense = await book.load(Expense, expense_id)
    expense.must_exist()
    context.must_match(expense)
    return expense


def _result(expense: Expense) -> ExpenseResult:
    held = expense.details
    return ExpenseResult(
        id=expense.id,
        version=expense.version,
        category=held.category,
        amount=held.amount,
        method=held.method,
        incurred_on=held.incurred_on,
        reference=held.reference,
        voided=expense.voided,
    )
