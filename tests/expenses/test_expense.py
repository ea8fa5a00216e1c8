"""The rules of an expense."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.base import Missing
from domain.expenses import (
    AmountMissing,
    Details,
    Expense,
    ExpenseCategory,
    ExpenseIsVoid,
    IdTaken,
    InTheFuture,
    NotAMethod,
    entries,
)
from domain.text import BadText
from domain.values import BadAmount, PaymentMethod
from tests.support.given import on

ID = UUID("0190c0de-0000-7000-8000-000000000001")
TODAY = date(2026, 11, 20)
RENT = Details(
    ExpenseCategory.RENT, Decimal("45000.00"), date(2026, 11, 1), PaymentMethod.BANK_TRANSFER, "Mrs Shah", "November",
    "R-11",
)  # fmt: skip
FACTS = {
    "category": RENT.category, "amount": RENT.amount, "incurred_on": RENT.incurred_on, "method": RENT.method,
    "payee": RENT.payee, "description": RENT.description, "reference": RENT.reference,
}  # fmt: skip
given = on(Expense, ID)
RECORDED = Expense.ExpenseRecorded(effective_on=RENT.incurred_on, **FACTS)


def test_an_expense_counts_for_the_day_it_was_spent() -> None:
    given().when(lambda e: e.record(RENT, today=TODAY)).then(RECORDED)


def test_recording_it_again_is_once() -> None:
    given(RECORDED).when(lambda e: e.record(RENT, today=TODAY)).then()
    other = replace(RENT, amount=Decimal("1.00"))
    given(RECORDED).when(lambda e: e.record(other, today=TODAY)).then_refused(IdTaken)


@pytest.mark.parametrize(
    ("wrong", "refusal", "field"),
    [
        ({"amount": Decimal("0.00")}, AmountMissing, "amount"),
        ({"amount": Decimal("1.001")}, BadAmount, None),
        ({"amount": Decimal("-1")}, BadAmount, None),
        ({"incurred_on": TODAY + timedelta(days=1)}, InTheFuture, "incurredOn"),
        ({"method": PaymentMethod.OPENING}, NotAMethod, "method"),
        ({"payee": "a\x07"}, BadText, "payee"),
        ({"description": "x" * 2001}, BadText, "description"),
        ({"reference": "a\nb"}, BadText, "reference"),
    ],
)
def test_what_cannot_be(wrong: dict[str, object], refusal: type[Exception], field: str | None) -> None:
    expected = {"field": field} if field else {}
    bad = replace(RENT, **wrong)  # type: ignore[arg-type]
    given().when(lambda e: e.record(bad, today=TODAY)).then_refused(refusal, **expected)  # type: ignore[arg-type]
    given(RECORDED).when(lambda e: e.amend(bad, today=TODAY)).then_refused(refusal, **expected)  # type: ignore[arg-type]


def test_today_is_not_the_future_and_blank_text_is_none() -> None:
    details = Details(ExpenseCategory.OTHER, Decimal("5.00"), TODAY, PaymentMethod.CASH, "  ", "\n", "")
    story = given().when(lambda e: e.record(details, today=TODAY))
    held = story.aggregate.details
    assert (held.payee, held.description, held.reference, held.incurred_on) == (None, None, None, TODAY)


def test_an_amendment_keeps_what_was_before() -> None:
    amended = replace(RENT, amount=Decimal("46000.00"), incurred_on=date(2026, 10, 31), payee="Mr Shah")
    given(RECORDED).when(lambda e: e.amend(amended, "the bill says so", today=TODAY)).then(
        Expense.ExpenseAmended(
            effective_on=date(2026, 10, 31),
            **{**FACTS, "amount": amended.amount, "incurred_on": amended.incurred_on, "payee": "Mr Shah"},
            reason="the bill says so", category_before=RENT.category, amount_before=RENT.amount,
            incurred_on_before=RENT.incurred_on, method_before=RENT.method,
        )
    )  # fmt: skip
    given(RECORDED).when(lambda e: e.amend(RENT, "nothing new", today=TODAY)).then()


def test_a_void_expense_stays_void() -> None:
    story = given(RECORDED).when(lambda e: e.void("entered twice"))
    story.then(
        Expense.ExpenseVoided(
            effective_on=RENT.incurred_on, category=RENT.category, amount=RENT.amount, incurred_on=RENT.incurred_on,
            method=RENT.method, reason="entered twice",
        )
    )  # fmt: skip
    assert story.aggregate.standing == 0
    gone = given(RECORDED, lambda e: e.void("entered twice"))
    gone.when(lambda e: e.void("again")).then_refused(ExpenseIsVoid)
    gone = given(RECORDED, lambda e: e.void("entered twice"))
    gone.when(lambda e: e.amend(replace(RENT, amount=Decimal("1.00")), today=TODAY)).then_refused("EXPENSE_VOIDED")
    given(RECORDED).when(lambda e: e.void(" ")).then_refused(BadText, field="reason")


def test_nothing_that_does_not_exist_is_changed() -> None:
    given().when(lambda e: e.void("why")).then_refused(Missing)
    given().when(lambda e: e.amend(RENT, today=TODAY)).then_refused(Missing)


DETAILS = st.builds(
    Details,
    category=st.sampled_from(ExpenseCategory),
    amount=st.decimals("0.01", "99999.99", places=2),
    incurred_on=st.dates(date(2026, 1, 1), TODAY),
    method=st.sampled_from([m for m in PaymentMethod if m is not PaymentMethod.OPENING]),
    description=st.sampled_from([None, "one", "another"]),
)


def _amend(details: Details, expense: Expense) -> None:
    expense.amend(details, today=TODAY)


@drawn(st.lists(DETAILS, min_size=1, max_size=6), st.booleans())
def test_the_entries_add_up_to_what_stands(history: list[Details], voided: bool) -> None:
    """On every day, in every category, by every method: whatever was amended on the way."""
    story = given(lambda e: e.record(history[0], today=TODAY))
    for details in history[1:]:
        story.given(partial(_amend, details))
    if voided:
        story.given(lambda e: e.void("why"))
    totals: dict[tuple[object, ...], Decimal] = {}
    for event in story._history:
        for day, category, method, amount in entries(event):
            totals[day, category, method] = totals.get((day, category, method), Decimal(0)) + amount
    held = story.aggregate.details
    expected = {} if voided else {(held.incurred_on, held.category, held.method): held.amount}
    assert {place: total for place, total in totals.items() if total} == expected
    story.then_refolds()
