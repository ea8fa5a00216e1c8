"""Query parameters that several routes share, and how they are written: pydantic alone would take ' 1_0' for a number
and '1793577600' for a date."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from domain.values import unprintable

__all__ = ["Active", "Digits", "Instant", "Position", "Search"]

_DIGITS = re.compile(r"[0-9]{1,16}")
_INSTANT = re.compile(
    r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


def _digits(value: object) -> object:
    if isinstance(value, str) and _DIGITS.fullmatch(value) is None:
        raise ValueError("A number is written in digits")
    return value


def _iso(value: object) -> object:
    if isinstance(value, str) and _INSTANT.fullmatch(value) is None:
        raise ValueError("An instant is written 2026-11-02T09:30:00Z, or with an offset such as +05:30")
    return value


Digits = BeforeValidator(_digits)
"""Goes after the bounds of a whole number: OpenAPI shows only those that stand before it."""
Position = Annotated[int, Field(ge=1, le=2**53), Digits]
"""A place in the book."""
Instant = Annotated[AwareDatetime, BeforeValidator(_iso)]
"""ISO 8601 with a zone, 1900 to 2199."""


def _searchable(value: str | None) -> str | None:
    # NUL above all: the database would refuse the whole query.
    if value is not None and any(map(unprintable, value)):
        raise ValueError("Control characters are not allowed")
    return value.strip() if value else None


Search = Annotated[
    str | None,
    Query(max_length=100, description="Finds records that contain this text, in any case"),
    AfterValidator(_searchable),
]
Active = Annotated[bool | None, Query(description="Only active records, or only others")]
