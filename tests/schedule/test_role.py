"""``daybook schedule`` as a process: it looks, says that it is well, and ends when told to."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import psycopg
import pytest

from consumers.schedule import keep_ticking
from tests.support.system import RunningSystem, wait_until


def health(system: RunningSystem) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "adapters.cli", "health", "schedule"], env=system.environment, capture_output=True,
        text=True, check=False, timeout=30,
    )  # fmt: skip
    return done.returncode, done.stdout.strip()


def test_the_process_looks_and_ends(system: RunningSystem) -> None:
    with psycopg.connect(system.database.admin_url, autocommit=True) as db:
        db.execute("DELETE FROM book.schedule_marks WHERE job = 'look'")
        assert health(system) == (1, "schedule: nobody has looked yet")
        process = system.start("schedule")
        try:
            wait_until(lambda: health(system) == (0, "schedule: ok"), 30)
            process.terminate()
            assert process.wait(60) == 0  # what it is signing just then is signed first
            assert "Traceback" not in (system.folder / "schedule.log").read_text()
        finally:
            process.kill()
            process.wait()
            del system.processes["schedule"]
        db.execute("UPDATE book.schedule_marks SET at = now() - interval '1 hour' WHERE job = 'look'")
        assert health(system)[0] == 1


@pytest.mark.parametrize("blocked", [False, True])
def test_a_late_tick_is_not_dropped_and_the_last_one_is_finished(blocked: bool) -> None:
    """APScheduler by itself would leave out whatever comes more than a second late."""

    async def story() -> tuple[int, int]:
        began = ended = 0
        stopping = asyncio.Event()

        async def tick() -> None:
            nonlocal began, ended
            began += 1
            if blocked:
                import time

                time.sleep(0.3)  # the loop stands still, over several beats
            await asyncio.sleep(0.02)
            if began == 4:
                stopping.set()
            await asyncio.sleep(0.05)
            ended += 1

        await asyncio.wait_for(keep_ticking(tick, stopping, every=0.05), 20)
        return began, ended

    began, ended = asyncio.run(story())
    assert began == ended >= 4


def test_a_tick_that_fails_is_followed_by_the_next() -> None:
    async def story() -> int:
        stopping, count = asyncio.Event(), 0

        async def tick() -> None:
            nonlocal count
            count += 1
            if count == 3:
                stopping.set()
            raise RuntimeError("once")

        await asyncio.wait_for(keep_ticking(tick, stopping, every=0.05), 20)
        return count

    assert asyncio.run(story()) == 3
