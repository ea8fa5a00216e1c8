"""Who may be where at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.timegrid import Booking, Judgement, Side, Verdict, judge
from tests.scheduling.minutes import covered, span

TEN_MINUTES = timedelta(minutes=10)


def sides(judgement: Judgement) -> dict[int, set[Side]]:
    return {overlap.booking: set(overlap.sides) for overlap in judgement.overlaps}


def test_touching_sessions_do_not_clash_and_a_cancelled_one_frees_its_slot() -> None:
    wanted = Booking(span(60, 120), "T", "P", "R")
    touching = [Booking(span(0, 60), "T", "P", "R"), Booking(span(120, 180), "T", "P", "R")]
    cancelled = Booking(span(60, 120), "T", "P", "R", status="CANCELLED")
    assert judge(wanted, [*touching, cancelled]) == (Verdict.OK, ())


@pytest.mark.parametrize("status", ["SCHEDULED", "IN_PROGRESS", "COMPLETED", "NO_SHOW"])
def test_every_other_state_keeps_its_slot(status: str) -> None:
    assert judge(Booking(span(0, 60), "T", "P"), [Booking(span(0, 60), "T", "Q", status=status)]).overlaps


def test_each_side_of_a_clash_is_named() -> None:
    wanted = Booking(span(0, 60), "T", "P", "R")
    booked = [
        Booking(span(30, 90), "U", "P", None),
        Booking(span(30, 90), "U", "Q", "S"),
        Booking(span(30, 90), "T", "Q", "R"),
    ]
    judgement = judge(wanted, booked)
    assert judgement.verdict is Verdict.OVERLAP
    assert sides(judgement) == {0: {Side.PATIENT}, 2: {Side.THERAPIST, Side.ROOM}}


def test_sessions_without_a_room_do_not_share_one() -> None:
    assert judge(Booking(span(0, 60), "T", "P"), [Booking(span(0, 60), "U", "Q")]).verdict is Verdict.OK


def test_buffers_are_the_therapists_time_only() -> None:
    wanted = Booking(span(65, 120), "T", "P", "R", buffer_before=TEN_MINUTES)
    before = Booking(span(0, 60), "T", "P", "R")
    assert sides(judge(wanted, [before])) == {0: {Side.THERAPIST}}
    assert judge(wanted, [Booking(span(0, 60), "U", "P", "R")]).verdict is Verdict.OK


def test_a_group_fills_up_and_the_verdict_says_so() -> None:
    group = [Booking(span(0, 60), "T", patient, "R") for patient in "PQ"]
    newcomer = Booking(span(0, 60), "T", "X", "R")
    assert judge(newcomer, group, group_capacity=3).verdict is Verdict.OK
    assert judge(newcomer, group, group_capacity=2).verdict is Verdict.CAPACITY_EXCEEDED
    assert judge(newcomer, group).verdict is Verdict.OVERLAP
    again = Booking(span(0, 60), "T", "P", "R")
    assert judge(again, group, group_capacity=3).verdict is Verdict.OVERLAP


def test_a_group_session_does_not_excuse_its_therapist_elsewhere() -> None:
    elsewhere = Booking(span(0, 60), "T", "Q", "S")
    judgement = judge(Booking(span(0, 60), "T", "P", "R"), [elsewhere], group_capacity=9)
    assert sides(judgement) == {0: {Side.THERAPIST}}


def test_those_who_leave_make_room_for_those_who_come() -> None:
    wanted = Booking(span(0, 60), "T", "P", "R")
    relay = [Booking(span(0, 30), "T", "Q", "R"), Booking(span(30, 60), "T", "X", "R")]
    assert judge(wanted, relay, group_capacity=2).verdict is Verdict.OK
    assert judge(wanted, relay, group_capacity=1).verdict is Verdict.CAPACITY_EXCEEDED


sessions = st.builds(lambda start, length: span(start, start + length), st.integers(0, 60), st.integers(1, 30))
bookings = st.builds(
    Booking,
    sessions,
    st.sampled_from("TU"),
    st.sampled_from("PQX"),
    st.sampled_from(["R", "S", None]),
    st.sampled_from(["SCHEDULED", "CANCELLED"]),
)


@given(bookings, st.lists(bookings, max_size=8))
def test_judging_agrees_with_the_minutes(wanted: Booking, booked: list[Booking]) -> None:
    clashing = {
        index
        for index, other in enumerate(booked)
        if other.holds_its_slot
        and covered([wanted.session]) & covered([other.session])
        and (
            wanted.therapist == other.therapist
            or wanted.patient == other.patient
            or (wanted.room is not None and wanted.room == other.room)
        )
    }
    judgement = judge(wanted, booked)
    assert {overlap.booking for overlap in judgement.overlaps} == clashing
    assert (judgement.verdict is Verdict.OK) is (not clashing)


@given(st.lists(bookings, max_size=8), st.integers(1, 4))
def test_a_group_never_holds_more_than_its_capacity(attempts: list[Booking], capacity: int) -> None:
    booked: list[Booking] = []
    for attempt in attempts:
        if judge(attempt, booked, group_capacity=capacity).verdict is Verdict.OK:
            booked.append(attempt)
    held = [booking for booking in booked if booking.holds_its_slot]
    for minute in range(90):
        present = [booking for booking in held if minute in covered([booking.session])]
        assert len({booking.patient for booking in present}) == len(present)
        for room in "RS":
            assert sum(booking.room == room for booking in present) <= capacity
