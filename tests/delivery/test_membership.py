"""Members of a Kafka group: a restart moves no partition, a newcomer takes only its share, a name is one's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.kafka.servers import KafkaServers
from adapters.kafka.source import KafkaSource, NameTaken
from tests.book.desk import in_loop
from tests.support.broker import Broker, kind

PARTITIONS = 6
pytestmark = pytest.mark.skipif(kind() == "librdkafka", reason="librdkafka's broker knows no static members")


class Member(KafkaSource):
    async def restart(self) -> None:
        """As a process does that ends and is started again: what it closes, the next poll opens anew."""
        await self._thread.run(self._close)

    @property
    def coordinator(self) -> Any:
        """kafka-python's own, of the consumer that there is now."""
        assert self._consumer is not None
        return self._consumer._coordinator


def member(servers: KafkaServers, name: str) -> Member:
    return Member(servers, "tests", name, session_ms=20_000)


async def share(*sources: KafkaSource) -> list[set[int]]:
    """Poll all until every partition has one of them and their shares are even; answers the shares."""
    async with asyncio.timeout(150):  # beside other tests, on few cores
        while True:
            await asyncio.gather(*(source.poll(10, 0.1) for source in sources))  # as processes do: a round needs all
            shares = [await source.assigned() for source in sources]
            if sorted(n for each in shares for n in each) == list(range(PARTITIONS)) and len(
                {len(each) for each in shares}
            ) == 1:  # fmt: skip
                return shares


@asynccontextmanager
async def two(servers: KafkaServers) -> AsyncIterator[tuple[Member, Member]]:
    sources = member(servers, "a"), member(servers, "b")
    try:
        yield sources
    finally:
        for source in sources:
            await source.close()


@in_loop
async def test_a_member_that_comes_back_has_its_partitions_and_nobody_else_notices(broker: Broker) -> None:
    servers = broker.fresh(PARTITIONS)
    async with two(servers) as (a, b):
        before = await share(a, b)
        await a.restart()
        async with asyncio.timeout(30):
            while await a.assigned() != before[0]:
                await a.poll(10, 0.1)
                await b.poll(10, 0.1)
                assert await b.assigned() == before[1]


@in_loop
async def test_a_newcomer_takes_only_what_it_is_given(broker: Broker) -> None:
    servers = broker.fresh(PARTITIONS)
    async with two(servers) as (a, b):
        before = await share(a, b)
        c = member(servers, "c")
        shares = await share(a, b, c)
        assert shares[0] < before[0], "what stays was never taken away"
        assert shares[1] < before[1]
        await c.close()


@in_loop
async def test_a_rebalance_that_ends_between_two_polls_is_seen_through(broker: Broker) -> None:
    source = member(broker.fresh(PARTITIONS), "a")
    await share(source)
    coordinator = source.coordinator
    async with asyncio.timeout(30):
        coordinator._assignment_snapshot = {}  # the topic is another than when it was shared out: its leader joins anew
        while not coordinator.rejoining:
            await source.poll(10, 0.001)
        while coordinator._join_task is not None and not coordinator._join_task.is_done:
            await asyncio.sleep(0.01)
        while coordinator.rejoining:
            await source.poll(10, 0.1)
    assert await source.assigned() == set(range(PARTITIONS))
    await source.close()


@in_loop
async def test_two_of_one_name_are_told_so(broker: Broker) -> None:
    servers = broker.fresh(PARTITIONS)
    first, second = member(servers, "a"), member(servers, "a")
    with pytest.raises(NameTaken):  # noqa: PT012 - which of the calls is told is the broker's choice
        async with asyncio.timeout(30):
            while True:
                await first.poll(10, 0.1)
                await second.poll(10, 0.1)
    await second.close()
    await first.close()
