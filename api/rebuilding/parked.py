"""Streams that a projection could not follow: which, why, and what to do about them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from starlette.responses import Response

from api.base import Page, PagingQuery
from api.call import Call
from api.rebuilding.projections import OfProjection, OfTenant, everywhere
from api.rebuilding.views import ParkedDetail, ParkedView, routes
from application.rebuilding import RebuildWanted, RetryParkedStream, SkipParkedEvent
from domain.base import Missing
from projections import rebuilding
from projections.query import Data

SEALED = "sealed"


@routes.get("/projections/parked", may="projections:read", answers=Page[ParkedView])
async def list_parked_streams(
    call: Call, paging: PagingQuery, projection: OfProjection = None, tenant_id: OfTenant = None
) -> Response:
    """List parked streams

    Streams with an event that a read table could not apply, the oldest first. Everything else flows on."""
    async with call.reading() as db:
        found = await rebuilding.list_parked(
            db, paging, everywhere=everywhere(call), projection=projection, tenant_id=tenant_id
        )
    return call.json({**found, "data": [_shown(call, row) for row in found["data"]]})


@routes.get("/projections/parked/{parked_id}", may="projections:read", answers=ParkedDetail)
async def get_parked_stream(call: Call, parked_id: UUID) -> Response:
    """A parked stream

    With the event that it stands at, as it is stored."""
    row = await parked(call, parked_id)
    async with call.reading(row["tenant_id"]) as db:
        event = _told(await rebuilding.where_parked(db, row["position"]), shown=not everywhere(call))
    return call.json({**_shown(call, row), "event": event})


@routes.post("/projections/parked/{parked_id}/retry", RetryParkedStream, answers=RebuildWanted, status=202)
async def retry_parked_stream(call: Call, command: RetryParkedStream) -> Response:
    """Retry a parked stream

    Once what was wrong is mended, in a release or in the data that it is read with: rebuilds the table for the one
    centre. If the event still cannot be applied, the stream is parked again."""
    return await _anew(call, command)


@routes.post("/projections/parked/{parked_id}/skip", SkipParkedEvent, answers=RebuildWanted, status=202)
async def skip_parked_event(call: Call, command: SkipParkedEvent) -> Response:
    """Skip the event that a stream is parked at

    The table is rebuilt for the one centre without it, and goes on with the events after it. Who decided so, and why,
    is kept in the book."""
    return await _anew(call, command)


async def _anew(call: Call, command: RetryParkedStream | SkipParkedEvent) -> Response:
    row = await parked(call, command.parked_id)
    found = {"projection": row["projection"], "stream": row["stream_id"], "position": row["position"]}
    return await call.execute(command.model_copy(update=found), tenant_id=row["tenant_id"])


async def parked(call: Call, parked_id: UUID) -> Data:
    async with call.reading() as db:
        row = await rebuilding.get_parked(db, parked_id, everywhere=everywhere(call))
    if row is None:
        raise Missing
    return row


def _shown(call: Call, row: Data) -> Data:
    """Without what the platform is not to see. The version is that of the event in its stream, not of this record."""
    told = {**row, "event_version": row["version"]} | ({"stream_id": None} if everywhere(call) else {})
    del told["version"]
    return told


def _told(event: Data | None, *, shown: bool) -> Data | None:
    """What is stored, without what is sealed."""
    if event is None:
        return None
    facts = _facts(event.pop("data"))
    if facts is not None and SEALED in facts:
        facts[SEALED] = "…"
    return {
        **{name: value for name, value in event.items() if name != "tenant_id"},
        "readable": facts is not None,
        **({"data": facts} if shown else dict.fromkeys(("data", "actor", "correlation"))),
    }


def _facts(data: str) -> dict[str, Any] | None:
    try:
        facts = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return facts if isinstance(facts, dict) else None
