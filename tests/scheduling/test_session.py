"""A session's rules: booking, moving, and how it ends. Money amounts are in the tenant's currency."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import get_type_hints
from zoneinfo import ZoneInfo

import pytest

from domain.base import CLINICAL, PERSONAL, Invalid, Missing
from domain.scheduling import (
    CancelledBy,
    IdTaken,
    PriceSource,
    Session,
    SessionStatus,
    SessionTime,
    SkippedWallTime,
    TooEarly,
    Waiver,
    WrongStatus,
    price_of,
)
from tests.scheduling.sessions import (
    MONDAY,
    OTHER,
    PATIENT,
    PRICE,
    ROOM,
    SESSION,
    SPEECH,
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
WHO = {"patient_id": PATIENT, "therapist_id": THERAPIST}
ALL_STEPS: dict[str, Step] = {
    "reschedule": lambda session: session.reschedule(appointment("12:00")),
    "start": started,
    "complete": completed,
    "cancel": cancelled(),
    "no-show": no_show(),
    "reverse": lambda session: session.reverse_no_show("She came"),
}
UNTIL: dict[str, tuple[Step, ...]] = {
    "SCHEDULED": (booked(),),
    "IN_PROGRESS": (booked(), started),
    "COMPLETED": (booked(), completed),
    "CANCELLED": (booked(), cancelled()),
    "NO_SHOW": (booked(), no_show()),
}
ALLOWED = {
    "SCHEDULED": {"reschedule", "start", "complete", "cancel", "no-show"},
    "IN_PROGRESS": {"complete"},
    "COMPLETED": set(),
    "CANCELLED": set(),
    "NO_SHOW": {"reverse"},
}


def placed(start: str, ends: str, starts_at: object, ends_at: object, **more: object) -> dict[str, object]:
    return {
        **WHO, "room_id": None, "day": MONDAY, "start_time": start, "end_time": ends, "zone": "Asia/Kolkata",
        "starts_at": starts_at, "ends_at": ends_at, "buffer_before": 0, "buffer_after": 0, **more,
    }  # fmt: skip


def test_a_booking_keeps_a_snapshot_of_price_and_duration() -> None:
    given().when(booked()).then(
        Session.SessionBooked(
            therapy_type_id=SPEECH, duration=60, price=Decimal("800.00"), price_source=PriceSource.THERAPY_TYPE,
            **placed("10:00", "11:00", TEN, later(hours=1)),
        )
    )  # fmt: skip


def test_another_price_is_booked_with_its_reason() -> None:
    agreed = price_of(Decimal("800.00"), 60, own=True, override=Decimal("500.00"), reason=" hardship ")
    story = given().when(lambda session: session.book(appointment(), SPEECH, agreed))
    story.then(
        Session.SessionBooked(
            therapy_type_id=SPEECH, duration=60, price=Decimal("500.00"), price_source=PriceSource.OVERRIDE,
            **placed("10:00", "11:00", TEN, later(hours=1)),
        ),
        Session.PriceAgreed(
            listed=Decimal("800.00"), price=Decimal("500.00"), reason="hardship", **WHO
        ),
    )  # fmt: skip


def test_the_list_price_says_whose_it_is() -> None:
    assert price_of(Decimal(1), 30, own=True).source is PriceSource.THERAPIST
    assert price_of(Decimal(1), 30, own=False).source is PriceSource.THERAPY_TYPE


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_another_price_needs_a_reason(reason: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        price_of(Decimal(800), 60, own=True, override=Decimal(0), reason=reason)
    assert refused.value.details == {"field": "priceReason"}


def test_an_id_books_one_session() -> None:
    given(booked()).when(booked(start="12:00")).then_refused(IdTaken)


def test_moving_keeps_price_and_says_where_it_was() -> None:
    move = appointment("16:30", MONDAY + timedelta(days=1), therapist=OTHER, room=ROOM, before=10)
    story = given(booked()).when(lambda session: session.reschedule(move))
    story.then(
        Session.SessionRescheduled(
            previous_therapist_id=THERAPIST, previous_starts_at=TEN,
            **placed(
                "16:30", "17:30", later(hours=30.5), later(hours=31.5), therapist_id=OTHER, room_id=ROOM,
                day=MONDAY + timedelta(days=1), buffer_before=10,
            ),
        )
    )  # fmt: skip
    assert (story.aggregate.price, story.aggregate.duration) == (PRICE.amount, 60)


def test_moving_it_to_where_it_is_decides_nothing() -> None:
    given(booked()).when(lambda session: session.reschedule(appointment())).then()


def test_a_session_is_started_on_its_day_even_early() -> None:
    given(booked()).when(lambda session: session.start(now=ago(hours=10))).then(Session.SessionStarted(**WHO))
    given(booked()).when(lambda session: session.start(now=ago(hours=10, seconds=1))).then_refused(TooEarly)


def test_completion_is_not_before_the_start() -> None:
    given(booked()).when(lambda session: session.complete(now=ago(seconds=1))).then_refused(TooEarly)
    given(booked(), lambda session: session.start(now=ago(hours=1))).when(
        lambda session: session.complete(now=ago(seconds=1))
    ).then_refused(TooEarly, startsAt=TEN.isoformat())


def test_completion_counts_for_the_day_of_the_session() -> None:
    done = Session.SessionCompleted(**WHO, effective_on=MONDAY)
    given(booked()).when(lambda session: session.complete(now=TEN)).then(done)
    given(booked(), started).when(lambda session: session.complete(now=later(days=2))).then(done)


@pytest.mark.parametrize(
    ("now", "by", "percent", "fee", "notice"),
    [
        (ago(hours=24), CancelledBy.PATIENT, "0", "0.00", 1440),
        (ago(hours=23, minutes=59, seconds=59), CancelledBy.PATIENT, "50", "400.00", 1439),
        (later(minutes=5), CancelledBy.PATIENT, "50", "400.00", -5),
        (ago(minutes=1), CancelledBy.CENTRE, "0", "0.00", 1),
    ],
    ids=["in time to the second", "a second late", "after the start", "the centre itself"],
)
def test_cancelling_decides_the_fee(now: object, by: CancelledBy, percent: str, fee: str, notice: int) -> None:
    given(booked()).when(cancelled(now, by)).then(  # type: ignore[arg-type]
        Session.SessionCancelled(
            starts_at=TEN, cancelled_by=by, reason="Fever", notice_minutes=notice, fee_percent=Decimal(percent),
            fee_due=Decimal(fee), fee=Decimal(fee), waiver_reason=None, **WHO,
        )
    )  # fmt: skip


def test_a_waived_fee_is_recorded_with_its_reason() -> None:
    kind = Waiver(True, "First time")
    given(booked()).when(cancelled(ago(hours=1), waiver=kind)).then(
        Session.SessionCancelled(
            starts_at=TEN, cancelled_by=CancelledBy.PATIENT, reason="Fever", notice_minutes=60,
            fee_percent=Decimal(50), fee_due=Decimal("400.00"), fee=Decimal("0.00"), waiver_reason="First time", **WHO,
        )
    )  # fmt: skip
    given(booked()).when(no_show(waiver=kind)).then(
        Session.SessionMarkedNoShow(
            fee_percent=Decimal(100), fee_due=Decimal("800.00"), fee=Decimal("0.00"), waiver_reason="First time",
            effective_on=MONDAY, **WHO,
        )
    )  # fmt: skip


def test_where_no_fee_is_due_nothing_is_waived() -> None:
    story = given(booked()).when(cancelled(ago(days=2), waiver=Waiver(True, "First time")))
    assert story.aggregate.pending_events[-1].waiver_reason is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("reason", [None, " "])
def test_a_waiver_needs_a_reason(reason: str | None) -> None:
    for step in (cancelled(ago(hours=1), waiver=Waiver(True, reason)), no_show(waiver=Waiver(True, reason))):
        given(booked()).when(step).then_refused(Invalid, field="waiverReason")


def test_cancelling_needs_a_reason() -> None:
    story = given(booked()).when(
        lambda session: session.cancel(" ", CancelledBy.PATIENT, TERMS, Waiver(), now=ago(days=2))
    )
    story.then_refused("VALIDATION_ERROR", field="reason")


def test_a_no_show_is_known_from_the_start_on() -> None:
    given(booked()).when(no_show(ago(seconds=1))).then_refused(TooEarly)
    given(booked()).when(no_show(TEN)).then(
        Session.SessionMarkedNoShow(
            fee_percent=Decimal(100), fee_due=Decimal("800.00"), fee=Decimal("800.00"), waiver_reason=None,
            effective_on=MONDAY, **WHO,
        )
    )  # fmt: skip


def test_a_no_show_that_was_none_is_scheduled_again_and_can_be_completed() -> None:
    story = given(booked(), no_show()).when(lambda session: session.reverse_no_show("She came"), completed)
    story.then(Session.NoShowReversed(reason="She came", **WHO), Session.SessionCompleted(**WHO, effective_on=MONDAY))
    given(booked(), no_show()).when(lambda session: session.reverse_no_show("")).then_refused("VALIDATION_ERROR")


@pytest.mark.parametrize("status", UNTIL)
@pytest.mark.parametrize("step", ALL_STEPS)
def test_each_status_allows_these_steps_and_no_others(status: str, step: str) -> None:
    story = given(*UNTIL[status])
    assert story.aggregate.status == status
    story.when(ALL_STEPS[step])
    if step in ALLOWED[status]:
        story.then_refolds()
        assert story.refusal is None
    else:
        story.then_refused(WrongStatus, status=SessionStatus(status))


@pytest.mark.parametrize("step", [*ALL_STEPS.values(), lambda session: session.write_notes("x")])
def test_of_a_session_that_was_never_booked_nothing_can_be_done(step: Step) -> None:
    given().when(step).then_refused(Missing)


def test_notes_are_written_anew_and_taken_away() -> None:
    def notes(text: str | None) -> Step:
        return lambda session: session.write_notes(text)

    wrote = Session.SessionNotesWritten(notes="Said 'mama'", **WHO)
    given(booked()).when(notes(" Said 'mama' "), notes("Said 'mama'")).then(wrote)
    given(booked(), wrote).when(notes(" ")).then(Session.SessionNotesWritten(notes=None, **WHO))
    given(booked()).when(notes("a\0b")).then_refused(Invalid.code, field="notes")


def test_free_text_is_sealed_with_the_patients_key_and_the_busiest_event_has_none() -> None:
    personal: dict[str, set[str]] = {}
    for kind in vars(Session).values():
        if isinstance(kind, type) and hasattr(kind, "TOPIC"):
            assert kind.SUBJECT == "patient_id"  # type: ignore[attr-defined]
            hints = get_type_hints(kind, include_extras=True)
            personal[kind.__name__] = {n for n, hint in hints.items() if PERSONAL in getattr(hint, "__metadata__", ())}
    assert {name: fields for name, fields in personal.items() if fields} == {
        "PriceAgreed": {"reason"},
        "SessionCancelled": {"reason", "waiver_reason"},
        "SessionMarkedNoShow": {"waiver_reason"},
        "NoShowReversed": {"reason"},
        "SessionNotesWritten": {"notes"},
        "RescheduleRequested": {"reason"},
        "RescheduleApproved": {"note"},
        "RescheduleRejected": {"reason"},
    }
    assert CLINICAL in get_type_hints(Session.SessionNotesWritten, include_extras=True)["notes"].__metadata__


def test_a_session_at_a_wall_time_that_happens_twice_means_the_earlier_instant() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert at("02:30", date(2026, 10, 25), zone=berlin).starts_at.isoformat() == "2026-10-25T00:30:00+00:00"
    # An hour of elapsed time later, the clock shows the same again.
    assert at("02:30", date(2026, 10, 25), zone=berlin).end_time == "02:30"


@pytest.mark.parametrize(
    ("start", "day", "code", "field"),
    [
        ("02:30", date(2026, 3, 29), "WALL_TIME_SKIPPED", "startTime"),
        ("24:00", MONDAY, "VALIDATION_ERROR", "startTime"),
        ("9:00", MONDAY, "VALIDATION_ERROR", "startTime"),
        ("\u0660\u0669:\u0660\u0660", MONDAY, "VALIDATION_ERROR", "startTime"),
        ("09:00\n", MONDAY, "VALIDATION_ERROR", "startTime"),
        ("09:00", date.max, "VALIDATION_ERROR", "date"),
        ("09:00", date.min, "VALIDATION_ERROR", "date"),
    ],
)
def test_times_that_cannot_be(start: str, day: date, code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        SessionTime.at(day, start, 60, ZoneInfo("Europe/Berlin"))
    assert (refused.value.code, refused.value.details) == (code, {"field": field})
    assert issubclass(SkippedWallTime, Invalid)
