"""What comes in, what it settles, and how it goes back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from domain.base import Event, Invalid
from domain.billing import (
    AlreadyRefunded,
    AlreadyVoided,
    AmountNotPositive,
    IdTaken,
    LedgerFull,
    MoreThanRefundable,
    NotAMethod,
    Part,
    PatientLedger,
    UnknownPayment,
    UnknownSession,
)
from domain.values import PaymentMethod
from tests.billing.ledgers import (
    CARD,
    CASH,
    D1,
    OPENING,
    P1,
    P2,
    R1,
    S1,
    S2,
    S3,
    UPI,
    Step,
    applied,
    charge,
    charged,
    day,
    fact,
    given,
    paid,
    part,
    pay,
    refund,
    uid,
    void,
)


def voided(payment: UUID, *released: Part, amount: int, credit: int = 0, on: date = D1) -> Event:
    return fact(
        PatientLedger.PaymentVoided, on, payment_id=payment, amount=amount, method=CASH, released=released,
        credit=credit, reason="typed twice",
    )  # fmt: skip


def refunded(amount: int, on: date = D1, method: PaymentMethod = CASH) -> Event:
    return fact(
        PatientLedger.PaymentRefunded, on, refund_id=R1, payment_id=P1, amount=amount, method=method,
        reason="moved away",
    )  # fmt: skip


def test_a_payment_settles_the_oldest_due_first() -> None:
    given(charged(S2, 500, due=day(8)), charged(S1, 800, due=day(3))).when(pay(P1, 1000)).then(
        paid(P1, 1000, part(P1, S1, 800), part(P1, S2, 200))
    )


def test_two_due_on_one_day_go_by_charge_id() -> None:
    given(charged(S2, 500), charged(S1, 500)).when(pay(P1, 700)).then(
        paid(P1, 700, part(P1, S1, 500), part(P1, S2, 200))
    )


def test_the_rest_is_credit() -> None:
    given(charged(S1, 800)).when(pay(P1, 1000)).then(paid(P1, 1000, part(P1, S1, 800), credit=200))
    given().when(pay(P1, 1000)).then(paid(P1, 1000, credit=1000))


def test_named_sessions_come_first_in_their_order() -> None:
    given(charged(S1, 100), charged(S2, 100), charged(S3, 100)).when(pay(P1, 150, sessions=[S3, S2])).then(
        paid(P1, 150, part(P1, S3, 100), part(P1, S2, 50))
    )


def test_what_named_sessions_leave_settles_the_oldest_unless_the_centre_says_no() -> None:
    story = [charged(S1, 100), charged(S2, 100)]
    given(*story).when(pay(P1, 150, sessions=[S2, S2])).then(
        paid(P1, 150, part(P1, S2, 100), credit=50), applied(part(P1, S1, 50))
    )
    given(*story).when(pay(P1, 150, sessions=[S2], auto=False)).then(paid(P1, 150, part(P1, S2, 100), credit=50))


def test_naming_no_session_makes_all_of_it_credit() -> None:
    given(charged(S1, 100)).when(pay(P1, 150, sessions=[], auto=False)).then(paid(P1, 150, credit=150))


def test_without_auto_apply_a_payment_still_settles_but_older_credit_rests() -> None:
    story = [paid(P1, 70, credit=70), charged(S1, 100)]
    given(*story).when(pay(P2, 30, auto=False)).then(paid(P2, 30, part(P2, S1, 30)))
    given(*story).when(pay(P2, 30)).then(paid(P2, 30, part(P2, S1, 30)), applied(part(P1, S1, 70)))


def test_a_session_that_was_never_charged_here_cannot_be_named() -> None:
    given(charged(S1, 100)).when(pay(P1, 50, sessions=[S1, S2])).then_refused(UnknownSession, session_id=str(S2))


def test_a_ledger_has_a_bound_so_that_its_balances_fit_everywhere() -> None:
    most = "9999999999.99"
    full = given(*(pay(uid(n), most) for n in range(500, 510)))
    full.when(pay(P1, 1)).then_refused(LedgerFull)
    given(*(charge(uid(n), most) for n in range(500, 510))).when(charge(S1, 1)).then_refused(LedgerFull)
    given(*(pay(uid(n), most) for n in range(500, 510)), void(uid(500))).when(pay(P1, 1)).then(paid(P1, 1, credit=1))


def test_the_same_receipt_twice_is_one_payment() -> None:
    given(charged(S1, 800)).when(pay(P1, 800), pay(P1, 800)).then(paid(P1, 800, part(P1, S1, 800)))
    given(paid(P1, 800, credit=800), voided(P1, amount=800, credit=800)).when(pay(P1, 800)).then()


@pytest.mark.parametrize("other", [pay(P1, 801), pay(P1, 800, method=UPI)])
def test_the_same_id_with_other_facts_is_a_clash(other: Step) -> None:
    given(paid(P1, 800, credit=800)).when(other).then_refused(IdTaken)


def test_nothing_is_no_payment() -> None:
    given().when(pay(P1, 0)).then_refused(AmountNotPositive, field="amount")
    given(paid(P1, 800, credit=800)).when(refund(R1, P1, 0)).then_refused(AmountNotPositive, field="amount")


def test_opening_credit_is_money_without_a_receipt() -> None:
    opening = fact(PatientLedger.CreditBroughtForward, payment_id=P1, amount=300, received_on=D1, reference=None)
    assert opening.DOCUMENT is None
    assert paid(P1, 1).DOCUMENT == "RECEIPT"
    given().when(pay(P1, 300, method=OPENING)).then(opening)
    given(charged(S1, 100)).when(pay(P1, 300, method=OPENING)).then(opening, applied(part(P1, S1, 100)))
    given(opening).when(refund(R1, P1, 300, method=CARD)).then(refunded(300, method=CARD))


def test_money_received_before_the_charge_was_booked_is_credit_until_then() -> None:
    given(charged(S1, 800, on=day(5)), charged(S2, 100, due=day(2), on=day(2))).when(pay(P1, 1000, on=day(3))).then(
        paid(P1, 1000, part(P1, S2, 100), credit=900, on=day(3)), applied(part(P1, S1, 800), on=day(5))
    )


def test_credit_is_not_used_before_it_came() -> None:
    given(paid(P1, 800, credit=800, on=day(5))).when(charge(S1, 800, on=day(3))).then(
        charged(S1, 800, on=day(3)), applied(part(P1, S1, 800), on=day(5))
    )


def test_credit_can_be_applied_by_hand() -> None:
    story = [charged(S1, 100), charged(S2, 100), paid(P1, 150, credit=150), paid(P2, 20, credit=20)]
    given(*story).when(lambda ledger: ledger.apply_credit(on=day(2))).then(
        applied(part(P1, S1, 100), part(P1, S2, 50), part(P2, S2, 20), on=day(2))
    )
    given(*story).when(lambda ledger: ledger.apply_credit(on=day(2), session_ids=[S2])).then(
        applied(part(P1, S2, 100), on=day(2))
    )
    given(charged(S1, 100)).when(lambda ledger: ledger.apply_credit(on=day(2))).then()


def test_a_void_payment_reopens_what_it_settled() -> None:
    given(charged(S1, 800), paid(P1, 1000, part(P1, S1, 800), credit=200)).when(void(P1, on=day(2))).then(
        voided(P1, part(P1, S1, 800), amount=1000, credit=200, on=day(2))
    )


def test_other_credit_then_steps_in() -> None:
    given(charged(S1, 800), paid(P1, 800, part(P1, S1, 800)), paid(P2, 300, credit=300)).when(void(P1)).then(
        voided(P1, part(P1, S1, 800), amount=800), applied(part(P2, S1, 300))
    )


def test_a_void_never_counts_before_what_it_reverses() -> None:
    given(charged(S1, 800, on=day(5)), paid(P1, 800, part(P1, S1, 800), on=day(5))).when(void(P1, on=D1)).then(
        voided(P1, part(P1, S1, 800), amount=800, on=day(5))
    )


def test_what_cannot_be_voided() -> None:
    given(paid(P1, 800, credit=800)).when(void(P2)).then_refused(UnknownPayment)
    given(paid(P1, 800, credit=800), voided(P1, amount=800, credit=800)).when(void(P1)).then_refused(AlreadyVoided)
    given(paid(P1, 800, credit=800), refunded(1)).when(void(P1)).then_refused(AlreadyRefunded)
    given(paid(P1, 800, credit=800)).when(void(P1, reason=" ")).then_refused(Invalid.code, field="reason")


def test_a_refund_never_exceeds_the_credit_of_its_payment() -> None:
    story = [charged(S1, 800), paid(P1, 1000, part(P1, S1, 800), credit=200), paid(P2, 500, credit=500)]
    given(*story).when(refund(R1, P1, 200, method=UPI)).then(refunded(200, method=UPI))
    given(*story).when(refund(R1, P1, 201)).then_refused(MoreThanRefundable, refundable="200.00")
    given(*story, refunded(150)).when(refund(uid(32), P1, 51)).then_refused(MoreThanRefundable, refundable="50.00")


def test_the_same_refund_twice_is_one() -> None:
    story = [paid(P1, 200, credit=200), refunded(50)]
    given(*story).when(refund(R1, P1, 50)).then()
    given(*story).when(refund(R1, P1, 60)).then_refused(IdTaken)


def test_what_cannot_be_refunded() -> None:
    given(paid(P1, 200, credit=200)).when(refund(R1, P2, 50)).then_refused(UnknownPayment)
    given(paid(P1, 200, credit=200), voided(P1, amount=200, credit=200)).when(refund(R1, P1, 50)).then_refused(
        AlreadyVoided
    )
    given(paid(P1, 200, credit=200)).when(refund(R1, P1, 50, method=OPENING)).then_refused(NotAMethod)
    given(paid(P1, 200, credit=200)).when(refund(R1, P1, 50, reason="")).then_refused(Invalid.code, field="reason")
