"""Figures as reports show them: a value, where it is explained, and what it was before."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainSerializer, WithJsonSchema

from application.base import Model, Money

__all__ = ["Amount", "AmountTrend", "Count", "CountTrend", "Rate", "RateTrend", "ReportView", "Span"]

Percent = Annotated[
    Decimal,
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "examples": ["75.00"]}),
]
"""Two places; not bounded by 100, as a therapist may be booked beyond their hours."""
Explain = Annotated[str, Field(description="Where the events behind this figure are listed")]


class Amount(Model):
    value: Money
    explain: Explain


class Count(Model):
    value: int
    explain: Explain


class AmountTrend(Amount):
    """`change` is against the period before; `changePercent` is null where that was zero."""

    previous: Money
    explain_previous: str
    change: Money
    change_percent: Percent | None


class CountTrend(Count):
    previous: int
    explain_previous: str
    change: int
    change_percent: Percent | None


class Rate(Model):
    """`part` in percent of `whole`; null where `whole` is zero."""

    value: Percent | None
    part: Count
    whole: Count


class RateTrend(Model):
    value: Percent | None
    previous: Percent | None
    part: CountTrend
    whole: CountTrend


class Span(Model):
    """Local dates, both included."""

    first: date
    last: date


class ReportView(Model):
    """`asOf` counts what is effective by that day, `knownAt` what was recorded by that instant."""

    period: Span
    as_of: date
    known_at: datetime | None
    currency: str
    timezone: str
