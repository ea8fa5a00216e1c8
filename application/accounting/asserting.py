"""Asserting what an account ought to hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, PlainSerializer, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from application.base import Book, Command, Context, FromPath, Money, Reason, Result, handles
from application.values import ChosenId, Day, Method
from domain.accounting import AssertedAccount, BalanceAssertion, Claim
from domain.base import Missing
from domain.patients import Patient
from domain.values import ZERO, PaymentMethod

__all__ = ["AssertBalance", "AssertionResult", "WithdrawAssertion"]

Balance = Annotated[
    Decimal,
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": "string", "pattern": r"^-?[0-9]{1,13}\.[0-9]{2}$", "examples": ["1250.00"]}, mode="serialization"
    ),
]
"""An amount that may be below zero."""
# Found by the API in the read models just before; never from a body.
Found = Annotated[Decimal, SkipJsonSchema(), Field(default=ZERO, validation_alias="\0found", repr=False)]


class AssertBalance(Command):
    """Say what an account held at the end of a day, by a statement of the bank or a count of the till. Credit and
    deferred income are positive while they are held."""

    assertion_id: ChosenId = None
    account: Annotated[AssertedAccount, Field(examples=["CREDIT"])]
    method: Annotated[Method | None, Field(description="Of `CASH`, and of nothing else", examples=[None])] = None
    patient_id: Annotated[
        UUID | None, Field(description="Of `RECEIVABLE` or `CREDIT`; all patients if missing", examples=[None])
    ] = None
    as_of: Annotated[Day, Field(examples=["2026-10-31"])]
    expected: Annotated[Money, Field(examples=["1250.00"])]
    overdrawn: Annotated[bool, Field(strict=True, description="The balance is below zero by that much")] = False
    note: Annotated[Reason | None, Field(examples=["Statement 10/2026"])] = None
    found: Found


class WithdrawAssertion(Command):
    """Take back an assertion that was made wrongly."""

    assertion_id: FromPath
    reason: Annotated[Reason, Field(examples=["Another account's statement"])]


class AssertionResult(Result):
    """What was claimed, and what the books say. `difference` is what they hold too much; below zero, too little."""

    id: UUID
    version: int
    account: AssertedAccount
    as_of: date
    expected: Balance
    found: Balance
    difference: Balance
    holds: bool
    withdrawn: bool


@handles(AssertBalance, may="balances:assert")
async def assert_balance(command: AssertBalance, context: Context, book: Book) -> AssertionResult:
    if command.patient_id is not None and not (await book.read(Patient, command.patient_id)).exists:
        raise Missing
    chosen = command.assertion_id
    assertion = await book.load(BalanceAssertion, chosen) if chosen else book.new(BalanceAssertion, context.new_id())
    claim = Claim(
        command.account, None if command.method is None else PaymentMethod(command.method), command.patient_id,
        command.as_of, -command.expected if command.overdrawn else command.expected, command.note,
    )  # fmt: skip
    assertion.make(claim, command.found, today=book.today)
    return _result(assertion)


@handles(WithdrawAssertion, may="balances:assert")
async def withdraw_assertion(command: WithdrawAssertion, context: Context, book: Book) -> AssertionResult:
    assertion = await book.load(BalanceAssertion, command.assertion_id)
    context.must_match(assertion)
    assertion.withdraw(command.reason)
    return _result(assertion)


def _result(assertion: BalanceAssertion) -> AssertionResult:
    claim, found = assertion.claim, assertion.found
    assert claim is not None  # noqa: S101 - it was made
    return AssertionResult(
        id=assertion.id, version=assertion.version, account=claim.account, as_of=claim.as_of, expected=claim.expected,
        found=found, difference=found - claim.expected, holds=found == claim.expected, withdrawn=assertion.withdrawn,
    )  # fmt: skip
