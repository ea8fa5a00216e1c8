"""What was served before a rebuild: kept under another name, and gone back to in one transaction.

It is brought up to date first, with the rules of this release: so only a table of this release's definition can be
served again. It is kept until the next rebuild of the table, a week at most, and not beyond an erasure: it is not
followed, so it would still say what was erased.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from adapters.parking import EVERYTHING
from adapters.read_tables import withdraw
from projections.base import SCHEMA, ReadTable

PREVIOUS = "__prev"
"""What follows the name of a table that was served before."""
_REMEMBER = """INSERT INTO reading.previous (projection, definition, rebuild_id, of_tenant, positions, parked)
  SELECT d.name, d.definition, %s, %s, %s, coalesce((
    SELECT jsonb_agg(jsonb_build_array(p.tenant_id, p.position, p.error)) FROM reading.parked p
     WHERE p.projection IN (d.name, %s) AND (%s::uuid IS NULL OR p.tenant_id = %s)), '[]')
    FROM reading.definitions d WHERE d.name = %s
  ON CONFLICT (projection) DO UPDATE SET definition = excluded.definition, rebuild_id = excluded.rebuild_id,
    of_tenant = excluded.of_tenant, kept_at = excluded.kept_at, positions = excluded.positions,
    parked = excluded.parked"""
_KEPT = "SELECT projection, kept_at, kept_at < clock_timestamp() - make_interval(days => %s) FROM reading.previous"
_ERASED = "SELECT 1 FROM book.subject_keys WHERE destroyed_at >= %s LIMIT 1"


def keep(db: psycopg.Connection[Any], table: ReadTable[Any], rebuild_id: UUID, positions: dict[UUID, int]) -> None:
    """Take the name from the served table, and keep it. Its rows are those of ``positions``."""
    _remember(db, table, rebuild_id, None, positions)
    old, previous = sql.Identifier(SCHEMA, table.name), table.name + PREVIOUS
    db.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(SCHEMA, previous)))
    db.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(old, sql.Identifier(previous)))
    withdraw(db, previous)


def keep_part(
    db: psycopg.Connection[Any], table: ReadTable[Any], rebuild_id: UUID, tenant_id: UUID, positions: dict[UUID, int]
) -> None:
    """Keep a copy of one tenant's rows."""
    _remember(db, table, rebuild_id, tenant_id, positions)
    old, previous = sql.Identifier(SCHEMA, table.name), sql.Identifier(SCHEMA, table.name + PREVIOUS)
    db.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(previous))
    db.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING INDEXES)").format(previous, old))
    for what in ("ENABLE", "FORCE"):
        db.execute(sql.SQL(f"ALTER TABLE {{}} {what} ROW LEVEL SECURITY").format(previous))
    db.execute(sql.SQL("CREATE POLICY follow ON {} TO daybook_rebuild USING (true) WITH CHECK (true)").format(previous))
    db.execute(sql.SQL("INSERT INTO {} SELECT * FROM {} WHERE tenant_id = %s").format(previous, old), [tenant_id])


def _remember(
    db: psycopg.Connection[Any], table: ReadTable[Any], rebuild_id: UUID, tenant_id: UUID | None,
    positions: dict[UUID, int],
) -> None:  # fmt: skip
    told = Jsonb({str(tenant): position for tenant, position in positions.items()})
    db.execute(_REMEMBER, [rebuild_id, tenant_id, told, EVERYTHING, tenant_id, tenant_id, table.name])


def forget_old(db: psycopg.Connection[Any], days: int = 7) -> list[str]:
    """Drop what is kept too long, or since before an erasure. Answers which."""
    gone = []
    for name, kept_at, old in db.execute(_KEPT, [days]).fetchall():
        if old or db.execute(_ERASED, [kept_at]).fetchone():
            drop(db, [name])
            gone.append(name)
    return gone


def drop(db: psycopg.Connection[Any], names: Iterable[str]) -> None:
    for name in names:
        with db.transaction():
            db.execute("DELETE FROM reading.previous WHERE projection = %s", [name])
            db.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(SCHEMA, name + PREVIOUS)))


def kept_by(db: psycopg.Connection[Any], rebuild_id: UUID) -> dict[str, tuple[str, UUID | None, dict[UUID, int], Any]]:
    """What a rebuild left, by table: definition, whose, positions, and ``[tenant, position, error]`` of what was
    parked."""
    rows = db.execute(
        "SELECT projection, definition, of_tenant, positions::text, parked FROM reading.previous WHERE rebuild_id = %s",
        [rebuild_id],
    ).fetchall()
    return {
        name: (definition, tenant, {UUID(t): p for t, p in json.loads(positions).items()}, parked)
        for name, definition, tenant, positions, parked in rows
    }
