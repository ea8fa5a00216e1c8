"""Server-sent events: what changed, so that a page can fetch it again."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Query
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.base import EVENT_STREAM, PREFIX, Routes
from api.call import Call
from application.ports import Bucket, TooMany
from application.stream import Listener, Stay

routes = Routes("Announcements")

PATH = f"{PREFIX}/stream"


class EventStream(Response):
    """Stays open."""

    media_type = EVENT_STREAM

    def __init__(self, stay: Stay) -> None:
        super().__init__()
        self._stay = stay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the request is known
        await self._stay(receive, send)


@routes.get("/stream", may="stream:read", answers=EVENT_STREAM)
async def listen_to_announcements(
    call: Call,
    last_event_id: Annotated[
        str | None,
        Header(alias="Last-Event-ID", pattern="^[0-9]{1,18}$", description="Go on after this position of the book"),
    ] = None,
    follow: Annotated[bool, Query(description="`false`: what was announced since, and then the answer ends")] = True,
) -> Response:
    """Listen to announcements (server-sent events)

    Each `changed` says that a record is not what it was: `resource` and `id` as in this API, the event's `type`,
    `streamId` and `version`, and `position`, which is also the event's id. Nothing personal is in it: fetch the record.
    It is announced when a fetch shows it. You hear of what you may read; therapists of their own.

    `open` comes first. `reset` says that too much happened to be told one by one: fetch anew whatever you show. `end`
    says why the stream closes: `expired` (the token: come back with a fresh one), `revoked` (sign in again) or
    `restart` (come back after `retry`). A token that has expired, or a login that was ended or given another role,
    closes its streams within 10 seconds. On a silent stream something comes every 15 seconds, a comment or an id.

    Send the last id as `Last-Event-ID` and you are told what you missed, up to 1,000 events back. One person may have
    20 streams open in a process and open 60 a minute. Browsers' `EventSource` cannot send a token: use `fetch`."""
    services, claims = call.services, call.claims
    await call.caught_up()
    opened = await services.limiter.count(Bucket.STREAM, claims.user_id.hex) if follow else None
    if opened is not None and not opened.granted:
        raise TooMany(opened.reset)
    listener = Listener(
        claims.tenant_id, claims.user_id, claims.role, claims.signed_in_at, claims.expires_at, call.own is not None
    )
    after = None if last_event_id is None else int(last_event_id)
    if follow:
        return EventStream(await services.streams.listen(call.context, listener, after))
    return Response(await services.streams.missed(call.context, listener, after), media_type=EVENT_STREAM)
