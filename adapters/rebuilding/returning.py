"""Going back on a rebuild: what was served before is brought up to date and served again."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from adapters.parking import SKIPS, Parked
from adapters.projector import FOLLOW_LOCK, Projector
from adapters.publishing import NEAR, PATIENCE, free, served
from adapters.read_tables import Writer, define, grant
from adapters.rebuilding.jobs import Job, Jobs
from adapters.rebuilding.keeping import PREVIOUS, kept_by
from adapters.rebuilding.marks import recorded
from adapters.reshaping import release
from adapters.subject_keys import KeysAtHand
from projections.base import SCHEMA, ReadTable

PAUSE = 0.5
ROUNDS = 50


class NothingKept(Exception):
    """What was served before this rebuild is not kept any more: it was gone back to, a week has passed, the table was
    rebuilt again, or somebody was erased."""


class OfAnotherRelease(Exception):
    """What was served before is of another release's making, which this one could not bring up to date. Start that
    release: it makes the tables its own way."""


def roll_back(jobs: Jobs, job: Job, tables: tuple[ReadTable[Any], ...], keys: KeysAtHand) -> list[str]:
    """Serve again what ``job`` replaced; answers which tables. ``jobs`` holds the lock. Raises ``NothingKept`` and
    ``OfAnotherRelease``."""
    kept = kept_by(jobs.db, job.id)
    chosen = tuple(table for table in tables if table.name in kept)
    if not chosen or len(chosen) < len(kept):
        raise NothingKept
    if any(kept[table.name][0] != table.definition for table in chosen):
        raise OfAnotherRelease
    going = _Back(jobs, job, chosen, keys)
    for _ in range(ROUNDS):
        if not going.approach():
            break
    while True:
        try:
            going.switch()
            return [table.name for table in chosen]
        except psycopg.errors.LockNotAvailable:
            time.sleep(PAUSE)


class _Back:
    def __init__(self, jobs: Jobs, job: Job, tables: tuple[ReadTable[Any], ...], keys: KeysAtHand) -> None:
        self.db, self.job, self.tables = jobs.db, job, tables
        self.shadow = Projector(self.db, tables, keys, suffix=PREVIOUS)
        kept = kept_by(self.db, job.id)
        self.positions = dict(kept[tables[0].name][2])
        self.parked = Parked()
        for table in tables:
            for tenant, position, error in kept[table.name][3]:
                self._parked(table, UUID(tenant), position, error)

    def _parked(self, table: ReadTable[Any], tenant: UUID, position: int, error: str) -> None:
        at = recorded(self.db, tenant, {position}).get(position)
        if at is not None:
            self.parked.streams[table.name, tenant, at.stream_id] = position
            self.parked.fresh.append((table.name, at, error))

    def approach(self) -> int:
        """Fold a part of what was recorded since. Answers how many events that was; 0: it is near."""
        upto = served(self.db, self.job.of_tenant)
        behind = sum(max(position - self.positions.get(tenant, 0), 0) for tenant, position in upto.items())
        if behind <= NEAR:
            return 0
        with self.db.transaction():
            self._catch_up(upto)
            told = Jsonb({str(tenant): position for tenant, position in self.positions.items()})
            for table in self.tables:
                mine = [[str(at.tenant_id), at.position, e] for name, at, e in self.parked.fresh if name == table.name]
                self.db.execute(
                    "UPDATE reading.previous SET positions = %s, parked = %s WHERE projection = %s",
                    [told, Jsonb(mine), table.name],
                )
        return behind

    def switch(self) -> None:
        before = dict(self.positions), self.parked
        try:
            with self.db.transaction():
                self.db.execute("SELECT pg_advisory_xact_lock(%s)", [FOLLOW_LOCK])
                self.db.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
                self._catch_up(served(self.db, self.job.of_tenant))
                for table in self.tables:
                    (self._switch if self.job.of_tenant is None else self._replace)(table)
                    self.db.execute("DELETE FROM reading.previous WHERE projection = %s", [table.name])
                free(self.db, [table.name for table in self.tables], self.job.of_tenant)
                self.parked.copy().write(self.db, {table: Writer(table) for table in self.tables})
        except psycopg.Error:
            self.positions, self.parked = before
            raise

    def _catch_up(self, upto: dict[UUID, int]) -> None:
        parked = self.parked.copy()
        parked.skips = frozenset(self.db.execute(SKIPS).fetchall())
        self.shadow.catch_up(self.positions, upto, parked)
        self.parked = self.shadow.parked.copy()
        self.positions |= {t: p for t, p in upto.items() if self.positions.get(t, 0) < p}

    def _switch(self, table: ReadTable[Any]) -> None:
        now, kept = sql.Identifier(SCHEMA, table.name), sql.Identifier(SCHEMA, table.name + PREVIOUS)
        self.db.execute(sql.SQL("DROP TABLE {}").format(now))
        self.db.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(kept, sql.Identifier(table.name)))
        grant(self.db, table)
        define(self.db, table)
        release(self.db, table)

    def _replace(self, table: ReadTable[Any]) -> None:
        columns = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *(c.name for c in table.columns), "stale")))
        now, kept = sql.Identifier(SCHEMA, table.name), sql.Identifier(SCHEMA, table.name + PREVIOUS)
        self.db.execute(sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(now), [self.job.of_tenant])
        self.db.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(now, columns, columns, kept))
        self.db.execute(sql.SQL("DROP TABLE {}").format(kept))


__all__ = ["NothingKept", "OfAnotherRelease", "roll_back"]
