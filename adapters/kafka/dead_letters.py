"""Dead letters in a compacted topic: a record under a letter's key says that it is outstanding, a tombstone that it is
settled. What is outstanding is a fold of the topic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from adapters.kafka.publisher import Sending
from adapters.kafka.servers import KafkaServers
from adapters.threads import OneThread
from consumers.base import DeadLetter, Interrupted, Message
from consumers.messages import decode, encode, headers

LOOK_MS: Final = 1_000


class KafkaDeadLetters:
    """``consumers.base.DeadLetters``."""

    def __init__(self, servers: KafkaServers) -> None:
        self._servers = servers
        self._sending = Sending(servers)
        self._thread = OneThread("kafka-dead-letters")

    async def put(self, consumer: str, message: Message, error: str) -> None:
        why = [("consumer", consumer.encode()), ("error", error.encode())]
        record = (_key(consumer, message), encode(message), [*headers(message), *why])
        await self._thread.run(lambda: self._sending.send(self._servers.dead, [record]))

    async def outstanding(self, consumer: str | None = None) -> Sequence[DeadLetter]:
        letters = await self._thread.run(self._read)
        return [letter for letter in letters if consumer in {None, letter.consumer}]

    async def settle(self, letter: DeadLetter) -> None:
        tombstone = (_key(letter.consumer, letter.message), None, [("consumer", letter.consumer.encode())])
        await self._thread.run(lambda: self._sending.send(self._servers.dead, [tombstone]))

    async def close(self) -> None:
        await self._thread.run(self._sending.close)
        self._thread.stop()

    def _read(self) -> list[DeadLetter]:
        found: dict[bytes, Any] = {}
        try:
            consumer = KafkaConsumer(**self._servers.options, enable_auto_commit=False)
            try:
                places = [TopicPartition(self._servers.dead, n) for n in _partitions(consumer, self._servers.dead)]
                consumer.assign(places)
                consumer.seek_to_beginning(*places)
                ends = consumer.end_offsets(places)
                while any(consumer.position(place) < ends[place] for place in places):
                    for records in consumer.poll(timeout_ms=LOOK_MS).values():
                        for record in records:
                            found.pop(record.key, None)  # the newest counts, and stands where it was put
                            if record.value is not None:
                                found[record.key] = record
            finally:
                consumer.close(autocommit=False)
        except KafkaError as error:
            raise Interrupted from error
        return [_letter(record) for record in found.values()]


def _partitions(consumer: KafkaConsumer, topic: str) -> Sequence[int]:
    return sorted(consumer.partitions_for_topic(topic) or ())


def _letter(record: Any) -> DeadLetter:
    said = dict(record.headers)
    return DeadLetter(
        consumer=said["consumer"].decode(), message=decode(record.value), error=said["error"].decode(),
        at=datetime.fromtimestamp(record.timestamp / 1_000, UTC),
    )  # fmt: skip


def _key(consumer: str, message: Message) -> bytes:
    return f"{consumer}/{message.tenant_id}/{message.stream_id}/{message.version}".encode()
