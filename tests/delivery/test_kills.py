"""Relay and consumer killed anywhere, the broker away: what was due was done, once. The long run is in tests/faults."""

from __future__ import annotations

import asyncio
import os
import random

import pytest

from tests.book.desk import desk, in_loop
from tests.delivery.chaos import Load, all_charged, charged, disturb, one_more, processes
from tests.support.broker import ApacheKafka, Broker
from tests.support.postgres import Database

SEED = int(os.environ.get("DAYBOOK_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)


async def survive(
    database: Database, broker: Broker, *, kills: int, outages: int, outage: float, consumer: str = "consumer",
    catch_up: float = 60.0,
) -> tuple[int, int, int]:  # fmt: skip
    """Answers how many were due, how many of them were not charged, and how many more than once."""
    chance = random.Random(SEED)
    servers = broker.fresh()
    own = broker if isinstance(broker, ApacheKafka) else None
    with processes(database, broker, servers) as found:
        async with desk(database) as here, desk(database) as elsewhere:
            kinds = {"relay": "relay", "one": consumer}
            for name, kind in kinds.items():
                found.start(kind, name)
            control = consumer != "consumer"
            if control:  # it must be caught at work each time: killed while it starts, it loses nothing
                del kinds["relay"]
            load = Load([here, elsewhere])
            loading = asyncio.create_task(load.run())
            at_work = (lambda: one_more(database)) if control else None
            await disturb(found, kinds, kills, chance, own, outages if own else 0, outage, at_work=at_work)
            load.stopped = True
            await loading
            await all_charged(database, load.due, catch_up)
        assert sum(found.kills.values()) == kills
    times = charged(database)
    assert times.keys() <= set(load.due)
    return len(load.due), len(set(load.due) - times.keys()), sum(count > 1 for count in times.values())


@in_loop
async def test_what_was_due_was_done_once_however_it_was_killed(database: Database, broker: Broker) -> None:
    due, missed, twice = await survive(database, broker, kills=8, outages=1, outage=2.0)
    print(f"seed {SEED}: 8 kills, 1 outage, {due} due, {missed} missed, {twice} twice")
    assert due > 50
    assert (missed, twice) == (0, 0), f"DAYBOOK_SEED={SEED}"


@pytest.mark.parametrize(("control", "finding"), [("hasty", "missed"), ("forgetful", "twice")])
@in_loop
async def test_it_would_show_if_effect_and_commit_came_apart(
    database: Database, broker: Broker, control: str, finding: str
) -> None:
    due, missed, twice = await survive(
        database, broker, kills=8, outages=0, outage=0, consumer=control, catch_up=4 if control == "hasty" else 60
    )
    print(f"{control}, seed {SEED}: {due} due, {missed} missed, {twice} twice")
    assert {"missed": missed, "twice": twice}[finding] > 0
