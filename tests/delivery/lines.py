"""The two ways that messages take to a consumer, made alike for tests: from the books, and through Kafka."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from adapters.book_reader import BookReader
from adapters.commanding import MachineClock
from adapters.kafka.dead_letters import KafkaDeadLetters
from adapters.kafka.publisher import KafkaPublisher
from adapters.kafka.servers import KafkaServers
from adapters.kafka.source import KafkaSource
from adapters.log_source import LogDeadLetters, LogSource
from application.base import Store
from application.billing import RecordPayment
from consumers.base import Consumer, DeadLetters, Effect, Handling, Message, Source, run
from consumers.relay import RELAY, Relay
from tests.support.postgres import Database

REGISTERED = "daybook.patient.registered.v1"
RENAMED = "daybook.patient.renamed.v1"
PATIENCE = 30.0


class Line(Protocol):
    """``source`` for a consumer's next process; ``dead`` is where its dead letters are."""

    kind: str

    def source(self, consumer: str = "tests") -> Source: ...

    def dead(self) -> DeadLetters: ...


@dataclass
class FromBooks:
    database: Database
    lease: float = 10.0
    wants: frozenset[str] | None = None
    kind: str = "books"
    ahead: bool = False

    def source(self, consumer: str = "tests") -> LogSource:
        url = self.database.url("daybook_relay")
        reader = BookReader(url, consumer, wants=self.wants, from_start=True, lease=self.lease)
        return LogSource(reader, ahead=self.ahead)

    def dead(self) -> LogDeadLetters:
        return LogDeadLetters(self.database.url("daybook_relay"))


@dataclass
class ThroughKafka:
    """Needs a relay: see ``relaying``."""

    servers: KafkaServers
    kind: str = "kafka"

    def source(self, consumer: str = "tests") -> KafkaSource:
        return KafkaSource(self.servers, consumer, session_ms=6_000)

    def dead(self) -> KafkaDeadLetters:
        return KafkaDeadLetters(self.servers)


@asynccontextmanager
async def relaying(database: Database, servers: KafkaServers) -> AsyncIterator[Relay]:
    """A relay at work in this loop, from the first page of the books on."""
    stopping = asyncio.Event()
    publisher = KafkaPublisher(servers)
    relay = Relay(publisher)
    source = LogSource(BookReader(database.url("daybook_relay"), RELAY, from_start=True))
    task = asyncio.create_task(run(relay, source, stopping))
    try:
        yield relay
    finally:
        stopping.set()
        await task
        await publisher.close()


async def gather(source: Source, done: Callable[[list[Message]], bool], seconds: float = PATIENCE) -> list[Message]:
    """Poll until ``done``; without committing."""
    found: list[Message] = []
    deadline = time.monotonic() + seconds
    while not done(found):
        assert time.monotonic() < deadline, f"not within {seconds} s; there were {len(found)} messages"
        found += await source.poll(100, 0.2)
    return found


def facts(messages: Sequence[Message]) -> list[tuple[UUID, int]]:
    """Which facts these are, without repetitions, in the order in which each came first."""
    return list(dict.fromkeys((m.stream_id, m.version) for m in messages))


@dataclass
class Cashier:
    """Takes 1.00 from every patient that is registered: done twice, it shows in their ledger. ``fails`` says of whom it
    cannot, and how often it was tried is counted."""

    name: str = "cashier"
    wants: frozenset[str] = frozenset({REGISTERED})
    fails: Callable[[Message], Exception | None] = lambda _: None
    tried: list[Message] = field(default_factory=list)

    async def handle(self, message: Message) -> Sequence[Effect]:
        self.tried.append(message)
        if (error := self.fails(message)) is not None:
            raise error
        payment = RecordPayment(patient_id=message.stream_id, amount=Decimal("1.00"), method="CASH")
        return [Effect(payment, "first-payment")]


def handling(consumer: Consumer, store: Store, dead: DeadLetters, *, kind: type[Handling] = Handling) -> Handling:
    return kind(consumer, store, MachineClock(), uuid7, dead)
