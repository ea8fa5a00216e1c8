"""A naive model of time: sets of whole minutes. Slow, and too simple to be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from domain.timegrid import Interval

ORIGIN = datetime(2026, 3, 2, tzinfo=UTC)
"""Minute 0: a Monday midnight."""


def moment(minute: int) -> datetime:
    return ORIGIN + timedelta(minutes=minute)


def span(start: int, end: int) -> Interval:
    return Interval(moment(start), moment(end))


def spans(*pairs: tuple[int, int]) -> list[Interval]:
    return [span(*pair) for pair in pairs]


def covered(intervals: Iterable[Interval]) -> set[int]:
    """The minutes that lie in any of the intervals."""
    return {
        minute
        for interval in intervals
        for minute in range(
            int((interval.start - ORIGIN).total_seconds()) // 60,
            int((interval.end - ORIGIN).total_seconds()) // 60,
        )
    }


def some_spans(latest: int = 200, most: int = 8, longest: int = 60) -> st.SearchStrategy[list[Interval]]:
    """Unordered, overlapping, touching, repeated: whatever a calendar throws at us."""
    one = st.builds(lambda start, length: span(start, start + length), st.integers(0, latest), st.integers(1, longest))
    return st.lists(one, max_size=most)
