"""What is charged, earned, taken back and given up."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from domain.base import Event, Invalid
from domain.billing import (
    ChargeIsReversed,
    ChargeKind,
    IdTaken,
    MoreThanOpen,
    Part,
    PatientLedger,
    UnknownCharge,
    fee_id,
    ledger_id,
)
from domain.values import BadAmount
from tests.billing.ledgers import (
    D1,
    P1,
    P2,
    PATIENT,
    S1,
    S2,
    SPEECH,
    W1,
    Step,
    applied,
    charge,
    charge_fee,
    charged,
    day,
    fact,
    fee,
    given,
    paid,
    part,
    reverse,
    rupees,
    uid,
    write_off,
)

NO_SHOW, LATE = ChargeKind.NO_SHOW, ChargeKind.LATE_CANCELLATION
EARNED = fact(PatientLedger.IncomeEarned, day(2), charge_id=S1, session_id=S1, therapy_type_id=SPEECH, amount=800)


def reversed_(
    session: UUID,
    *released: Part,
    amount: int = 800,
    earned: bool = False,
    written_off: int = 0,
    on: date = D1,
) -> Event:
    return fact(
        PatientLedger.ChargeReversed, on, charge_id=session, session_id=session, therapy_type_id=SPEECH,
        kind=ChargeKind.SESSION, amount=amount, earned=earned, released=released, written_off=written_off,
        reason="cancelled",
    )  # fmt: skip


def test_booking_charges_the_session() -> None:
    given().when(charge(S1, 800)).then(charged(S1, 800))


def test_booking_takes_what_credit_there_is() -> None:
    """The user's own example: credit 100, a session of 50, credit 50."""
    given(paid(P1, 100, credit=100)).when(charge(S1, 50)).then(charged(S1, 50), applied(part(P1, S1, 50)))


def test_credit_is_used_oldest_first_and_may_not_suffice() -> None:
    given(paid(P2, 30, credit=30, on=day(2)), paid(P1, 20, credit=20, on=D1)).when(charge(S1, 80, on=day(3))).then(
        charged(S1, 80, on=day(3)), applied(part(P1, S1, 20), part(P2, S1, 30), on=day(3))
    )


def test_a_centre_may_leave_credit_alone() -> None:
    given(paid(P1, 100, credit=100)).when(charge(S1, 50, auto=False)).then(charged(S1, 50))


def test_a_free_session_is_charged_at_nothing() -> None:
    given(paid(P1, 100, credit=100)).when(charge(S1, 0)).then(charged(S1, 0))


def test_charging_again_is_the_same_charge_but_never_at_another_price() -> None:
    given(charged(S1, 800)).when(charge(S1, 800)).then()
    given(charged(S1, 800)).when(charge(S1, 900)).then_refused(IdTaken)


def test_completion_earns_what_booking_deferred() -> None:
    given(charged(S1, 800)).when(lambda ledger: ledger.earn(S1, on=day(2))).then(EARNED)
    given(charged(S1, 800), EARNED).when(lambda ledger: ledger.earn(S1, on=day(3))).then()


def test_a_centre_that_charges_on_completion_earns_at_once() -> None:
    given().when(charge(S1, 800, earned=True)).then(charged(S1, 800, earned=True))


def test_the_setting_may_change_between_booking_and_completion() -> None:
    given(charged(S1, 800)).when(charge(S1, 800, earned=True, on=day(2))).then(EARNED)


@pytest.mark.parametrize("step", [lambda ledger: ledger.earn(S1, on=D1), reverse(S1), write_off(W1, S1, 5)])
def test_a_charge_that_was_never_made(step: Step) -> None:
    given(charged(S2, 800)).when(step).then_refused(UnknownCharge)


def test_cancelling_gives_back_what_was_paid_as_credit() -> None:
    given(charged(S1, 800), paid(P1, 500, part(P1, S1, 500))).when(reverse(S1)).then(reversed_(S1, part(P1, S1, 500)))


def test_what_comes_back_settles_what_else_is_open() -> None:
    given(charged(S1, 800), paid(P1, 800, part(P1, S1, 800)), charged(S2, 300)).when(reverse(S1)).then(
        reversed_(S1, part(P1, S1, 800)), applied(part(P1, S2, 300))
    )


def test_a_reversal_undoes_earned_income_and_write_offs() -> None:
    gone = fact(
        PatientLedger.ChargeWrittenOff, D1, write_off_id=W1, charge_id=S1, session_id=S1,
        therapy_type_id=SPEECH, kind=ChargeKind.SESSION, amount=300, reason="hardship",
    )  # fmt: skip
    given(charged(S1, 800), EARNED, gone).when(reverse(S1, on=day(4))).then(
        reversed_(S1, earned=True, written_off=300, on=day(4))
    )


def test_reversing_twice_is_once_and_nothing_more_happens_to_a_reversed_charge() -> None:
    story = [charged(S1, 800), reversed_(S1)]
    given(*story).when(reverse(S1)).then()
    given(*story).when(lambda ledger: ledger.earn(S1, on=D1)).then_refused(ChargeIsReversed)
    given(*story).when(write_off(W1, S1, 5)).then_refused(ChargeIsReversed)


def test_a_no_show_that_was_none_is_charged_again() -> None:
    no_show = fee(S1, NO_SHOW, 800)
    story = given(charged(S1, 800), reversed_(S1), no_show, reverse(fee_id(S1, NO_SHOW)))
    story.when(charge(S1, 800)).then(charged(S1, 800))
    assert story.aggregate.receivable == 800
    assert story.aggregate.charges_of == {S1: [S1, fee_id(S1, NO_SHOW)]}


def test_fees_are_one_per_session_and_kind() -> None:
    given(charged(S1, 800), reversed_(S1)).when(charge_fee(S1, LATE, 400)).then(fee(S1, LATE, 400))
    given(fee(S1, LATE, 400)).when(charge_fee(S1, LATE, 400)).then()
    given(fee(S1, LATE, 400)).when(charge_fee(S1, LATE, 300)).then_refused(IdTaken)
    given(fee(S1, LATE, 400)).when(charge_fee(S1, NO_SHOW, 800)).then(fee(S1, NO_SHOW, 800))
    given(charged(S1, 800)).when(charge_fee(S1, LATE, 0)).then()


def test_a_moved_session_falls_due_on_its_new_day() -> None:
    moved = fact(PatientLedger.ChargeRescheduled, day(2), charge_id=S1, session_id=S1, due_on=day(9))
    story = given(charged(S1, 800, due=day(3)), charged(S2, 500, due=day(5)))
    story.when(lambda ledger: ledger.reschedule_charge(S1, due_on=day(9), on=day(2))).then(moved)
    assert list(story.aggregate.open_charges) == [S2, S1]
    given(charged(S1, 800)).when(lambda ledger: ledger.reschedule_charge(S1, due_on=D1, on=D1)).then()


def test_a_write_off_never_exceeds_what_is_open() -> None:
    story = [charged(S1, 800), paid(P1, 500, part(P1, S1, 500))]
    given(*story).when(write_off(W1, S1, 301)).then_refused(MoreThanOpen, open="300.00")
    done = given(*story).when(write_off(W1, S1, 300), write_off(W1, S1, 300))
    assert [type(e).__name__ for e in done.aggregate.pending_events] == ["ChargeWrittenOff"]
    assert done.aggregate.receivable == 0
    done.when(write_off(W1, S1, 200)).then_refused(IdTaken)


@pytest.mark.parametrize("blank", ["", "  ", "\n", "\u200b", "a\0b"])
def test_a_reason_says_something(blank: str) -> None:
    given(charged(S1, 800)).when(reverse(S1, reason=blank)).then_refused(Invalid.code, field="reason")
    given(charged(S1, 800)).when(write_off(W1, S1, 5, reason=blank)).then_refused(Invalid.code, field="reason")


def test_amounts_have_two_places() -> None:
    def step(ledger: PatientLedger) -> None:
        ledger.charge_session(S1, PATIENT, SPEECH, rupees(8) / 1000, due_on=D1, on=D1)

    given().when(step).then_refused(BadAmount)


def test_a_ledger_belongs_to_one_patient() -> None:
    ledger = PatientLedger.blank(ledger_id(uid(99)))
    with pytest.raises(ValueError, match="another patient"):
        charge(S1, 800)(ledger)
