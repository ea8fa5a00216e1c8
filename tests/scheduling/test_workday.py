"""A therapist's day as it stands: what no longer fits, what is left free, and what can be done now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as any_
from hypothesis import strategies as st

from domain.availability import Leave, WeeklySlot
from domain.base import Refused
from domain.scheduling import (
    Action,
    Busy,
    CentreRules,
    Conflict,
    ConflictKind,
    PlannedSession,
    Session,
    SessionStatus,
    Side,
    Standing,
    Timetable,
    actions,
    conflicts,
    must_be_free,
    plan_day,
    standing,
)
from domain.timegrid import Interval, day_interval, wall
from tests.scheduling.sessions import (
    KOLKATA,
    MASSAGE,
    MONDAY,
    NO_WAIVER,
    SESSION,
    SPEECH,
    TEN,
    TERMS,
    appointment,
    at,
    booked,
    cancelled,
    completed,
    later,
    no_show,
    started,
    timetable,
)

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = MONDAY + timedelta(days=1)
A, B, C = (UUID(int=n) for n in range(100, 103))


def planned(id_: UUID, start: str, *, day: date = MONDAY, minutes: int = 60, **other: Any) -> PlannedSession:
    time = at(start, day, minutes)
    return PlannedSession(id_, other.pop("kind", SPEECH), time.span, other.pop("zone", time.zone), **other)


def clock(intervals: list[Interval], zone: ZoneInfo = KOLKATA) -> list[str]:
    return [f"{wall(i.start, zone):%H:%M}-{wall(i.end, zone):%H:%M}" for i in intervals]


def kinds(found: list[Conflict]) -> dict[UUID, ConflictKind]:
    return {conflict.session_id: conflict.kind for conflict in found}


def test_what_was_booked_and_still_fits_is_no_conflict() -> None:
    assert conflicts([], timetable()) == []
    assert conflicts([planned(A, "09:00"), planned(B, "10:00"), planned(C, "16:00")], timetable()) == []


def test_each_conflict_has_its_reason() -> None:
    leave = (Leave(TUESDAY, TUESDAY, "09:00", "10:30"),)
    hours = timetable("09:00-17:00", leave=leave, holidays=(MONDAY,))
    sessions = [
        planned(A, "10:00"), planned(B, "10:00", day=TUESDAY), planned(C, "16:30", day=TUESDAY),
    ]  # fmt: skip
    assert kinds(conflicts(sessions, hours)) == {
        A: ConflictKind.ON_HOLIDAY, B: ConflictKind.ON_LEAVE, C: ConflictKind.OUTSIDE_HOURS
    }  # fmt: skip


def test_a_session_before_opening_is_outside_also_on_a_holiday() -> None:
    assert kinds(conflicts([planned(A, "08:00")], timetable(holidays=(MONDAY,)))) == {A: ConflictKind.OUTSIDE_HOURS}


def test_hours_are_those_of_the_therapy_type() -> None:
    rules = CentreRules(KOLKATA)
    hours = Timetable(rules, [WeeklySlot(0, "09:00", "12:00", SPEECH), WeeklySlot(0, "12:00", "15:00", MASSAGE)])
    sessions = [planned(A, "10:00"), planned(B, "12:00"), planned(C, "13:00", kind=MASSAGE)]
    assert kinds(conflicts(sessions, hours)) == {B: ConflictKind.OUTSIDE_HOURS}


def test_buffers_that_grew_make_neighbours_too_close_and_nobody_else() -> None:
    sessions = [planned(A, "09:00"), planned(B, "10:10"), planned(C, "12:00")]
    assert conflicts(sessions, timetable(before=5, after=5)) == []
    assert conflicts(sessions, timetable(before=5, after=6)) == [
        Conflict(A, ConflictKind.TOO_CLOSE, B), Conflict(B, ConflictKind.TOO_CLOSE, A)
    ]  # fmt: skip
    # The day's edge is no neighbour: buffers move nobody out of the hours.
    assert conflicts([planned(A, "09:00")], timetable(before=60, after=60)) == []


def test_what_is_over_disturbs_and_is_not_disturbed() -> None:
    sessions = [planned(A, "09:00", to_come=False), planned(B, "10:00")]
    assert conflicts(sessions, timetable(after=10)) == [Conflict(B, ConflictKind.TOO_CLOSE, A)]
    assert conflicts([planned(A, "03:00", to_come=False)], timetable()) == []


def test_another_zone_is_told_of_where_nothing_worse_is_wrong() -> None:
    sessions = [planned(A, "10:00", zone="Europe/Berlin"), planned(B, "20:00", zone="Europe/Berlin")]
    assert kinds(conflicts(sessions, timetable())) == {A: ConflictKind.OTHER_ZONE, B: ConflictKind.OUTSIDE_HOURS}


def test_gaps_lie_between_sessions_within_the_hours() -> None:
    hours = timetable("09:00-13:00", "14:00-17:00", before=5, after=5)
    plan = plan_day(MONDAY, [planned(A, "10:00"), planned(B, "11:20"), planned(C, "15:00")], hours)
    assert clock(plan.hours) == ["09:00-13:00", "14:00-17:00"]
    assert clock(plan.free) == ["09:00-09:55", "11:05-11:15", "12:25-13:00", "14:00-14:55", "16:05-17:00"]
    assert clock(plan.gaps) == ["12:25-13:00", "14:00-14:55"]  # ten minutes are less than the step
    assert plan_day(MONDAY, [planned(A, "10:00")], hours).gaps == []
    assert plan_day(MONDAY, [], hours).free == plan.hours


def test_leave_and_holidays_take_hours_away() -> None:
    part = timetable("09:00-17:00", leave=(Leave(MONDAY, MONDAY, "12:00", "14:00"),))
    plan = plan_day(MONDAY, [planned(A, "09:00"), planned(B, "16:00")], part)
    assert (clock(plan.hours), clock(plan.gaps)) == (["09:00-12:00", "14:00-17:00"], ["10:00-12:00", "14:00-16:00"])
    assert (plan.on_leave, plan.on_holiday) == (False, False)
    away = plan_day(MONDAY, [planned(A, "09:00")], timetable(leave=(Leave(MONDAY, TUESDAY),)))
    assert (away.hours, away.gaps, away.on_leave) == ([], [], True)
    off = plan_day(TUESDAY, [], timetable(holidays=(TUESDAY,)))
    assert (off.hours, off.on_holiday) == ([], True)


@pytest.mark.parametrize(("day", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_day_is_as_long_as_its_clocks_say(day: date, length: int) -> None:
    plan = plan_day(day, [], timetable("00:00-24:00", zone=BERLIN))
    assert sum((hours.length for hours in plan.hours), timedelta()) == timedelta(hours=length)


def test_a_day_that_was_skipped_is_empty() -> None:
    apia = ZoneInfo("Pacific/Apia")
    plan = plan_day(date(2011, 12, 30), [], timetable("09:00-17:00", zone=apia))
    assert (plan.hours, plan.free, plan.gaps) == ([], [], [])


STARTS = st.lists(st.integers(0, 95), min_size=1, max_size=12, unique=True)


@any_(STARTS, st.integers(0, 30), st.integers(0, 30), st.sampled_from([MONDAY, date(2026, 3, 29), date(2026, 10, 25)]))
def test_hours_are_taken_or_free_and_never_both(quarters: list[int], before: int, after: int, day: date) -> None:
    hours = timetable("08:00-12:00", "13:00-20:00", before=before, after=after, zone=BERLIN)
    whole = day_interval(day, BERLIN)
    assert whole is not None
    starts = [whole.start + timedelta(minutes=15 * quarter) for quarter in quarters]
    sessions = [
        PlannedSession(UUID(int=n), SPEECH, Interval.lasting(start, timedelta(minutes=15)), BERLIN.key)
        for n, start in enumerate(starts)
    ]  # fmt: skip
    plan = plan_day(day, sessions, hours)
    for minute in range(0, 25 * 60, 5):
        at_ = whole.start + timedelta(minutes=minute)
        inside = any(stretch.contains(at_) for stretch in plan.hours)
        taken = any(hours.widened(session.span).contains(at_) for session in sessions)
        assert any(stretch.contains(at_) for stretch in plan.free) == (inside and not taken)
    assert all(gap in plan.free for gap in plan.gaps)
    spans = sorted(hours.widened(session.span) for session in sessions)
    assert all(spans[0].end <= gap.start and gap.end <= spans[-1].start for gap in plan.gaps)


@any_(STARTS, st.integers(0, 30), st.integers(0, 30))
def test_what_has_no_conflict_could_be_booked_as_it_is(quarters: list[int], before: int, after: int) -> None:
    """The same rule as a booking's, but that a buffer may leave the hours: then they are wide enough for both."""
    hours = timetable("08:00-20:00", before=before, after=after)
    roomy = timetable("07:00-21:00", before=before, after=after)
    sessions = [planned(UUID(int=n), f"{q // 4:02}:{q % 4 * 15:02}", minutes=15) for n, q in enumerate(quarters)]
    found = kinds(conflicts(sessions, hours))
    for session in sessions:
        others = [hours.widened(other.span) for other in sessions if other.id != session.id]
        busy: Busy = {Side.THERAPIST: others}
        wanted = appointment(f"{wall(session.span.start, KOLKATA):%H:%M}", minutes=15, before=before, after=after)
        try:
            must_be_free(wanted, roomy, busy, now=None)
            bookable = True
        except Refused:
            bookable = False
        opens, closes = at("08:00").starts_at, at("20:00").starts_at
        inside = opens <= session.span.start and session.span.end <= closes
        assert (session.id not in found) == (bookable and inside)


STORIES: dict[SessionStatus, tuple[Callable[[Session], object], ...]] = {
    SessionStatus.SCHEDULED: (),
    SessionStatus.IN_PROGRESS: (started,),
    SessionStatus.COMPLETED: (completed,),
    SessionStatus.CANCELLED: (cancelled(),),
    SessionStatus.NO_SHOW: (no_show(),),
}


@pytest.mark.parametrize("status", SessionStatus)
@pytest.mark.parametrize("minutes", [-60 * 24, -60 * 10 - 1, -60 * 10, -1, 0, 59, 60, 60 * 24])
def test_what_is_offered_is_what_the_session_allows(status: SessionStatus, minutes: int) -> None:
    now = later(minutes=minutes)
    attempts: dict[Action, Callable[[Session], object]] = {
        Action.START: lambda s: s.start(now=now),
        Action.COMPLETE: lambda s: s.complete(now=now),
        Action.MARK_NO_SHOW: lambda s: s.mark_no_show(TERMS, NO_WAIVER, now=now),
    }
    offered = actions(status, at("10:00"), now)
    for action, attempt in attempts.items():
        session = Session.blank(SESSION)
        for step in (booked(), *STORIES[status]):
            step(session)
        assert session.status is status
        try:
            attempt(session)
            allowed = True
        except Refused:
            allowed = False
        assert (action in offered) == allowed, action
    assert (Action.WRITE_NOTES in offered) == (status is not SessionStatus.CANCELLED)


@pytest.mark.parametrize(
    ("status", "minutes", "expected"),
    [
        (SessionStatus.SCHEDULED, -1, Standing.UPCOMING), (SessionStatus.SCHEDULED, 0, Standing.WAITING),
        (SessionStatus.SCHEDULED, 59, Standing.WAITING), (SessionStatus.SCHEDULED, 60, Standing.OVERDUE),
        (SessionStatus.IN_PROGRESS, -5, Standing.IN_PROGRESS), (SessionStatus.IN_PROGRESS, 59, Standing.IN_PROGRESS),
        (SessionStatus.IN_PROGRESS, 60, Standing.OVERDUE), (SessionStatus.COMPLETED, 99, Standing.COMPLETED),
        (SessionStatus.CANCELLED, -9, Standing.CANCELLED), (SessionStatus.NO_SHOW, 99, Standing.NO_SHOW),
    ],
)  # fmt: skip
def test_how_a_session_stands(status: SessionStatus, minutes: int, expected: Standing) -> None:
    span = Interval.lasting(TEN, timedelta(minutes=60))
    assert standing(status, span, later(minutes=minutes)) is expected
    assert standing(status, span, datetime(2020, 1, 1, tzinfo=UTC)) is not Standing.OVERDUE
