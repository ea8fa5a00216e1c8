"""The record of each rebuild: what is wanted, how far it is, what came of it.

Whoever works on a rebuild holds one advisory lock, over the connection that the record is kept with: it ends with the
process. So a rebuild that is RUNNING while nobody holds the lock died, and the next one to get it goes on.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from application.base import PLATFORM, SYSTEM
from domain.rebuilding import Wanted, Why
from projections.base import ReadTable

REBUILD_LOCK = 0x64617903
TELL_EVERY = 0.4
"""Seconds between two looks at what is wanted, which is when the record says how far it is."""
OVER = ("DONE", "CANCELLED", "FAILED", "ROLLED_BACK")
_COLUMNS = "tenant_id, id, names, of_tenant, workers, check_only, why, wanted, state, folded, built, definitions"
_GET = f"SELECT {_COLUMNS} FROM reading.rebuilds WHERE id = %s"  # noqa: S608 - our own constants
_WAITING = f"""SELECT {_COLUMNS} FROM reading.rebuilds WHERE state IN ('WAITING', 'RUNNING')
    OR state IN ('PAUSED', 'FAILED') AND wanted = 'CANCEL' OR state = 'DONE' AND wanted = 'ROLLBACK' AND error IS NULL
  ORDER BY asked_at, id"""  # noqa: S608
_REPORT = "SELECT done, rows, coalesce(tables, '{}') FROM reading.rebuilds WHERE tenant_id = %s AND id = %s"
_BEGIN = """INSERT INTO reading.rebuilds
    (tenant_id, id, names, of_tenant, workers, check_only, why, asked_by, definitions)
  VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_TAKE = """UPDATE reading.rebuilds SET state = 'RUNNING', holder = %s, attempts = attempts + 1, error = NULL,
    started_at = coalesce(started_at, clock_timestamp()), moved_at = clock_timestamp(), finished_at = NULL, rate = NULL
  WHERE tenant_id = %s AND id = %s"""
_FENCE = """INSERT INTO reading.rebuild_fences AS f (tenant_id, id, fence) VALUES (%s, %s, 1)
  ON CONFLICT (tenant_id, id) DO UPDATE SET fence = f.fence + 1 RETURNING fence"""
_FILLS = """UPDATE reading.rebuilds SET built = %s, folded = %s, definitions = %s,
    built_at = CASE WHEN built IS DISTINCT FROM %s THEN clock_timestamp() ELSE built_at END
  WHERE tenant_id = %s AND id = %s"""
_TELL = """UPDATE reading.rebuilds SET phase = %s, done = %s, total = %s, rows = %s, rate = %s,
    moved_at = clock_timestamp() WHERE tenant_id = %s AND id = %s RETURNING wanted"""
_END = """UPDATE reading.rebuilds SET state = %s, error = %s, tables = coalesce(%s, tables), holder = NULL, rate = NULL,
    finished_at = CASE WHEN %s THEN clock_timestamp() END WHERE tenant_id = %s AND id = %s"""


@dataclass
class Progress:
    """How far a rebuild has come. ``total`` events are to be folded."""

    total: int
    folded: int = 0
    rows: int = 0
    parked: int = 0
    phase: str = "folding"
    tables: list[str] = field(default_factory=list)


@dataclass
class Job:
    """A rebuild to be done. ``book`` is whose record it is; no ``names``: all tables."""

    book: UUID
    id: UUID
    names: list[str]
    of_tenant: UUID | None
    workers: int
    check_only: bool
    why: str
    wanted: str
    state: str
    folded: bool
    built: dict[str, int] | None
    """The tables that it is filling, by name: PostgreSQL's number of each, which says whether they are still those."""
    definitions: dict[str, str]
    fence: int = 0

    @property
    def place(self) -> list[UUID]:
        return [self.book, self.id]


class Stopped(Exception):
    """Somebody wants the rebuild paused or given up."""

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted


class Jobs:
    """The records, over a connection of the rebuild role in autocommit that nothing else uses."""

    def __init__(self, db: psycopg.Connection[Any]) -> None:
        self.db = db
        self.heed: Callable[[], None] = lambda: None
        """Called before it is looked at what is wanted."""
        self._told = 0.0
        self._since: tuple[float, int] = (0.0, 0)
        self._phase = ""

    @classmethod
    @contextmanager
    def at(cls, url: str) -> Iterator[Self]:
        # Without keepalive a database on another machine would hold the lock of one that lost its power for hours.
        alive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
        with psycopg.connect(psycopg.conninfo.make_conninfo(url, **alive), autocommit=True) as db:
            yield cls(db)

    def lock(self) -> None:
        """Wait to be the one that rebuilds."""
        self.db.execute("SELECT pg_advisory_lock(%s)", [REBUILD_LOCK])

    def try_lock(self) -> bool:
        row = self.db.execute("SELECT pg_try_advisory_lock(%s)", [REBUILD_LOCK]).fetchone()
        return bool(row and row[0])

    def unlock(self) -> None:
        self.db.execute("SELECT pg_advisory_unlock(%s)", [REBUILD_LOCK])

    def begin(
        self, names: Iterable[str], definitions: Mapping[str, str], *, of_tenant: UUID | None = None, workers: int = 1,
        check_only: bool = False, why: Why = Why.COMMAND_LINE, job_id: UUID | None = None,
    ) -> Job:  # fmt: skip
        """Record a rebuild that nobody asked for over the API."""
        book, made = of_tenant or PLATFORM, job_id or uuid7()
        facts = [list(names), of_tenant, workers, check_only, why.value, SYSTEM, Jsonb(dict(definitions))]
        self.db.execute(_BEGIN, [book, made, *facts])
        return self.get(made)

    def get(self, job_id: UUID) -> Job:
        row = self.db.execute(_GET, [job_id]).fetchone()
        if row is None:
            raise LookupError(f"there is no rebuild {job_id}")
        return Job(*row)

    def waiting(self) -> list[Job]:
        """What is to be done or decided, oldest first; only for the holder of the lock, to whom RUNNING means died."""
        rows = self.db.execute(_WAITING).fetchall()
        return [Job(*row) for row in rows]

    def take(self, job: Job) -> None:
        """From here on it is this process that writes for the job; whoever did before writes nothing more."""
        with self.db.transaction():
            row = self.db.execute(_FENCE, job.place).fetchone()
            self.db.execute(_TAKE, [f"{socket.gethostname()}:{os.getpid()}", *job.place])
        job.fence, job.state = (row[0] if row else 0), "RUNNING"
        self._told, self._since, self._phase = 0.0, (0.0, 0), ""

    def fills(self, job: Job, built: dict[str, int] | None, *, folded: bool, tables: Iterable[ReadTable[Any]]) -> None:
        """Which tables it fills, as which definitions, and whether all that was there has been folded into them."""
        job.built, job.folded = built, folded
        job.definitions = {table.name: table.definition for table in tables}
        told = built and Jsonb(built)
        self.db.execute(_FILLS, [told, folded, Jsonb(job.definitions), told, *job.place])

    def tell(self, job: Job, progress: Progress) -> None:
        """Say how far it is. Raises ``Stopped`` if that is not wanted any more."""
        now = time.monotonic()
        if progress.phase != self._phase:
            self._phase, self._since = progress.phase, (now, progress.folded)
        elif now - self._told < TELL_EVERY:
            return
        self._told = now
        began, before = self._since
        rate = (progress.folded - before) / (now - began) if now - began > TELL_EVERY else None
        told = [progress.phase, progress.folded, progress.total, progress.rows, rate or None]
        self.heed()
        row = self.db.execute(_TELL, [*told, *job.place]).fetchone()
        if row is not None and row[0] in {Wanted.PAUSE, Wanted.CANCEL}:
            raise Stopped(row[0])

    def tell_last(self, job: Job, progress: Progress) -> None:
        """How far it came, whatever is wanted by now."""
        told = [progress.phase, progress.folded, progress.total, progress.rows, None]
        self.db.execute(_TELL, [*told, *job.place])

    def report(self, job: Job) -> dict[str, Any]:
        """What ``adapters.rebuild.rebuild`` answers, of a rebuild that is over."""
        row = self.db.execute(
            "SELECT done, rows, coalesce(tables, '{}') FROM reading.rebuilds WHERE tenant_id = %s AND id = %s",
            job.place,
        ).fetchone()
        events, rows, tables = row or (0, 0, {})
        return {"id": job.id, "events": events, "rows": rows, "tables": tables}

    def end(self, job: Job, state: str, *, error: str | None = None, tables: dict[str, Any] | None = None) -> None:
        job.state = state
        found = None if tables is None else Jsonb(tables)
        self.db.execute(_END, [state, error, found, state in OVER, *job.place])

    def want(self, job_id: UUID, wanted: Wanted) -> str:
        """As people at the command line decide. Answers the state it was in when they did."""
        row = self.db.execute(
            "UPDATE reading.rebuilds SET wanted = %s, state = CASE WHEN %s = 'RUN' AND state IN ('PAUSED', 'FAILED')"
            " THEN 'WAITING' WHEN %s = 'PAUSE' AND state = 'WAITING' THEN 'PAUSED' ELSE state END"
            " WHERE id = %s RETURNING state",
            [wanted.value, wanted.value, wanted.value, job_id],
        ).fetchone()
        if row is None:
            raise LookupError(f"there is no rebuild {job_id}")
        state: str = row[0]
        return state
