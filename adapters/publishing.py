"""Serving what a rebuild has made: caught up to the served positions, compared, and switched to in one transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from adapters.parking import EVERYTHING, Parked
from adapters.projector import FOLLOW_LOCK, Projector
from adapters.read_tables import define
from adapters.subject_keys import KeysAtHand
from projections.base import SCHEMA, ReadTable

NEXT = "__next"
"""What follows the name of a table that is being built."""
PATIENCE = "500ms"
"""How long the switch may keep new readers waiting for the end of old ones, before it steps back and tries again."""


def served(db: psycopg.Connection[Any], tenant_id: UUID | None = None) -> dict[UUID, int]:
    """Where the served tables are. A rebuild folds exactly this far, never to a book's head: the new tables must not
    be ahead of positions that say what is still to be folded."""
    rows = db.execute("SELECT tenant_id, position FROM reading.positions ORDER BY tenant_id").fetchall()
    return {tenant: position for tenant, position in rows if tenant_id in (None, tenant)}


def publish(
    db: psycopg.Connection[Any], tables: tuple[ReadTable[Any], ...], keys: KeysAtHand, positions: dict[UUID, int],
    tenant_id: UUID | None, parked: Parked, switch: bool,
) -> dict[str, Any]:  # fmt: skip
    """Bring the new tables to exactly the served positions, compare, and give them their names."""
    with db.transaction():
        # From here no follower writes, so the served positions stand still until this transaction ends.
        db.execute("SELECT pg_advisory_xact_lock(%s)", [FOLLOW_LOCK])
        # The switch waits for readers, and later readers for the switch: rather give up soon and try again.
        db.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        shadow = Projector(db, tables, keys, suffix=NEXT)
        shadow.catch_up(positions, served(db, tenant_id), parked)
        report = {table.name: _compare(db, table, tenant_id) for table in tables}
        if switch:
            _free(db, [t.name for t in tables], tenant_id)
            shadow.parked.write(db, shadow.writers)
            for table in tables:
                (_switch if tenant_id is None else _replace)(db, table, tenant_id)
        for table in tables:
            db.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(SCHEMA, table.name + NEXT)))
    return report


def _free(db: psycopg.Connection[Any], names: list[str], tenant_id: UUID | None) -> None:
    """Take what was parked for these tables off the list. A stream that was parked for all of them stays so for those
    that were not rebuilt."""
    db.execute(
        "INSERT INTO reading.parked (tenant_id, projection, stream_id, position, version, topic, error, parked_at)"
        " SELECT p.tenant_id, d.name, p.stream_id, p.position, p.version, p.topic, p.error, p.parked_at"
        " FROM reading.parked p JOIN reading.definitions d ON d.name <> ALL (%s)"
        " WHERE p.projection = %s AND (%s::uuid IS NULL OR p.tenant_id = %s) ON CONFLICT DO NOTHING",
        [names, EVERYTHING, tenant_id, tenant_id],
    )
    db.execute(
        "DELETE FROM reading.parked WHERE projection = ANY(%s) AND (%s::uuid IS NULL OR tenant_id = %s)",
        [[*names, EVERYTHING], tenant_id, tenant_id],
    )


def _compare(db: psycopg.Connection[Any], table: ReadTable[Any], tenant_id: UUID | None) -> dict[str, int]:
    """Rows of the new table, and how many rows differ between it and the served one (either way)."""
    columns = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *(c.name for c in table.columns))))
    new, old = sql.Identifier(SCHEMA, table.name + NEXT), sql.Identifier(SCHEMA, table.name)
    where = sql.SQL("WHERE tenant_id = {}").format(sql.Literal(tenant_id)) if tenant_id else sql.SQL("")
    # Sums of hashes tell in one pass over each that nothing differs; only if something does is it counted.
    summed = "SELECT count(*), coalesce(sum(hash_record_extended(ROW({c}), 0)), 0) FROM {t} {w}"
    rows, new_sum = _one(db, sql.SQL(summed).format(c=columns, t=new, w=sql.SQL("")))
    try:
        with db.transaction():
            differing = 0
            if _one(db, sql.SQL(summed).format(c=columns, t=old, w=where)) != (rows, new_sum):
                text = (
                    "SELECT count(*) FROM ((SELECT {c} FROM {n} EXCEPT ALL SELECT {c} FROM {o} {w})"
                    " UNION ALL (SELECT {c} FROM {o} {w} EXCEPT ALL SELECT {c} FROM {n})) d"
                )
                (differing,) = _one(db, sql.SQL(text).format(c=columns, n=new, o=old, w=where))
    except (psycopg.errors.UndefinedColumn, psycopg.errors.DatatypeMismatch):
        differing = -1  # another shape: there is nothing to compare
    return {"rows": rows, "differing": differing}


def _one(db: psycopg.Connection[Any], statement: sql.Composed) -> tuple[Any, ...]:
    row = db.execute(statement).fetchone()
    if row is None:
        raise AssertionError("an aggregate answers one row")
    return tuple(row)


def _switch(db: psycopg.Connection[Any], table: ReadTable[Any], _: UUID | None) -> None:
    served, new = sql.Identifier(SCHEMA, table.name), sql.Identifier(SCHEMA, table.name + NEXT)
    db.execute(sql.SQL("DROP TABLE {}").format(served))
    db.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(new, sql.Identifier(table.name)))
    define(db, table)


def _replace(db: psycopg.Connection[Any], table: ReadTable[Any], tenant_id: UUID | None) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *(c.name for c in table.columns), "stale")))
    served, new = sql.Identifier(SCHEMA, table.name), sql.Identifier(SCHEMA, table.name + NEXT)
    db.execute(sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(served), [tenant_id])
    db.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(served, columns, columns, new))
