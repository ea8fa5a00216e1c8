"""P10: the relay from the books to Kafka, against a bare kafka-python producer that is handed the same bytes.

Both have the same producer settings, broker, topic layout and process. The bare one's records lie ready; the relay
reads its events from PostgreSQL, makes messages of them, and moves its fenced position after each acknowledged batch.
"""

from __future__ import annotations

import asyncio
import time

import psycopg

from adapters.book_reader import BookReader
from adapters.cli.roles import settle_memory
from adapters.kafka.publisher import KafkaPublisher, Record, make_producer
from adapters.log_source import LogSource
from adapters.settings import Settings
from benchmarks.history import facts
from benchmarks.measure import Bench, Figure, interleaved
from benchmarks.product import install
from benchmarks.product_book import fill
from consumers.base import run
from consumers.messages import record
from consumers.relay import BATCH, RELAY, Relay
from tests.support.broker import ApacheKafka, apache_kafka

EVENTS, PARTITIONS = 60_000, 12
GOAL = 0.6


class Both:
    def __init__(self, settings: Settings, broker: ApacheKafka) -> None:
        self._settings = settings
        self._broker = broker
        self._records: list[Record] = self._read()

    def _read(self) -> list[Record]:
        """Every record that the relay will publish."""
        reader = BookReader(self._settings.relay_url, "benchmark", from_start=True)
        records: list[Record] = []
        while messages := reader.read(5_000, 0.1):
            records += [record(message) for message in messages]
            reader.commit()
        reader.close()
        return records

    def bare(self) -> float:
        """Messages a second, from the first send to the last acknowledgement."""
        topic = self._broker.fresh(PARTITIONS).topic
        producer = make_producer(self._broker.servers)
        producer.partitions_for(topic)  # what it has to ask once is no part of it
        begin = time.perf_counter()
        futures = [producer.send(topic, value, key=key, headers=told) for key, value, told in self._records]
        producer.flush()
        seconds = time.perf_counter() - begin
        if not all(future.succeeded() for future in futures):
            raise RuntimeError("not every record was acknowledged")
        producer.close()
        return len(self._records) / seconds

    def relay(self) -> float:
        """Messages a second, from the first read to the last position moved."""
        with psycopg.connect(self._settings.migrator_url) as db:
            db.execute("DELETE FROM delivery.positions WHERE consumer = %s", [RELAY])
        return asyncio.run(self._relay())

    async def _relay(self) -> float:
        stopping = asyncio.Event()
        publisher = KafkaPublisher(self._broker.fresh(PARTITIONS))
        relay = Relay(publisher)
        source = LogSource(BookReader(self._settings.relay_url, RELAY, from_start=True), ahead=True)
        begin = time.perf_counter()
        task = asyncio.create_task(run(relay, source, stopping, most=BATCH))
        while relay.tally.handled < len(self._records):
            if task.done():
                task.result()
            await asyncio.sleep(0.002)
        stopping.set()
        await task  # which commits what is in hand
        seconds = time.perf_counter() - begin
        await publisher.close()
        return len(self._records) / seconds


def measure(bench: Bench) -> Figure:
    settle_memory()  # as the role does
    settings = install(bench.cluster, "relay").settings
    fill(settings, list(facts(EVENTS)))
    with apache_kafka() as broker:
        both = Both(settings, broker)
        both.bare()  # the broker warms up
        pairs = interleaved(both.bare, both.relay, bench.pairs)
    return pairs.figure("messages/s", GOAL, events=EVENTS)
