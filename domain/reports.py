"""What reports are cut by: periods of the calendar, the one just before, and how long dues are overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Self

from domain.base import Invalid
from domain.values import CENT

__all__ = ["LONGEST_DAYS", "Bucket", "PastDays", "Period", "PeriodKind", "PeriodReversed", "PeriodTooLong", "percent"]

LONGEST_DAYS = 1_100
"""Three years and a little: a longer report is several."""
EARLIEST = date(1900, 1, 1)
ONE_DAY = timedelta(days=1)


class PeriodReversed(Invalid):
    """A period ends on the day it starts, or later."""


class PeriodTooLong(Invalid):
    """A report covers three years at most."""


class PeriodKind(StrEnum):
    """How far back a report reaches from its last day, to the start of what."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    FINANCIAL_YEAR = "FINANCIAL_YEAR"


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, first: date, last: date, most: int = LONGEST_DAYS) -> Self:
        """Raises ``PeriodReversed``, ``PeriodTooLong``."""
        if first > last:
            raise PeriodReversed(field="to")
        if (last - first).days >= most:
            raise PeriodTooLong(field="from")
        return cls(first, last)

    @classmethod
    def until(cls, last: date, kind: PeriodKind, *, year_starts: int) -> Self:
        """From the start of the day, week (Monday), month, quarter or financial year that ``last`` lies in.
        ``year_starts`` is the month (1 to 12) the centre's financial year starts in; quarters follow it."""
        if kind is PeriodKind.DAY:
            return cls(last, last)
        if kind is PeriodKind.WEEK:
            return cls(last - timedelta(days=last.weekday()), last)
        months = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.FINANCIAL_YEAR: 12}[kind]
        back = (last.month - year_starts) % 12 % months
        month = last.year * 12 + last.month - 1 - back
        return cls(date(month // 12, month % 12 + 1, 1), last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def previous(self) -> Period:
        """The same number of days, just before."""
        return Period(self.first - timedelta(days=self.days), self.first - ONE_DAY)


class Bucket(StrEnum):
    """How overdue an open charge is. Not due: its day has not passed."""

    NOT_DUE = "NOT_DUE"
    UP_TO_30 = "UP_TO_30"
    UP_TO_60 = "UP_TO_60"
    UP_TO_90 = "UP_TO_90"
    OVER_90 = "OVER_90"

    @property
    def bounds(self) -> PastDays:
        return _BOUNDS[self]


@dataclass(frozen=True, slots=True)
class PastDays:
    """Days past the due date, both included; ``None``: no bound on that side."""

    least: int | None
    most: int | None

    def due(self, as_of: date) -> tuple[date | None, date | None]:
        """The earliest and the latest due date that is so many days past on ``as_of``."""
        earliest = None if self.most is None else as_of - timedelta(days=self.most)
        latest = None if self.least is None else as_of - timedelta(days=self.least)
        return earliest, latest


_BOUNDS = {
    Bucket.NOT_DUE: PastDays(None, 0),
    Bucket.UP_TO_30: PastDays(1, 30),
    Bucket.UP_TO_60: PastDays(31, 60),
    Bucket.UP_TO_90: PastDays(61, 90),
    Bucket.OVER_90: PastDays(91, None),
}


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """``part`` in percent of ``whole``, two places, half up; ``None`` where there is no whole to be part of."""
    if not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(CENT, rounding=ROUND_HALF_UP)
