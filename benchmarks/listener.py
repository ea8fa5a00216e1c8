"""P11's consumer, a process of its own: ``python -m benchmarks.listener``, told by its environment what daybook is.

Writes a line for each message that it is given: its correlation, and when (nanoseconds of the machine's clock).
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Sequence

from adapters.delivering import source_for
from adapters.settings import from_environment
from consumers.base import Effect, Message, Tally, run

READY = "ready"


class Listener:
    """Both the consumer and its work: what comes is noted, nothing follows from it."""

    name = "listener"
    wants = frozenset({"daybook.credit.brought-forward.v1"})

    def __init__(self) -> None:
        self.tally = Tally()

    async def handle(self, message: Message) -> Sequence[Effect]:  # noqa: ARG002 - a consumer's form
        return []

    async def all(self, messages: Sequence[Message]) -> None:
        now = time.time_ns()
        sys.stdout.writelines(f"{message.correlation} {now}\n" for message in messages if message.type in self.wants)
        sys.stdout.flush()


async def listen() -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    listener = Listener()
    source = source_for(from_environment(), listener)
    await source.poll(1, 0.1)  # from now on it is there: a consumer that is new begins behind what was written before
    await source.rewind()
    print(READY, flush=True)
    await run(listener, source, stopping)


if __name__ == "__main__":
    asyncio.run(listen())
