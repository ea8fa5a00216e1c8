"""Publishing to Kafka: where records go, what they look like, and what happens when the broker does not answer."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from adapters.kafka.publisher import KafkaPublisher, make_producer, partition_of
from adapters.kafka.servers import KafkaServers, establish_topics
from consumers.base import Interrupted
from consumers.messages import CONTENT_TYPE, encode
from tests.book.desk import in_loop
from tests.house import golden_messages
from tests.support.broker import Broker, free_port, kind

MESSAGES = [golden_messages.example(type_, full=True) for type_ in sorted(golden_messages.STORED_AS)]


def test_a_key_goes_where_every_client_of_kafka_puts_it(broker: Broker) -> None:
    servers = broker.fresh(7)
    producer = make_producer(servers)
    among = len(producer.partitions_for(servers.topic))
    for _ in range(300):
        key = str(uuid4()).encode()
        assert partition_of(key, among) == producer._partition(servers.topic, None, key, b"", key, b"")
    producer.close()


@in_loop
async def test_a_record_is_a_structured_cloudevent_with_headers_to_choose_by(broker: Broker) -> None:
    servers = broker.fresh(3)
    publisher = KafkaPublisher(servers)
    await publisher.publish(MESSAGES)
    await publisher.close()
    reader = KafkaConsumer(**servers.options, enable_auto_commit=False, auto_offset_reset="earliest")
    places = [TopicPartition(servers.topic, n) for n in sorted(reader.partitions_for_topic(servers.topic))]
    reader.assign(places)
    records: list[Any] = []
    async with asyncio.timeout(20):
        while len(records) < len(MESSAGES):
            polled = await asyncio.to_thread(reader.poll, 500)
            records += [record for batch in polled.values() for record in batch]
    reader.close()
    assert len({record.partition for record in records}) == 1, "all of one stream"
    assert [record.value for record in sorted(records, key=lambda r: r.offset)] == [encode(m) for m in MESSAGES]
    for record, message in zip(sorted(records, key=lambda r: r.offset), MESSAGES, strict=True):
        assert record.key == str(message.stream_id).encode()
        assert dict(record.headers) == {
            "content-type": CONTENT_TYPE.encode(), "tenant": str(message.tenant_id).encode(),
            "position": str(message.position).encode(), "type": message.type.encode(),
            "version": str(message.version).encode(),
        }  # fmt: skip


def test_the_producer_is_idempotent_and_waits_for_all_replicas(broker: Broker) -> None:
    producer = make_producer(broker.servers)
    assert producer.config["enable_idempotence"] is True
    assert producer.config["acks"] == -1
    producer.close()


@in_loop
async def test_a_broker_that_is_not_there_interrupts_and_loses_nothing() -> None:
    nowhere = KafkaServers((f"127.0.0.1:{free_port()}",))
    publisher = KafkaPublisher(nowhere)
    with pytest.raises(Interrupted):
        await publisher.publish(MESSAGES[:1])
    await publisher.close()
    with pytest.raises(Interrupted):
        establish_topics(nowhere)


def test_topics_are_made_with_their_partitions_and_left_alone_afterwards(broker: Broker) -> None:
    if kind() == "librdkafka":
        pytest.skip("its topics make themselves")
    servers = broker.fresh(5)
    reader = KafkaConsumer(**servers.options)
    assert len(reader.partitions_for_topic(servers.topic)) == 5
    assert len(reader.partitions_for_topic(servers.dead)) == 1
    reader.close()
    assert establish_topics(servers) == []
