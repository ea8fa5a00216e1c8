"""Periods, the period before, and the ages of dues."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reports import Bucket, Period, PeriodKind, PeriodReversed, PeriodTooLong, percent

DAYS = st.dates(date(1950, 1, 1), date(2150, 1, 1))


@pytest.mark.parametrize(
    ("last", "kind", "starts", "first"),
    [
        (date(2026, 11, 22), PeriodKind.DAY, 4, date(2026, 11, 22)),
        (date(2026, 11, 22), PeriodKind.WEEK, 4, date(2026, 11, 16)),
        (date(2026, 11, 22), PeriodKind.MONTH, 4, date(2026, 11, 1)),
        (date(2026, 11, 22), PeriodKind.QUARTER, 4, date(2026, 10, 1)),
        (date(2026, 11, 22), PeriodKind.QUARTER, 2, date(2026, 11, 1)),
        (date(2026, 11, 22), PeriodKind.FINANCIAL_YEAR, 4, date(2026, 4, 1)),
        (date(2026, 3, 31), PeriodKind.FINANCIAL_YEAR, 4, date(2025, 4, 1)),
        (date(2026, 4, 1), PeriodKind.FINANCIAL_YEAR, 4, date(2026, 4, 1)),
        (date(2026, 1, 15), PeriodKind.QUARTER, 12, date(2025, 12, 1)),
        (date(2026, 2, 1), PeriodKind.FINANCIAL_YEAR, 1, date(2026, 1, 1)),
    ],
)
def test_periods_reach_back_to_a_start(last: date, kind: PeriodKind, starts: int, first: date) -> None:
    assert Period.until(last, kind, year_starts=starts) == Period(first, last)


@given(DAYS, st.sampled_from(PeriodKind), st.integers(1, 12))
def test_a_period_starts_where_one_can(last: date, kind: PeriodKind, starts: int) -> None:
    period = Period.until(last, kind, year_starts=starts)
    assert period.first <= last
    assert 1 <= period.days <= 366
    assert Period.until(period.first, kind, year_starts=starts).first == period.first


@given(DAYS, st.integers(0, 1000))
def test_the_period_before_is_as_long_and_touches(first: date, more: int) -> None:
    period = Period.of(first, first + timedelta(days=more))
    before = period.previous
    assert before.days == period.days == more + 1
    assert before.last + timedelta(days=1) == period.first


def test_what_is_no_period() -> None:
    with pytest.raises(PeriodReversed):
        Period.of(date(2026, 2, 1), date(2026, 1, 31))
    with pytest.raises(PeriodTooLong):
        Period.of(date(2020, 1, 1), date(2026, 1, 1))


@given(DAYS, st.integers(-400, 400))
def test_every_due_date_is_in_one_bucket(as_of: date, past: int) -> None:
    due = as_of - timedelta(days=past)
    within = []
    for bucket in Bucket:
        earliest, latest = bucket.bounds.due(as_of)
        if (earliest is None or due >= earliest) and (latest is None or due <= latest):
            within.append(bucket)
    expected = (
        Bucket.NOT_DUE if past <= 0
        else Bucket.UP_TO_30 if past <= 30
        else Bucket.UP_TO_60 if past <= 60
        else Bucket.UP_TO_90 if past <= 90
        else Bucket.OVER_90
    )  # fmt: skip
    assert within == [expected]


def test_a_share_of_nothing_is_none() -> None:
    assert percent(1, 0) is None
    assert percent(1, 3) == Decimal("33.33")
    assert percent(Decimal("2.00"), Decimal("3.00")) == Decimal("66.67")
    assert percent(5, 2) == Decimal("250.00")
