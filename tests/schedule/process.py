"""A scheduler to be killed: ``python -m tests.schedule.process 2026-12-15T03:29:59+00:00`` with an installation's
environment. Its clock begins there; it looks as often as it can."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import datetime, timedelta

from adapters.scheduling import scheduling
from adapters.settings import from_environment


class Running:
    """A clock that was set when it was made."""

    def __init__(self, begin: datetime) -> None:
        self._begin = begin
        self._made = time.monotonic()

    def now(self) -> datetime:
        return self._begin + timedelta(seconds=time.monotonic() - self._made)


async def main(begin: str) -> None:
    clock = Running(datetime.fromisoformat(begin))
    async with scheduling(from_environment(), clock) as scheduler:
        print("ready", flush=True)
        while True:
            await scheduler.tick()
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
