"""What a session does to its patient's ledger: charged, settled by credit, earned, taken back, charged a fee for."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from application.scheduling import (
    BookSession,
    CancelSession,
    CompleteSession,
    EndedResult,
    MarkNoShow,
    RescheduleSession,
    ReverseNoShow,
    SessionResult,
    StartSession,
    WriteSessionNotes,
)
from domain.base import Forbidden, Missing
from domain.billing import Charge, ChargeKind, PatientLedger, fee_id
from domain.scheduling import CancelledBy
from domain.tenancy import CancellationPolicy, ChargeOn, ChargePolicy, Tenant
from domain.values import ZERO, PaymentMethod, Role
from tests.scheduling.desk import SUNDAY_NOON, TENANT, Desk
from tests.scheduling.sessions import MONDAY, OTHER, PATIENT, SPEECH, TEN, THERAPIST

SUNDAY = MONDAY - timedelta(days=1)
AFTER = TEN + timedelta(hours=1)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.load(Tenant, TENANT).set_cancellation_policy(CancellationPolicy(24, Decimal(50), Decimal(100)))
    return desk


def book(desk: Desk, day: date = MONDAY, **options: Any) -> SessionResult:
    """At 800.00, unless told otherwise."""
    command = BookSession(patient_id=PATIENT, therapist_id=OTHER, therapy_type_id=SPEECH, date=day, start_time="10:00")
    made: SessionResult = desk.do(command.model_copy(update=options))
    return made


def pay(desk: Desk, amount: str, on: date = SUNDAY) -> None:
    ledger = desk.ledger()
    ledger.record_payment(next(desk.ids), PATIENT, Decimal(amount), PaymentMethod.CASH, on)
    ledger.pending_events.clear()


def charge(desk: Desk, charge_id: UUID) -> Charge:
    return desk.ledger().charges[charge_id]


def policy(desk: Desk, **charges: Any) -> None:
    desk.load(Tenant, TENANT).set_charge_policy(ChargePolicy(**charges))


def cancel(desk: Desk, session: SessionResult, **options: Any) -> EndedResult:
    now = options.pop("now", SUNDAY_NOON)
    answer: EndedResult = desk.do(CancelSession(reason="Fever", **options), session_id=session.id, now=now)
    return answer


def complete(desk: Desk, session: SessionResult, now: Any = AFTER) -> SessionResult:
    answer: SessionResult = desk.do(CompleteSession(), session_id=session.id, now=now)
    return answer


def test_the_seeds_own_example_credit_100_session_50(desk: Desk) -> None:
    pay(desk, "100.00")
    made = book(desk, price=Decimal("50.00"), price_reason="As the design document has it")
    assert (made.charged, made.settled, desk.ledger().credit) == (Decimal("50.00"), Decimal("50.00"), Decimal("50.00"))


def test_booking_charges_what_falls_due_on_the_day_of_the_session(desk: Desk) -> None:
    policy(desk, payment_term_days=10)
    made = book(desk)
    kept = charge(desk, made.id)
    assert (kept.amount, kept.due_on, kept.booked_on, kept.earned) == (
        Decimal("800.00"), MONDAY + timedelta(days=10), SUNDAY, False,
    )  # fmt: skip


def test_credit_waits_where_the_centre_applies_none_by_itself(desk: Desk) -> None:
    policy(desk, apply_credit_automatically=False)
    pay(desk, "100.00")
    assert (book(desk).settled, desk.ledger().credit) == (Decimal("0.00"), Decimal("100.00"))


def test_completion_earns_on_the_day_of_the_session(desk: Desk) -> None:
    made = book(desk)
    complete(desk, made, AFTER + timedelta(days=3))
    assert (charge(desk, made.id).earned, charge(desk, made.id).last) == (True, MONDAY)


def test_a_session_entered_afterwards_is_earned_on_its_own_day(desk: Desk) -> None:
    earlier = MONDAY - timedelta(days=14)
    made = book(desk, earlier)
    complete(desk, made)
    assert (charge(desk, made.id).booked_on, charge(desk, made.id).last) == (earlier, earlier)


def test_charged_on_completion(desk: Desk) -> None:
    policy(desk, charge_on=ChargeOn.COMPLETION)
    pay(desk, "300.00")
    made = book(desk)
    assert (made.charged, desk.ledger().receivable, desk.ledger().credit) == (ZERO, ZERO, Decimal("300.00"))
    done = complete(desk, made)
    assert (done.charged, done.settled) == (Decimal("800.00"), Decimal("300.00"))
    assert charge(desk, made.id).earned


def test_whatever_the_policy_was_a_session_is_charged_once(desk: Desk) -> None:
    made = book(desk)
    policy(desk, charge_on=ChargeOn.COMPLETION)
    other = book(desk, MONDAY + timedelta(days=1))
    policy(desk, charge_on=ChargeOn.BOOKING)
    for session in (made, other):
        assert complete(desk, session, AFTER + timedelta(days=1)).charged == Decimal("800.00")
    assert desk.ledger().receivable == Decimal("1600.00")


def test_cancelled_in_time_what_was_paid_is_credit(desk: Desk) -> None:
    pay(desk, "800.00")
    made = book(desk, MONDAY + timedelta(days=3))
    ended = cancel(desk, made)
    assert (ended.status, ended.charged, ended.fee, ended.fee_waived) == ("CANCELLED", ZERO, ZERO, False)
    assert desk.ledger().credit == Decimal("800.00")
    assert charge(desk, made.id).reversed


def test_cancelled_late_the_fee_is_paid_from_what_was_paid(desk: Desk) -> None:
    pay(desk, "800.00")
    ended = cancel(desk, book(desk))
    assert (ended.fee, ended.charged, ended.settled) == (Decimal("400.00"), Decimal("400.00"), Decimal("400.00"))
    assert desk.ledger().credit == Decimal("400.00")


def test_the_centre_cancels_free_and_a_waiver_forgives(desk: Desk) -> None:
    ours = cancel(desk, book(desk), cancelled_by=CancelledBy.CENTRE)
    assert (ours.fee_due, ours.fee) == (ZERO, ZERO)
    waived = cancel(desk, book(desk), waive_fee=True, waiver_reason="First time")
    assert (waived.fee_due, waived.fee, waived.fee_waived) == (Decimal("400.00"), ZERO, True)
    assert (desk.ledger().receivable, desk.ledger().credit) == (ZERO, ZERO)


def test_where_nothing_was_charged_a_late_cancellation_still_costs(desk: Desk) -> None:
    policy(desk, charge_on=ChargeOn.COMPLETION)
    assert cancel(desk, book(desk)).charged == Decimal("400.00")


def test_the_reason_people_type_stays_with_the_session(desk: Desk) -> None:
    cancel(desk, book(desk))
    # The ledger keeps its texts for good and unsealed, so it gets a plain one.
    [reversal] = [event for event in desk.decided if isinstance(event, PatientLedger.ChargeReversed)]
    assert reversal.reason == "Session cancelled"


def test_a_no_show_costs_what_the_centre_says_on_the_day_of_the_session(desk: Desk) -> None:
    made = book(desk)
    ended: EndedResult = desk.do(MarkNoShow(), session_id=made.id, now=AFTER + timedelta(days=2))
    fee = charge(desk, fee_id(made.id, ChargeKind.NO_SHOW))
    assert (ended.status, ended.fee, ended.charged) == ("NO_SHOW", Decimal("800.00"), Decimal("800.00"))
    assert (fee.booked_on, fee.due_on, charge(desk, made.id).reversed) == (MONDAY, MONDAY, True)


def test_a_no_show_that_was_none_is_charged_again_and_earned(desk: Desk) -> None:
    pay(desk, "800.00")
    made = book(desk)
    desk.do(MarkNoShow(), session_id=made.id, now=AFTER)
    back: SessionResult = desk.do(ReverseNoShow(reason="He waited outside"), session_id=made.id, now=AFTER)
    assert (back.status, back.charged, back.settled) == ("SCHEDULED", Decimal("800.00"), Decimal("800.00"))
    done = complete(desk, made)
    assert (done.charged, done.settled) == (Decimal("800.00"), Decimal("800.00"))
    assert (desk.ledger().credit, desk.ledger().receivable) == (ZERO, ZERO)


def test_a_charge_falls_due_with_its_session(desk: Desk) -> None:
    made = book(desk)
    desk.do(RescheduleSession(date=MONDAY + timedelta(days=2)), session_id=made.id)
    assert charge(desk, made.id).due_on == MONDAY + timedelta(days=2)
    assert charge(desk, made.id).amount == Decimal("800.00")


def test_a_therapist_conducts_their_own_sessions_and_nobody_elses(desk: Desk) -> None:
    made = book(desk)
    own: dict[str, Any] = {"role": Role.THERAPIST, "actor": OTHER, "session_id": made.id, "now": AFTER}
    foreign = own | {"actor": THERAPIST}
    for command in (StartSession(), CompleteSession(), MarkNoShow(), WriteSessionNotes(notes="x")):
        with pytest.raises(Missing):
            desk.do(command, **foreign)
    assert desk.do(StartSession(), **own).status == "IN_PROGRESS"
    assert desk.do(CompleteSession(notes="Said 'mama'"), **own).status == "COMPLETED"
    assert desk.session(made.id).notes == "Said 'mama'"
    desk.do(WriteSessionNotes(notes=""), **own)
    assert desk.session(made.id).notes is None


def test_what_therapists_and_operators_may_not(desk: Desk) -> None:
    made = book(desk)
    own: dict[str, Any] = {"role": Role.THERAPIST, "actor": OTHER, "session_id": made.id, "now": AFTER}
    operator = own | {"role": Role.OPERATOR}
    for command, who in (
        (MarkNoShow(waive_fee=True, waiver_reason="Kind"), own),
        (CancelSession(reason="Ill"), own),
        (ReverseNoShow(reason="Oh"), own),
        (CompleteSession(notes="x"), operator),
        (WriteSessionNotes(notes="x"), operator),
        (StartSession(), own | {"role": Role.ACCOUNTANT}),
        (StartSession(), own | {"role": Role.AUDITOR}),
    ):
        with pytest.raises(Forbidden):
            desk.do(command, **who)
    assert desk.do(CompleteSession(), **operator).status == "COMPLETED"


def test_dates_are_the_centres_not_utcs(desk: Desk) -> None:
    night = SUNDAY_NOON.replace(hour=20, tzinfo=UTC)  # Monday, 01:30 in Kolkata
    made: SessionResult = desk.do(
        BookSession(patient_id=PATIENT, therapist_id=OTHER, therapy_type_id=SPEECH, date=MONDAY, start_time="10:00"),
        now=night,
    )
    assert charge(desk, made.id).booked_on == MONDAY
