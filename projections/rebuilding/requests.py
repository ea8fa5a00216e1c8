"""What was asked of rebuilds, for whoever does them to take up."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.base import Event, Recorded
from domain.rebuilding import Rebuild, Wanted, Why
from projections.base import ReadTable, Row, own, replace

__all__ = ["RebuildRequest", "rebuild_requests"]


class RebuildRequest(Row, frozen=True):
    """What is wanted of one rebuild. ``names`` is ``None`` for one that was begun elsewhere (by a release, on the
    command line) and decided about here."""

    id: UUID
    names: list[str] | None
    of_tenant: UUID | None
    workers: int
    check_only: bool
    why: Why
    projection: str | None
    stream: UUID | None
    position: int | None
    reason: str | None
    wanted: Wanted
    asked_by: UUID
    asked_at: datetime
    updated_at: datetime
    version: int


rebuild_requests = ReadTable("rebuild_requests", RebuildRequest, key="id", indexes=[("asked_at",)], platform=True)


@rebuild_requests.on(Rebuild.RebuildAsked, key=own)
def asked(row: None, e: Rebuild.RebuildAsked, at: Recorded) -> RebuildRequest:
    return RebuildRequest(
        id=e.originator_id, names=list(e.names), of_tenant=e.of_tenant, workers=e.workers, check_only=e.check_only,
        why=e.why, projection=e.projection, stream=e.stream, position=e.position, reason=e.reason, wanted=Wanted.RUN,
        asked_by=at.actor, asked_at=at.recorded_at, updated_at=at.recorded_at, version=at.version,
    )  # fmt: skip


@rebuild_requests.on(Rebuild.RebuildPaused, key=own)
def paused(row: RebuildRequest | None, e: Rebuild.RebuildPaused, at: Recorded) -> RebuildRequest:
    return _wanted(row, e, at, Wanted.PAUSE)


@rebuild_requests.on(Rebuild.RebuildResumed, key=own)
def resumed(row: RebuildRequest | None, e: Rebuild.RebuildResumed, at: Recorded) -> RebuildRequest:
    return _wanted(row, e, at, Wanted.RUN)


@rebuild_requests.on(Rebuild.RebuildCancelled, key=own)
def cancelled(row: RebuildRequest | None, e: Rebuild.RebuildCancelled, at: Recorded) -> RebuildRequest:
    return _wanted(row, e, at, Wanted.CANCEL)


@rebuild_requests.on(Rebuild.RebuildRolledBack, key=own)
def rolled_back(row: RebuildRequest | None, e: Rebuild.RebuildRolledBack, at: Recorded) -> RebuildRequest:
    return _wanted(row, e, at, Wanted.ROLLBACK)


def _wanted(row: RebuildRequest | None, e: Event, at: Recorded, wanted: Wanted) -> RebuildRequest:
    if row is None:
        row = RebuildRequest(
            id=e.originator_id, names=None, of_tenant=None, workers=1, check_only=False, why=Why.ASKED, projection=None,
            stream=None, position=None, reason=None, wanted=wanted, asked_by=at.actor, asked_at=at.recorded_at,
            updated_at=at.recorded_at, version=at.version,
        )  # fmt: skip
    return replace(row, wanted=wanted, updated_at=at.recorded_at, version=at.version)
