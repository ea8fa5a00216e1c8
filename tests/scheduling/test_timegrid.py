"""Intervals, wall clocks and availability: the facts below every free slot."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.base import Invalid
from domain.timegrid import (
    Availability,
    BadHours,
    BadInterval,
    BadWallTime,
    Hours,
    Interval,
    WallTimeSkipped,
    Weekday,
    WeeklyHours,
    day_interval,
    days_off,
    intersect,
    is_day_off,
    merge,
    minute_of_day,
    outside_availability,
    resolve,
    subtract,
    wall,
)
from tests.scheduling.minutes import covered, moment, some_spans, span

KOLKATA, NEW_YORK, LONDON = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York"), ZoneInfo("Europe/London")
LORD_HOWE, APIA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
FIVE_ZONES = [KOLKATA, NEW_YORK, LONDON, LORD_HOWE, APIA]

every_day = frozenset(Weekday)
nine_to_five = Hours.between("09:00", "17:00")


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return naive(text).replace(tzinfo=UTC)


# Intervals


def test_an_interval_is_held_in_utc_whatever_zone_it_was_given_in() -> None:
    start = datetime(2026, 3, 2, 9, tzinfo=KOLKATA)
    interval = Interval(start, start + timedelta(hours=1))
    assert interval == Interval(utc("2026-03-02T03:30"), utc("2026-03-02T04:30"))
    assert interval.start.tzinfo is UTC


def test_the_repeated_hour_is_as_long_as_it_is() -> None:
    first = datetime(2025, 11, 2, 1, 30, tzinfo=NEW_YORK)
    assert Interval(first, first.replace(fold=1)).length == timedelta(hours=1)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (moment(5), moment(5)),
        (moment(6), moment(5)),
        (moment(0).replace(tzinfo=None), moment(5)),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))), moment(5)),
        (moment(0), datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))),
    ],
)
def test_empty_inverted_naive_and_endless_intervals_are_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(BadInterval):
        Interval(start, end)


def test_touching_intervals_do_not_overlap() -> None:
    assert not span(0, 10).overlaps(span(10, 20))
    assert span(0, 10).overlaps(span(9, 20))
    assert span(0, 10).contains(moment(0))
    assert not span(0, 10).contains(moment(10))


@given(some_spans(), some_spans())
def test_subtract_is_the_difference_of_minutes(available: list[Interval], busy: list[Interval]) -> None:
    free = subtract(available, busy)
    assert covered(free) == covered(available) - covered(busy)
    assert_normal_form(free)


@given(some_spans())
def test_merge_is_the_union_of_minutes(intervals: list[Interval]) -> None:
    merged = merge(intervals)
    assert covered(merged) == covered(intervals)
    assert_normal_form(merged)


@given(st.lists(some_spans(), max_size=4))
def test_intersect_is_the_common_minutes(calendars: list[list[Interval]]) -> None:
    common = intersect(calendars)
    assert covered(common) == (set.intersection(*map(covered, calendars)) if calendars else set())
    assert_normal_form(common)


def assert_normal_form(intervals: list[Interval]) -> None:
    assert all(before.end < after.start for before, after in pairwise(intervals))


# Wall clocks


@pytest.mark.parametrize("zone", FIVE_ZONES, ids=str)
def test_four_hundred_days_of_quarter_hours(zone: ZoneInfo) -> None:
    """Given the clock watched for 400 days, when each wall time is resolved, then it is the first moment the
    clock showed it, or it is refused because the clock never did. Includes both changes of the clocks, by an
    hour, by half an hour, and by a whole day.
    """
    quarter, start = timedelta(minutes=15), utc("2011-10-01T12:00")
    seen: dict[datetime, datetime] = {}
    for n in range(400 * 96):
        seen.setdefault(wall(start + n * quarter, zone), start + n * quarter)
    local, last = wall(start, zone), wall(start + timedelta(days=399), zone)
    skipped = 0
    while local < last:
        if local in seen:
            assert resolve(local, zone) == seen[local]
        else:
            skipped += 1
            with pytest.raises(WallTimeSkipped):
                resolve(local, zone)
        local += quarter
    assert skipped == {KOLKATA: 0, NEW_YORK: 4, LONDON: 4, LORD_HOWE: 4, APIA: 96 + 4}[zone]


@pytest.mark.parametrize("zone", FIVE_ZONES, ids=str)
def test_four_hundred_days_follow_each_other_and_open_at_nine(zone: ZoneInfo) -> None:
    availability = Availability(zone, [WeeklyHours(every_day, nine_to_five)])
    dates = [date(2011, 10, 1) + timedelta(days=n) for n in range(400)]
    intervals = {day: interval for day in dates if (interval := day_interval(day, zone))}
    for before, after in pairwise(intervals.values()):
        assert before.end == after.start
    for day in dates:
        opened = [(wall(it.start, zone), wall(it.end, zone)) for it in availability.on(day)]
        hours = naive(f"{day}T09:00"), naive(f"{day}T17:00")
        assert opened == ([hours] if day in intervals else [])
    whole = Interval(intervals[dates[0]].start, intervals[dates[-1]].end)
    assert len(availability.within(whole)) == len(intervals)


def test_a_skipped_wall_time_is_refused_and_a_doubled_one_is_the_earlier() -> None:
    with pytest.raises(WallTimeSkipped):
        resolve(naive("2026-03-08T02:30"), NEW_YORK)
    assert resolve(naive("2025-11-02T01:30"), NEW_YORK) == utc("2025-11-02T05:30")
    assert resolve(naive("2025-11-02T01:30").replace(fold=1), NEW_YORK) == utc("2025-11-02T05:30")


@pytest.mark.parametrize("local", [naive("0001-01-01"), naive("9999-12-31T23:59"), moment(0)])
def test_wall_times_outside_the_calendar_or_with_a_zone_are_refused(local: datetime) -> None:
    with pytest.raises(BadWallTime):
        resolve(local, KOLKATA)


NO_TIMES = ["9", "25:00", "24:01", "10:60", "1\u0660:00", "10:5", "-1:00", "10:00:30", "", "009:00"]


@pytest.mark.parametrize("text", NO_TIMES)
def test_times_of_day_that_are_none(text: str) -> None:
    with pytest.raises(BadWallTime):
        minute_of_day(text)


def test_times_of_day() -> None:
    assert [minute_of_day(text) for text in ("00:00", "9:05", "09:05:00", "24:00")] == [0, 545, 545, 1440]


# Availability

MONDAY = date(2026, 3, 2)
week = Interval(utc("2026-03-02T00:00"), utc("2026-03-09T00:00"))


def test_an_override_replaces_the_day_and_an_empty_one_is_a_day_off() -> None:
    hours = [WeeklyHours(frozenset({Weekday.MONDAY, Weekday.TUESDAY}), nine_to_five)]
    overrides = {MONDAY: [Hours.between("10:00", "11:00")], date(2026, 3, 3): []}
    open_time = Availability(LONDON, hours, overrides).within(week)
    assert open_time == [Interval(utc("2026-03-02T10:00"), utc("2026-03-02T11:00"))]


def test_an_evening_that_runs_past_midnight_keeps_its_end_on_the_following_day_off() -> None:
    night = [WeeklyHours(frozenset({Weekday.MONDAY}), Hours.lasting("22:00", 240))]
    availability = Availability(LONDON, night, {date(2026, 3, 3): []})
    tuesday = day_interval(date(2026, 3, 3), LONDON)
    assert tuesday
    assert availability.within(tuesday) == [Interval(utc("2026-03-03T00:00"), utc("2026-03-03T02:00"))]


def test_hours_lasting_days_are_still_found_at_their_end() -> None:
    long = Availability(LONDON, [WeeklyHours(frozenset({Weekday.MONDAY}), Hours.lasting("12:00", 5 * 1440))])
    saturday = Interval(utc("2026-03-07T00:00"), utc("2026-03-08T00:00"))
    assert long.within(saturday) == [Interval(utc("2026-03-07T00:00"), utc("2026-03-07T12:00"))]


def test_leave_and_holidays_are_dates_of_their_own_calendars() -> None:
    availability = Availability(NEW_YORK, [WeeklyHours(every_day, Hours.between("00:00", "24:00"))])
    away = [
        *days_off([date(2026, 3, 3)], NEW_YORK),
        *days_off([date(2026, 3, 6)], KOLKATA),
        Interval(utc("2026-03-07T12:00"), utc("2026-03-07T13:00")),
    ]
    assert availability.within(week, away) == [
        Interval(utc("2026-03-02T00:00"), utc("2026-03-03T05:00")),
        Interval(utc("2026-03-04T05:00"), utc("2026-03-05T18:30")),
        Interval(utc("2026-03-06T18:30"), utc("2026-03-07T12:00")),
        Interval(utc("2026-03-07T13:00"), utc("2026-03-09T00:00")),
    ]


def test_leave_over_two_days_covers_the_night_between() -> None:
    night = Interval(utc("2026-03-03T22:00"), utc("2026-03-04T03:00"))
    assert is_day_off(night, [date(2026, 3, 3), date(2026, 3, 4)], LONDON)
    assert not is_day_off(night, [date(2026, 3, 3)], LONDON)


@pytest.mark.parametrize(
    ("hours", "opened"),
    [
        (Hours.between("02:30", "09:30"), ("07:30", "13:30")),  # 02:30 becomes 03:30
        (Hours.between("01:00", "02:30"), ("06:00", "07:30")),
        (Hours.between("00:30", "06:30"), ("05:30", "10:30")),  # five hours by the clock's six
        (Hours.lasting("00:30", 360), ("05:30", "11:30")),
        (Hours.between("02:15", "02:45"), None),  # never on the clock
        (Hours.between("02:30", "03:10"), None),  # over before it begins
    ],
)
def test_hours_on_the_morning_the_clocks_go_forward(hours: Hours, opened: tuple[str, str] | None) -> None:
    day = date(2026, 3, 8)
    expected = Interval(*(utc(f"{day}T{text}") for text in opened)) if opened else None
    assert hours.on(day, NEW_YORK) == expected


def test_hours_of_a_date_the_zone_skipped_do_not_turn_up_the_day_after() -> None:
    for hours in (nine_to_five, Hours.lasting("09:00", 60), Hours.between("00:00", "24:00")):
        assert hours.on(date(2011, 12, 30), APIA) is None


def test_hours_that_close_before_they_open_hold_no_time() -> None:
    assert Hours.between("08:00", "07:00").is_empty
    assert Availability(LONDON, [WeeklyHours(every_day, Hours.between("08:00", "07:00"))]).within(week) == []


def test_unstated_hours_limit_nothing_but_their_overrides_do() -> None:
    room = Availability(LONDON, None, {MONDAY: []})
    assert room.within(week) == [Interval(utc("2026-03-03T00:00"), week.end)]


@pytest.mark.parametrize("minutes", [(0, None, None), (0, 60, 60), (1440, 1440, None), (0, 1441, None), (0, None, 0)])
def test_hours_that_are_none(minutes: tuple[int, int | None, int | None]) -> None:
    with pytest.raises(BadHours):
        Hours(*minutes)


def test_sessions_left_outside_a_shrunken_availability_are_reported() -> None:
    availability = Availability(NEW_YORK, [WeeklyHours(every_day, Hours.between("01:00", "12:00"))])
    day = naive("2026-03-08")
    hours = [(4, 5), (11.5, 12), (11.5, 12.5), (5, 4), (2.5, 4)]
    found = [(day + timedelta(hours=start), day + timedelta(hours=end)) for start, end in hours]
    assert outside_availability(found, availability) == [2, 3, 4]


def test_weekday_names() -> None:
    assert {Weekday.named(name) for name in ("TU", "tue", "Tuesday")} == {Weekday.TUESDAY}
    for name in ("", "T", "someday"):
        with pytest.raises(Invalid):
            Weekday.named(name)
