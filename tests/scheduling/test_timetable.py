"""What fits: weekly hours, leave, holidays, buffers, notice; and that what is shown is what can be booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as any_
from hypothesis import settings
from hypothesis import strategies as st

from domain.availability import Leave, WeeklySlot
from domain.base import Refused
from domain.scheduling import (
    Appointment,
    Busy,
    InThePast,
    OutsideAvailability,
    SessionTime,
    Side,
    SlotTaken,
    Timetable,
    TooShortNotice,
    free_times,
    must_be_free,
)
from domain.timegrid import Interval, day_interval
from tests.scheduling.sessions import (
    EPOCH,
    MASSAGE,
    MONDAY,
    PATIENT,
    ROOM,
    SPEECH,
    TEN,
    THERAPIST,
    ago,
    appointment,
    at,
    timetable,
)

FREE: Busy = {Side.THERAPIST: [], Side.PATIENT: []}


def refused(
    start: str, hours: Timetable, busy: Busy = FREE, *, now: datetime | None = EPOCH, minutes: int = 60,
    day: date = MONDAY,
) -> str | None:  # fmt: skip
    """The code of the refusal, if any."""
    try:
        wanted = replace(
            appointment(start, day, minutes=minutes), buffer_before=hours.buffer_before, buffer_after=hours.buffer_after
        )
        must_be_free(wanted, hours, busy, now=now)
    except Refused as refusal:
        return refusal.code
    return None


def shown(hours: Timetable, busy: Busy = FREE, *, now: datetime = EPOCH, minutes: int = 60) -> list[str]:
    window = day_interval(MONDAY, hours.rules.zone)
    assert window
    return [each.start_time for each in free_times(hours, minutes, window, busy, now=now)]


def test_a_session_lies_inside_the_hours() -> None:
    hours = timetable("09:00-12:00")
    assert [refused(start, hours) for start in ("08:59", "09:00", "11:00", "11:01")] == [
        "OUTSIDE_AVAILABILITY", None, None, "OUTSIDE_AVAILABILITY",
    ]  # fmt: skip


def test_touching_hours_are_one_stretch_and_separate_ones_are_not() -> None:
    assert refused("09:30", timetable("09:00-10:00", "10:00-11:00")) is None
    assert refused("09:30", timetable("09:00-10:00", "10:01-11:00")) == OutsideAvailability.code


def test_who_never_stated_hours_is_never_there() -> None:
    assert refused("10:00", replace(timetable(), slots=())) == OutsideAvailability.code
    assert shown(replace(timetable(), slots=())) == []


def test_hours_for_one_therapy_type_are_for_no_other() -> None:
    hours = replace(timetable(), slots=[WeeklySlot(0, "09:00", "12:00", MASSAGE), WeeklySlot(0, "14:00", "15:00")])
    assert refused("10:00", hours.for_type(MASSAGE)) is None
    assert refused("10:00", hours.for_type(SPEECH)) == OutsideAvailability.code
    assert shown(hours.for_type(SPEECH)) == ["14:00"]


def test_leave_and_holidays() -> None:
    whole = timetable(leave=(Leave(MONDAY - timedelta(days=3), MONDAY),))
    part = timetable(leave=(Leave(MONDAY, MONDAY, "12:00", "13:00"),))
    assert refused("10:00", whole) == refused("10:00", timetable(holidays=(MONDAY,))) == OutsideAvailability.code
    assert refused("10:00", whole, day=MONDAY + timedelta(days=1)) is None
    assert [refused(start, part) for start in ("11:00", "11:01", "12:59", "13:00")] == [
        None, "OUTSIDE_AVAILABILITY", "OUTSIDE_AVAILABILITY", None,
    ]  # fmt: skip


def test_buffers_lie_inside_the_hours_too() -> None:
    hours = timetable("09:00-12:00", before=15, after=30)
    assert [refused(start, hours) for start in ("09:14", "09:15", "10:30", "10:31")] == [
        "OUTSIDE_AVAILABILITY", None, None, "OUTSIDE_AVAILABILITY",
    ]  # fmt: skip


def starts_of(taken: SlotTaken) -> list[str]:
    assert {each["date"] for each in taken.details["alternatives"]} == {MONDAY.isoformat()}
    return [each["startTime"] for each in taken.details["alternatives"]]


def test_the_one_who_is_busy_is_named_with_times_that_are_free() -> None:
    ten = at("10:00").span
    for side in Side:
        busy = {Side.THERAPIST: [], Side.PATIENT: [], Side.ROOM: [], side: [ten]}
        with pytest.raises(SlotTaken) as taken:
            must_be_free(appointment(room=ROOM), timetable(step=60), busy, now=EPOCH)
        assert taken.value.details["resource"] == side
        assert starts_of(taken.value) == ["09:00", "11:00", "12:00", "13:00", "14:00"]


def test_alternatives_know_the_notice_and_what_is_busy() -> None:
    busy = {Side.THERAPIST: [at("10:00").span, at("12:00").span], Side.PATIENT: [at("13:00").span]}
    with pytest.raises(SlotTaken) as taken:
        must_be_free(appointment(), timetable(step=60, notice=120), busy, now=ago(minutes=120))
    assert starts_of(taken.value) == ["11:00", "14:00", "15:00", "16:00"]


def test_alternatives_keep_their_buffers_from_dates_that_nobody_looked_at() -> None:
    """Midnight in UTC is 05:30 in Kolkata; what ends just before it stands on a sheet of another date."""
    seven = at("07:00").span
    for before, first in ((0, "05:30"), (30, "06:00")):
        hours = timetable("05:00-09:00", step=30, before=before)
        with pytest.raises(SlotTaken) as taken:
            must_be_free(appointment("07:00", before=before), hours, {Side.THERAPIST: [seven]}, now=EPOCH)
        assert starts_of(taken.value)[0] == first


def test_the_past_and_the_notice() -> None:
    hours = timetable(notice=60)
    assert refused("10:00", hours, now=TEN + timedelta(seconds=1)) == InThePast.code
    assert refused("10:00", hours, now=TEN - timedelta(seconds=3599)) == TooShortNotice.code
    assert refused("10:00", hours, now=TEN - timedelta(hours=1)) is None
    assert refused("10:00", hours, now=None) is None  # whoever may enter what has passed


def test_starts_are_shown_whole_steps_after_a_slot_begins() -> None:
    assert shown(timetable("09:10-11:00", step=25)) == ["09:10", "09:35", "10:00"]
    assert shown(timetable("09:00-11:00", "14:20-15:30", step=30)) == ["09:00", "09:30", "10:00", "14:20"]


def test_the_day_the_clocks_go_forward_shows_no_time_that_is_skipped() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    window = day_interval(date(2026, 3, 29), berlin)
    assert window
    times = free_times(timetable("01:00-05:00", step=30, zone=berlin), 60, window, FREE, now=EPOCH)
    assert [each.start_time for each in times] == ["01:00", "01:30", "03:00", "03:30", "04:00"]
    assert times[0].end_time == "03:00"  # sixty minutes later, by the clock on the wall


ZONES = [ZoneInfo(name) for name in ("Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]
Minutes = st.integers(0, 287).map(lambda n: 5 * n)
Stretch = st.tuples(Minutes, st.integers(1, 288).map(lambda n: 5 * n)).map(lambda p: (p[0], min(p[0] + p[1], 1440)))


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def blocks(zone: ZoneInfo, day: date) -> st.SearchStrategy[list[Interval]]:
    midnight = datetime.combine(day, time.min, UTC) - timedelta(hours=14)
    one = st.tuples(st.integers(0, 52 * 12), st.integers(1, 24))
    return st.lists(
        one.map(lambda p: Interval.lasting(midnight + timedelta(minutes=5 * p[0]), timedelta(minutes=5 * p[1]))),
        max_size=5,
    )


@settings(max_examples=60, deadline=None)
@any_(data=st.data(), zone=st.sampled_from(ZONES), day=st.sampled_from([date(2026, 3, 29), date(2026, 11, 1), MONDAY]))
def test_what_is_shown_can_be_booked_and_what_can_be_booked_is_shown(
    data: st.DataObject, zone: ZoneInfo, day: date
) -> None:
    stretches = data.draw(st.lists(Stretch, min_size=1, max_size=4), "hours")
    away = data.draw(st.lists(Stretch, max_size=1), "leave")
    step, length = data.draw(st.sampled_from([5, 15, 20, 45])), data.draw(st.sampled_from([20, 45, 60]))
    hours = timetable(
        *(f"{clock(start)}-{clock(end)}" for start, end in stretches),
        days=range(day.weekday(), day.weekday() + 1),
        leave=tuple(Leave(day, day, clock(start), clock(end)) for start, end in away),
        before=data.draw(st.sampled_from([0, 10])), after=data.draw(st.sampled_from([0, 5])),
        step=step, notice=30, zone=zone,
    )  # fmt: skip
    window = day_interval(day, zone)
    assert window
    now = window.start + timedelta(minutes=data.draw(st.integers(-600, 600)))
    busy: Busy = {Side.THERAPIST: data.draw(blocks(zone, day)), Side.PATIENT: data.draw(blocks(zone, day))}
    offered = {each.starts_at for each in free_times(hours, length, window, busy, now=now)}
    on_the_grid = {start + step * n for start, end in stretches for n in range((end - start - 1) // step + 1)}
    bookable = set(_bookable(sorted(on_the_grid), hours, day, length, busy, now))
    # A session that runs past midnight is not inside the window, so it is not offered, though it may fit.
    span = timedelta(minutes=length)
    assert offered == {start for start in bookable if window.contains(Interval.lasting(start, span))}


def _bookable(
    minutes: Sequence[int], hours: Timetable, day: date, length: int, busy: Busy, now: datetime
) -> Sequence[datetime]:
    found = []
    for minute in minutes:
        try:
            when = SessionTime.at(day, clock(minute), length, hours.rules.zone)
            wanted = Appointment(PATIENT, THERAPIST, None, when, hours.buffer_before, hours.buffer_after)
            must_be_free(wanted, hours, busy, now=now)
        except Refused:
            continue
        found.append(when.starts_at)
    return found
