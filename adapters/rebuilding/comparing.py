"""What differs between a table that was rebuilt and the one that is served."""

from __future__ import annotations

import typing
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from projections.base import SCHEMA, ReadTable

LISTED = 100
"""Differences of a table that are listed for each centre."""
MOST = 2_000
"""And for all of them together."""
OTHER_SHAPE = -1
_SUMMED = "SELECT count(*), coalesce(sum(hash_record_extended(ROW({c}), 0)), 0) FROM {t} {w}"
_COUNTED = """SELECT count(*) FROM (SELECT DISTINCT {k} FROM ((SELECT {c} FROM {n} EXCEPT ALL SELECT {c} FROM {o} {w})
  UNION ALL (SELECT {c} FROM {o} {w} EXCEPT ALL SELECT {c} FROM {n})) d) k"""
_LISTED = """INSERT INTO reading.rebuild_differences (tenant_id, rebuild_id, projection, key, kind, columns)
  SELECT tenant, %s, %s, key, kind, columns FROM (
    SELECT coalesce(n.tenant_id, o.tenant_id) AS tenant, concat_ws(' ', {key}) AS key,
           CASE WHEN o.tenant_id IS NULL THEN 'ADDED' WHEN n.tenant_id IS NULL THEN 'GONE' ELSE 'CHANGED' END AS kind,
           CASE WHEN o.tenant_id IS NULL OR n.tenant_id IS NULL THEN ARRAY[]::text[]
                ELSE array_remove(ARRAY[{named}]::text[], NULL) END AS columns,
           row_number() OVER (PARTITION BY coalesce(n.tenant_id, o.tenant_id)) AS nth
      FROM {n} n FULL JOIN (SELECT * FROM {o} {w}) o ON {same}
     WHERE n.tenant_id IS NULL OR o.tenant_id IS NULL OR ({nc}) IS DISTINCT FROM ({oc})) d
   WHERE nth <= %s LIMIT %s ON CONFLICT DO NOTHING"""


def compare(
    db: psycopg.Connection[Any], table: ReadTable[Any], suffix: str, tenant_id: UUID | None, rebuild_id: UUID
) -> dict[str, Any]:
    """Rows of the new table, and how many keys differ between it and the served one (changed, added or gone; -1: their
    shapes do, so there is nothing to compare). ``changed``: the served one is of another definition."""
    columns = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *(c.name for c in table.columns))))
    key = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *table.key)))
    new, old = sql.Identifier(SCHEMA, table.name + suffix), sql.Identifier(SCHEMA, table.name)
    where = sql.SQL("WHERE tenant_id = {}").format(sql.Literal(tenant_id)) if tenant_id else sql.SQL("")
    served = db.execute("SELECT definition FROM reading.definitions WHERE name = %s", [table.name]).fetchone()
    # Sums of hashes tell in one pass over each that nothing differs; only if something does is it counted.
    rows, new_sum = _one(db, sql.SQL(_SUMMED).format(c=columns, t=new, w=sql.SQL("")))
    try:
        with db.transaction():
            differing = 0
            if _one(db, sql.SQL(_SUMMED).format(c=columns, t=old, w=where)) != (rows, new_sum):
                (differing,) = _one(db, sql.SQL(_COUNTED).format(k=key, c=columns, n=new, o=old, w=where))
                _list(db, table, suffix, where, rebuild_id)
    except (psycopg.errors.UndefinedColumn, psycopg.errors.DatatypeMismatch):
        differing = OTHER_SHAPE
    return {"rows": rows, "differing": differing, "changed": served is None or served[0] != table.definition}


def _list(
    db: psycopg.Connection[Any], table: ReadTable[Any], suffix: str, where: sql.Composable, rebuild_id: UUID
) -> None:
    """Which rows, and in which columns; no value, as it may be personal."""
    hints = typing.get_type_hints(table.row)
    comma, names = sql.SQL(", "), [c.name for c in table.columns]
    both = {name: (sql.Identifier("n", name), sql.Identifier("o", name)) for name in ("tenant_id", *names)}
    keys = (
        sql.SQL("md5(coalesce({}, {}))" if hints[name] is str else "coalesce({}, {})::text").format(*both[name])
        for name in table.key
    )
    named = (
        sql.SQL("CASE WHEN {} IS DISTINCT FROM {} THEN {} END").format(*both[name], sql.Literal(name)) for name in names
    )
    same = sql.SQL(" AND ").join(sql.SQL("{} = {}").format(*both[name]) for name in ("tenant_id", *table.key))
    statement = sql.SQL(_LISTED).format(
        key=comma.join(keys), named=comma.join(named), same=same, w=where,
        n=sql.Identifier(SCHEMA, table.name + suffix), o=sql.Identifier(SCHEMA, table.name),
        nc=comma.join(both[name][0] for name in names), oc=comma.join(both[name][1] for name in names),
    )  # fmt: skip
    db.execute(statement, [rebuild_id, table.name, LISTED, MOST])


def _one(db: psycopg.Connection[Any], statement: sql.Composed) -> tuple[Any, ...]:
    row = db.execute(statement).fetchone()
    if row is None:
        raise AssertionError("an aggregate answers one row")
    return tuple(row)
