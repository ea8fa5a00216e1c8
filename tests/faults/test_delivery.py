"""The long run of tests/delivery/test_kills.py: at least 50 kills, the broker away for minutes, under load."""

from __future__ import annotations

import pytest

from tests.book.desk import in_loop
from tests.delivery.test_kills import SEED, survive
from tests.support.broker import ApacheKafka, Broker
from tests.support.postgres import Database

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1_800)]


@in_loop
async def test_fifty_kills_lose_nothing_and_double_nothing(database: Database, broker: Broker) -> None:
    due, missed, twice = await survive(database, broker, kills=60, outages=4, outage=15.0, catch_up=300)
    print(f"\nseed {SEED}: 60 kills, {due} due, {missed} missed, {twice} twice")
    assert due > 500
    assert (missed, twice) == (0, 0), f"DAYBOOK_SEED={SEED}"


@in_loop
async def test_a_broker_that_is_away_for_minutes_costs_time_and_nothing_else(
    database: Database, own_broker: ApacheKafka
) -> None:
    due, missed, twice = await survive(database, own_broker, kills=4, outages=1, outage=150.0, catch_up=300)
    print(f"\nseed {SEED}: away for 150 s, {due} due, {missed} missed, {twice} twice")
    assert (missed, twice) == (0, 0), f"DAYBOOK_SEED={SEED}"


@pytest.mark.parametrize(("control", "finding"), [("hasty", "missed"), ("forgetful", "twice")])
@in_loop
async def test_apart_effect_and_commit_would_lose_or_double(
    database: Database, broker: Broker, control: str, finding: str
) -> None:
    due, missed, twice = await survive(
        database, broker, kills=50, outages=0, outage=0, consumer=control, catch_up=10 if control == "hasty" else 120
    )
    print(f"\n{control}, seed {SEED}: 50 kills, {due} due, {missed} missed, {twice} twice")
    assert {"missed": missed, "twice": twice}[finding] > 0
