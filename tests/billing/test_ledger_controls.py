"""Negative controls: the checks of the state machine notice a fault that is put in on purpose."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from domain.base import Event
from domain.billing import PatientLedger
from domain.billing.postings import TABLE
from tests.billing.test_ledger_machine import UNSHRUNK, LedgerMachine, run


def spoil(kind: type[Event], **change: Callable[[Decimal], Decimal]) -> Callable[[Any], Any]:
    right = TABLE[kind]
    assert right is not None

    def wrong(event: Any) -> Any:
        row = right(event)
        changed: dict[str, Any] = {account: f(getattr(row, account)) for account, f in change.items()}
        return row._replace(**changed)

    return wrong


def negated(value: Decimal) -> Decimal:
    return -value


def a_paisa_more(value: Decimal) -> Decimal:
    return value + Decimal("0.01") if value else value


SPOILED: list[tuple[type[Any], dict[str, Callable[[Decimal], Decimal]]]] = [
    (PatientLedger.SessionCharged, {"receivable": a_paisa_more}),
    (PatientLedger.IncomeEarned, {"income": negated, "deferred": negated}),
    (PatientLedger.PaymentRecorded, {"receivable": negated}),
    (PatientLedger.CreditApplied, {"credit": negated, "receivable": negated}),
    (PatientLedger.ChargeReversed, {"credit": negated}),
    (PatientLedger.PaymentVoided, {"cash": negated}),
]


@pytest.mark.parametrize(("kind", "change"), SPOILED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_wrong_posting_is_noticed(kind: type[Any], change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a sign or a paisa wrong in one line of the table, balanced or not."""
    monkeypatch.setitem(TABLE, kind, spoil(kind, **change))
    with pytest.raises(AssertionError):
        run(LedgerMachine, examples=200, steps=40, phases=UNSHRUNK)


def test_a_lost_settlement_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: credit that does not apply itself."""
    monkeypatch.setattr(PatientLedger, "_auto_apply", lambda *_: None)
    with pytest.raises(AssertionError):
        run(LedgerMachine, examples=200, steps=40, phases=UNSHRUNK)


def test_money_spent_before_it_came_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: settlements dated as asked, whether or not money and charge were there by then."""
    monkeypatch.setattr(PatientLedger, "_by_day", lambda _, parts, on: {on: tuple(parts)} if parts else {})
    with pytest.raises(AssertionError):
        run(LedgerMachine, examples=200, steps=40, phases=UNSHRUNK)
