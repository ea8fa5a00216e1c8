"""The rules of a notice: one try at a time, retries by the hour, and nothing sent again on a guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.notices import (
    ASK_AFTER,
    LEASE,
    MOST_BUSY,
    RETRIES,
    RETRY_PAUSE,
    About,
    Composed,
    Delivery,
    Drop,
    Held,
    LeaseLost,
    NotDue,
    Notice,
    NoticeStatus,
    NotSendable,
    NotUnknown,
    Problem,
    UnknownNotice,
    notice_id,
)
from domain.values import Channel, NoticeKind
from tests.support.given import on

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
PATIENT, SESSION, OTHER = uuid4(), uuid4(), uuid4()
STARTS = NOW + timedelta(days=1)
CLAIM, LATE = uuid4(), uuid4()
SAID = Composed("+919800000001", "Kiran comes tomorrow.")
given = on(Notice, notice_id(PATIENT, NoticeKind.SESSION_REMINDER, "x", Channel.SMS))


def asked(notice: Notice) -> None:
    notice.request(
        NoticeKind.SESSION_REMINDER, Channel.SMS, due_at=NOW, patient_id=PATIENT, about=About(SESSION, STARTS)
    )  # fmt: skip


def claimed(notice: Notice, claim: UUID = CLAIM, now: datetime = NOW) -> None:
    notice.begin_sending(claim, SAID, now=now)


def failed(notice: Notice, now: datetime = NOW) -> None:
    notice.record_failure(CLAIM, Problem.NOT_REACHED, None, now=now)


def unknown(notice: Notice) -> None:
    notice.record_unknown(CLAIM, "twilio", Problem.NO_ANSWER, None, askable=True, now=NOW)


def sent(notice: Notice) -> None:
    notice.record_sent(CLAIM, "twilio", "SM1", traced=True, now=NOW)


def test_asked_for_twice_it_is_one() -> None:
    given(asked).when(asked).then()


def test_it_is_for_a_family_or_for_staff() -> None:
    for who in ({}, {"patient_id": PATIENT, "user_id": OTHER}):
        with pytest.raises(ValueError, match="family"):
            Notice.blank(uuid4()).request(NoticeKind.MANUAL, Channel.SMS, due_at=NOW, **who)  # type: ignore[arg-type]


def test_of_two_workers_one_has_it() -> None:
    given(asked, claimed).when(lambda n: claimed(n, LATE)).then_refused(NotDue, status=NoticeStatus.SENDING)


def test_nothing_goes_before_its_time() -> None:
    given(asked).when(lambda n: claimed(n, now=NOW - timedelta(seconds=1))).then_refused(NotDue)


def test_a_claim_holds_what_goes_out_and_for_how_long() -> None:
    story = given(asked).when(claimed).then(
        Notice.SendingBegan(
            person_id=PATIENT, claim=CLAIM, lease_until=NOW + LEASE, language="en", template_code=None,
            address=SAID.address, subject=None, body=SAID.text, values="{}", sealed_for=PATIENT,
        )
    )  # fmt: skip
    assert story.aggregate.composed == SAID
    assert story.aggregate.began_at == NOW


def test_who_is_named_to_somebody_else_is_whose_words_they_are() -> None:
    """A therapist is told of a patient: the words go when the patient does."""
    named = UUID(int=77)
    composed = Composed("+919800000001", "Kiran's session moves.", tells_of=named)
    story = given(asked).when(lambda n: n.begin_sending(CLAIM, composed, now=NOW))
    [began] = story.aggregate.pending_events
    assert isinstance(began, Notice.SendingBegan)
    assert (began.sealed_for, began.person_id) == (named, PATIENT)


def test_only_who_claimed_it_may_report() -> None:
    given(asked, claimed).when(
        lambda n: n.record_sent(LATE, "twilio", "SM1", traced=True, now=NOW)
    ).then_refused(LeaseLost)  # fmt: skip
    given(asked).when(sent).then_refused(LeaseLost)


def test_a_failed_try_is_followed_by_three_an_hour_apart_and_then_by_none() -> None:
    notice, now, tries = Notice.blank(uuid4()), NOW, 0
    asked(notice)
    while notice.status is not NoticeStatus.FAILED:
        claimed(notice, now=now)
        failed(notice, now)
        tries += 1
        assert tries <= 1 + RETRIES
        if notice.status is NoticeStatus.RETRYING:
            assert notice.next_at == now + RETRY_PAUSE
            with pytest.raises(NotDue):
                claimed(notice, now=now + RETRY_PAUSE - timedelta(seconds=1))
            now += RETRY_PAUSE
    assert tries == 1 + RETRIES == 4
    assert notice.next_at is None
    with pytest.raises(NotDue):
        claimed(notice, now=now + timedelta(days=1))


@pytest.mark.parametrize("problem", [Problem.BAD_ADDRESS, Problem.BLOCKED])
def test_what_time_does_not_heal_is_not_tried_again(problem: Problem) -> None:
    story = given(asked, claimed).when(lambda n: n.record_failure(CLAIM, problem, "21211", now=NOW))
    story.then(Notice.SendingFailed(person_id=PATIENT, problem=problem, code="21211", retry_at=None))
    assert story.aggregate.status is NoticeStatus.FAILED


def test_busy_uses_up_no_try_until_it_has_been_said_too_often() -> None:
    notice, now = Notice.blank(uuid4()), NOW
    asked(notice)
    for _ in range(MOST_BUSY):
        claimed(notice, now=now)
        now += timedelta(minutes=1)
        notice.record_busy(CLAIM, now, now=now)
        assert (notice.status, notice.tries) == (NoticeStatus.PENDING, 0)
    claimed(notice, now=now)
    notice.record_busy(CLAIM, now + timedelta(minutes=1), now=now)
    assert notice.status is NoticeStatus.RETRYING


def test_no_answer_is_unknown_and_is_never_sent_again() -> None:
    story = given(asked, claimed).when(unknown)
    story.then(
        Notice.OutcomeUnknown(
            person_id=PATIENT, provider="twilio", problem=Problem.NO_ANSWER, code=None, ask_at=NOW + ASK_AFTER[0]
        )
    )
    for step in (claimed, lambda n: n.retry(now=NOW), lambda n: n.withdraw()):
        given(asked, claimed, unknown).when(step).then_refused(
            NotDue if step is claimed else NotSendable, status=NoticeStatus.UNKNOWN
        )  # fmt: skip


def test_a_worker_that_died_leaves_it_unknown_not_pending() -> None:
    over = NOW + LEASE
    given(asked, claimed).when(lambda n: n.outlive_lease(askable=True, now=over - timedelta(seconds=1))).then()
    given(asked, claimed).when(lambda n: n.outlive_lease(askable=True, now=over)).then(
        Notice.OutcomeUnknown(person_id=PATIENT, provider=None, problem=Problem.LOST, code=None, ask_at=over)
    )


def test_a_report_that_comes_late_is_believed_if_it_says_sent() -> None:
    lost = lambda n: n.outlive_lease(askable=True, now=NOW + LEASE)  # noqa: E731
    given(asked, claimed, lost).when(sent).then(
        Notice.NoticeSent(
            person_id=PATIENT, provider="twilio", provider_id="SM1", sent_at=NOW, ask_at=NOW + ASK_AFTER[0]
        )
    )
    given(asked, claimed, lost).when(failed).then_refused(LeaseLost)


def test_the_provider_is_asked_and_says() -> None:
    told: Any = dict(traced=False, sent_at=NOW)
    given(asked, claimed, unknown).when(lambda n: n.record_found("twilio", "SM1", **told)).then(
        Notice.NoticeSent(person_id=PATIENT, provider="twilio", provider_id="SM1", sent_at=NOW, ask_at=None)
    )
    given(asked, claimed, unknown).when(lambda n: n.record_absent(now=NOW)).then(
        Notice.SendingFailed(person_id=PATIENT, problem=Problem.NOT_THERE, code=None, retry_at=NOW + RETRY_PAUSE)
    )


def test_it_is_asked_less_and_less_and_then_a_person_has_to_say() -> None:
    notice = Notice.blank(uuid4())
    for step in (asked, claimed, unknown):
        step(notice)
    times, now = [notice.next_at], NOW
    while notice.next_at is not None:
        now = notice.next_at
        notice.record_asked_in_vain(now=now)
        times.append(notice.next_at)
    gaps = [b - a for a, b in zip([NOW, *times], times[:-1], strict=False) if a and b]
    assert gaps == list(ASK_AFTER)
    assert notice.status == "UNKNOWN"
    notice.settle(sent=False, reason="the mother heard nothing")
    assert notice.status == "FAILED"
    notice.retry(now=now)
    assert (notice.status, notice.tries) == (NoticeStatus.PENDING, 0)


def test_only_what_nobody_knows_is_settled() -> None:
    given(asked, claimed, sent).when(lambda n: n.settle(sent=False, reason="x")).then_refused(NotUnknown)


def test_delivery_is_followed_until_it_is_final() -> None:
    delivered = lambda n: n.record_delivery(Delivery.DELIVERED, None, now=NOW)  # noqa: E731
    given(asked, claimed, sent).when(delivered).then(
        Notice.DeliveryReported(person_id=PATIENT, delivery=Delivery.DELIVERED, code=None, ask_at=None)
    )
    given(asked, claimed, sent, delivered).when(
        lambda n: n.record_delivery(Delivery.UNDELIVERED, "30003", now=NOW)
    ).then()  # fmt: skip


def test_quiet_hours_hold_and_do_not_drop() -> None:
    until = NOW + timedelta(hours=3)
    story = given(asked).when(lambda n: n.hold(until, Held.QUIET_HOURS, now=NOW))
    story.then(Notice.NoticeHeld(person_id=PATIENT, until=until, why=Held.QUIET_HOURS))
    assert (story.aggregate.status, story.aggregate.next_at) == (NoticeStatus.PENDING, until)


def test_what_was_dropped_says_why_and_can_be_sent_after_all() -> None:
    dropped = lambda n: n.drop(Drop.OPTED_OUT, now=NOW)  # noqa: E731
    given(asked).when(dropped).then(Notice.NoticeDropped(person_id=PATIENT, why=Drop.OPTED_OUT))
    given(asked, dropped).when(claimed).then_refused(NotDue, status=NoticeStatus.DROPPED)
    given(asked, dropped).when(lambda n: n.retry(now=NOW)).then(Notice.NoticeRetried(person_id=PATIENT, due_at=NOW))
    given(asked, claimed, sent).when(lambda n: n.retry(now=NOW)).then_refused(NotSendable)


def test_taking_back_works_until_it_goes_out() -> None:
    given(asked).when(lambda n: n.withdraw()).then(Notice.NoticeDropped(person_id=PATIENT, why=Drop.WITHDRAWN))
    given(asked, lambda n: n.withdraw()).when(lambda n: n.withdraw()).then()
    given(asked, claimed).when(lambda n: n.withdraw()).then_refused(NotSendable, status=NoticeStatus.SENDING)


def test_a_series_is_told_of_in_one() -> None:
    later = STARTS + timedelta(days=7)
    story = given(asked).when(lambda n: n.add_session(OTHER, later), lambda n: n.add_session(OTHER, later))
    story.then(Notice.SessionAdded(person_id=PATIENT, session_id=OTHER, starts_at=later))
    assert story.aggregate.sessions == {SESSION: STARTS, OTHER: later}
    story = given(asked, claimed).when(lambda n: n.add_session(OTHER, later)).then()  # it says what it says already
    assert not story.aggregate.add_session(OTHER, later)


def test_a_notice_that_there_is_not() -> None:
    blank = on(Notice, uuid4())
    for step in (claimed, sent, lambda n: n.retry(now=NOW), lambda n: n.withdraw(), lambda n: n.record_absent(now=NOW)):
        blank().when(step).then_refused(UnknownNotice)


def test_ids_are_made_of_whom_and_what() -> None:
    one = notice_id(PATIENT, NoticeKind.DUES_REMINDER, "2026-11", Channel.SMS)
    assert one == notice_id(PATIENT, NoticeKind.DUES_REMINDER, "2026-11", Channel.SMS)
    others = {
        notice_id(OTHER, NoticeKind.DUES_REMINDER, "2026-11", Channel.SMS),
        notice_id(PATIENT, NoticeKind.PAYMENT_RECEIPT, "2026-11", Channel.SMS),
        notice_id(PATIENT, NoticeKind.DUES_REMINDER, "2026-12", Channel.SMS),
        notice_id(PATIENT, NoticeKind.DUES_REMINDER, "2026-11", Channel.EMAIL),
    }
    assert len(others | {one}) == 5
