"""Query parameters that several lists share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator

from domain.values import unprintable

__all__ = ["Active", "Search"]


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
