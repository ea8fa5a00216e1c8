"""The days of a series, beside a naive expansion that walks the calendar day by day, in zones that change clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.base import Invalid
from domain.series import LONGEST_SERIES, BadSeriesRule, EmptySeries, EndlessSeries, Pattern, SeriesTooLong

ZONES = [
    ZoneInfo(name)
    for name in ("Asia/Kolkata", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago")
]
NEW_YORK = ZONES[1]
CODES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
MONDAY = date(2026, 3, 2)
Days = list[tuple[date, bool]]


def is_skipped(day: date, start: time, zone: ZoneInfo) -> bool:
    local = datetime.combine(day, start, zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None)


def naive(
    first: date, start: time, zone: ZoneInfo, *, interval: int, days: set[int], week_start: int, count: int | None,
    until: date | None,
) -> Days:  # fmt: skip
    """One date after the other; weeks are counted from the one that the first date is in."""
    found: Days = []
    week_of_first = first - timedelta(days=(first.weekday() - week_start) % 7)
    day, counted = first, 0
    while (until is None or day <= until) and (count is None or counted < count):
        week = (day - week_of_first).days // 7
        if week % interval == 0 and day.weekday() in days:
            skipped = is_skipped(day, start, zone)
            found.append((day, skipped))
            counted += not skipped
        day += timedelta(days=1)
    return found


def as_read(pattern: Pattern, zone: ZoneInfo) -> Days:
    return [(each.day, each.skipped) for each in pattern.days(zone)]


firsts = st.dates(date(2025, 1, 1), date(2027, 12, 31))
starts = st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5))
rules = st.fixed_dictionaries({
    "interval": st.integers(1, 5),
    "days": st.sets(st.integers(0, 6), max_size=3),
    "week_start": st.integers(0, 6),
    "count": st.none() | st.integers(1, 30),
    "weeks": st.integers(1, 40),
})  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(firsts, starts, st.sampled_from(ZONES), rules)
def test_the_days_are_those_of_a_naive_expansion(
    first: date, start: time, zone: ZoneInfo, rule: dict[str, Any]
) -> None:
    count, days = rule["count"], set(rule["days"]) or {first.weekday()}
    until = None if count else first + timedelta(weeks=rule["weeks"])
    text = f"FREQ=WEEKLY;INTERVAL={rule['interval']};WKST={CODES[rule['week_start']]}"
    text += f";COUNT={count}" if count else f";UNTIL={until:%Y%m%d}"
    if rule["days"]:
        text += ";BYDAY=" + ",".join(CODES[n] for n in rule["days"])
    expected = naive(
        first,
        start,
        zone,
        interval=rule["interval"],
        days=days,
        week_start=rule["week_start"],
        count=count,
        until=until,
    )
    if len(expected) > LONGEST_SERIES or not expected:
        with pytest.raises((SeriesTooLong, EmptySeries)):
            Pattern.read(first, f"{start:%H:%M}", text, zone)
        return
    pattern = Pattern.read(first, f"{start:%H:%M}", text, zone)
    assert as_read(pattern, zone) == expected
    # Read again as it was written, it is the same.
    assert Pattern.read(pattern.first_day, pattern.start_time, pattern.rule, zone) == pattern
    # Cut anywhere, the parts are the days before and from there on.
    cut = len(expected) // 2
    middle, last = expected[cut][0], expected[-1][0]
    assert as_read(pattern.between(middle, last), zone) == expected[cut:]
    assert as_read(pattern.between(first, middle - timedelta(days=1)), zone) == expected[:cut]


@settings(max_examples=200, deadline=None)
@given(firsts, rules, st.integers(-20, 20))
def test_a_pattern_moved_by_days_names_the_days_moved(first: date, rule: dict[str, Any], shift: int) -> None:
    zone = ZONES[0]  # without daylight saving nothing is skipped, so all days move alike
    days = rule["days"] or {first.weekday()}
    text = f"FREQ=WEEKLY;INTERVAL={rule['interval']};WKST={CODES[rule['week_start']]};COUNT={rule['count'] or 9}"
    text += ";BYDAY=" + ",".join(CODES[n] for n in days)
    pattern = Pattern.read(first, "10:00", text, zone)
    moved = [each.day + timedelta(days=shift) for each in pattern.days(zone)]
    assert [each.day for each in pattern.shifted(shift).days(zone)] == moved
    assert pattern.shifted(shift).shifted(-shift) == pattern


def test_the_wall_time_stays_across_the_change_and_a_skipped_one_is_told_and_not_counted() -> None:
    pattern = Pattern.read(date(2026, 3, 1), "02:30", "FREQ=WEEKLY;COUNT=3", NEW_YORK)
    assert as_read(pattern, NEW_YORK) == [
        (date(2026, 3, 1), False), (date(2026, 3, 8), True), (date(2026, 3, 15), False), (date(2026, 3, 22), False),
    ]  # fmt: skip
    lonely = Pattern.read(date(2026, 3, 8), "02:30", "FREQ=WEEKLY;UNTIL=20260308", NEW_YORK)
    assert as_read(lonely, NEW_YORK) == [(date(2026, 3, 8), True)]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260316", date(2026, 3, 16)),
        ("20260316T100000", date(2026, 3, 16)),
        ("20260316T095900", date(2026, 3, 9)),
        ("20260316T140000Z", date(2026, 3, 16)),  # 10:00 in New York, in summer time by then
        ("20260316T135959Z", date(2026, 3, 9)),
        ("20260317T095900", date(2026, 3, 16)),  # Tuesday's start is too late, Monday's is not
    ],
)
def test_until_is_a_date_a_wall_time_or_an_instant(until: str, last: date) -> None:
    pattern = Pattern.read(MONDAY, "10:00", f"FREQ=WEEKLY;UNTIL={until}", NEW_YORK)
    assert pattern.days(NEW_YORK)[-1].day == last


@pytest.mark.parametrize(
    ("rule", "refusal"),
    [
        ("FREQ=WEEKLY", EndlessSeries),
        ("FREQ=WEEKLY;COUNT=105", SeriesTooLong),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;UNTIL=20270302", SeriesTooLong),
        ("FREQ=WEEKLY;UNTIL=20260301", EmptySeries),
        ("FREQ=DAILY;COUNT=5", BadSeriesRule),
        ("FREQ=MONTHLY;COUNT=5", BadSeriesRule),
        ("FREQ=WEEKLY;COUNT=5;BYMONTH=3", BadSeriesRule),
        ("FREQ=WEEKLY;COUNT=5;BYDAY=1MO", BadSeriesRule),
        ("FREQ=WEEKLY;COUNT=5;UNTIL=20260401", BadSeriesRule),
        ("FREQ=WEEKLY;COUNT=0", BadSeriesRule),
        ("FREQ=WEEKLY;UNTIL=99991231", BadSeriesRule),
        ("FREQ=WEEKLY;UNTIL=00010101T000000Z", BadSeriesRule),
        ("FREQ=WEEKLY;UNTIL=20261301", BadSeriesRule),
        ("every Monday", BadSeriesRule),
        ("", BadSeriesRule),
    ],
)
def test_what_is_no_weekly_rule_with_an_end_is_refused(rule: str, refusal: type[Invalid]) -> None:
    with pytest.raises(refusal) as refused:
        Pattern.read(MONDAY, "10:00", rule, NEW_YORK)
    assert refused.value.details["field"] == "rule"


def test_104_occurrences_are_a_series() -> None:
    rule = "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=104"
    assert len(Pattern.read(MONDAY, "10:00", rule, NEW_YORK).days(NEW_YORK)) == LONGEST_SERIES


@pytest.mark.parametrize("start", ["24:00", "9:00", "10:60", ""])
def test_a_series_starts_at_a_time_of_the_clock(start: str) -> None:
    with pytest.raises(Invalid):
        Pattern.read(MONDAY, start, "FREQ=WEEKLY;COUNT=2", NEW_YORK)
