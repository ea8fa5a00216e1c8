"""What happened to a record: who, when, what. Each feature offers it for its own resources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.call import Call
from api.filters import Digits, Position
from application.base import Model
from application.ports import Access

__all__ = ["Before", "EventView", "HistoryView", "Limit", "history"]

Before = Annotated[Position | None, Query(description="Only events before this position (`next` of the page before)")]
Limit = Annotated[int, Query(ge=1, le=100), Digits]


class EventView(Model):
    """One event. ``position`` counts in the centre's book, ``version`` in the record's own stream."""

    position: int
    stream_id: UUID
    version: int
    type: str
    recorded_at: datetime
    effective_on: date
    actor: UUID
    correlation: UUID
    document: str | None
    data: dict[str, Any]


class HistoryView(Model):
    """Newest first. ``next`` is the ``before`` of the next page, null on the last."""

    data: list[EventView]
    next: int | None


async def history(
    call: Call, streams: Sequence[UUID], before: int | None, limit: int, *, naming: UUID | None = None,
    clinical: str = "medical-notes:read",
) -> Response:  # fmt: skip
    """The history of some streams; only the events that name a record, if one is given. Whoever lacks the permission
    ``clinical`` sees clinical text redacted."""
    found = await call.services.history.of(
        call.context, streams, clinical=call.may(clinical), before=before, limit=limit, naming=naming
    )
    if told := found.pop("clinical"):
        await call.seen(Access.READ, "history", *told)
    return call.json(found)
