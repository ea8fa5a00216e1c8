"""Whatever is booked, moved, cancelled and missed, in any order: nobody is in two places, and the sheets know it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.scheduling import BookSession, CancelSession, MarkNoShow, RescheduleSession, ReverseNoShow
from domain.availability import Availability
from domain.base import Clash, Invalid, Missing, derived_id
from domain.scheduling import DaySheet, Session, SessionStatus, sheet_id
from tests.scheduling.desk import SECOND_PATIENT, Desk
from tests.scheduling.overlaps import Taken, double_booked
from tests.scheduling.sessions import MONDAY, OTHER, PATIENT, ROOM, SPEECH, THERAPIST

Act = tuple[str, int, dict[str, Any]]

starts = st.integers(9 * 6, 17 * 6).map(lambda n: f"{n // 6:02}:{n % 6}0")
places = st.fixed_dictionaries(
    {
        "date": st.integers(0, 1).map(lambda n: MONDAY + timedelta(days=n)), "start_time": starts,
        "therapist_id": st.sampled_from([THERAPIST, OTHER]), "room_id": st.sampled_from([None, ROOM]),
    }
)  # fmt: skip
bookings = places.flatmap(
    lambda place: st.sampled_from([PATIENT, SECOND_PATIENT]).map(lambda who: place | {"patient_id": who})
)
acts: st.SearchStrategy[Act] = st.one_of(
    st.tuples(st.just("book"), st.just(0), bookings),
    st.tuples(st.just("move"), st.integers(0, 9), places),
    st.tuples(st.sampled_from(["cancel", "miss", "came"]), st.integers(0, 9), st.just({})),
    st.tuples(st.just("buffers"), st.sampled_from([0, 10, 20]), st.just({})),
)


def carry_out(desk: Desk, act: Act, made: list[UUID]) -> None:
    word, number, facts = act
    if word == "buffers":
        hours = desk.load(Availability, derived_id(THERAPIST, "availability"))
        hours.set_buffers(THERAPIST, before=number, after=20 - number)
    elif word == "book":
        made.append(desk.do(BookSession(therapy_type_id=SPEECH, **facts)).id)
    elif made:
        command = {
            "move": RescheduleSession(**facts), "cancel": CancelSession(reason="Fever"), "miss": MarkNoShow(),
            "came": ReverseNoShow(reason="Mistaken"),
        }[word]  # fmt: skip
        now = desk.now + timedelta(days=9) if word == "miss" else None
        desk.do(command, session_id=made[number % len(made)], now=now)


def taken(desk: Desk, made: list[UUID]) -> Iterator[Taken]:
    for session in map(desk.session, made):
        if session.status is not SessionStatus.CANCELLED:
            for hold in session.appointment.holds:
                yield Taken(hold.resource_id, hold.blocked.start, hold.blocked.end, session.id)


@settings(max_examples=60, deadline=None)
@given(st.lists(acts, min_size=5, max_size=25))
def test_nobody_is_ever_in_two_places(history: list[Act]) -> None:
    desk, made = Desk(), list[UUID]()
    for act in history:
        try:
            carry_out(desk, act, made)
        except (Clash, Invalid, Missing):
            continue
        assert double_booked(taken(desk, made)) == []
    on_sheets = {
        (stream.id, session, blocked)
        for stream in desk.streams.values()
        if isinstance(stream, DaySheet)
        for session, blocked in stream.taken.items()
    }
    assert on_sheets == set(standing(desk, made))


def standing(desk: Desk, made: list[UUID]) -> Iterator[tuple[UUID, UUID, object]]:
    """What the sheets ought to say, from the sessions alone."""
    for session in map(desk.session, made):
        assert isinstance(session, Session)
        if session.status is not SessionStatus.CANCELLED:
            for hold in session.appointment.holds:
                for day, _ in hold.sheets:
                    yield sheet_id(hold.resource_id, day), session.id, hold.blocked


def test_where_nobody_looks_at_the_sheets_the_judge_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same desk, blind."""
    monkeypatch.setattr(DaySheet, "busy", lambda sheet, but=(): [])
    desk, made = Desk(), list[UUID]()
    for patient in (PATIENT, SECOND_PATIENT):
        facts = {"patient_id": patient, "therapist_id": OTHER, "date": MONDAY, "start_time": "10:00", "room_id": None}
        carry_out(desk, ("book", 0, facts), made)
    assert len(double_booked(taken(desk, made))) == 1


def test_the_judge_finds_an_overlap_and_forgives_a_touch() -> None:
    start = MONDAY
    one = [Taken("t", start + timedelta(days=n), start + timedelta(days=n + 1), n) for n in range(3)]  # type: ignore[arg-type]
    assert double_booked(one) == []
    twice = Taken("t", start + timedelta(days=1), start + timedelta(days=3), 9)  # type: ignore[arg-type]
    assert len(double_booked([*one, twice])) == 2
    assert double_booked([*one, twice._replace(resource="other")]) == []
