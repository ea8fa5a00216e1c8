"""Rebuilds with how far they are, what they found, streams that are parked, and how far behind tables are.

The tables of this work are the engine's, not folded from events: they tell of folding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from domain.rebuilding import Why
from projections.query import Data, Paging, Reader
from projections.rebuilding.requests import rebuild_requests as requests

__all__ = [
    "Definition", "RebuildFilter", "definitions", "differences", "get_parked", "get_rebuild", "held", "kept", "lags",
    "list_parked", "list_rebuilds", "parked_by_projection", "where_parked", "worst",
]  # fmt: skip

_UUID = pg.UUID(as_uuid=True)
_TIME = sa.DateTime(timezone=True)
_TENANT = sa.bindparam("tenant", type_=_UUID)
_metadata = sa.MetaData(schema="reading")


def _table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    return sa.Table(name, _metadata, *columns)


rebuilds = _table(
    "rebuilds", sa.Column("tenant_id", _UUID), sa.Column("id", _UUID), sa.Column("names", pg.ARRAY(sa.Text)),
    sa.Column("of_tenant", _UUID), sa.Column("workers", sa.Integer), sa.Column("check_only", sa.Boolean),
    sa.Column("why", sa.Text), sa.Column("asked_by", _UUID), sa.Column("asked_at", _TIME),
    sa.Column("wanted", sa.Text), sa.Column("state", sa.Text), sa.Column("phase", sa.Text),
    sa.Column("done", sa.BigInteger), sa.Column("total", sa.BigInteger), sa.Column("rows", sa.BigInteger),
    sa.Column("rate", sa.Float), sa.Column("attempts", sa.Integer), sa.Column("started_at", _TIME),
    sa.Column("moved_at", _TIME), sa.Column("finished_at", _TIME), sa.Column("error", sa.Text),
    sa.Column("tables", pg.JSONB),
)  # fmt: skip
_differences = _table(
    "rebuild_differences", sa.Column("tenant_id", _UUID), sa.Column("rebuild_id", _UUID),
    sa.Column("projection", sa.Text), sa.Column("key", sa.Text), sa.Column("kind", sa.Text),
    sa.Column("columns", pg.ARRAY(sa.Text)),
)  # fmt: skip
_parked = _table(
    "parked", sa.Column("tenant_id", _UUID), sa.Column("id", _UUID), sa.Column("projection", sa.Text),
    sa.Column("stream_id", _UUID), sa.Column("position", sa.BigInteger), sa.Column("version", sa.Integer),
    sa.Column("topic", sa.Text), sa.Column("error", sa.Text), sa.Column("parked_at", _TIME),
)  # fmt: skip
_definitions = _table(
    "definitions", sa.Column("name", sa.Text), sa.Column("definition", sa.Text), sa.Column("built_at", _TIME)
)  # fmt: skip
_holds = _table("holds", sa.Column("projection", sa.Text), sa.Column("since", _TIME))
_previous = _table(
    "previous", sa.Column("projection", sa.Text), sa.Column("rebuild_id", _UUID), sa.Column("kept_at", _TIME)
)  # fmt: skip
_events = sa.Table(
    "events", sa.MetaData(schema="book"), sa.Column("tenant_id", _UUID), sa.Column("position", sa.BigInteger),
    sa.Column("class_version", sa.Integer), sa.Column("recorded_at", _TIME), sa.Column("effective_on", sa.Date),
    sa.Column("actor", _UUID), sa.Column("correlation", _UUID), sa.Column("data", sa.Text),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Definition:
    """``definition`` is that of the table which is served, ``built_at`` when it was made or last rebuilt."""

    definition: str
    built_at: datetime


@dataclass(frozen=True, slots=True)
class RebuildFilter:
    state: str | None = None
    projection: str | None = None
    why: Why | None = None


async def definitions(db: Reader) -> dict[str, Definition]:
    found = await db.all(_definitions.select())
    return {row["name"]: Definition(row["definition"], row["built_at"]) for row in found}


async def held(db: Reader) -> dict[str, datetime]:
    """Tables that are served in an older shape and not followed, by name: since when."""
    return {row["projection"]: row["since"] for row in await db.all(_holds.select())}


async def kept(db: Reader) -> dict[str, Data]:
    """What can be gone back to, by table: ``rebuild_id``, ``kept_at``."""
    return {row["projection"]: row for row in await db.all(_previous.select())}


def _lags() -> sa.TableValuedAlias:
    columns: list[sa.ColumnClause[Any]] = [
        sa.column("tenant_id", _UUID), sa.column("projection", sa.Text), sa.column("read_position", sa.BigInteger),
        sa.column("head", sa.BigInteger), sa.column("lag_seconds", sa.Float),
    ]  # fmt: skip
    return sa.func.book.lags().table_valued(*columns).alias("lags")


async def lags(
    db: Reader, paging: Paging, *, tenant_id: UUID | None = None, projection: str | None = None,
    behind: bool | None = None,
) -> Data:  # fmt: skip
    """How far behind the read models of each centre are; the reader's own centre, or all of them for the platform. A
    row without ``projection`` is of all tables that are followed. ``projection``: how far that one is."""
    found = _lags()
    wanted = found.select()
    if tenant_id is not None:
        wanted = wanted.where(found.c.tenant_id == tenant_id)
    if projection is not None:
        own = _holds.select().with_only_columns(_holds.c.projection).where(_holds.c.projection == projection)
        wanted = wanted.where(sa.case((sa.exists(own), found.c.projection == projection),
                                      else_=found.c.projection.is_(None)))  # fmt: skip
    if behind is not None:
        late = found.c.head > found.c.read_position
        wanted = wanted.where(late if behind else sa.not_(late))
    sortable: dict[str, sa.ColumnElement[Any]] = {
        "lagSeconds": found.c.lag_seconds, "behind": found.c.head - found.c.read_position, "head": found.c.head,
        "tenantId": found.c.tenant_id,
    }  # fmt: skip
    return await db.page(wanted, paging, sortable, "-lagSeconds,-head")


async def worst(db: Reader) -> dict[str | None, tuple[float, int]]:
    """Seconds of the centre furthest behind and how many are, by table that is held back; ``None``: all others."""
    found = _lags()
    late = sa.func.count().filter(found.c.head > found.c.read_position)
    grouped = found.select().with_only_columns(
        found.c.projection, sa.func.max(found.c.lag_seconds).label("seconds"), late.label("behind")
    )
    rows = await db.all(grouped.group_by(found.c.projection))
    return {row["projection"]: (row["seconds"] or 0.0, row["behind"]) for row in rows}


def _mine(table: sa.Table, *, everywhere: bool) -> sa.Select[Any]:
    """Rows of the reader's tenant, or of all for the platform (row security leaves anybody else their own)."""
    return table.select() if everywhere else table.select().where(table.c.tenant_id == _TENANT)


def _whole(*, everywhere: bool) -> tuple[sa.Select[Any], sa.ColumnElement[Any]]:
    """Rebuilds, whether they were asked for over the API, or begun, or both; and their id."""
    asked = (requests.everywhere(*requests.table.c) if everywhere else requests.select(*requests.table.c)).subquery()
    begun = _mine(rebuilds, everywhere=everywhere).subquery()
    both = sa.join(asked, begun, sa.and_(asked.c.tenant_id == begun.c.tenant_id, asked.c.id == begun.c.id), full=True)
    id_ = sa.func.coalesce(begun.c.id, asked.c.id)

    def either(name: str) -> sa.ColumnElement[Any]:
        return sa.func.coalesce(begun.c[name], asked.c[name]).label(name)

    # What was asked for last holds, whether or not whoever does it has heard of it.
    wanted = sa.func.coalesce(asked.c.wanted, begun.c.wanted).label("wanted")
    shown = [
        id_.label("id"), sa.func.coalesce(begun.c.tenant_id, asked.c.tenant_id).label("book"),
        sa.func.coalesce(sa.func.to_jsonb(begun.c.names), asked.c.names).label("names"), either("of_tenant"),
        either("workers"), either("check_only"), either("why"), either("asked_by"), either("asked_at"), wanted,
        sa.func.coalesce(begun.c.state, "WAITING").label("state"),
        *(begun.c[n] for n in ("phase", "rate", "started_at", "moved_at", "finished_at", "error", "tables")),
        *(sa.func.coalesce(begun.c[n], 0).label(n) for n in ("done", "total", "rows", "attempts")),
        asked.c.reason, asked.c.projection, asked.c.stream, asked.c.position,
        sa.func.coalesce(asked.c.version, 0).label("version"),
    ]  # fmt: skip
    return asked.select().select_from(both).with_only_columns(*shown), id_


async def list_rebuilds(db: Reader, paging: Paging, wanted: RebuildFilter, *, everywhere: bool) -> Data:
    found = _whole(everywhere=everywhere)[0].subquery()
    chosen = found.select()
    if wanted.state is not None:
        chosen = chosen.where(found.c.state == wanted.state)
    if wanted.why is not None:
        chosen = chosen.where(found.c.why == wanted.why.value)
    if wanted.projection is not None:
        named = found.c.names.op("?", return_type=sa.Boolean)(wanted.projection)
        chosen = chosen.where(sa.or_(named, sa.func.jsonb_array_length(found.c.names) == 0))
    sortable = {"askedAt": found.c.asked_at, "state": found.c.state, "why": found.c.why, "id": found.c.id}
    return await db.page(chosen, paging, sortable, "-askedAt")


async def get_rebuild(db: Reader, rebuild_id: UUID, *, everywhere: bool) -> Data | None:
    found, id_ = _whole(everywhere=everywhere)
    return await db.one(found.where(id_ == rebuild_id))


async def differences(
    db: Reader, paging: Paging, rebuild_id: UUID, *, everywhere: bool, projection: str | None = None
) -> Data:
    wanted = _mine(_differences, everywhere=everywhere).where(_differences.c.rebuild_id == rebuild_id)
    if projection is not None:
        wanted = wanted.where(_differences.c.projection == projection)
    sortable = {"projection": _differences.c.projection, "kind": _differences.c.kind, "key": _differences.c.key}
    return await db.page(wanted, paging, sortable, "projection")


async def list_parked(
    db: Reader, paging: Paging, *, everywhere: bool, projection: str | None = None, tenant_id: UUID | None = None
) -> Data:
    wanted = _mine(_parked, everywhere=everywhere)
    if projection is not None:
        wanted = wanted.where(_parked.c.projection == projection)
    if tenant_id is not None:
        wanted = wanted.where(_parked.c.tenant_id == tenant_id)
    sortable = {
        "parkedAt": _parked.c.parked_at, "projection": _parked.c.projection, "topic": _parked.c.topic,
        "position": _parked.c.position, "id": _parked.c.id,
    }  # fmt: skip
    return await db.page(wanted, paging, sortable, "parkedAt")


async def get_parked(db: Reader, parked_id: UUID, *, everywhere: bool) -> Data | None:
    return await db.one(_mine(_parked, everywhere=everywhere).where(_parked.c.id == parked_id))


async def where_parked(db: Reader, position: int) -> Data | None:
    """The event at a position of the reader's book as it is stored, whether or not anybody can read it."""
    return await db.one(_mine(_events, everywhere=False).where(_events.c.position == position))


async def parked_by_projection(db: Reader, *, everywhere: bool) -> dict[str, tuple[int, datetime]]:
    """How many streams, and since when the first."""
    mine = _mine(_parked, everywhere=everywhere).subquery()
    grouped = mine.select().with_only_columns(
        mine.c.projection, sa.func.count().label("count"), sa.func.min(mine.c.parked_at).label("since")
    )
    rows = await db.all(grouped.group_by(mine.c.projection))
    return {row["projection"]: (row["count"], row["since"]) for row in rows}
