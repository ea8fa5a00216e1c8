"""Consuming: a group per consumer, members that keep their share over a restart, offsets committed by hand."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import FencedInstanceIdError, KafkaError, UnknownTopicOrPartitionError

from adapters.kafka.servers import KafkaServers
from adapters.threads import OneThread
from consumers.base import Interrupted, Message
from consumers.messages import Undecodable, decode

log = logging.getLogger("daybook.delivery")

SESSION_MS: Final = 15_000
"""How long the partitions of a member that is gone wait for it: a restart within that time moves none of them."""
COMMIT_MS: Final = 10_000


class NameTaken(Exception):
    """Another process of this consumer goes by this name: give each its own, with DAYBOOK_MEMBER."""


class KafkaSource:
    """``consumers.base.Source``. ``member``: the static name in the group, or ``None`` for one that is never back.

    Partitions change hands within ``poll`` only, when nothing is in hand. A group that has never committed reads from
    the beginning of the topic: what was published before its consumer first came is its business too.
    """

    def __init__(
        self, servers: KafkaServers, consumer: str, member: str | None = None, *, session_ms: int = SESSION_MS
    ) -> None:
        self.group = f"{servers.topic}.{consumer}"
        self._servers = servers
        self._member = member
        self._session_ms = session_ms
        self._thread = OneThread("kafka-source")
        self._consumer: KafkaConsumer | None = None
        self._first: dict[TopicPartition, int] = {}
        self._next: dict[TopicPartition, int] = {}
        self._told: dict[TopicPartition, OffsetAndMetadata] = {}
        """What was last said to be done with: said again, and waited for, at the end."""

    async def poll(self, most: int, timeout: float) -> Sequence[Message]:
        return await self._thread.run(lambda: self._poll(most, timeout))

    async def commit(self) -> None:
        await self._thread.run(self._commit)

    async def rewind(self) -> None:
        await self._thread.run(self._rewind)

    async def close(self) -> None:
        await self._thread.run(self._close)
        self._thread.stop()

    async def behind(self) -> int:
        """Messages of our partitions that were not polled yet, as of the last fetch."""
        return await self._thread.run(self._behind)

    async def assigned(self) -> set[int]:
        """The partitions that are ours."""
        return await self._thread.run(lambda: {tp.partition for tp in self._assignment()})

    def _poll(self, most: int, timeout: float) -> list[Message]:
        try:
            consumer = self._made()
            _see_through(consumer)
            polled = consumer.poll(timeout_ms=int(timeout * 1_000), max_records=most)
        except FencedInstanceIdError as error:
            raise NameTaken(self._member) from error
        except KafkaError as error:
            raise Interrupted from error
        messages = []
        for partition, records in polled.items():
            if not records:
                continue
            self._first.setdefault(partition, records[0].offset)
            self._next[partition] = records[-1].offset + 1
            for record in records:
                try:
                    messages.append(decode(record.value or b""))
                except Undecodable:  # not from a relay of ours; it stays where it is for whoever wants to look
                    log.error("%s passes over what is no message: %s offset %s", self.group, partition, record.offset)
        return messages

    def _commit(self) -> None:
        mine = self._assignment()
        offsets = {tp: OffsetAndMetadata(offset, "", -1) for tp, offset in self._next.items() if tp in mine}
        try:
            if offsets:
                # Not waited for: until it arrives, a crash makes messages come again, which they may anyway.
                self._made().commit_async(offsets, self._committed)
                self._told = {tp: offset for tp, offset in self._told.items() if tp in mine} | offsets
        except FencedInstanceIdError as error:
            raise NameTaken(self._member) from error
        except KafkaError as error:
            raise Interrupted from error
        self._first.clear()
        self._next.clear()

    def _committed(self, _: object, answer: object) -> None:
        if isinstance(answer, Exception):  # the next commit says it all again
            log.info("%s: a commit failed (%s)", self.group, type(answer).__name__)

    def _rewind(self) -> None:
        mine = self._assignment()
        try:
            for partition, offset in self._first.items():
                if partition in mine:  # of the others, whoever has them reads from the last commit
                    self._made().seek(partition, offset)
        except KafkaError as error:
            raise Interrupted from error
        self._first.clear()
        self._next.clear()

    def _close(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            try:
                mine = consumer.assignment()
                told = {tp: offset for tp, offset in self._told.items() if tp in mine}
                if told:
                    consumer.commit(told, timeout_ms=COMMIT_MS)
                consumer.close(autocommit=False, timeout_ms=5_000)
            except KafkaError as error:
                log.warning("%s left without a word (%s)", self.group, type(error).__name__)

    def _behind(self) -> int:
        consumer = self._consumer
        if consumer is None:
            return 0
        marks: list[Any] = [(consumer.highwater(tp), tp) for tp in consumer.assignment()]
        try:
            return sum(max(0, mark - consumer.position(tp)) for mark, tp in marks if mark is not None)
        except KafkaError as error:
            raise Interrupted from error

    def _assignment(self) -> set[TopicPartition]:
        return set() if self._consumer is None else set(self._consumer.assignment())

    def _made(self) -> KafkaConsumer:
        if self._consumer is None:
            consumer = KafkaConsumer(
                **self._servers.options, group_id=self.group, group_instance_id=self._member,
                enable_auto_commit=False, auto_offset_reset="earliest", session_timeout_ms=self._session_ms,
                heartbeat_interval_ms=self._session_ms // 5, allow_auto_create_topics=False,
                partition_assignment_strategy=[CooperativeStickyAssignor], fetch_max_wait_ms=500,
            )  # fmt: skip
            # A leader that does not know the topic yet shares out none of it, and may never look again.
            if not consumer.partitions_for_topic(self._servers.topic):
                consumer.close(autocommit=False)
                raise UnknownTopicOrPartitionError(self._servers.topic)
            consumer.subscribe([self._servers.topic])
            self._consumer = consumer
        return self._consumer


def _see_through(consumer: KafkaConsumer) -> None:
    """A rebalance begins within one poll and may end between two. kafka-python (3.0.12) then takes the member for one
    that has joined, if nothing else made it join again: it sends no heartbeats, is put out of the group, and goes on
    with its partitions beside whoever has got them. So what it began it is asked for until it has ended."""
    coordinator = consumer._coordinator
    if coordinator.rejoining:
        coordinator.request_rejoin()
