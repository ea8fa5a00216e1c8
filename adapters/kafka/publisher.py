"""Publishing: idempotent, acknowledged by all replicas in sync, a batch at a time."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.partitioner.default import murmur2

from adapters.kafka.servers import KafkaServers
from adapters.threads import OneThread
from consumers.base import Interrupted, Message
from consumers.messages import record

log = logging.getLogger("daybook.delivery")

LINGER_MS: Final = 2
BATCH_BYTES: Final = 256 * 1024
PATIENCE: Final = 10.0
"""Seconds after which a batch that is not acknowledged is given up, to be read and published again."""
Record = tuple[bytes, bytes | None, list[tuple[str, bytes]]]
"""Key, value (``None``: a tombstone), headers."""


@lru_cache(65_536)
def partition_of(key: bytes, among: int) -> int:
    """Where every client of Kafka puts this key. Kept, as the hash in Python takes a third of a record's time and what
    happens to one stream happens close together."""
    return int(murmur2(key) & 0x7FFFFFFF) % among


def make_producer(servers: KafkaServers) -> KafkaProducer:
    return KafkaProducer(
        **(servers.options | {"request_timeout_ms": int(PATIENCE * 500)}), acks="all", enable_idempotence=True,
        linger_ms=LINGER_MS, batch_size=BATCH_BYTES, max_block_ms=int(PATIENCE * 1_000),
        delivery_timeout_ms=int(PATIENCE * 1_000), max_in_flight_requests_per_connection=5,
    )  # fmt: skip


class Sending:
    """A producer that is thrown away after any failure: what was in flight has an unknown fate and comes again from
    the checkpoint, with a fresh producer's sequence numbers. Blocks."""

    def __init__(self, servers: KafkaServers) -> None:
        self._servers = servers
        self._producer: KafkaProducer | None = None

    def send(self, topic: str, records: Sequence[Record]) -> None:
        """Returns when all are acknowledged. Raises ``Interrupted``."""
        try:
            if self._producer is None:
                self._producer = make_producer(self._servers)
            send, among = self._producer.send, len(self._producer.partitions_for(topic))
            futures = [send(topic, value, key, headers, partition_of(key, among)) for key, value, headers in records]
            self._producer.flush(PATIENCE)
            for future in futures:
                if not future.succeeded():
                    raise future.exception or KafkaError("not acknowledged")
        except KafkaError as error:
            self.close(0)
            raise Interrupted from error

    def close(self, patience: float = PATIENCE) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError):
                producer.close(timeout=patience)


class KafkaPublisher:
    """``consumers.relay.Publisher``."""

    def __init__(self, servers: KafkaServers) -> None:
        self._topic = servers.topic
        self._sending = Sending(servers)
        self._thread = OneThread("kafka-publisher")

    async def publish(self, messages: Sequence[Message]) -> None:
        def publish() -> None:
            self._sending.send(self._topic, [record(message) for message in messages])

        await self._thread.run(publish)

    async def close(self) -> None:
        await self._thread.run(self._sending.close)
        self._thread.stop()
