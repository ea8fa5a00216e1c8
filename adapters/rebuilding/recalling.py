"""Rows of a large book that were written to make room, and are taken back when a later event concerns them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from adapters.publishing import NEXT
from adapters.read_tables import Writer
from projections.base import SCHEMA, Key, ReadTable


class Written:
    """What has been written of one book. A row that was recalled is taken out when its successor is written."""

    def __init__(self, db: psycopg.Connection[Any], tables: Iterable[ReadTable[Any]]) -> None:
        self._db = db
        self._writers = {table: Writer(table, NEXT) for table in tables}
        self._recalled: dict[ReadTable[Any], list[Key]] = {}

    def recall(self, table: ReadTable[Any], places: list[Key]) -> dict[Key, Any]:
        writer = self._writers[table]
        found = writer.answer(writer.ask(self._db, places))
        if found:
            self._recalled.setdefault(table, []).extend(found)
        return found

    def take_out(self, into: psycopg.Connection[Any]) -> None:
        """Delete what was recalled: in the transaction that writes it anew."""
        for table, places in self._recalled.items():
            self._writers[table].delete(into, places)

    def scrub(self, into: psycopg.Connection[Any], tenant_id: UUID, erased: set[UUID]) -> None:
        """Of these people nothing stays in what was written before."""
        for table, writer in self._writers.items():
            if table.personal:
                writer.scrub(into, tenant_id, list(erased))


def leave_out(into: psycopg.Connection[Any], tables: Iterable[ReadTable[Any]], tenant_id: UUID) -> None:
    """Delete all rows of a tenant."""
    for table in tables:
        name = sql.Identifier(SCHEMA, table.name + NEXT)
        into.execute(sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(name), [tenant_id])
