"""A patient, some sessions and payments, and short ways to say what happened on the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.base import Event
from domain.billing import ChargeKind, Part, PatientLedger, fee_id, ledger_id
from domain.values import PaymentMethod
from tests.support.given import on

Step = Callable[[PatientLedger], object]


def uid(number: int) -> UUID:
    """A readable id; ids sort by number."""
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000 + number)


PATIENT = uid(1)
SPEECH = uid(2)
S1, S2, S3 = uid(11), uid(12), uid(13)
P1, P2, P3 = uid(21), uid(22), uid(23)
R1 = uid(31)
W1 = uid(41)
D1 = date(2026, 3, 1)
"""The first day of every story; ``day(5)`` is the 5th of that month."""
CASH, UPI, CARD, OPENING = PaymentMethod.CASH, PaymentMethod.UPI, PaymentMethod.CARD, PaymentMethod.OPENING

given = on(PatientLedger, ledger_id(PATIENT))


def day(number: int) -> date:
    return D1 + timedelta(days=number - 1)


def rupees(amount: str | int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def fact(kind: type[Any], on: date = D1, /, **facts: Any) -> Event:
    """An event of this patient's ledger; whole numbers given as amounts become money."""
    money = {name: rupees(value) for name, value in facts.items() if type(value) is int}
    event: Event = kind(patient_id=PATIENT, effective_on=on, **{**facts, **money})
    return event


def part(source: UUID, charge: UUID, amount: int) -> Part:
    return Part(source, charge, rupees(amount))


def charged(session: UUID, amount: int, due: date = D1, on: date = D1, earned: bool = False) -> Event:
    return fact(
        PatientLedger.SessionCharged, on, charge_id=session, session_id=session, therapy_type_id=SPEECH,
        amount=amount, due_on=due, earned=earned,
    )  # fmt: skip


def fee(session: UUID, kind: ChargeKind, amount: int, due: date = D1, on: date = D1) -> Event:
    return fact(
        PatientLedger.FeeCharged, on, charge_id=fee_id(session, kind), session_id=session,
        therapy_type_id=SPEECH, kind=kind, amount=amount, due_on=due,
    )  # fmt: skip


def paid(
    payment: UUID, amount: int, *parts: Part, credit: int = 0, on: date = D1, method: PaymentMethod = CASH
) -> Event:
    return fact(
        PatientLedger.PaymentRecorded, on, payment_id=payment, amount=amount, method=method, received_on=on,
        reference=None, parts=parts, credit=credit,
    )  # fmt: skip


def applied(*parts: Part, on: date = D1) -> Event:
    total = sum((p.amount for p in parts), Decimal("0.00"))
    return fact(PatientLedger.CreditApplied, on, parts=parts, amount=total)


def charge(
    session: UUID, amount: int | str, due: date = D1, on: date = D1, earned: bool = False, auto: bool = True
) -> Step:
    return lambda ledger: ledger.charge_session(
        session, PATIENT, SPEECH, rupees(amount), due_on=due, on=on, earned=earned, auto_apply=auto
    )


def pay(
    payment: UUID, amount: int | str, on: date = D1, method: PaymentMethod = CASH,
    sessions: Sequence[UUID] | None = None, auto: bool = True,
) -> Step:  # fmt: skip
    return lambda ledger: ledger.record_payment(
        payment, PATIENT, rupees(amount), method, on, session_ids=sessions, auto_apply=auto
    )


def charge_fee(session: UUID, kind: ChargeKind, amount: int, due: date = D1, on: date = D1) -> Step:
    return lambda ledger: ledger.charge_fee(
        session, PATIENT, kind, rupees(amount), due_on=due, on=on, therapy_type_id=SPEECH
    )


def reverse(charge_id: UUID, on: date = D1, reason: str = "cancelled", auto: bool = True) -> Step:
    return lambda ledger: ledger.reverse_charge(charge_id, reason, on=on, auto_apply=auto)


def void(payment: UUID, on: date = D1, reason: str = "typed twice", auto: bool = True) -> Step:
    return lambda ledger: ledger.void_payment(payment, reason, on=on, auto_apply=auto)


def refund(
    refund_id: UUID,
    payment: UUID,
    amount: int,
    on: date = D1,
    method: PaymentMethod = CASH,
    reason: str = "moved away",
) -> Step:
    return lambda ledger: ledger.refund(refund_id, payment, rupees(amount), method, reason, on=on)


def write_off(write_off_id: UUID, charge_id: UUID, amount: int, on: date = D1, reason: str = "hardship") -> Step:
    return lambda ledger: ledger.write_off(write_off_id, charge_id, rupees(amount), reason, on=on)
