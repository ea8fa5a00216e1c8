"""Rebuilds: how far they are, what they found, and deciding about them."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from api.base import Page, PagingQuery
from api.call import Call
from api.rebuilding.projections import OfProjection, everywhere
from api.rebuilding.views import DifferenceView, RebuildView, State, rebuild_told, routes
from application.base import Command
from application.rebuilding import CancelRebuild, PauseRebuild, RebuildWanted, ResumeRebuild, RollBackRebuild
from domain.base import Clash, Missing
from domain.rebuilding import Why
from projections import rebuilding
from projections.query import Data


class WrongState(Clash):
    """A rebuild in this state cannot do that."""

    code = "REBUILD_STATE"


class NothingKept(Clash):
    """What was served before this rebuild is not kept any more; another one took its place, or an erasure."""

    code = "NOTHING_KEPT"


@routes.get("/projections/rebuilds", may="projections:read", answers=Page[RebuildView])
async def list_rebuilds(
    call: Call, paging: PagingQuery, state: State | None = None, projection: OfProjection = None, why: Why | None = None
) -> Response:
    """List rebuilds

    The latest first: of your centre; the platform's administrators see those of all."""
    wanted = rebuilding.RebuildFilter(state, projection, why)
    async with call.reading() as db:
        found = await rebuilding.list_rebuilds(db, paging, wanted, everywhere=everywhere(call))
        kept = await rebuilding.kept(db)
    return call.json({**found, "data": [rebuild_told(row, kept) for row in found["data"]]})


@routes.get("/projections/rebuilds/{rebuild_id}", may="projections:read", answers=RebuildView)
async def get_rebuild(call: Call, rebuild_id: UUID) -> Response:
    """A rebuild and how far it is

    While it runs, ask again every second or so: `done` of `total` events, `rate` a second, `etaSeconds` left."""
    async with call.reading() as db:
        row = await rebuilding.get_rebuild(db, rebuild_id, everywhere=everywhere(call))
        if row is None:
            raise Missing
        kept = await rebuilding.kept(db)
    return call.json(rebuild_told(row, kept))


@routes.get("/projections/rebuilds/{rebuild_id}/differences", may="projections:read", answers=Page[DifferenceView])
async def list_differences(
    call: Call, rebuild_id: UUID, paging: PagingQuery, projection: OfProjection = None
) -> Response:
    """What a rebuild found different

    Which rows the rebuilt tables have otherwise than those that were served, and in which columns: at most 100 of each
    table and centre. None is what is to be expected, unless a release changed the table."""
    async with call.reading() as db:
        if await rebuilding.get_rebuild(db, rebuild_id, everywhere=everywhere(call)) is None:
            raise Missing
        found = await rebuilding.differences(db, paging, rebuild_id, everywhere=everywhere(call), projection=projection)
    hidden = {"key": None} if everywhere(call) else {}
    for row in found["data"]:
        del row["rebuild_id"]
        row.update(hidden)
    return call.json(found)


@routes.post("/projections/rebuilds/{rebuild_id}/pause", PauseRebuild, answers=RebuildWanted)
async def pause_rebuild(call: Call, command: PauseRebuild) -> Response:
    """Pause a rebuild

    Within a second or so, between two steps. What it has done stays."""
    return await _decide(call, command, command.rebuild_id, State.WAITING, State.RUNNING)


@routes.post("/projections/rebuilds/{rebuild_id}/resume", ResumeRebuild, answers=RebuildWanted)
async def resume_rebuild(call: Call, command: ResumeRebuild) -> Response:
    """Resume a rebuild

    That was paused or has failed. It goes on where it was."""
    return await _decide(call, command, command.rebuild_id, State.PAUSED, State.FAILED, State.RUNNING, State.WAITING)


@routes.post("/projections/rebuilds/{rebuild_id}/cancel", CancelRebuild, answers=RebuildWanted)
async def cancel_rebuild(call: Call, command: CancelRebuild) -> Response:
    """Cancel a rebuild

    What is served stays as it is; what was built is thrown away."""
    return await _decide(call, command, command.rebuild_id, State.WAITING, State.RUNNING, State.PAUSED, State.FAILED)


@routes.post("/projections/rebuilds/{rebuild_id}/rollback", RollBackRebuild, answers=RebuildWanted)
async def roll_back_rebuild(call: Call, command: RollBackRebuild) -> Response:
    """Roll a rebuild back

    Serves again what was served before, brought up to date with what was recorded since. It is kept until the next
    rebuild of the table, a week at most, and not beyond an erasure."""
    async with call.reading() as db:
        kept = await rebuilding.kept(db)
    return await _decide(call, command, command.rebuild_id, State.DONE, kept=kept)


async def _decide(
    call: Call, command: Command, rebuild_id: UUID, *states: State, kept: dict[str, Data] | None = None
) -> Response:
    """Carry the command out in the book that the rebuild belongs to, if its state allows."""
    async with call.reading() as db:
        row = await rebuilding.get_rebuild(db, rebuild_id, everywhere=everywhere(call))
    if row is None:
        raise Missing
    if row["state"] not in states:
        raise WrongState(state=row["state"], allowed=[state.value for state in states])
    if kept is not None and not any(one["rebuild_id"] == rebuild_id for one in kept.values()):
        raise NothingKept
    return await call.execute(command, tenant_id=row["book"])
