"""The long run of tests/notices/test_killed.py: receipts under load, 50 kills, the broker away for two minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.embedded_postgres import PostgresServer
from tests.notices.test_killed import SEED, tell
from tests.support.broker import Broker

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1_800)]


def test_fifty_kills_and_a_broker_away_for_minutes_cost_time_and_nothing_else(
    postgres: PostgresServer, template: str, tmp_path: Path, broker: Broker
) -> None:
    told = tell(postgres, template, tmp_path, broker, kills=60, outages=1, outage=150.0, pause=0.3)
    print(f"\nseed {SEED}: 60 kills, 1 outage of 150 s, {told}")
    assert told.due > 300
    assert (told.missed, told.twice, told.keys) == (0, 0, 0), f"DAYBOOK_SEED={SEED}"
    assert told.statuses == {"SENT": told.due}, f"DAYBOOK_SEED={SEED}"
