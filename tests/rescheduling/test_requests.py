"""What a session says to requests to move it: given, when, then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.base import Invalid, Missing
from domain.rescheduling import (
    AlreadyAsked,
    NothingToMove,
    NoticeTooShort,
    Overtaking,
    ProposedTime,
    RequestClosed,
    RequestExpired,
    RequestStatus,
)
from domain.scheduling import CancelledBy, Session, WrongStatus
from tests.scheduling.sessions import (
    MONDAY,
    NO_WAIVER,
    OTHER,
    PATIENT,
    ROOM,
    SESSION,
    TEN,
    TERMS,
    THERAPIST,
    Step,
    ago,
    appointment,
    at,
    booked,
    cancelled,
    completed,
    later,
    no_show,
    started,
)
from tests.support.given import on

given = on(Session, SESSION)
REQUEST, SECOND = UUID(int=70), UUID(int=71)
TUESDAY = MONDAY + timedelta(days=1)
AFTERNOON, NEXT_DAY = at("14:00"), at("10:00", TUESDAY)
WHO = {"patient_id": PATIENT, "therapist_id": THERAPIST, "request_id": REQUEST}
TWO_DAYS = timedelta(hours=48)
HOUR_BEFORE = ago(hours=1)


def asked(
    *times: Any, now: datetime = TEN - TWO_DAYS, request: UUID = REQUEST, reason: str = "Training",
    notice: timedelta = TWO_DAYS,
) -> Step:  # fmt: skip
    return lambda session: session.request_reschedule(request, times or (AFTERNOON,), reason, notice=notice, now=now)


def approved(time: Any = AFTERNOON, note: str | None = None, now: datetime = HOUR_BEFORE) -> Step:
    return lambda session: session.approve_request(REQUEST, time, note, now=now)


def rejected(now: datetime = HOUR_BEFORE) -> Step:
    return lambda session: session.reject_request(REQUEST, "No", now=now)


def withdrawn(now: datetime = HOUR_BEFORE) -> Step:
    return lambda session: session.withdraw_request(REQUEST, now=now)


DECISIONS: dict[str, Callable[..., Step]] = {
    "approve": lambda now: approved(now=now), "reject": rejected, "withdraw": withdrawn,
}  # fmt: skip


def test_a_request_says_where_the_session_is_and_where_it_should_be() -> None:
    given(booked()).when(asked(AFTERNOON, NEXT_DAY, now=ago(days=3, seconds=30))).then(
        Session.RescheduleRequested(
            **WHO, day=MONDAY, start_time="10:00", end_time="11:00", zone="Asia/Kolkata", starts_at=TEN,
            notice_minutes=3 * 24 * 60, reason="Training", proposals=(
                ProposedTime(MONDAY, "14:00", "15:00", later(hours=4), later(hours=5)),
                ProposedTime(TUESDAY, "10:00", "11:00", later(hours=24), later(hours=25)),
            ),
        )
    )  # fmt: skip


@pytest.mark.parametrize("hours", [0, 1, 48, 2160])
def test_exactly_the_notice_is_enough_and_a_second_less_is_not(hours: int) -> None:
    notice = timedelta(hours=hours)
    if hours:
        given(booked()).when(asked(now=TEN - notice, notice=notice)).then_refolds()
    short = TEN - notice + timedelta(seconds=1)
    given(booked()).when(asked(now=short, notice=notice)).then_refused(
        NoticeTooShort, notice_hours=hours, until=(TEN - notice).isoformat()
    )


def test_without_any_notice_a_session_that_begins_is_still_too_late() -> None:
    given(booked()).when(asked(now=ago(microseconds=1), notice=timedelta())).then_refolds()
    given(booked()).when(asked(now=TEN, notice=timedelta())).then_refused(NoticeTooShort)


def test_a_session_has_one_open_request() -> None:
    given(booked(), asked()).when(asked(request=SECOND)).then_refused(AlreadyAsked, request_id=str(REQUEST))
    for closing in (rejected(ago(hours=50)), withdrawn(ago(hours=50))):
        story = given(booked(), asked(now=ago(hours=60)), closing).when(asked(request=SECOND, now=ago(hours=49)))
        story.then_refolds()
        assert story.aggregate.open_request is not None
        assert story.aggregate.open_request.id == SECOND


@pytest.mark.parametrize(
    ("times", "refusal", "field"),
    [
        ((), Invalid, "proposals"),
        ((AFTERNOON,) * 2, Invalid, "proposals.1.startTime"),
        ((AFTERNOON, at("10:00")), NothingToMove, "proposals.1.startTime"),
        (tuple(at(f"{hour}:00") for hour in range(12, 18)), Invalid, "proposals"),
    ],
)
def test_proposals_are_one_to_five_other_times(times: tuple[Any, ...], refusal: type[Invalid], field: str) -> None:
    step: Step = lambda session: session.request_reschedule(REQUEST, times, "x", notice=TWO_DAYS, now=ago(days=3))  # noqa: E731
    given(booked()).when(step).then_refused(refusal, field=field)


def test_only_a_scheduled_session_can_be_asked_for() -> None:
    given().when(asked()).then_refused(Missing)
    for ended in (started, completed, cancelled(), no_show()):
        given(booked(), ended).when(asked()).then_refused(WrongStatus)
    given(booked()).when(asked(reason=" ")).then_refused("VALIDATION_ERROR", field="reason")


def test_it_is_approved_rejected_or_withdrawn() -> None:
    pending = given(booked(), asked(now=ago(days=3)))
    assert [r.status for r in pending.aggregate.requests.values()] == [RequestStatus.PENDING]
    given(booked(), asked()).when(approved(NEXT_DAY, " Fine ")).then(
        Session.RescheduleApproved(**WHO, chosen=ProposedTime.of(NEXT_DAY), note="Fine")
    )
    given(booked(), asked()).when(rejected()).then(Session.RescheduleRejected(**WHO, reason="No"))
    given(booked(), asked()).when(withdrawn()).then(Session.RescheduleWithdrawn(**WHO))
    given(booked(), asked()).when(approved(at("10:00"))).then_refused(NothingToMove, field="startTime")


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("closing", DECISIONS)
def test_what_is_closed_is_closed(decision: str, closing: str) -> None:
    closed = DECISIONS[closing](now=ago(hours=2))
    status = {"approve": "APPROVED", "reject": "REJECTED", "withdraw": "CANCELLED"}[closing]
    story = given(booked(), asked(), closed).when(DECISIONS[decision](now=ago(hours=1)))
    story.then_refused(RequestClosed, status=status)


@pytest.mark.parametrize("decision", DECISIONS)
def test_nobody_decides_on_what_does_not_exist_or_has_expired(decision: str) -> None:
    given(booked()).when(DECISIONS[decision](now=ago(hours=1))).then_refused(Missing)
    given(booked(), asked()).when(DECISIONS[decision](now=ago(microseconds=1))).then_refolds()
    for now in (TEN, later(days=400)):
        given(booked(), asked()).when(DECISIONS[decision](now=now)).then_refused(RequestExpired, status="EXPIRED")


def test_expiry_is_recorded_once_and_not_before_the_start() -> None:
    expire: Callable[[datetime], Step] = lambda now: lambda session: session.expire_request(now=now)  # noqa: E731
    given(booked(), asked()).when(expire(ago(microseconds=1))).then()
    given(booked(), asked()).when(expire(TEN)).then(Session.RescheduleExpired(**WHO))
    given(booked(), asked(), expire(TEN)).when(expire(later(hours=1))).then()
    given(booked(), asked(), rejected()).when(expire(TEN)).then()
    given(booked()).when(expire(TEN)).then()
    given(booked(), asked(), expire(TEN)).when(withdrawn(later(hours=1))).then_refused(RequestClosed, status="EXPIRED")


OVERTAKING: dict[Overtaking, Step] = {
    Overtaking.MOVED: lambda session: session.reschedule(appointment("15:00")),
    Overtaking.STARTED: lambda session: session.start(now=ago(minutes=5)),
    Overtaking.CANCELLED: cancelled(ago(hours=1), CancelledBy.CENTRE),
}


@pytest.mark.parametrize("by", OVERTAKING)
def test_whatever_moves_or_ends_the_session_overtakes_its_request(by: Overtaking) -> None:
    story = given(booked(), asked()).when(OVERTAKING[by]).then_refolds()
    assert story.aggregate.pending_events[-1] == Session.RescheduleOvertaken(
        **WHO, by=by, originator_id=SESSION, originator_version=4
    )
    assert story.aggregate.open_request is None
    # The control: without a request there is nothing to overtake.
    alone = given(booked()).when(OVERTAKING[by])
    assert [type(e).__name__ for e in alone.aggregate.pending_events] == [
        type(e).__name__ for e in story.aggregate.pending_events[:-1]
    ]


def test_the_overtaken_request_names_who_asked_though_a_colleague_gives_the_session_now() -> None:
    story = given(booked(), asked()).when(lambda session: session.reschedule(appointment(therapist=OTHER)))
    last: Any = story.aggregate.pending_events[-1]
    assert (type(last), last.therapist_id, last.by) == (Session.RescheduleOvertaken, THERAPIST, Overtaking.MOVED)


def test_another_room_leaves_the_request_open() -> None:
    story = given(booked(), asked()).when(lambda session: session.reschedule(appointment(room=ROOM)))
    assert story.aggregate.open_request is not None


@pytest.mark.parametrize(
    "step",
    [
        completed,
        no_show(later(hours=1)),
        lambda session: session.start(now=TEN),
        lambda session: session.cancel("Late", CancelledBy.PATIENT, TERMS, NO_WAIVER, now=later(hours=1)),
    ],
)
def test_what_happens_after_the_start_finds_it_expired(step: Step) -> None:
    story = given(booked(), asked()).when(step).then_refolds()
    assert [type(e) for e in story.aggregate.pending_events][-1] is Session.RescheduleExpired
    assert story.aggregate.open_request is None


def test_approval_moves_the_session_without_overtaking_its_request() -> None:
    move: Step = lambda session: session.reschedule(appointment("14:00"))  # noqa: E731
    story = given(booked(), asked()).when(approved(), move).then_refolds()
    assert [type(e) for e in story.aggregate.pending_events] == [
        Session.RescheduleApproved, Session.SessionRescheduled,
    ]  # fmt: skip
    assert story.aggregate.requests[REQUEST].version == 3
