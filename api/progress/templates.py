"""What reports of a therapy type ask for, over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.call import Call
from api.filters import Digits
from api.history import Before, HistoryView, Limit, history
from api.progress.views import TemplateView, routes
from application.progress import WriteTemplate
from application.values import Saved
from domain.base import Missing
from domain.progress import template_id
from projections import catalogue, progress

Earlier = Annotated[
    int | None,
    Query(ge=0, le=1_000_000, description="An earlier version, 0 being the standard one; the latest if missing"),
    Digits,
]


@routes.get("/therapy-types/{therapy_type_id}/progress-template", may="therapy-types:read", answers=TemplateView)
async def get_progress_template(call: Call, therapy_type_id: UUID, version: Earlier = None) -> Response:
    """What reports of a therapy type ask for

    Version 0 is the standard template, which holds until somebody writes another."""
    async with call.reading() as db:
        if await catalogue.get(db, therapy_type_id) is None:
            raise Missing
        return call.found(await progress.template(db, therapy_type_id, version))


@routes.put("/therapy-types/{therapy_type_id}/progress-template", WriteTemplate, answers=Saved)
async def write_progress_template(call: Call, command: WriteTemplate) -> Response:
    """Say what reports of a therapy type ask for

    Replaces the template as a whole; a section keeps its `key` when its label changes. Reports that exist keep the
    sections they were written by."""
    return await call.execute(command)


@routes.get("/therapy-types/{therapy_type_id}/progress-template/history", may="history:read", answers=HistoryView)
async def progress_template_history(
    call: Call, therapy_type_id: UUID, before: Before = None, limit: Limit = 50
) -> Response:
    """What happened to what reports of a therapy type ask for

    Nothing yet, where the standard template always held."""
    async with call.reading() as db:
        if await catalogue.get(db, therapy_type_id) is None:
            raise Missing
    return await history(call, [template_id(therapy_type_id)], before, limit)
