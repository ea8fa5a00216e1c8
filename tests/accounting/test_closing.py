"""Closed periods: what they refuse, and how what concerns them is booked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from operator import methodcaller
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from domain.base import Clash, Invalid, PeriodClosed, Refused
from domain.billing import ChargeKind, PatientLedger, entry, ledger_id, postings
from domain.expenses import Details, Expense, ExpenseCategory, entries
from domain.tenancy import Tenant
from domain.values import PaymentMethod
from tests.billing.ledgers import CASH, P1, PATIENT, S1, SPEECH, given, uid
from tests.support.given import on

OPEN = date(2026, 4, 1)
MARCH, APRIL = date(2026, 3, 20), date(2026, 4, 20)
TENANT = uid(9)
centre = on(Tenant, TENANT)
TODAY = date(2026, 5, 5)


def closed(ledger: Any) -> None:
    ledger.open_from = OPEN


def pay(when: date, **more: Any) -> Any:
    return lambda ledger: ledger.record_payment(P1, PATIENT, Decimal(100), CASH, when, **more)


def test_a_payment_dated_into_a_closed_period_is_refused() -> None:
    given(closed).when(pay(MARCH)).then_refused(PeriodClosed, open_from="2026-04-01")
    story = given(closed).when(pay(OPEN))
    assert story.refusal is None


def test_a_prior_period_adjustment_counts_for_the_first_open_day_and_says_what_it_concerns() -> None:
    ledger = given(closed).when(pay(MARCH, prior_period=True)).aggregate
    [payment] = _events(ledger)
    assert (payment.effective_on, payment.concerns, payment.received_on) == (OPEN, MARCH, MARCH)
    given(closed).when(pay(APRIL, prior_period=True)).then(
        PatientLedger.PaymentRecorded(
            patient_id=PATIENT, effective_on=APRIL, payment_id=P1, amount=Decimal("100.00"), method=CASH,
            received_on=APRIL, reference=None, parts=(), credit=Decimal("100.00"),
        )
    )  # fmt: skip


def test_what_a_session_of_a_closed_period_does_is_an_adjustment_by_itself() -> None:
    def book(ledger: PatientLedger) -> None:
        ledger.charge_session(S1, PATIENT, SPEECH, Decimal(800), due_on=MARCH, on=MARCH)

    ledger = given(book, closed).when(lambda ledger: ledger.earn(S1, on=MARCH)).aggregate
    [earned] = _events(ledger)
    assert (earned.effective_on, earned.concerns) == (OPEN, MARCH)


STEPS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 60), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30
)


@settings(max_examples=150, deadline=None)
@drawn(before=STEPS, after=STEPS, reopened=STEPS, closing=st.integers(10, 50))
def test_whatever_happens_no_closed_day_changes_and_no_balance_is_negative(
    before: list[Any], after: list[Any], reopened: list[Any], closing: int
) -> None:
    first = date(2026, 3, 1)
    ledger = PatientLedger.blank(ledger_id(PATIENT))
    _carry_out(ledger, before, first, prior=False)
    through = first + timedelta(days=closing)
    was = _as_of(ledger, through)
    ledger.open_from = through + timedelta(days=1)
    _carry_out(ledger, after, first, prior=True)
    assert _as_of(ledger, through) == was
    assert all(e.concerns <= through < e.effective_on for e in _events(ledger) if e.concerns)
    ledger.open_from = None  # opened again: nothing may now come before the adjustment it builds on
    _carry_out(ledger, reopened, first, prior=False)
    for ahead in range(0, 80):
        held = _as_of(ledger, first + timedelta(days=ahead))
        assert held["receivable"] >= 0
        assert held["credit"] <= 0
        assert held["deferred"] <= 0


def _carry_out(ledger: PatientLedger, steps: list[Any], first: date, *, prior: bool) -> None:
    for what, ahead, one, other in steps:
        when, session, payment = first + timedelta(days=ahead), uid(100 + one), uid(200 + other)
        amount, due = Decimal(one * 100 + other + 1), dict[str, Any](due_on=when, on=when)
        commands: list[Any] = [
            partial(ledger.charge_session, session, PATIENT, SPEECH, Decimal(500), **due),
            partial(ledger.record_payment, payment, PATIENT, amount, CASH, when, prior_period=prior),
            partial(ledger.earn, session, on=when),
            partial(ledger.reverse_charge, session, "x", on=when),
            partial(ledger.void_payment, payment, "x", on=when),
            partial(ledger.refund, uid(300 + one), payment, Decimal(1), CASH, "x", on=when),
            partial(ledger.charge_fee, session, PATIENT, ChargeKind.NO_SHOW, amount, **due),
        ]
        try:
            commands[what]()
        except Refused:
            continue


def _events(aggregate: Any) -> list[Any]:
    return list(aggregate.pending_events)


def _as_of(ledger: PatientLedger, day: date) -> dict[str, Decimal]:
    held: dict[str, Decimal] = defaultdict(Decimal)
    for event in _events(ledger):
        if entry(event) is not None and event.effective_on <= day:
            for posting in postings(event):
                held[posting.account] += posting.amount
    return held


RENT = Details(ExpenseCategory.RENT, Decimal("900.00"), MARCH, PaymentMethod.UPI)
spending = on(Expense, uid(7))


def _spent(expense: Expense) -> list[tuple[date, Decimal]]:
    return [(s.effective_on, s.amount) for s in entries(_events(expense)[-1])]


def test_an_expense_of_a_closed_period() -> None:
    def record(expense: Expense) -> None:
        expense.record(RENT, today=TODAY)

    def amended(details: Details, *, prior_period: bool = True) -> Any:
        return lambda expense: expense.amend(details, today=TODAY, prior_period=prior_period)

    dearer, later, noted = (
        replace(RENT, amount=Decimal(950)), replace(RENT, incurred_on=APRIL), replace(RENT, payee="Mrs Shah"),
    )  # fmt: skip
    spending(closed).when(record).then_refused("PERIOD_CLOSED")
    spending(record, closed).when(lambda e: e.void("twice")).then_refused("PERIOD_CLOSED")
    for wrong in (dearer, later):
        spending(record, closed).when(amended(wrong, prior_period=False)).then_refused("PERIOD_CLOSED")
    assert spending(record, closed).when(amended(noted, prior_period=False)).refusal is None  # words move no money
    adjusted = spending(closed).when(lambda e: e.record(RENT, today=TODAY, prior_period=True)).aggregate
    assert _spent(adjusted) == [(OPEN, Decimal(900))]
    void = spending(record, closed).when(lambda e: e.void("twice", prior_period=True)).aggregate
    assert _spent(void) == [(OPEN, Decimal(-900))]
    assert _spent(spending(record, closed).when(amended(dearer)).aggregate) == [
        (OPEN, Decimal(-900)),
        (OPEN, Decimal(950)),
    ]
    assert _spent(spending(record, closed).when(amended(later)).aggregate) == [
        (APRIL, Decimal(-900)),
        (APRIL, Decimal(900)),
    ]


def test_books_are_closed_up_to_a_day_that_is_over_and_opened_with_a_reason() -> None:
    def opened(tenant: Tenant) -> None:
        tenant.open(name="Sunrise", slug="sunrise")

    def close(through: date) -> Any:
        return lambda tenant: tenant.close_books(through, None, today=TODAY)

    march, april = date(2026, 3, 31), date(2026, 4, 30)
    centre(opened).when(close(april)).then(Tenant.BooksClosed(through=april, note=None))
    centre(opened, close(april)).when(close(april)).then()
    centre(opened, close(april)).when(close(march)).then_refused("PERIOD_CLOSED")
    for early in (TODAY, TODAY + timedelta(days=1)):
        story = centre(opened).when(close(early))
        assert isinstance(story.refusal, Invalid)
    reopened = centre(opened, close(april)).when(lambda t: t.reopen_books(march, "a late statement"))
    reopened.then(Tenant.BooksReopened(through=march, through_before=april, reason="a late statement"))
    assert reopened.aggregate.settings.closed_through == march
    for wrong in (april, TODAY):
        story = centre(opened, close(april)).when(methodcaller("reopen_books", wrong, "x"))
        assert isinstance(story.refusal, Clash)
    centre(opened).when(lambda t: t.reopen_books(None, "x")).then_refused("PERIOD_OPEN")
    with pytest.raises(Refused):
        centre(opened, close(april)).aggregate.reopen_books(None, " ")
