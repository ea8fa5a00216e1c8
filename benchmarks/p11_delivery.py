"""P11: from an event to the consumer that is given it, at 200 events a second come what may.

Writer, relay and consumer are processes of their own. The time runs from when the event was due to be written, before
its command, until the consumer has the message in hand: append, announcement, relay, acknowledgement, fetch.
The same without a broker, where the consumer reads the books, is measured beside it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from itertools import cycle
from threading import Event, Thread
from uuid import UUID, uuid4

from adapters.commanding import CommandSide
from adapters.settings import from_environment
from application.base import SYSTEM, Context, Result
from benchmarks.history import identity
from benchmarks.measure import Bench, Check, Figure
from benchmarks.process import running
from benchmarks.product import DAYBOOK, install
from domain.billing import PatientLedger
from domain.values import Role
from tests.support.broker import apache_kafka

RATE, CENTRES, WARM_UP = 200.0, 50, 4.0
GOAL_MS = 100.0
PATIENCE = 30.0


class Heard:
    """What a listener says, read as it says it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.times: dict[UUID, int] = {}
        self.ready = Event()
        self._thread = Thread(target=self._listen, args=[process.stdout], daemon=True)
        self._thread.start()

    def _listen(self, lines: Iterator[str]) -> None:
        for line in lines:
            name, _, at = line.partition(" ")
            if not at:
                self.ready.set()
            else:
                self.times.setdefault(UUID(name), int(at))


@contextmanager
def listening(environment: Mapping[str, str]) -> Iterator[Heard]:
    command = [sys.executable, "-m", "benchmarks.listener"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            heard = Heard(process)
            if not heard.ready.wait(PATIENCE):
                raise RuntimeError("the listener did not get ready")
            yield heard
        finally:
            process.terminate()


async def write(environment: Mapping[str, str], seconds: float) -> dict[UUID, int]:
    """An event each 1/``RATE`` seconds, in turn in each centre; answers when each was due."""
    due: dict[UUID, int] = {}
    tenants = cycle(identity("tenant", number) for number in range(CENTRES))
    async with CommandSide(from_environment(environment)).running() as side:

        async def append(correlation: UUID) -> None:
            tenant = next(tenants)
            now = side.clock.now()
            context = Context(tenant, SYSTEM, Role.WORKSPACE_ADMIN, now, correlation, side.new_id, key=uuid4().hex)
            unit = side.store.unit(context, trust_memory=True)
            await unit.open()
            ledger = unit.new(PatientLedger, uuid4())
            ledger.decide(
                PatientLedger.CreditBroughtForward, on=now.date(), patient_id=ledger.id, payment_id=side.new_id(),
                amount=Decimal(100), received_on=now.date(), reference=None,
            )  # fmt: skip
            await unit.commit(Result())

        begin, wall = time.perf_counter(), time.time_ns()
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(RATE * seconds)):
                at = number / RATE
                await asyncio.sleep(max(0.0, begin + at - time.perf_counter()))
                correlation = uuid4()
                due[correlation] = wall + int(at * 1e9)
                tasks.create_task(append(correlation))
    return due


async def heard_all(due: Mapping[UUID, int], heard: Heard) -> None:
    deadline = time.monotonic() + PATIENCE
    while not due.keys() <= heard.times.keys():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(due.keys() - heard.times.keys())} of {len(due)} events were never heard of")
        await asyncio.sleep(0.05)


def latencies(environment: Mapping[str, str], seconds: float) -> list[float]:
    """Milliseconds, in order of size. The first of a run warm it up: connections, groups, prepared statements."""

    async def measured() -> list[float]:
        with listening(environment) as heard:
            await heard_all(await write(environment, 0.2), heard)
            due = await write(environment, WARM_UP + seconds)
            await heard_all(due, heard)
            counted = list(due)[int(WARM_UP * RATE) :]
            return sorted((heard.times[name] - due[name]) / 1e6 for name in counted)

    return asyncio.run(measured())


def _at(times: list[float], share: float) -> float:
    return round(times[min(len(times) - 1, int(len(times) * share))], 1)


def measure(bench: Bench) -> Figure:
    seconds = bench.seconds * bench.pairs
    environment = install(bench.cluster, "delivery").environment
    direct = latencies(environment, seconds)
    with apache_kafka() as broker:
        through = {**environment, **broker.environment(broker.fresh(12))}
        with running([*DAYBOOK, "relay", "--from-start"], through):
            times = latencies(through, seconds)
    return Figure.at_most(
        "ms", Check("p99_ms", _at(times, 0.99), GOAL_MS, at_most=True),
        Check("without_broker_p99_ms", _at(direct, 0.99), GOAL_MS, at_most=True),
        p50_ms=_at(times, 0.5), longest_ms=_at(times, 1), without_broker_p50_ms=_at(direct, 0.5), events=len(times),
    )  # fmt: skip
