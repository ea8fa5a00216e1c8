"""Patients are registered, processes killed, the broker stopped; and at the end: who was charged how often."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from adapters.kafka.servers import KafkaServers
from application.base import Busy
from tests.book.desk import Desk, ask
from tests.support.broker import ApacheKafka, Broker
from tests.support.postgres import Database
from tests.support.system import SECRETS, wait_until

_CHARGED = """SELECT data::jsonb->>'patient_id', data::jsonb->>'reference' FROM book.events
  WHERE topic = 'billing.PaymentRecorded'"""


@dataclass
class Processes:
    """Forked from one that has imported everything. Each has a name, and is started again under it."""

    nursery: subprocess.Popen[str]
    pids: dict[str, int] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)

    def start(self, kind: str, name: str | None = None) -> None:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(f"{kind} {name or kind}\n")
        self.nursery.stdin.flush()
        self.pids[name or kind] = int(self.nursery.stdout.readline())

    def kill(self, name: str) -> None:
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself; that would show in the end
            os.kill(self.pids.pop(name), signal.SIGKILL)
        self.kills[name] += 1

    def leave(self, name: str) -> None:
        """Stop one, and wait until what it had in hand is done."""
        pid = self.pids[name]
        self.stop(name)
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), 60)

    def stop(self, name: str) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pids.pop(name), signal.SIGTERM)


@contextmanager
def processes(
    database: Database, broker: Broker, servers: KafkaServers, module: str = "tests.delivery.process", *arguments: str,
    **also: str,
) -> Iterator[Processes]:  # fmt: skip
    """What ``module`` starts at a word on its stdin, with ``also`` in its environment."""
    environment = {**os.environ, **SECRETS, **database.environment, **broker.environment(servers), **also}
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=environment,
    ) as nursery:  # fmt: skip
        found = Processes(nursery)
        try:
            yield found
        finally:
            for name in list(found.pids):
                found.stop(name)
            assert nursery.stdin is not None
            nursery.stdin.close()


@dataclass
class Load:
    """Registers patients until it is stopped; ``due`` are those that were acknowledged."""

    desks: list[Desk]
    pause: float = 0.02
    due: list[UUID] = field(default_factory=list)
    stopped: bool = False

    async def run(self) -> None:
        await asyncio.gather(*map(self._at, self.desks))

    async def _at(self, desk: Desk) -> None:
        while not self.stopped:
            with contextlib.suppress(Busy):
                self.due.append(await desk.patient())
            await asyncio.sleep(self.pause)


def charged(database: Database) -> Counter[UUID]:
    """How often each patient was."""
    return Counter(UUID(patient) for patient, _ in ask(database, _CHARGED))


def charged_by(database: Database) -> Counter[str]:
    """How many each consumer charged."""
    return Counter(member for _, member in ask(database, _CHARGED))


async def all_charged(database: Database, due: list[UUID], seconds: float) -> None:
    """Wait until nobody is left to charge, or the time is over: what is missing then is for the test to say."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while len(await asyncio.to_thread(charged, database)) < len(due):
                await asyncio.sleep(0.1)


async def one_more(database: Database) -> None:
    """Wait until somebody more is charged."""
    before = (await asyncio.to_thread(charged, database)).total()
    async with asyncio.timeout(60):
        while (await asyncio.to_thread(charged, database)).total() == before:
            await asyncio.sleep(0.01)


async def disturb(
    found: Processes, kinds: dict[str, str], kills: int, chance: random.Random, broker: ApacheKafka | None = None,
    outages: int = 0, outage: float = 2.0, *, at_work: Callable[[], Awaitable[None]] | None = None,
) -> None:  # fmt: skip
    """Kill one of ``kinds`` (names to kinds) at a random moment and start it again at once, ``kills`` times; on the
    way, kill the broker ``outages`` times for ``outage`` seconds. With ``at_work``, only just after it answered."""
    dark = set(chance.sample(range(kills), outages))
    for n in range(kills):
        if at_work is None:
            await asyncio.sleep(chance.uniform(0.05, 0.9))
        else:
            await at_work()
            await asyncio.sleep(chance.uniform(0.0, 0.1))
        name = chance.choice(sorted(kinds))
        found.kill(name)
        if n in dark and broker is not None:
            await asyncio.to_thread(broker.stop, kill=True)
            await asyncio.sleep(chance.uniform(0.3, 1.0))
            found.start(kinds[name], name)
            await asyncio.sleep(outage)
            await asyncio.to_thread(broker.start)
        else:
            found.start(kinds[name], name)
