"""A rebuild that is killed anywhere is gone on with, and comes to the same; readers notice nothing."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID

import psycopg
import pytest

from adapters.rebuilding.jobs import Jobs
from tests.book.desk import Desk, ask, desk, in_loop
from tests.projecting.following import ReadModels, pay, write_a_lot
from tests.projecting.test_rebuild_meanwhile import ReaderOf
from tests.support.system import wait_until

_THERE = "SELECT 1 FROM pg_stat_activity WHERE usename = 'daybook_rebuild' AND datname = current_database()"
_JOB = "SELECT id, state, phase, attempts, tables FROM reading.rebuilds ORDER BY asked_at DESC, id DESC LIMIT 1"
OVER = {"DONE", "FAILED", "CANCELLED"}


class Harness:
    """Kills processes that rebuild while payments are taken, followed and read."""

    def __init__(self, models: ReadModels, kind: str = "", *, load: bool = True) -> None:
        self.models, self.kind, self.load = models, kind, load
        self.seed = int(os.environ.get("DAYBOOK_SEED", "20261122"))
        self.chance = random.Random(self.seed)
        self.killed = self.done = self.wrong = 0
        self.phases: Counter[str] = Counter()

    async def run(self, kills: int) -> None:
        async with desk(self.models.database) as here, desk(self.models.database) as elsewhere:
            patients = [(asked, await write_a_lot(asked, 4, 12)) for asked in (here, elsewhere)]
            reader = ReaderOf(self.models, here.tenant_id)
            command = [sys.executable, "-m", "tests.rebuilding.process", self.models.database.url("daybook_rebuild")]
            with (
                self.models.followed(),
                ThreadPoolExecutor(2) as pool,
                subprocess.Popen(
                    [*command, self.kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                ) as nursery,
            ):
                await asyncio.to_thread(wait_until, lambda: self.models.positions() == self.models.heads())
                reading = pool.submit(reader.run)
                writing = [asyncio.create_task(self._write(asked, made)) for asked, made in patients if self.load]
                try:
                    exchanges = await asyncio.to_thread(self._finish, nursery)
                    while self.killed < kills and not (self.kind and self.wrong):
                        await asyncio.to_thread(self._kill, nursery, exchanges)
                        # A broken variant is broken where it begins; and the books grow, so there is more to count.
                        if self.kind or self.killed % 10 == 0:
                            await asyncio.to_thread(self._finish, nursery)
                            exchanges = await asyncio.to_thread(self._finish, nursery)
                    await asyncio.to_thread(self._finish, nursery)
                    self._count(ask(self.models.database, _JOB)[0])
                finally:
                    for task in writing:
                        task.cancel()
                        with suppress(asyncio.CancelledError):
                            await task
                    reader.stop.set()
                reading.result(10)
                await asyncio.to_thread(wait_until, lambda: self.models.positions() == self.models.heads())
            print(
                f"seed {self.seed}: killed {self.killed} ({dict(self.phases)}), rebuilds done {self.done}"
                f", with differences {self.wrong}; {reader.reads} reads, slowest {reader.slowest:.3f} s"
            )
            assert reader.failures == []
            assert reader.back == 0 or self.kind  # what a broken variant loses, readers lose with it
            assert reader.reads > 20

    async def _write(self, asked: Desk, patients: list[UUID]) -> None:
        while True:
            await pay(asked, self.chance.choice(patients))
            await asyncio.sleep(0.01)  # leaves the machine to the one that is to be killed

    def _job(self) -> tuple[UUID, str, str, int, dict[str, dict[str, int]]]:
        """The latest rebuild; a new one if that is over."""
        rows = ask(self.models.database, _JOB)
        if not rows or rows[0][1] in OVER:
            if rows:
                self._count(rows[0])
            with Jobs.at(self.models.database.url("daybook_rebuild")) as jobs:
                tables = self.models.tables
                jobs.begin([table.name for table in tables], {table.name: table.definition for table in tables})
            rows = ask(self.models.database, _JOB)
        return rows[0]

    def _count(self, job: tuple[UUID, str, str, int, dict[str, dict[str, int]]]) -> None:
        assert job[1] == "DONE", job
        self.done += 1
        self.wrong += any(table["differing"] for table in job[4].values())

    def _start(self, nursery: subprocess.Popen[str], at: int = 0, after: float = 0.0) -> int:
        assert nursery.stdin is not None
        nursery.stdin.write(f"{at} {after}\n")
        nursery.stdin.flush()
        return self._number(nursery)

    def _number(self, nursery: subprocess.Popen[str]) -> int:
        assert nursery.stdout is not None
        return int(nursery.stdout.readline())

    def _finish(self, nursery: subprocess.Popen[str]) -> int:
        """Let a rebuild come to its end. Answers how many exchanges with the database that took."""
        self._job()
        self._start(nursery)
        return self._number(nursery)

    def _kill(self, nursery: subprocess.Popen[str], exchanges: int) -> None:
        """Every other one dies with nothing under way at the database, the others while that answers."""
        self._job()
        at = self.chance.randint(1, exchanges)
        pid = self._start(nursery, at, self.chance.choice([0.0, self.chance.uniform(0.0, 0.005)]))
        wait_until(lambda: _gone(pid), 30)
        with psycopg.connect(self.models.database.admin_url, autocommit=True) as db:
            wait_until(lambda: db.execute(_THERE).fetchall() == [])
        _, state, phase, *_ = ask(self.models.database, _JOB)[0]
        if state not in OVER:
            self.killed += 1
            self.phases[phase or "beginning"] += 1


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@in_loop
async def test_a_rebuild_that_is_killed_is_gone_on_with(models: ReadModels) -> None:
    harness = Harness(models)
    await harness.run(6)
    assert (harness.killed, harness.wrong) == (6, 0)
    assert harness.done >= 2
    assert models.differing() == 0


@pytest.mark.faults
@pytest.mark.timeout(1800)
@in_loop
async def test_killed_a_hundred_times(models: ReadModels) -> None:
    harness = Harness(models)
    await harness.run(100)
    assert (harness.killed, harness.wrong) == (100, 0)
    assert len(harness.phases) > 2
    assert models.differing() == 0


@in_loop
async def test_marks_that_are_committed_apart_from_rows_are_caught(models: ReadModels) -> None:
    harness = Harness(models, "apart", load=False)
    await harness.run(40)  # until it is caught: about every third is
    assert harness.wrong > 0
