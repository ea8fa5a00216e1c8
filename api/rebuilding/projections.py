"""Read tables and how far they are."""

from __future__ import annotations

from functools import cache
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.base import Page, PagingQuery, ProjectionName
from api.call import Call
from api.rebuilding.views import LagView, ProjectionView, page_of, routes
from domain.values import Role
from projections import rebuilding
from projections.query import Data, Reader
from projections.registry import read_tables

OfTenant = Annotated[UUID | None, Query(alias="tenantId", description="Only this centre")]
OfProjection = Annotated[ProjectionName | None, Query(description="Only this read table")]


def everywhere(call: Call) -> bool:
    """Whether the caller is the platform's, and sees the work of every centre."""
    return call.context.role is Role.SUPER_ADMIN


@routes.get("/projections", may="projections:read", answers=Page[ProjectionView])
async def list_projections(
    call: Call, paging: PagingQuery, behind: Annotated[bool | None, Query(description="Only those that lag")] = None,
    parked: Annotated[bool | None, Query(description="Only those with parked streams")] = None,
) -> Response:  # fmt: skip
    """List read tables

    With how far behind they are and what stands still: in your centre, or in the worst of all centres for the
    platform's administrators."""
    async with call.reading() as db:
        rows = await projections_of(db, everywhere=everywhere(call))
    if behind is not None:
        rows = [row for row in rows if (row["tenants_behind"] > 0) is behind]
    if parked is not None:
        rows = [row for row in rows if (row["parked_streams"] > 0) is parked]
    sortable = {
        "lagSeconds": lambda row: row["lag_seconds"], "parkedStreams": lambda row: row["parked_streams"],
        "name": lambda row: row["name"],
    }  # fmt: skip
    return call.json(page_of(rows, paging, sortable, "name"))


@routes.get("/projections/lag", may="projections:read", answers=Page[LagView])
async def list_lag(
    call: Call, paging: PagingQuery, tenant_id: OfTenant = None, projection: OfProjection = None,
    behind: Annotated[bool | None, Query(description="Only centres that are behind, or only others")] = None,
) -> Response:  # fmt: skip
    """How far behind each centre is

    The worst first. Tables that are followed move together, so a centre has one row for all of them, and one for each
    table that is held back until it is rebuilt."""
    async with call.reading() as db:
        found = await rebuilding.lags(db, paging, tenant_id=tenant_id, projection=projection, behind=behind)
    for row in found["data"]:
        row["position"] = row.pop("read_position")
        row["behind"] = row["head"] - row["position"]
        row["lag_seconds"] = round(row["lag_seconds"], 3)
    return call.json(found)


@cache
def _made(name: str) -> str:
    """How this release makes a table: found from its sources, so not at each request."""
    return next(table.definition for table in read_tables() if table.name == name)


async def projections_of(db: Reader, *, everywhere: bool) -> list[Data]:
    served, held = await rebuilding.definitions(db), await rebuilding.held(db)
    worst = await rebuilding.worst(db)
    parked = await rebuilding.parked_by_projection(db, everywhere=everywhere)
    kept = await rebuilding.kept(db)
    followed = worst.get(None, (0.0, 0))
    by_all = parked.get("*", (0, None))
    rows = []
    for table in read_tables():
        seconds, behind = worst.get(table.name, followed)
        streams, since = parked.get(table.name, (0, None))
        moments = [moment for moment in (since, by_all[1]) if moment is not None]
        stands = served.get(table.name)
        rows.append({
            "name": table.name,
            "current": stands is not None and stands.definition == _made(table.name),
            "followed": table.name not in held,
            "lag_seconds": round(seconds, 3),
            "tenants_behind": behind,
            "parked_streams": streams + by_all[0],
            "parked_since": min(moments, default=None),
            "built_at": stands.built_at if stands else None,
            "held_since": held.get(table.name),
            "previous_kept_at": kept[table.name]["kept_at"] if table.name in kept else None,
        })  # fmt: skip
    return rows
