"""Taking up rebuilds: those asked for over the API or left by a process that died, and those that a release wants.

Any number may run; one works, as it holds the lock. What was asked for reaches it as a read table like any other.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg

from adapters.rebuild import Progress, Stopped, abandon, carry_out
from adapters.rebuilding.forgetting import forget_half_built
from adapters.rebuilding.jobs import REBUILD_LOCK, Job, Jobs
from adapters.rebuilding.keeping import forget_old
from adapters.rebuilding.marks import Superseded
from adapters.rebuilding.returning import NothingKept, OfAnotherRelease, roll_back
from adapters.subject_keys import KeysAtHand
from domain.rebuilding import Wanted, Why
from projections.base import ReadTable

__all__ = ["REBUILD_LOCK", "Maintainer", "maintain"]

log = logging.getLogger("daybook.rebuild")

LOOK_EVERY = 0.5
TIDY_EVERY = 5.0
_HEAR = """INSERT INTO reading.rebuilds
    (tenant_id, id, names, of_tenant, workers, check_only, why, asked_by, asked_at, wanted, heard)
  SELECT r.tenant_id, r.id, ARRAY(SELECT jsonb_array_elements_text(r.names)), r.of_tenant, r.workers, r.check_only,
         r.why, r.asked_by, r.asked_at, r.wanted, r.version
    FROM reading.rebuild_requests r
   WHERE r.names IS NOT NULL AND r.asked_at > now() - interval '30 days'
     AND NOT EXISTS (SELECT FROM reading.rebuilds b WHERE b.tenant_id = r.tenant_id AND b.id = r.id)
  ON CONFLICT DO NOTHING RETURNING id"""
_SKIP = """INSERT INTO reading.skips (tenant_id, projection, position, stream_id, rebuild_id)
  SELECT r.tenant_id, r.projection, r.position, r.stream, r.id FROM reading.rebuild_requests r
   WHERE r.why = 'SKIP' AND r.id = ANY(%s) AND r.projection IS NOT NULL AND r.position IS NOT NULL
  ON CONFLICT DO NOTHING"""
_DECIDED = """UPDATE reading.rebuilds b SET wanted = r.wanted, heard = r.version, error = CASE
      WHEN r.wanted IN ('RUN', 'ROLLBACK') THEN NULL ELSE b.error END,
    state = CASE WHEN r.wanted = 'RUN' AND b.state IN ('PAUSED', 'FAILED') THEN 'WAITING'
                 WHEN r.wanted = 'PAUSE' AND b.state = 'WAITING' THEN 'PAUSED' ELSE b.state END
  FROM reading.rebuild_requests r
  WHERE r.tenant_id = b.tenant_id AND r.id = b.id AND r.version > b.heard"""
_OUTDATED = """SELECT d.name FROM reading.definitions d
  JOIN unnest(%s::text[], %s::text[]) t (name, definition) USING (name)
  WHERE d.definition <> t.definition"""
_TRIED = """SELECT 1 FROM reading.rebuilds WHERE of_tenant IS NULL AND NOT check_only AND definitions ->> %s = %s
  AND state IN ('WAITING', 'RUNNING', 'PAUSED', 'CANCELLED', 'FAILED')"""


def hear(db: psycopg.Connection[Any]) -> None:
    """Take note of what was asked for and decided over the API since."""
    with db.transaction():
        db.execute("SELECT pg_advisory_xact_lock(%s)", [REBUILD_LOCK + 1])
        asked = [row[0] for row in db.execute(_HEAR).fetchall()]
        if asked:
            db.execute(_SKIP, [asked])
        db.execute(_DECIDED)


class Maintainer:
    """Over one connection, whose lock says that this is the process that works."""

    def __init__(
        self, url: str, jobs: Jobs, tables: tuple[ReadTable[Any], ...], keys: KeysAtHand,
        seen: Callable[[Job, Progress], None] = lambda *_: None,
    ) -> None:  # fmt: skip
        self.url, self.jobs, self.tables, self.keys, self.seen = url, jobs, tables, keys, seen
        self.by_name = {table.name: table for table in tables}

    def want_what_a_release_changed(self) -> Job | None:
        """Ask for the tables that are served otherwise than this release makes them, unless that was tried before."""
        names, definitions = list(self.by_name), [table.definition for table in self.tables]
        rows = self.jobs.db.execute(_OUTDATED, [names, definitions]).fetchall()
        outdated = [
            name for (name,) in rows
            if not self.jobs.db.execute(_TRIED, [name, self.by_name[name].definition]).fetchone()
        ]  # fmt: skip
        if not outdated:
            return None
        log.info("this release makes %s otherwise: rebuilding, the old rows are served meanwhile", ", ".join(outdated))
        wanted = {name: self.by_name[name].definition for name in outdated}
        return self.jobs.begin(sorted(outdated), wanted, why=Why.RELEASE)

    def once(self) -> Job | None:
        """Hear what is wanted and do the first thing there is; whoever calls holds the lock. ``None``: nothing was."""
        hear(self.jobs.db)
        self.want_what_a_release_changed()
        for job in self.jobs.waiting():
            self.do(job)
            return job
        return None

    def do(self, job: Job) -> None:
        """Do one thing; how it ended is recorded."""
        if job.wanted == Wanted.ROLLBACK and job.state == "DONE":
            self._roll_back(job)
        elif job.wanted == Wanted.CANCEL:
            abandon(self.jobs, job)
            self.jobs.end(job, "CANCELLED")
        else:
            self._rebuild(job)

    def _rebuild(self, job: Job) -> None:
        unknown = [name for name in job.names if name not in self.by_name]
        chosen = tuple(self.by_name[name] for name in job.names if name in self.by_name) or self.tables
        if unknown or self._half(job, chosen):
            self.jobs.end(job, "FAILED", error="NoSuchTable" if unknown else "RebuildForAllFirst")
            return
        try:
            carry_out(self.url, self.jobs, job, chosen, self.keys, lambda progress: self.seen(job, progress))
            log.info("rebuild %s is done", job.id)
        except Stopped as stopped:
            log.info("rebuild %s: %s", job.id, stopped.wanted)
        except (Superseded, psycopg.OperationalError):
            raise
        except Exception as error:
            log.error("rebuild %s failed: %s", job.id, type(error).__name__)

    def _half(self, job: Job, chosen: tuple[ReadTable[Any], ...]) -> bool:
        """Whether it would put one centre's rows of this release among the others' of another."""
        if job.of_tenant is None or job.check_only:
            return False
        served = dict(self.jobs.db.execute("SELECT name, definition FROM reading.definitions").fetchall())
        return any(served.get(table.name) != table.definition for table in chosen)

    def _roll_back(self, job: Job) -> None:
        try:
            names = roll_back(self.jobs, job, self.tables, self.keys)
            self.jobs.end(job, "ROLLED_BACK")
            log.info("rolled back %s: %s", job.id, ", ".join(names))
        except (NothingKept, OfAnotherRelease) as error:
            self.jobs.end(job, "DONE", error=type(error).__name__)


def maintain(
    url: str, tables: tuple[ReadTable[Any], ...], keys: KeysAtHand, stopping: threading.Event,
    every: float = LOOK_EVERY,
) -> None:  # fmt: skip
    """Until told to stop. Told in the middle of a rebuild it leaves that as it is: whoever comes next goes on."""

    def seen(_: Job, __: Progress) -> None:
        if stopping.is_set():
            raise Leaving

    while not stopping.is_set():
        try:
            with Jobs.at(url) as jobs:
                jobs.heed = partial(hear, jobs.db)
                while not stopping.is_set() and not jobs.try_lock():
                    hear(jobs.db)  # a rebuild at the command line is told what people decide here
                    stopping.wait(every)
                _work(Maintainer(url, jobs, tables, keys, seen), stopping, every)
        except Leaving:
            return
        except (psycopg.Error, Superseded) as error:
            log.warning("lost the database (%s), going on", type(error).__name__)
            stopping.wait(every)


class Leaving(BaseException):
    """The process is to end: nothing has failed, so no ``except Exception`` on the way says so."""


def _work(maintainer: Maintainer, stopping: threading.Event, every: float) -> None:
    tidied = -TIDY_EVERY
    while not stopping.is_set():
        did = maintainer.once()
        if time.monotonic() - tidied > TIDY_EVERY:
            tidied = time.monotonic()
            for name in forget_old(maintainer.jobs.db):
                log.info("the previous version of %s is not kept any longer", name)
            for rebuild_id in forget_half_built(maintainer.jobs.db):
                log.info("rebuild %s begins anew when it is gone on with: somebody was erased", rebuild_id)
        if did is None:  # give way to whoever wants to rebuild at the command line
            maintainer.jobs.unlock()
            stopping.wait(every)
            while not stopping.is_set() and not maintainer.jobs.try_lock():
                hear(maintainer.jobs.db)
                stopping.wait(every)
