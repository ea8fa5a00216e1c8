"""A projector that dies anywhere leaves rows and positions that belong together."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from uuid import UUID

import psycopg
import pytest

from tests.book.desk import Desk, desk, in_loop
from tests.projecting.following import ReadModels, pay, write_a_lot
from tests.support.system import wait_until

_BUSY = """SELECT pid FROM pg_stat_activity WHERE usename = 'daybook_projector' AND datname = current_database()
  AND xact_start IS NOT NULL AND query <> '' AND state <> 'idle'"""

_THERE = "SELECT 1 FROM pg_stat_activity WHERE usename = 'daybook_projector' AND datname = current_database()"


class Harness:
    """Kills projecting processes while payments go on. Counts how often rows and positions did not fit together."""

    def __init__(self, models: ReadModels, kind: str = "") -> None:
        self.models = models
        self.kind = kind
        self.seed = int(os.environ.get("DAYBOOK_SEED", "20261120"))
        self.chance = random.Random(self.seed)
        self.tried = self.busy = self.wrong = 0

    async def run(self, kills: int) -> None:
        url = self.models.database.url("daybook_projector")
        command = [sys.executable, "-m", "tests.projecting.process", url, self.kind]
        async with desk(self.models.database) as here, desk(self.models.database) as elsewhere:
            patients = [(asked, await write_a_lot(asked)) for asked in (here, elsewhere)]
            with subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            ) as nursery:
                writing = [asyncio.create_task(self._write(asked, made)) for asked, made in patients]
                for _ in range(kills):
                    await asyncio.to_thread(self._kill, nursery)
                for task in writing:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
        print(f"seed {self.seed}: killed {self.tried} ({self.busy} in a transaction), wrong {self.wrong}")

    async def _write(self, asked: Desk, patients: list[UUID]) -> None:
        while True:
            await pay(asked, self.chance.choice(patients))
            await asyncio.sleep(0.01)  # leaves the machine to the one that is to be killed

    def _kill(self, nursery: subprocess.Popen[str]) -> None:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        before = self.models.positions()
        nursery.stdin.write("\n")
        nursery.stdin.flush()
        pid = int(nursery.stdout.readline())
        try:
            wait_until(lambda: self.models.positions() != before, 30)
            with psycopg.connect(self.models.database.admin_url, autocommit=True) as db:
                # Every other time at any moment; else at the first look, of many, that finds it in a transaction.
                patient = self.kind == "" and self.tried % 2 == 0
                for _ in range(500 if patient else self.chance.randint(1, 100)):
                    if (found := db.execute(_BUSY).fetchone()) and patient:
                        break
                self.busy += bool(found)
                os.kill(pid, signal.SIGKILL)
                wait_until(lambda: db.execute(_THERE).fetchall() == [])
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.tried += 1
        self.wrong += self.models.differing() > 0


@in_loop
async def test_rows_and_positions_move_together_when_the_projector_is_killed(models: ReadModels) -> None:
    harness = Harness(models)
    await harness.run(5)
    assert (harness.tried, harness.wrong) == (5, 0)
    models.drain()
    assert models.positions() == models.heads()
    assert models.differing() == 0


@pytest.mark.faults
@pytest.mark.timeout(1200)
@in_loop
async def test_killed_a_hundred_times(models: ReadModels) -> None:
    harness = Harness(models)
    await harness.run(100)
    assert (harness.tried, harness.wrong) == (100, 0)
    assert harness.busy >= 25
    models.drain()
    assert models.differing() == 0


@in_loop
async def test_a_projector_that_commits_them_apart_is_caught(models: ReadModels) -> None:
    harness = Harness(models, "apart")
    await harness.run(2)
    assert harness.wrong > 0
