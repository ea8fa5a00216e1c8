"""One read table, and asking for it to be rebuilt. Last of these modules: its paths would take those of the others."""

from __future__ import annotations

from starlette.responses import Response

from api.base import AnyProjection
from api.call import Call
from api.rebuilding.projections import everywhere, projections_of
from api.rebuilding.views import ProjectionView, routes
from application.rebuilding import ALL, RebuildProjection, RebuildWanted
from domain.base import Missing
from projections import tenancy
from projections.registry import read_tables


@routes.get("/projections/{projection}", may="projections:read", answers=ProjectionView)
async def get_projection(call: Call, projection: AnyProjection) -> Response:
    """A read table"""
    async with call.reading() as db:
        rows = await projections_of(db, everywhere=everywhere(call))
    return call.found(next((row for row in rows if row["name"] == projection), None))


@routes.post("/projections/{projection}/rebuild", RebuildProjection, answers=RebuildWanted, status=202)
async def rebuild_projection(call: Call, command: RebuildProjection) -> Response:
    """Rebuild a read table

    Or all of them: `all`. It is folded anew from the book beside the one that is served, compared with it row by row,
    and takes its place at once; reads go on meanwhile. Whoever does rebuilds (`daybook maintain`) takes it up; ask
    `/projections/rebuilds/{id}` how far it is."""
    if command.projection not in {ALL, *(table.name for table in read_tables())}:
        raise Missing
    book = call.context.tenant_id
    if everywhere(call):
        if command.tenant_id is not None:
            book = command.tenant_id
            async with call.reading(book) as db:
                if await tenancy.get(db, book) is None:
                    raise Missing
        return await call.execute(command, tenant_id=book)
    if command.tenant_id not in {None, book}:
        raise Missing
    return await call.execute(command.model_copy(update={"tenant_id": book}))
