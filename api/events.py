"""The event stream: everything that ever happened in a centre, in order, for those who audit it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import Depends, Query
from starlette.responses import Response, StreamingResponse

from api.base import Routes
from api.call import Call, camel
from api.filters import Digits, Instant, Position
from application.auditing import EventFilter
from application.base import Model
from application.ports import Access

routes = Routes("Audit")

NDJSON = "application/x-ndjson"
PAGE = 100
LINES = 1_000
"""Events of one look into the book while lines are sent."""
TYPE = r"^[a-z_]{1,40}(\.[A-Za-z]{1,80})?$"


class Form(StrEnum):
    JSON = "json"
    NDJSON = "ndjson"


class Order(StrEnum):
    OLDEST_FIRST = "asc"
    NEWEST_FIRST = "desc"


class StreamedEventView(Model):
    """One event. ``position`` counts in the centre's book without gaps, ``version`` in the stream of its aggregate.
    ``hash`` chains it to the event before. Clinical text is redacted for everybody: whoever may read it finds it at the
    record itself. ``data`` is null if this release cannot read the event."""

    position: int
    aggregate: str | None
    stream_id: UUID
    version: int
    type: str
    recorded_at: datetime
    effective_on: date
    actor: UUID
    correlation: UUID
    document: str | None
    data: dict[str, Any] | None
    hash: str


class EventsView(Model):
    """``next`` is the ``after`` of the next page (newest first: its ``before``), null on the last. ``head`` is where
    the book ends now."""

    data: list[StreamedEventView]
    next: int | None
    head: int


def asked(  # noqa: PLR0913, PLR0917 - one for each query parameter
    type_: Annotated[
        str | None,
        Query(
            alias="type", max_length=121, pattern=TYPE, examples=["billing.PaymentRecorded"],
            description="One type of event, or all of a feature such as `billing`",
        ),
    ] = None,
    aggregate: Annotated[
        str | None,
        Query(max_length=121, pattern=TYPE, examples=["billing.PatientLedger"], description="One kind of aggregate"),
    ] = None,
    stream_id: Annotated[UUID | None, Query(alias="streamId", description="One aggregate's events")] = None,
    actor: Annotated[UUID | None, Query(description="Only what this user did")] = None,
    from_: Annotated[Instant | None, Query(alias="from", description="Recorded from this instant")] = None,
    to: Annotated[Instant | None, Query(description="Recorded before this instant")] = None,
    after: Annotated[Position | None, Query(description="Only events after this position")] = None,
    before: Annotated[Position | None, Query(description="Only events before this position")] = None,
    order: Annotated[Order, Query(description="By position")] = Order.OLDEST_FIRST,
) -> EventFilter:  # fmt: skip
    return EventFilter(
        type_, aggregate, stream_id, actor, from_, to, after, before, newest_first=order is Order.NEWEST_FIRST
    )


@routes.get(
    "/events", may="events:read", answers=EventsView, refuses=(503,),
    also={NDJSON: {"schema": {"type": "string", "description": "One event a line"}}},
)  # fmt: skip
async def list_events(
    call: Call,
    wanted: Annotated[EventFilter, Depends(asked)],
    limit: Annotated[
        int | None,
        Query(ge=1, le=1_000, description="Of a page (else 100), or of lines (else all)"),
        Digits,
    ] = None,
    form: Annotated[
        Form | None, Query(alias="format", description="Instead of what the header Accept asks for")
    ] = None,
) -> Response:
    """The event stream

    Every event of the centre in the order it was recorded, oldest first unless asked otherwise; an accountant is told
    of money only. Page by page, or all at once as NDJSON (`format=ndjson`, or `Accept: application/x-ndjson`): one
    event a line, up to the head of the book when the answer began, which is its `X-Event-Position`."""
    async with call.reading():  # checks that the login still holds, and waits for a position that was asked for
        pass
    wanted = replace(wanted, money_only=call.context.own_only)
    accepts = call.request.headers.get("accept", "").partition(";")[0].strip().lower()
    if form is Form.NDJSON or (form is None and accepts == NDJSON):
        return await _lines(call, wanted, limit)
    return call.json(await call.services.events.page(call.context, wanted, limit or PAGE))


async def _lines(call: Call, wanted: EventFilter, limit: int | None) -> Response:
    # The first page is read before anything is answered, so that what goes wrong with it is an error of our shape.
    first = await call.services.events.page(call.context, wanted, limit or LINES)
    if limit is not None:
        first["next"] = None
    head: int = first["head"]
    await call.seen(Access.EXPORT, "events")
    headers = {"X-Event-Position": str(head), "Content-Disposition": 'attachment; filename="events.ndjson"'}
    return StreamingResponse(_pages(call, wanted, first, head), headers=headers, media_type=NDJSON)


async def _pages(call: Call, wanted: EventFilter, page: dict[str, Any], head: int) -> AsyncIterator[bytes]:
    if not wanted.newest_first and (wanted.before is None or wanted.before > head + 1):
        wanted = replace(wanted, before=head + 1)
    while True:
        lines = [msgspec.json.encode(camel(event), enc_hook=str) for event in page["data"] if event["position"] <= head]
        yield b"".join(line + b"\n" for line in lines)
        if (last := page["next"]) is None:
            return
        wanted = replace(wanted, before=last) if wanted.newest_first else replace(wanted, after=last)
        page = await call.services.events.page(call.context, wanted, LINES)
