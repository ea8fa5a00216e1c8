"""What each event posts: the table an accountant would check, line by line."""

from __future__ import annotations

from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest

from domain.base import Event
from domain.billing import ACCOUNTS, ChargeKind, EntryKind, PatientLedger, entry, postings
from domain.billing.postings import TABLE
from tests.billing.ledgers import (
    CARD,
    CASH,
    D1,
    OPENING,
    P1,
    R1,
    S1,
    S2,
    SPEECH,
    UPI,
    W1,
    applied,
    charge,
    charged,
    day,
    fact,
    fee,
    given,
    paid,
    part,
    pay,
    rupees,
    uid,
)

SESSION = ChargeKind.SESSION


def reversed_(kind: ChargeKind = SESSION, earned: bool = False, paid_for: int = 0, written_off: int = 0) -> Event:
    return fact(
        PatientLedger.ChargeReversed, charge_id=S1, session_id=S1, therapy_type_id=SPEECH, kind=kind,
        amount=800, earned=earned, released=(part(P1, S1, paid_for),) if paid_for else (),
        written_off=written_off, reason="x",
    )  # fmt: skip


CASES: list[tuple[Event, EntryKind, dict[str, int]]] = [
    (charged(S1, 800), EntryKind.CHARGE, {"receivable": 800, "deferred": -800}),
    (charged(S1, 800, earned=True), EntryKind.CHARGE, {"receivable": 800, f"income {SPEECH}": -800}),
    (charged(S1, 0), EntryKind.CHARGE, {}),
    (fee(S1, ChargeKind.NO_SHOW, 400), EntryKind.CHARGE, {"receivable": 400, "fees": -400}),
    (
        fact(PatientLedger.IncomeEarned, charge_id=S1, session_id=S1, therapy_type_id=SPEECH, amount=800),
        EntryKind.EARNED,
        {"deferred": 800, f"income {SPEECH}": -800},
    ),
    (
        paid(P1, 1000, part(P1, S1, 800), credit=200, method=UPI),
        EntryKind.PAYMENT,
        {"cash UPI": 1000, "receivable": -800, "credit": -200},
    ),
    (
        fact(PatientLedger.CreditBroughtForward, payment_id=P1, amount=300, received_on=D1, reference=None),
        EntryKind.OPENING,
        {f"cash {OPENING}": 300, "credit": -300},
    ),
    (
        applied(part(P1, S1, 50), part(P1, S2, 10)),
        EntryKind.CREDIT_APPLIED,
        {"credit": 60, "receivable": -60},
    ),
    (
        fact(
            PatientLedger.PaymentRefunded, refund_id=R1, payment_id=P1, amount=100, method=CARD, reason="x"
        ),
        EntryKind.REFUND,
        {"credit": 100, "cash CARD": -100},
    ),
    (
        fact(
            PatientLedger.PaymentVoided, payment_id=P1, amount=1000, method=CASH, credit=200, reason="x",
            released=(part(P1, S1, 800),),
        ),
        EntryKind.VOID,
        {"cash CASH": -1000, "receivable": 800, "credit": 200},
    ),
    (
        fact(
            PatientLedger.ChargeWrittenOff, write_off_id=W1, charge_id=S1, session_id=S1,
            therapy_type_id=SPEECH, kind=SESSION, amount=300, reason="x",
        ),
        EntryKind.WRITE_OFF,
        {"write_offs": 300, "receivable": -300},
    ),
    (reversed_(), EntryKind.REVERSAL, {"receivable": -800, "deferred": 800}),
    (reversed_(earned=True), EntryKind.REVERSAL, {"receivable": -800, f"income {SPEECH}": 800}),
    (
        reversed_(ChargeKind.NO_SHOW, earned=True, paid_for=800),
        EntryKind.REVERSAL,
        {"fees": 800, "credit": -800},
    ),
    (
        reversed_(paid_for=500, written_off=100),
        EntryKind.REVERSAL,
        {"receivable": -200, "credit": -500, "write_offs": -100, "deferred": 800},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event", "kind", "expected"), CASES, ids=lambda v: type(v).__name__)
def test_what_an_event_posts(event: Event, kind: EntryKind, expected: dict[str, int]) -> None:
    lines = postings(event)
    named = {f"{line.account} {line.dimension}" if line.dimension else line.account: line.amount for line in lines}
    assert named == {account: rupees(value) for account, value in expected.items()}
    assert sum(line.amount for line in lines) == 0
    row = entry(event)
    assert row is not None
    assert row.kind is kind
    assert sum(getattr(row, account) for account in ACCOUNTS) == 0


def test_a_moved_due_date_posts_nothing() -> None:
    moved = fact(PatientLedger.ChargeRescheduled, charge_id=S1, session_id=S1, due_on=day(2))
    assert entry(moved) is None
    assert postings(moved) == ()


def test_every_event_of_the_ledger_is_in_the_table_and_in_a_case() -> None:
    events = {e for e in vars(PatientLedger).values() if isinstance(e, type) and getattr(e, "TOPIC", None)}
    assert set(TABLE) == events
    assert {type(event) for event, _, _ in CASES} | {PatientLedger.ChargeRescheduled} == events


class Counting(dict[Any, Any]):
    looked = 0

    def __getitem__(self, key: Any) -> Any:
        self.looked += 1
        return super().__getitem__(key)


def test_a_payment_looks_at_open_charges_only() -> None:
    """A patient of many years: the cost of a payment does not grow with what was settled long ago."""
    ledger = given().aggregate
    for n in range(2000):
        charge(uid(1000 + n), 10, due=day(n), on=day(n))(ledger)
        pay(uid(9000 + n), 10, on=day(n))(ledger)
    charge(S1, 10, due=day(3000))(ledger)
    ledger.charges = counting = Counting(ledger.charges)
    start = perf_counter()
    pay(P1, 10, on=day(3000))(ledger)
    assert perf_counter() - start < 0.1
    assert counting.looked < 10
    assert ledger.receivable == Decimal(0)
