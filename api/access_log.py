"""Who looked at clinical text, exported data, signed in or tried to."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.base import Page, PagingQuery, Routes, view
from api.call import Call
from api.filters import Instant
from application.ports import Access
from projections import access_log

routes = Routes("Access log")

AccessView = view(access_log.AccessRow, "AccessEntry")


@routes.get("/access-log", may="access-log:read", answers=Page[AccessView])  # type: ignore[valid-type]
async def list_accesses(
    call: Call,
    paging: PagingQuery,
    actor: Annotated[UUID | None, Query(description="Only what this user did")] = None,
    action: Annotated[Access | None, Query()] = None,
    subject_kind: Annotated[
        str | None, Query(alias="subjectKind", pattern="^[a-z-]{1,40}$", description="Such as patient or session")
    ] = None,
    subject_id: Annotated[UUID | None, Query(alias="subjectId", description="Only accesses to this record")] = None,
    from_: Annotated[Instant | None, Query(alias="from", description="From this instant")] = None,
    to: Annotated[Instant | None, Query(description="Before this instant")] = None,
) -> Response:
    """The access log

    Readings of clinical text, exports, and signing in and out, newest first. What was changed, and by whom, is in the
    history of each record. An entry is written before the answer it records is sent."""
    async with call.reading() as db:
        found = await access_log.page(
            db, paging, actor=actor, action=action, subject_kind=subject_kind, subject=subject_id, from_=from_, to=to
        )
    return call.json(found)
