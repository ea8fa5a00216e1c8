"""What /readyz says of a read table that an upgrade has left behind."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg

from tests.support.system import RunningSystem


def _ready(system: RunningSystem) -> tuple[int, Any]:
    answer = httpx.get(f"{system.url}/readyz", trust_env=False)
    return answer.status_code, answer.json()


def test_a_table_of_another_release_is_named(system: RunningSystem) -> None:
    before = _ready(system)
    assert (before[0], before[1]["checks"]["readTables"]) == (200, "ok")
    with psycopg.connect(system.database.admin_url, autocommit=True) as db:
        [(definition,)] = db.execute("SELECT definition FROM reading.definitions WHERE name = 'rooms'").fetchall()
        change = "UPDATE reading.definitions SET definition = %s WHERE name = 'rooms'"
        db.execute(change, ["of an older release"])
        try:
            status, told = _ready(system)
        finally:
            db.execute(change, [definition])
    assert (status, told["degraded"], told["checks"]["readTables"]) == (200, True, "to rebuild: rooms")
