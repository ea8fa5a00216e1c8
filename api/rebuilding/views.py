"""What these routes answer with, and how their records are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from api.base import Routes
from application.base import Model
from domain.rebuilding import Wanted, Why
from projections.query import BadSort, Data, Paging

routes = Routes("Projections")


class State(StrEnum):
    """Of a rebuild."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"
    DONE = "DONE"
    FAILED = "FAILED"
    ROLLED_BACK = "ROLLED_BACK"


class ProjectionView(Model):
    """One read table. ``lagSeconds`` is the age of the oldest event that it lacks, in the centre furthest behind.
    ``current``: it is as this release makes it; if not, it is served as the release before made it until its rebuild is
    done, and ``followed`` says whether what is recorded meanwhile shows in it. ``parkedStreams`` are streams that it
    could not follow. ``previousKeptAt``: since when there is a version to roll back to."""

    name: str
    current: bool
    followed: bool
    lag_seconds: float
    tenants_behind: int
    parked_streams: int
    parked_since: datetime | None
    built_at: datetime | None
    held_since: datetime | None
    previous_kept_at: datetime | None


class LagView(Model):
    """How far behind its book the read models of one centre are. ``projection`` is null for all that are followed."""

    tenant_id: UUID
    projection: str | None
    position: int
    head: int
    behind: int
    lag_seconds: float


class TableReport(Model):
    """``differing`` rows were served otherwise than the book has them; null if the tables' shapes cannot be compared.
    ``changed``: this release makes the table otherwise, so that differences are what it is for."""

    name: str
    rows: int
    differing: int | None
    changed: bool


class RebuildView(Model):
    """``names`` are read tables, none meaning all. ``tenantId``: only this centre's rows, null for all. ``done`` of
    ``total`` events are folded, ``rate`` a second; ``etaSeconds`` is null while that cannot be told. ``wanted`` is what
    was asked for last, ``state`` what is."""

    id: UUID
    names: list[str]
    tenant_id: UUID | None
    workers: int
    check_only: bool
    why: Why
    reason: str | None
    wanted: Wanted
    state: State
    phase: str | None
    done: int
    total: int
    rows: int
    percent: float
    rate: float | None
    eta_seconds: float | None
    attempts: int
    error: str | None
    asked_by: UUID
    asked_at: datetime
    started_at: datetime | None
    moved_at: datetime | None
    finished_at: datetime | None
    tables: list[TableReport]
    differing: int
    can_roll_back: bool
    version: int


class DifferenceView(Model):
    """One row that the rebuilt table has otherwise than the served one had: ``ADDED`` only the new one has, ``GONE``
    only the old one had, ``CHANGED`` in these ``columns``. What they said is not kept. ``key`` is null for the
    platform, which sees nothing of what is in a centre."""

    tenant_id: UUID
    projection: str
    key: str | None
    kind: str
    columns: list[str]


class ParkedView(Model):
    """A stream that ``projection`` (``*``: every one) could not follow on from ``position``. ``error`` is the kind of
    error; its text might quote what is personal. The rows concerned are marked stale. ``streamId`` is null for the
    platform, which sees nothing of what is in a centre."""

    id: UUID
    tenant_id: UUID
    projection: str
    stream_id: UUID | None
    position: int
    event_version: int
    topic: str
    error: str
    parked_at: datetime


class FailingEvent(Model):
    """The event as it is stored; what is sealed in it stays so. ``data`` is null if it is no JSON (``readable``), and
    for the platform, as who did it is."""

    position: int
    class_version: int
    recorded_at: datetime
    effective_on: date
    actor: UUID | None
    correlation: UUID | None
    readable: bool
    data: dict[str, Any] | None


class ParkedDetail(ParkedView):
    event: FailingEvent | None


def rebuild_told(row: Data, kept: dict[str, Data]) -> Data:
    """A row of ``projections.rebuilding`` as ``RebuildView``. ``kept``: what can be gone back to."""
    done, total, rate = row["done"], row["total"], row["rate"]
    running = row["state"] == State.RUNNING
    told = [
        {"name": name, "rows": found["rows"], "changed": bool(found.get("changed")),
         "differing": found["differing"] if found["differing"] >= 0 else None}
        for name, found in sorted((row["tables"] or {}).items())
    ]  # fmt: skip
    back = any(one["rebuild_id"] == row["id"] for one in kept.values())
    left_out = {"book", "of_tenant", "projection", "stream", "position", "tables"}
    return {
        **{name: value for name, value in row.items() if name not in left_out},
        "names": row["names"] or [],
        "tenant_id": row["of_tenant"],
        "percent": round(100 * done / total, 1) if total else (100.0 if row["state"] == State.DONE else 0.0),
        "rate": round(rate, 1) if rate and running else None,
        "eta_seconds": round(max(total - done, 0) / rate, 1) if rate and running else None,
        "tables": told,
        "differing": sum(one["differing"] or 0 for one in told),
        "can_roll_back": back and row["state"] == State.DONE,
    }


def page_of(rows: Sequence[Data], paging: Paging, sortable: dict[str, Callable[[Data], Any]], default: str) -> Data:
    """One page of what is in memory, as ``Reader.page`` answers it. The last of ``sortable`` breaks ties."""
    ordered = sorted(rows, key=list(sortable.values())[-1])
    for part in reversed((paging.sort or default).split(",")):
        name = part.strip().removeprefix("-")
        if name not in sortable:
            raise BadSort(f"Sort by one of: {', '.join(sortable)}", field="sort")
        ordered.sort(key=sortable[name], reverse=part.strip().startswith("-"))
    start = (paging.page - 1) * paging.page_size
    data = ordered[start : start + paging.page_size]
    return {"data": data, "page": paging.page, "page_size": paging.page_size, "total": len(rows)}
