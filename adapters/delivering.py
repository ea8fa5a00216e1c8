"""The roles that follow the books for others: ``relay`` and ``notify``, put together from settings."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging

import psycopg

from adapters.book_reader import LEASE, BookReader
from adapters.commanding import CommandSide
from adapters.kafka.dead_letters import KafkaDeadLetters
from adapters.kafka.publisher import KafkaPublisher
from adapters.kafka.servers import KafkaServers, establish_topics
from adapters.kafka.source import KafkaSource
from adapters.log_source import LogDeadLetters, LogSource
from adapters.notifying import Look, reading_of, send_notices
from adapters.settings import Settings
from consumers.base import Consumer, DeadLetters, Handling, Interrupted, Source, run
from consumers.registry import consumers
from consumers.relay import BATCH, RELAY, Relay

log = logging.getLogger("daybook.delivery")

REPORT_EVERY = 5.0
"""Seconds between two reports of how far behind a group of Kafka's is."""
COUNT_EVERY = 12
"""Reports from one count of the dead letters in Kafka to the next: the topic is read for it."""
ALIVE = 60.0
_REPORT = """INSERT INTO delivery.members (consumer, member, behind, dead)
  VALUES (%(consumer)s, %(member)s, %(behind)s, %(dead)s)
  ON CONFLICT (consumer, member) DO UPDATE
    SET seen_at = clock_timestamp(), behind = excluded.behind, dead = excluded.dead"""
_FORGET = """DELETE FROM delivery.members WHERE consumer = %(consumer)s
  AND seen_at < clock_timestamp() - make_interval(secs => %(alive)s)"""


def source_for(settings: Settings, consumer: Consumer) -> Source:
    """Kafka if there is one, else the books."""
    if settings.kafka is not None:
        return KafkaSource(settings.kafka, consumer.name, settings.member)
    return LogSource(BookReader(settings.relay_url, consumer.name, wants=consumer.wants))


def dead_letters(settings: Settings) -> DeadLetters:
    return LogDeadLetters(settings.relay_url) if settings.kafka is None else KafkaDeadLetters(settings.kafka)


async def wait_for_topics(servers: KafkaServers, stopping: asyncio.Event) -> None:
    """Make the topics, however long the broker is away."""
    told = False
    while not stopping.is_set():
        try:
            made = await asyncio.to_thread(establish_topics, servers)
        except Interrupted as error:
            if not told:
                log.warning("no broker (%s): waiting for it", type(error.__cause__).__name__)
                told = True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), 1.0)
            continue
        if made:
            log.info("made the topics %s", ", ".join(made))
        return


def quieten() -> None:
    """While a broker is away, its client would write lines by the second; we say once that it is."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)


async def relay(settings: Settings, stopping: asyncio.Event, *, from_start: bool = False, lease: float = LEASE) -> None:
    """Publish what is in the books, until told to stop."""
    servers = settings.kafka
    if servers is None:
        raise ValueError("there is no Kafka to publish to")
    quieten()
    await wait_for_topics(servers, stopping)
    publisher = KafkaPublisher(servers)
    source = LogSource(BookReader(settings.relay_url, RELAY, from_start=from_start, lease=lease), ahead=True)
    try:
        await run(Relay(publisher), source, stopping, most=BATCH)
    finally:
        await publisher.close()


async def notify(settings: Settings, stopping: asyncio.Event) -> None:
    """Run every consumer, and send the notices that are due, until told to stop. If one ends in an error, all end:
    whoever started us starts us again."""
    quieten()
    if settings.kafka is not None:
        await wait_for_topics(settings.kafka, stopping)
    dead = dead_letters(settings)
    async with (
        CommandSide(settings).running() as side, reading_of(settings) as reading, asyncio.TaskGroup() as tasks,
    ):  # fmt: skip
        tasks.create_task(send_notices(settings, side, reading, stopping))
        for consumer in consumers(Look(side, reading), side.clock):
            source = source_for(settings, consumer)
            handling = Handling(consumer, side.store, side.clock, side.new_id, dead)
            tasks.create_task(run(handling, source, stopping))
            if isinstance(source, KafkaSource):
                tasks.create_task(_report(settings, consumer.name, source, dead, stopping))
        await stopping.wait()


async def _report(
    settings: Settings, consumer: str, source: KafkaSource, letters: DeadLetters, stopping: asyncio.Event
) -> None:
    """Tell the database how far behind we are and how many letters lie dead, for both to be seen in one place."""

    def report(behind: int, dead: int) -> None:
        told = {"consumer": consumer, "member": settings.member, "behind": behind, "dead": dead, "alive": ALIVE}
        with contextlib.suppress(psycopg.Error), psycopg.connect(settings.relay_url, autocommit=True) as db:
            db.execute(_REPORT, told)
            db.execute(_FORGET, told)

    dead = 0
    for number in itertools.count():
        if stopping.is_set():
            return
        with contextlib.suppress(Interrupted):
            if number % COUNT_EVERY == 0:
                dead = len(await letters.outstanding(consumer))
            await asyncio.to_thread(report, await source.behind(), dead)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), REPORT_EVERY)
