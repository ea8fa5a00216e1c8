"""The tick. APScheduler says when to look, and nothing more: what is due does not depend on when that is.

By itself it would drop a run that comes a second too late (``misfire_grace_time``), skip months without a 31st, and run
once in each process; so no date or hour is told to it, only an interval.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

EVERY: Final = 15.0
"""Seconds between two looks."""


async def keep_ticking(tick: Callable[[], Awaitable[None]], stopping: asyncio.Event, every: float = EVERY) -> None:
    """Call ``tick`` at once and every so many seconds until told to stop; one that is under way is finished. A tick
    that takes longer than that is followed by the next at the next beat."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it tells of each run
    ticking = asyncio.Lock()

    async def once() -> None:
        async with ticking:
            await tick()

    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_job(
        once, "interval", seconds=every, next_run_time=datetime.now(UTC), coalesce=True, max_instances=1,
        misfire_grace_time=None,
    )  # fmt: skip
    scheduler.start()
    try:
        await stopping.wait()
        scheduler.pause()
        async with ticking:
            pass
    finally:
        scheduler.shutdown(wait=False)
