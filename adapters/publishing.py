"""Serving what a rebuild has made: caught up, compared with what is served, and switched to in one transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from adapters.parking import EVERYTHING, SKIPS, Parked
from adapters.projector import FOLLOW_LOCK, Projector
from adapters.read_tables import Writer, define
from adapters.rebuilding.comparing import compare
from adapters.rebuilding.keeping import keep, keep_part
from adapters.rebuilding.marks import Marks
from adapters.reshaping import release
from adapters.subject_keys import KeysAtHand
from projections.base import SCHEMA, ReadTable

NEXT = "__next"
"""What follows the name of a table that is being built."""
PATIENCE = "500ms"
"""How long the switch may keep new readers waiting for the end of old ones, before it steps back and tries again."""
NEAR = 500
"""Events that the new tables may lack when they are compared: few enough to be caught up while followers wait."""


def served(db: psycopg.Connection[Any], tenant_id: UUID | None = None) -> dict[UUID, int]:
    """Where the served tables are. A rebuild folds exactly this far, never to a book's head: the new tables must not
    be ahead of positions that say what is still to be folded."""
    rows = db.execute("SELECT tenant_id, position FROM reading.positions ORDER BY tenant_id").fetchall()
    return {tenant: position for tenant, position in rows if tenant_id in (None, tenant)}


class Publishing:
    """New tables (their names followed by ``NEXT``), filled up to ``positions``, on their way to being served.
    ``parked`` is what could not be applied to them."""

    def __init__(
        self, db: psycopg.Connection[Any], tables: tuple[ReadTable[Any], ...], keys: KeysAtHand, marks: Marks,
        positions: dict[UUID, int], parked: Parked, tenant_id: UUID | None,
    ) -> None:  # fmt: skip
        self.db, self.tables, self.marks, self.tenant_id = db, tables, marks, tenant_id
        self.positions, self.parked = dict(positions), parked
        self.shadow = Projector(db, tables, keys, suffix=NEXT)

    def approach(self) -> int:
        """Fold a part of what was followed meanwhile. Answers how many events that was; 0: it is near."""
        upto = served(self.db, self.tenant_id)
        lacking = {t: p for t, p in upto.items() if self.positions.get(t, 0) < p}
        behind = sum(p - self.positions.get(t, 0) for t, p in lacking.items())
        if behind <= NEAR:
            return 0
        with self.db.transaction():
            self.marks.hold(self.db)
            self._catch_up(lacking)
            self.marks.put_all(self.db, lacking, self.parked)
        return behind

    def verify(self) -> dict[str, Any]:
        """Compare with the rows that are served, both at the very same positions: those of one snapshot. Followers go
        on meanwhile. ``{table: {"rows", "differing", "changed"}}``."""
        with self.db.transaction():
            self.db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            self.marks.hold(self.db)
            upto = served(self.db, self.tenant_id)
            self._catch_up(upto)
            self.marks.put_all(self.db, upto, self.parked)
            self.db.execute("DELETE FROM reading.rebuild_differences WHERE rebuild_id = %s", [self.marks.rebuild_id])
            return {
                table.name: compare(self.db, table, NEXT, self.tenant_id, self.marks.rebuild_id)
                for table in self.tables
            }

    def switch(self) -> None:
        """Give the new tables their names. Raises ``LockNotAvailable`` if readers do not let it; nothing is done
        then."""
        before = dict(self.positions), self.parked
        try:
            with self.db.transaction():
                # From here no follower writes, so the served positions stand still until this transaction ends.
                self.db.execute("SELECT pg_advisory_xact_lock(%s)", [FOLLOW_LOCK])
                # The switch waits for readers, and later readers for the switch: rather give up soon and try again.
                self.db.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
                self.marks.hold(self.db)
                upto = served(self.db, self.tenant_id)
                self._catch_up(upto)
                for table in self.tables:
                    (self._switch if self.tenant_id is None else self._replace)(table, upto)
                free(self.db, [t.name for t in self.tables], self.tenant_id)
                self.parked.copy().write(self.db, {table: Writer(table) for table in self.tables})
                self.marks.clear(self.db)
        except psycopg.Error:
            self.positions, self.parked = before
            raise

    def _catch_up(self, upto: dict[UUID, int]) -> None:
        parked = self.parked.copy()
        parked.skips = frozenset(self.db.execute(SKIPS).fetchall())
        self.shadow.catch_up(self.positions, upto, parked)
        self.parked = self.shadow.parked.copy()
        self.positions |= {t: p for t, p in upto.items() if self.positions.get(t, 0) < p}

    def _switch(self, table: ReadTable[Any], upto: dict[UUID, int]) -> None:
        keep(self.db, table, self.marks.rebuild_id, upto)
        new = sql.Identifier(SCHEMA, table.name + NEXT)
        self.db.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(new, sql.Identifier(table.name)))
        define(self.db, table)
        release(self.db, table)

    def _replace(self, table: ReadTable[Any], upto: dict[UUID, int]) -> None:
        columns = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *(c.name for c in table.columns), "stale")))
        old, new = sql.Identifier(SCHEMA, table.name), sql.Identifier(SCHEMA, table.name + NEXT)
        if self.tenant_id is not None:
            keep_part(self.db, table, self.marks.rebuild_id, self.tenant_id, upto)
        self.db.execute(sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(old), [self.tenant_id])
        self.db.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(old, columns, columns, new))
        self.db.execute(sql.SQL("DROP TABLE {}").format(new))


def free(db: psycopg.Connection[Any], names: list[str], tenant_id: UUID | None) -> None:
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
