"""A read table of an earlier release, until it is rebuilt: served as it is, in a shape that this release can ask."""

from __future__ import annotations

import inspect
import typing
from enum import StrEnum
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy.dialects import postgresql as pg

from projections.base import SCHEMA, Column, ReadTable

_DIALECT = pg.dialect()  # type: ignore[no-untyped-call]
_COLUMNS = """SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
  WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"""
_NEUTRAL: dict[str, LiteralString] = {
    "UUID": "'00000000-0000-0000-0000-000000000000'", "TEXT": "''", "BIGINT": "0", "BOOLEAN": "false",
    "DATE": "'epoch'", "TIMESTAMP WITH TIME ZONE": "'epoch'", "NUMERIC(14, 2)": "0",
}  # fmt: skip


def reshape(db: psycopg.Connection[Any], table: ReadTable[Any]) -> bool:
    """Give the served table those columns of this release that it lacks, empty or neutral, so that it can be read.
    Whether its shape differed: then it cannot be followed by this release's rules. Columns that this release has no
    more stay, for processes of the release before."""
    name = sql.Identifier(SCHEMA, table.name)
    there = dict(db.execute(_COLUMNS, [f"{SCHEMA}.{table.name}"]).fetchall())
    differs = bool(there.keys() - {"tenant_id", "stale", *(column.name for column in table.columns)})
    for column in table.columns:
        kind = str(column.type.compile(dialect=_DIALECT))
        if column.name in there and _alike(there[column.name], kind):
            continue
        differs = True
        if column.name in there:  # of another type: its values would be misread
            db.execute(sql.SQL("ALTER TABLE {} DROP COLUMN {} CASCADE").format(name, sql.Identifier(column.name)))
        db.execute(
            sql.SQL("ALTER TABLE {} ADD COLUMN {} {} DEFAULT {}").format(
                name, sql.Identifier(column.name), sql.SQL(kind), _neutral(table, column, kind)
            )
        )
    return differs or not _keyed(db, table)


def _keyed(db: psycopg.Connection[Any], table: ReadTable[Any]) -> bool:
    """Whether rows have the key that this release writes them by."""
    rows = db.execute(
        "SELECT a.attname FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey)"
        " WHERE x.indrelid = %s::regclass AND x.indisprimary",
        [f"{SCHEMA}.{table.name}"],
    ).fetchall()
    return {name for (name,) in rows} == {"tenant_id", *table.key}


def hold(db: psycopg.Connection[Any], table: ReadTable[Any], *, from_start: bool = False) -> None:
    """Keep followers away from the table until it is rebuilt; how far it is remains known. ``from_start``: it is
    empty."""
    made = db.execute(
        "INSERT INTO reading.holds (projection) VALUES (%s) ON CONFLICT DO NOTHING RETURNING 1", [table.name]
    ).fetchone()
    if made:
        db.execute(
            "INSERT INTO reading.held (tenant_id, projection, position)"
            " SELECT tenant_id, %s, CASE WHEN %s THEN 0 ELSE position END FROM reading.positions"
            " ON CONFLICT DO NOTHING",
            [table.name, from_start],
        )


def release(db: psycopg.Connection[Any], table: ReadTable[Any]) -> None:
    """The table has been rebuilt: follow it again."""
    db.execute("DELETE FROM reading.holds WHERE projection = %s", [table.name])
    db.execute("DELETE FROM reading.held WHERE projection = %s", [table.name])


def _alike(there: str, kind: str) -> bool:
    return there.replace(" ", "").lower() == kind.replace(" ", "").lower()


def _neutral(table: ReadTable[Any], column: Column, kind: str) -> sql.Composable:
    if column.nullable:
        return sql.SQL("NULL")
    hint = typing.get_type_hints(table.row)[column.name]
    if inspect.isclass(hint) and issubclass(hint, StrEnum):
        return sql.Literal(next(iter(hint)).value)
    if column.json:
        empty = "[]" if typing.get_origin(hint) in {list, tuple, set, frozenset} else "{}"
        return sql.SQL("{}::jsonb").format(sql.Literal(empty))
    return sql.SQL(_NEUTRAL[kind])
