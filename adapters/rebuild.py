"""Rebuilding read tables from the book, in bulk: read ahead, fold in memory a tenant at a time, COPY in, switch.

The rules are the ones that following uses; only the loading and storing of rows differs. New tables are filled beside
the served ones (blue/green), caught up with what was recorded meanwhile, compared with them, and take their names in
one transaction, so readers see the old rows until they see the new ones. A rebuild that dies is gone on with.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from adapters.filling import Share, Wires, uncollected
from adapters.parking import Parked, unstorable
from adapters.publishing import NEXT, Publishing, served
from adapters.read_tables import create, finished, index, protect
from adapters.rebuilding.forgetting import forget_half_built
from adapters.rebuilding.jobs import OVER, Job, Jobs, Progress, Stopped
from adapters.rebuilding.marks import Marks, Superseded
from adapters.rebuilding.sharing import fill_by
from adapters.subject_keys import KeysAtHand
from domain.rebuilding import Wanted, Why
from projections.base import SCHEMA, ReadTable

__all__ = ["Progress", "Stopped", "abandon", "carry_out", "rebuild"]

PAUSE = 1.0
"""Seconds in which readers go on undisturbed in between."""
ROUNDS = 50
"""After so many the rest is caught up while followers wait: they have been as fast as we are."""
_OPTIONS = "-c synchronous_commit=off -c client_connection_check_interval=500"
"""What a crash takes of tables that are not served yet is made again; nothing waits for the disk. A statement ends soon
after whoever sent it died, for the next one to go on."""
Seen = Callable[[Progress], None]


def rebuild(
    url: str, tables: Iterable[ReadTable[Any]], keys: KeysAtHand, *, tenant_id: UUID | None = None,
    seen: Seen = lambda _: None, switch: bool = True, workers: int = 1, why: Why = Why.COMMAND_LINE,
) -> dict[str, Any]:  # fmt: skip
    """Rebuild ``tables`` and serve them. Returns ``{"id", "events", "rows", "tables": {name: {"rows", "differing",
    "changed"}}}``.

    ``differing`` counts rows that the served table had otherwise, at the same positions. With ``tenant_id`` only that
    tenant's rows are replaced. ``switch=False`` only compares. ``url`` connects as ``daybook_rebuild``.
    """
    chosen = tuple(tables)
    with Jobs.at(url) as jobs:
        job = jobs.begin(
            [t.name for t in chosen], {t.name: t.definition for t in chosen}, of_tenant=tenant_id, workers=workers,
            check_only=not switch, why=why,
        )  # fmt: skip
        jobs.lock()
        if (now := jobs.get(job.id)).state in OVER:  # another process was quicker
            return jobs.report(now)
        return carry_out(url, jobs, now, chosen, keys, seen)


def carry_out(
    url: str, jobs: Jobs, job: Job, tables: tuple[ReadTable[Any], ...], keys: KeysAtHand, seen: Seen = lambda _: None
) -> dict[str, Any]:
    """Do a rebuild, or go on with one; ``jobs`` holds the lock. Raises ``Stopped`` if people want it paused or given
    up. A lost database leaves it RUNNING: it did not fail, and is gone on with."""
    jobs.take(job)
    progress = Progress(0, tables=[t.name for t in tables])

    def tell(phase: str | None = None) -> None:
        progress.phase = phase or progress.phase
        jobs.tell(job, progress)
        seen(progress)

    try:
        with uncollected(), Wires.open(url, _OPTIONS) as wires:
            report = _Work(url, wires, jobs, job, tables, keys, progress, tell).run()
    except Stopped as stopped:
        if stopped.wanted == Wanted.CANCEL:
            abandon(jobs, job)
        jobs.end(job, "CANCELLED" if stopped.wanted == Wanted.CANCEL else "PAUSED")
        forget_half_built(jobs.db)
        raise
    except (Superseded, psycopg.OperationalError):
        raise
    except KeyboardInterrupt:  # whoever watched it wants it to rest: nobody else goes on with it by themselves
        jobs.want(job.id, Wanted.PAUSE)
        jobs.end(job, "PAUSED")
        forget_half_built(jobs.db)
        raise
    except Exception as error:
        # The text of an error may quote a row: its kind is told, and what PostgreSQL calls it.
        state = getattr(error, "sqlstate", None)
        with suppress(psycopg.Error):
            jobs.end(job, "FAILED", error=type(error).__name__ + (f" ({state})" if state else ""))
            forget_half_built(jobs.db)
        raise
    progress.phase = "done"
    jobs.tell_last(job, progress)
    jobs.end(job, "DONE", tables=report)
    seen(progress)
    return {"id": job.id, "events": progress.folded, "rows": progress.rows, "tables": report}


def abandon(jobs: Jobs, job: Job) -> None:
    """Drop what a rebuild has built."""
    for name in job.built or ():
        table = sql.Identifier(SCHEMA, name + NEXT)
        jobs.db.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
    Marks(job.book, job.id, job.fence).clear(jobs.db)
    job.built = None


class _Work:
    """One rebuild in one process."""

    def __init__(
        self, url: str, wires: Wires, jobs: Jobs, job: Job, tables: tuple[ReadTable[Any], ...], keys: KeysAtHand,
        progress: Progress, tell: Callable[..., None],
    ) -> None:  # fmt: skip
        self.url, self.wires, self.jobs, self.job, self.tables, self.keys = url, wires, jobs, job, tables, keys
        self.progress, self.tell = progress, tell
        self.marks = Marks(job.book, job.id, job.fence)

    def run(self) -> dict[str, Any]:
        if not self._there():
            self._start()
        try:
            self._build()
        except psycopg.Error as error:
            if not unstorable(error):
                raise
            # A row is too long for an index, and the index cannot say whose. With the indexes there first, COPY can.
            self._start(indexed=True)
            self._build()
        self.tell("catching up")
        marks, parked_of = self.marks.load(self.wires.aside, self.tables)
        parked = Parked()
        for one in parked_of.values():
            parked.add(one)
        positions = {tenant: mark.position for tenant, mark in marks.items()}
        into, of = self.wires.into, self.job.of_tenant
        publishing = Publishing(into, self.tables, self.keys, self.marks, positions, parked, of)
        for _ in range(ROUNDS):
            if not publishing.approach():
                break
            self.tell()
        self.tell("comparing")
        report = publishing.verify()
        if self.job.check_only:
            abandon(self.jobs, self.job)
            return report
        while True:
            self.tell("switching")
            try:
                publishing.switch()
                return report
            except psycopg.errors.LockNotAvailable:
                time.sleep(PAUSE)

    def _there(self) -> bool:
        """Whether what the rebuild had built is still there, and what this release would build."""
        built = self.job.built
        if not built or self.job.definitions != {table.name: table.definition for table in self.tables}:
            return False
        return all(self._number(table) == built.get(table.name) for table in self.tables)

    def _number(self, table: ReadTable[Any]) -> int | None:
        row = self.wires.aside.execute("SELECT to_regclass(%s)::oid", [f"{SCHEMA}.{table.name}{NEXT}"]).fetchone()
        return row[0] if row else None

    def _start(self, *, indexed: bool = False) -> None:
        """Make the new tables, empty."""
        into = self.wires.into
        with into.transaction():
            self.marks.hold(into)
            self.marks.clear(into)
            for table in self.tables:
                create(into, table, suffix=NEXT)
                if indexed:
                    index(into, table, suffix=NEXT)
        built = {table.name: self._number(table) or 0 for table in self.tables}
        self.jobs.fills(self.job, built, folded=False, tables=self.tables)

    def _build(self) -> None:
        """Fold what is there, then index it. What has been done already is not done again."""
        marks, parked = self.marks.load(self.wires.aside, self.tables)
        upto = served(self.wires.aside, self.job.of_tenant)
        self.progress.total = sum(upto.values())
        self.progress.folded = sum(mark.position for mark in marks.values())
        self.tell("folding")
        if not self.job.folded:
            todo = {t: p for t, p in upto.items() if p and not (t in marks and marks[t].complete)}
            after = {tenant: marks[tenant].position for tenant in todo if tenant in marks}

            def folded(events: int, rows: int) -> None:
                self.progress.folded += events
                self.progress.rows += rows
                self.tell()

            share = Share(todo, after, parked)
            fill_by(self.job.workers, self.url, _OPTIONS, self.wires, self.tables, self.keys, share, self.marks, folded)
            self.jobs.fills(self.job, self.job.built, folded=True, tables=self.tables)
        self.tell("indexing")
        self._finish()

    def _finish(self) -> None:
        """Indexes, row security and grants, two tables at a time."""
        left = deque(self.tables)

        def work(db: psycopg.Connection[Any]) -> None:
            with suppress(IndexError):
                while True:
                    table = left.popleft()
                    if not finished(db, table, suffix=NEXT):
                        with db.transaction():
                            index(db, table, suffix=NEXT)
                            protect(db, table, suffix=NEXT)

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(work, db) for db in (self.wires.into, self.wires.out)]:
                done.result()
