"""Several followers: one works. Whoever waits for rows is told, with or without a notice."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import psycopg
import pytest

import adapters.follower
from adapters.follower import LEADER_LOCK
from adapters.positions import Positions
from tests.book.desk import Desk, ask, desk, in_loop
from tests.projecting.following import ReadModels, pay, write_a_lot
from tests.support.postgres import Database
from tests.support.system import wait_until

_LEADERS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted AND database ="
_LEADERS += " (SELECT oid FROM pg_database WHERE datname = current_database())"


def _leaders(database: Database) -> list[int]:
    return [row[0] for row in ask(database, _LEADERS, LEADER_LOCK)]


@asynccontextmanager
async def waiting(here: Desk) -> AsyncIterator[Positions]:
    """The two tasks of an API process that speak with the projector."""
    positions = Positions(here.database.url(), here.store.pool)
    here.store.appended = positions.appended
    task = asyncio.create_task(positions.run())
    try:
        yield positions
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@in_loop
async def test_of_two_followers_one_works_and_the_other_takes_over(models: ReadModels) -> None:
    async with desk(models.database) as here:
        patients = await write_a_lot(here)
        with models.followed(followers=2):
            await asyncio.to_thread(wait_until, lambda: models.positions() == models.heads())
            for _ in range(3):
                [leader] = _leaders(models.database)
                ask(models.database, "SELECT pg_terminate_backend(%s)", leader)
                for patient in patients:
                    await pay(here, patient)
                await asyncio.to_thread(wait_until, lambda: models.positions() == models.heads())
                await asyncio.to_thread(wait_until, lambda was=leader: _leaders(models.database) not in ([], [was]))
                assert len(_leaders(models.database)) == 1
        assert models.differing() == 0
        assert _leaders(models.database) == []


@in_loop
async def test_the_server_may_drop_everybody_and_they_come_back(models: ReadModels) -> None:
    async with desk(models.database) as here, waiting(here) as positions:
        [patient, *_] = await write_a_lot(here)
        with models.followed():
            for _ in range(3):
                outcome = await pay(here, patient)
                assert await positions.reached(here.tenant_id, outcome.position, 10)
                ask(
                    models.database,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
            outcome = await pay(here, patient)
            assert await positions.reached(here.tenant_id, outcome.position, 10)
        assert models.differing() == 0


@in_loop
async def test_who_waits_is_told_soon_after_the_rows_are_there(models: ReadModels) -> None:
    async with desk(models.database) as here, waiting(here) as positions:
        [patient, *_] = await write_a_lot(here)
        with models.followed():
            assert await positions.reached(here.tenant_id, 1, 10)
            took = []
            for _ in range(20):
                outcome = await pay(here, patient)
                began = time.perf_counter()
                assert await positions.reached(here.tenant_id, outcome.position, 5)
                took.append(time.perf_counter() - began)
                assert models.positions()[here.tenant_id] >= outcome.position
        assert sorted(took)[10] < adapters.positions.ASK_EVERY  # by notice, not by asking


@in_loop
async def test_lost_notices_cost_time_and_nothing_else(models: ReadModels, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is the projector told that books have moved, nor the API that rows have."""
    monkeypatch.setattr(adapters.follower, "LOOK_ROUND", 0.2)
    async with desk(models.database) as here:
        [patient, *_] = await write_a_lot(here)
        deaf = Positions(models.database.url(), here.store.pool)  # whose tasks do not run
        with models.followed():
            for _ in range(3):
                outcome = await pay(here, patient)
                assert await deaf.reached(here.tenant_id, outcome.position, 5)


@in_loop
async def test_waiting_ends_at_its_time_and_leaves_nothing_behind(models: ReadModels) -> None:
    async with desk(models.database) as here, waiting(here) as positions:
        outcome = await pay(here, await here.patient())
        began = time.perf_counter()
        assert not await positions.reached(here.tenant_id, outcome.position, 0.3)  # nobody projects
        assert 0.25 < time.perf_counter() - began < 2
        assert not await positions.reached(uuid4(), 1, 0.05)
        assert positions._waiting == {}
        several = [asyncio.create_task(positions.reached(here.tenant_id, n, 10)) for n in (1, outcome.position, 10**9)]
        models.drain()
        assert [await task for task in several[:2]] == [True, True]
        several[2].cancel()
        with suppress(asyncio.CancelledError):
            await several[2]
        assert positions._waiting == {}
        assert await positions.reached(here.tenant_id, outcome.position, 0)


@in_loop
async def test_nonsense_in_a_notice_deafens_nobody(models: ReadModels) -> None:
    async with desk(models.database) as here, waiting(here) as positions:
        [patient, *_] = await write_a_lot(here)
        with models.followed():
            assert await positions.reached(here.tenant_id, 1, 10)
            for channel in ("daybook_appended", "daybook_projected"):
                for nonsense in ("", "x", "1:2", ":", f"{here.tenant_id}:x", f"{here.tenant_id.hex},zz"):
                    ask(models.database, "SELECT pg_notify(%s, %s)", channel, nonsense)
            took = []
            for _ in range(7):
                outcome = await pay(here, patient)
                began = time.perf_counter()
                assert await positions.reached(here.tenant_id, outcome.position, 5)
                took.append(time.perf_counter() - began)
        assert sorted(took)[3] < adapters.positions.ASK_EVERY


@in_loop
async def test_a_stopped_follower_stops_at_once_whether_it_leads_or_stands_by(models: ReadModels) -> None:
    async with desk(models.database) as here:
        await write_a_lot(here, 1, 1)
        with psycopg.connect(models.database.admin_url, autocommit=True) as db:
            db.execute("SELECT pg_advisory_lock(%s)", [LEADER_LOCK])  # so that ours stands by
            with models.followed(followers=2):
                await asyncio.to_thread(wait_until, lambda: _ears() == 2, 5)
            await asyncio.to_thread(wait_until, lambda: _ears() == 0, 5)


def _ears() -> int:
    return [thread.name for thread in threading.enumerate()].count("ears")
