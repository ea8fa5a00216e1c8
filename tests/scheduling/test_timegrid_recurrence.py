"""Series: recurrence rules on the wall clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.timegrid import (
    BadRule,
    BadWallTime,
    Frequency,
    Nth,
    Rule,
    Weekday,
    is_weekly_series,
    occurrence_spans,
    occurrences,
    weeks_later,
)

UTC_ZONE, KOLKATA, NEW_YORK = ZoneInfo("UTC"), ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def dates(rule: str, start: str, zone: ZoneInfo = UTC_ZONE, first: int = 20) -> list[str]:
    found = occurrences(Rule.parse(rule), naive(start), zone)
    return [str(occurrence.local.date()) for occurrence in islice(found, first)]


# The examples of RFC 5545 section 3.8.5.3, shortened.
@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=10;COUNT=3", "1997-09-02", ["1997-09-02", "1997-09-12", "1997-09-22"]),
        ("FREQ=WEEKLY;UNTIL=19970916", "1997-09-02", ["1997-09-02", "1997-09-09", "1997-09-16"]),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=TU,TH", "1997-09-02", ["1997-09-02", "1997-09-04", "1997-09-09"]),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=1FR", "1997-09-05", ["1997-09-05", "1997-10-03", "1997-11-07"]),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "1997-09-22", ["1997-09-22", "1997-10-20", "1997-11-17"]),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=-3", "1997-09-28", ["1997-09-28", "1997-10-29", "1997-11-28"]),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=30", "2007-01-15", ["2007-01-30", "2007-03-30", "2007-04-30"]),
        ("FREQ=MONTHLY;COUNT=2;BYDAY=FR;BYMONTHDAY=13", "1997-09-02", ["1998-02-13", "1998-03-13"]),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", ["1997-09-04", "1997-10-07", "1997-11-06"]),
        ("FREQ=MONTHLY;COUNT=2;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29", ["1997-09-29", "1997-10-30"]),
        ("FREQ=YEARLY;COUNT=3;BYMONTH=6,7", "1997-06-10", ["1997-06-10", "1997-07-10", "1998-06-10"]),
        ("FREQ=YEARLY;COUNT=2;BYDAY=20MO", "1997-05-19", ["1997-05-19", "1998-05-18"]),
        ("FREQ=YEARLY;INTERVAL=3;COUNT=3;BYYEARDAY=1,100", "1997-01-01", ["1997-01-01", "1997-04-10", "2000-01-01"]),
        ("FREQ=YEARLY;COUNT=2", "2024-02-29", ["2024-02-29", "2028-02-29"]),
        ("FREQ=DAILY;COUNT=2;BYMONTH=1;BYDAY=SU", "1998-01-01", ["1998-01-04", "1998-01-11"]),
        ("rrule:freq=weekly;count=2;byday=su;wkst=su", "1997-08-05", ["1997-08-10", "1997-08-17"]),
    ],
)
def test_rfc_examples(rule: str, start: str, expected: list[str]) -> None:
    assert dates(rule, start) == expected


def test_a_skipped_wall_time_is_left_out_and_not_counted() -> None:
    assert dates("FREQ=DAILY;COUNT=3", "2026-03-07T02:30", NEW_YORK) == ["2026-03-07", "2026-03-09", "2026-03-10"]


def test_a_doubled_wall_time_is_the_earlier_instant() -> None:
    found = occurrences(Rule.parse("FREQ=DAILY;COUNT=2"), naive("2025-11-02T01:30"), NEW_YORK)
    assert [occurrence.at.hour for occurrence in found] == [5, 6]


def test_until_is_inclusive_and_an_instant_is_compared_as_one() -> None:
    in_utc = "FREQ=DAILY;UNTIL=20260303T033000Z"
    assert dates(in_utc, "2026-03-02T09:00", KOLKATA) == ["2026-03-02", "2026-03-03"]
    assert dates(in_utc, "2026-03-02T09:01", KOLKATA) == ["2026-03-02"]
    assert dates("FREQ=DAILY;UNTIL=20260303T090000", "2026-03-02T09:00", KOLKATA) == ["2026-03-02", "2026-03-03"]


def test_an_endless_rule_is_taken_from_as_needed() -> None:
    assert Rule.parse("FREQ=WEEKLY").is_endless
    assert dates("FREQ=WEEKLY", "2026-03-02", first=2) == ["2026-03-02", "2026-03-09"]


@pytest.mark.parametrize("rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31"])
def test_a_rule_that_never_happens_ends(rule: str) -> None:
    assert dates(rule, "2026-01-01") == []


def test_a_series_ends_with_the_calendar() -> None:
    assert dates("FREQ=YEARLY;INTERVAL=3", "9990-06-01") == ["9990-06-01", "9993-06-01", "9996-06-01"]
    assert dates("FREQ=WEEKLY;INTERVAL=366", "9998-12-20") == ["9998-12-20"]
    with pytest.raises(BadWallTime):
        dates("FREQ=WEEKLY", "0001-01-01")


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("FREQ=HOURLY", "FREQ"),
        ("COUNT=2", "FREQ"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR"),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ"),
        ("FREQ=DAILY;", ""),
        ("FREQ=DAILY;COUNT=", "COUNT"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=٣", "COUNT"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "COUNT"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=99999999", "INTERVAL"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=XX", "BYDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=WEEKLY;WKST=1MO", "WKST"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(rule: str, part: str) -> None:
    with pytest.raises(BadRule) as refusal:
        Rule.parse(rule)
    assert refusal.value.details == {"part": part}


@given(
    st.sets(st.sampled_from(Weekday), min_size=1),
    st.integers(1, 4),
    st.sampled_from(Weekday),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_a_weekly_rule_is_every_nth_week_counted_from_the_week_start(
    days: set[Weekday], interval: int, week_start: Weekday, start: date
) -> None:
    by_day = tuple(Nth(day) for day in sorted(days))
    rule = Rule(Frequency.WEEKLY, interval, by_day=by_day, week_start=week_start)
    found = islice(occurrences(rule, datetime.combine(start, datetime.min.time()), UTC_ZONE), 12)
    monday = start - timedelta(days=(start.weekday() - week_start) % 7)
    naive = (start + timedelta(days=n) for n in range(12 * 7 * interval + 7))
    matching = [day for day in naive if day.weekday() in days and (day - monday).days // 7 % interval == 0]
    assert [occurrence.local.date() for occurrence in found] == matching[:12]


def test_spans_are_as_long_on_the_clock_as_the_first_even_over_midnight() -> None:
    start, end = naive("2026-03-07T23:45"), naive("2026-03-08T03:15")
    found = list(occurrence_spans(Rule.parse("FREQ=DAILY;COUNT=2"), start, end, NEW_YORK))
    assert found == [(start, end), (start + timedelta(days=1), end + timedelta(days=1))]


@given(st.datetimes(naive("2020-01-01"), naive("2030-01-01")), st.integers(2, 60))
def test_a_weekly_series_projected_from_its_first_start_is_one(first: datetime, length: int) -> None:
    start = first.replace(tzinfo=UTC)
    starts = [start, *(weeks_later(start, week, NEW_YORK) for week in range(1, length))]
    assert is_weekly_series(starts, NEW_YORK) is all(starts)
    present = [instant for instant in starts if instant]
    gaps = {later - earlier for earlier, later in pairwise(present)}
    hour = timedelta(hours=1)
    assert all(gap % timedelta(weeks=1) in {0 * hour, hour, timedelta(weeks=1) - hour} for gap in gaps)


def test_what_is_no_weekly_series() -> None:
    start = datetime(2026, 3, 1, 14, tzinfo=UTC)
    assert is_weekly_series([start], NEW_YORK)
    for starts in ([], [None], [start, None], [start, start], [start, start + timedelta(weeks=2)]):
        assert not is_weekly_series(starts, NEW_YORK)
