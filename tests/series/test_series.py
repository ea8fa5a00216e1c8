"""What a series remembers: its rule, its sessions, and what was left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.base import Invalid, Missing
from domain.series import Course, Occurrence, Pattern, Reach, Series
from tests.support.given import on

SERIES, PATIENT, THERAPIST, OTHER, SPEECH, MASSAGE, ROOM, NEXT = (UUID(int=n) for n in range(1, 9))
SESSIONS = [UUID(int=n) for n in range(101, 105)]
MONDAY = date(2026, 3, 2)
DAYS = [MONDAY + timedelta(weeks=n) for n in (0, 1, 3, 4)]
LEFT_OUT = MONDAY + timedelta(weeks=2)
COURSE = Course(THERAPIST, SPEECH, ROOM)
PATTERN = Pattern(MONDAY, "10:00", "FREQ=WEEKLY;BYDAY=MO;COUNT=5")
ALL = [Occurrence(session, day) for session, day in zip(SESSIONS, DAYS, strict=True)]
given = on(Series, SERIES)


def started(series: Series) -> None:
    series.start(PATIENT, COURSE, PATTERN, ALL, timezone="Asia/Kolkata", left_out=[LEFT_OUT])


def test_a_series_knows_its_sessions_and_what_was_left_out() -> None:
    story = given().when(started)
    story.then(
        Series.SeriesStarted(
            patient_id=PATIENT, therapist_id=THERAPIST, therapy_type_id=SPEECH, room_id=ROOM, first_day=MONDAY,
            start_time="10:00", timezone="Asia/Kolkata", rule=PATTERN.rule, occurrences=tuple(ALL),
            left_out=(LEFT_OUT,), continues=None,
        )
    )  # fmt: skip
    assert story.aggregate.reached(Reach.ALL, None) == SESSIONS
    assert story.aggregate.reached(Reach.FOLLOWING, SESSIONS[1]) == SESSIONS[1:]
    assert story.aggregate.reached(Reach.THIS, SESSIONS[2]) == [SESSIONS[2]]


def test_what_is_meant_must_be_said_and_be_of_the_series() -> None:
    story = given(started)
    for reach in (Reach.THIS, Reach.FOLLOWING):
        with pytest.raises(Invalid) as refused:
            story.aggregate.reached(reach, None)
        assert refused.value.details["field"] == "occurrenceId"
    for reach in Reach:
        with pytest.raises(Missing):
            story.aggregate.reached(reach, NEXT)
    with pytest.raises(Missing):
        Series.blank(SERIES).reached(Reach.ALL, None)


def test_all_that_follow_can_become_a_series_of_their_own() -> None:
    story = given(started).when(lambda series: series.split(DAYS[2], NEXT, SESSIONS[2:]))
    story.then(
        Series.SeriesSplit(
            from_day=DAYS[2], into=NEXT, rule="FREQ=WEEKLY;BYDAY=MO;UNTIL=20260322", sessions=tuple(SESSIONS[2:])
        )
    )
    assert story.aggregate.reached(Reach.ALL, None) == SESSIONS[:2]
    assert story.aggregate.left_out == (LEFT_OUT,)
    earlier = given(started).when(lambda series: series.split(DAYS[1], NEXT, SESSIONS[1:]))
    assert earlier.aggregate.left_out == ()


def test_another_therapy_puts_new_sessions_in_the_place_of_the_old() -> None:
    new = [Occurrence(UUID(int=200 + n), day) for n, day in enumerate(DAYS[2:])]
    course = replace(COURSE, therapy_type_id=MASSAGE)
    story = given(started).when(lambda series: series.change(course, PATTERN, new, replaced=SESSIONS[2:]))
    assert story.aggregate.reached(Reach.ALL, None) == [*SESSIONS[:2], *(each.session_id for each in new)]
    assert story.aggregate.course == course
    story.then_refolds()


def test_one_session_can_be_changed_or_replaced_alone() -> None:
    new = Occurrence(UUID(int=200), DAYS[1])
    story = given(started).when(lambda series: series.change_one(new, replaced=SESSIONS[1]))
    story.then(Series.OccurrenceChanged(occurrence=new, replaced=SESSIONS[1]))
    assert story.aggregate.reached(Reach.ALL, None) == [SESSIONS[0], new.session_id, *SESSIONS[2:]]
    assert (story.aggregate.course, story.aggregate.pattern) == (COURSE, PATTERN)


def test_what_was_called_off_stays_an_occurrence() -> None:
    story = given(started).when(lambda series: series.cancelled(Reach.FOLLOWING, SESSIONS[2:]))
    story.then(Series.OccurrencesCancelled(reach=Reach.FOLLOWING, sessions=tuple(SESSIONS[2:])))
    assert story.aggregate.reached(Reach.ALL, None) == SESSIONS
