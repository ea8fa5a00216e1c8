"""Relays and consumers to be killed: ``python -m tests.delivery.process``, told by its environment what daybook is.

Each line on stdin names what to start; it is forked, as importing takes longer than living, and its pid is the answer.

``relay``      publishes
``consumer``   takes 1.00 from every patient: see ``Cashier``
``hasty``      the negative control: commits before the effect, which a kill between the two loses
``forgetful``  the negative control: has the effect without its key, so that a kill before the commit doubles it

Another word after it is the member's name.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace

from adapters.commanding import CommandSide
from adapters.delivering import dead_letters, quieten, relay, source_for
from adapters.settings import Settings, from_environment
from application.base import execute
from consumers.base import Effect, Handling, Message, Source, run
from tests.delivery.lines import Cashier

LEASE = 1.0
BETWEEN = 0.05
"""Seconds that the controls leave between the two halves of what should be one."""


class Hasty:
    """Commits what it answers before anybody has handled it."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def poll(self, most: int, timeout: float) -> Sequence[Message]:
        messages = await self._source.poll(most, timeout)
        if messages:
            await self._source.commit()
            await asyncio.sleep(BETWEEN)
        return messages

    async def commit(self) -> None: ...

    async def rewind(self) -> None: ...

    async def close(self) -> None:
        await self._source.close()


class Forgetful(Handling):
    async def once(self, message: Message) -> None:
        for effect in await self.consumer.handle(message):
            await execute(effect.command, replace(self._context(message, effect), key=None), self._store)
        await asyncio.sleep(BETWEEN)
        self.tally.handled += 1


class Named(Cashier):
    """Says on which member's behalf it took the payment, for a test to see who worked."""

    async def handle(self, message: Message) -> Sequence[Effect]:
        effects = await super().handle(message)
        reference = os.environ.get("DAYBOOK_MEMBER")
        return [replace(e, command=e.command.model_copy(update={"reference": reference})) for e in effects]


async def consume(settings: Settings, kind: str, stopping: asyncio.Event) -> None:
    quieten()
    consumer = Named()
    source = source_for(settings, consumer)
    async with CommandSide(settings).running() as side:
        work = {"forgetful": Forgetful}.get(kind, Handling)(
            consumer, side.store, side.clock, side.new_id, dead_letters(settings)
        )
        await run(work, Hasty(source) if kind == "hasty" else source, stopping)


async def work(kind: str) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    settings = from_environment()
    if kind == "relay":
        await relay(settings, stopping, from_start=True, lease=LEASE)
    else:
        await consume(settings, kind, stopping)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        kind, *member = line.split()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.environ["DAYBOOK_MEMBER"] = member[0] if member else kind
            try:
                asyncio.run(work(kind))
            finally:
                sys.stderr.flush()
                os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
