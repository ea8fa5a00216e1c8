"""How far each book has been folded into the tables of a rebuild, written in the transaction that writes the rows.

So a rebuild that dies is gone on with from there: rows and marks are of one moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from adapters.folding import STORED
from adapters.parking import Parked
from domain.base import Recorded
from projections.base import ReadTable

_PUT = """INSERT INTO reading.rebuild_marks (tenant_id, rebuild_id, position, complete, parked)
  VALUES (%s, %s, %s, %s, %s) ON CONFLICT (tenant_id, rebuild_id)
  DO UPDATE SET position = excluded.position, complete = excluded.complete, parked = excluded.parked"""
_HOLD = "SELECT 1 FROM reading.rebuild_fences WHERE tenant_id = %s AND id = %s AND fence = %s FOR SHARE"
_EVENTS = f"SELECT {STORED} FROM book.events WHERE tenant_id = %s AND position = ANY(%s)"  # noqa: S608
_RECORDED = len(Recorded._fields)


class Superseded(Exception):
    """Another process has taken the rebuild over."""


@dataclass(frozen=True)
class Mark:
    """``complete``: all of the book was folded that was there when the rebuild began; what came later is caught up."""

    position: int
    complete: bool


class Marks:
    """Those of one rebuild, as its present holder writes them."""

    def __init__(self, book: UUID, rebuild_id: UUID, fence: int) -> None:
        self.book, self.rebuild_id, self.fence = book, rebuild_id, fence

    def hold(self, db: psycopg.Connection[Any]) -> None:
        """Until this transaction ends nobody else takes the rebuild over; if somebody has, raise ``Superseded``."""
        if db.execute(_HOLD, [self.book, self.rebuild_id, self.fence]).fetchone() is None:
            raise Superseded

    def put(self, db: psycopg.Connection[Any], tenant_id: UUID, mark: Mark, parked: Parked | None) -> None:
        told = None if parked is None or not parked.fresh else Jsonb(as_json(parked))
        db.execute(_PUT, [tenant_id, self.rebuild_id, mark.position, mark.complete, told])

    def put_all(self, db: psycopg.Connection[Any], at: dict[UUID, int], parked: Parked) -> None:
        """All of these books have been caught up so far; ``parked`` is of all of them."""
        standing = {recorded.tenant_id for _, recorded, _ in parked.fresh}
        with db.cursor() as cursor:
            cursor.executemany(_PUT, [
                (tenant, self.rebuild_id, position, True,
                 Jsonb(as_json(parked.of(tenant))) if tenant in standing else None)
                for tenant, position in at.items()
            ])  # fmt: skip

    def clear(self, db: psycopg.Connection[Any]) -> None:
        db.execute("DELETE FROM reading.rebuild_marks WHERE rebuild_id = %s", [self.rebuild_id])

    def load(
        self, db: psycopg.Connection[Any], tables: Iterable[ReadTable[Any]]
    ) -> tuple[dict[UUID, Mark], dict[UUID, Parked]]:
        """The marks, and what could not be applied in those books that have any such thing."""
        by_name = {table.name: table for table in tables}
        rows = db.execute(
            "SELECT tenant_id, position, complete, parked FROM reading.rebuild_marks WHERE rebuild_id = %s",
            [self.rebuild_id],
        ).fetchall()
        marks = {tenant: Mark(position, complete) for tenant, position, complete, _ in rows}
        return marks, {tenant: of_json(db, tenant, told, by_name) for tenant, _, _, told in rows if told}


def as_json(parked: Parked) -> dict[str, Any]:
    """Of one book: which events, and which rows are stale for it."""
    return {
        "at": [[projection, at.position, error] for projection, at, error in parked.fresh],
        "stale": [[table.name, *map(str, place[1:])] for table, place in dict.fromkeys(parked.stale)],
    }


def of_json(
    db: psycopg.Connection[Any], tenant_id: UUID, told: dict[str, Any], tables: dict[str, ReadTable[Any]]
) -> Parked:
    parked = Parked()
    found = recorded(db, tenant_id, {position for _, position, _ in told["at"]})
    for projection, position, error in told["at"]:
        at = found.get(position)
        if at is not None:
            parked.streams[projection, tenant_id, at.stream_id] = position
            parked.fresh.append((projection, at, error))
    parked.stale += [(tables[name], (tenant_id, *key)) for name, *key in told["stale"] if name in tables]
    return parked


def recorded(db: psycopg.Connection[Any], tenant_id: UUID, positions: Collection[int]) -> dict[int, Recorded]:
    rows = db.execute(_EVENTS, [tenant_id, list(positions)]).fetchall()
    return {row[1]: Recorded(*row[:_RECORDED]) for row in rows}
