"""More of the same: relays share the books, consumers the partitions, and both change hands while messages flow."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests.book.desk import ask, desk, in_loop
from tests.delivery.chaos import Load, Processes, all_charged, charged, charged_by, processes
from tests.support.broker import Broker
from tests.support.postgres import Database

_HOLDERS = "SELECT holder, count(*) FROM delivery.leases WHERE consumer = 'relay' GROUP BY holder"


async def _relays_share(database: Database, number: int) -> Counter[str]:
    async with asyncio.timeout(20):
        while True:
            shares = Counter(dict(ask(database, _HOLDERS)))
            if len(shares) == number and max(shares.values()) <= -(-64 // number) and None not in shares:
                return shares
            await asyncio.sleep(0.1)


async def _works(database: Database, *names: str) -> None:
    """Wait until each of these consumers has charged somebody from now on."""
    before = charged_by(database)
    async with asyncio.timeout(40):
        while True:
            now = await asyncio.to_thread(charged_by, database)
            if all(now[name] > before[name] for name in names):
                return
            await asyncio.sleep(0.1)


async def _grow_and_shrink(database: Database, found: Processes) -> None:
    found.start("relay", "relay-a")
    found.start("consumer", "one")
    await _works(database, "one")
    found.start("relay", "relay-b")
    await _relays_share(database, 2)
    found.start("consumer", "two")
    found.start("consumer", "three")
    await _works(database, "one", "two", "three")  # all at once: the partitions went round under load
    found.kill("relay-a")
    await _relays_share(database, 1)
    found.stop("two")
    found.kill("three")
    await _works(database, "one")


@in_loop
async def test_two_relays_and_three_consumers_come_and_go_under_load(database: Database, broker: Broker) -> None:
    servers = broker.fresh(partitions=6)
    with processes(database, broker, servers) as found:
        async with desk(database) as one, desk(database) as two, desk(database) as three, desk(database) as four:
            load = Load([one, two, three, four], pause=0.01)
            loading = asyncio.create_task(load.run())
            await _grow_and_shrink(database, found)
            load.stopped = True
            await loading
            await all_charged(database, load.due, 60)
    times = charged(database)
    by = charged_by(database)
    print(f"{len(load.due)} due, by consumer {dict(by)}")
    assert set(times) == set(load.due)
    assert set(times.values()) == {1}
    assert set(by) == {"one", "two", "three"}
