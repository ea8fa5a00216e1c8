"""What /readyz says of a read table that an upgrade has left behind, and how far behind read tables are."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import psycopg
from psycopg_pool import AsyncConnectionPool

from adapters.health import DatabaseHealth
from projections.registry import read_tables
from tests.book.desk import desk, in_loop, own_commands
from tests.projecting.following import ReadModels, write_a_lot
from tests.support.postgres import Database
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


def test_the_lag_of_each_read_table_is_told_and_nobody_is_named(system: RunningSystem) -> None:
    with psycopg.connect(system.database.admin_url, autocommit=True) as db:
        db.execute("INSERT INTO reading.holds (projection) VALUES ('rooms')")  # not followed, as after an upgrade
        try:
            _, told = _ready(system)
        finally:
            db.execute("DELETE FROM reading.holds WHERE projection = 'rooms'")
        tenants = [str(row[0]) for row in db.execute("SELECT tenant_id FROM book.books").fetchall()]
    found = {each["name"]: each for each in told["checks"]["projections"]}
    assert found.keys() == {table.name for table in read_tables()}
    assert all(each.keys() == {"name", "lagSeconds", "tenantsBehind"} for each in found.values())
    rooms, other = found["rooms"], found["patients"]
    assert rooms["lagSeconds"] > other["lagSeconds"] >= 0
    assert rooms["tenantsBehind"] == len(tenants) >= 1
    assert other["lagSeconds"] == told["checks"]["lagSeconds"]
    assert not [tenant for tenant in tenants if tenant in str(told)]


@in_loop
async def test_of_centres_that_are_behind_it_is_how_many_and_how_long(database: Database) -> None:
    models = ReadModels(database)
    models.establish()
    definitions = {table.name: table.definition for table in models.tables}
    with own_commands():
        async with (
            desk(database) as here, desk(database) as elsewhere,
            AsyncConnectionPool[Any](database.url(), open=False, kwargs={"autocommit": True}) as pool,
        ):  # fmt: skip
            for asked in (here, elsewhere):
                await write_a_lot(asked, 1, 2)
            told = (await DatabaseHealth(pool, definitions).ready())["checks"]
            await asyncio.to_thread(models.drain)
            after = (await DatabaseHealth(pool, definitions).ready())["checks"]
    behind = told["tenants_behind"]
    assert behind >= 2
    assert {each["tenants_behind"] for each in told["projections"]} == {behind}
    worst = told["worst_tenants_lag_seconds"]
    assert worst == sorted(worst, reverse=True)
    assert len(worst) == behind
    assert worst[0] == told["lag_seconds"] == told["projections"][0]["lag_seconds"]
    assert (after["tenants_behind"], after["worst_tenants_lag_seconds"]) == (0, [])
    assert {each["lag_seconds"] for each in after["projections"]} == {0}
