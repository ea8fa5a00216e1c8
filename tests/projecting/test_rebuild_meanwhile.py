"""A rebuild while events flow and readers read: nobody fails, nothing goes back, the switch is one instant."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
import pytest

import adapters.publishing
import adapters.rebuild
from tests.book.desk import Desk, ask, desk, in_loop
from tests.projecting.following import ReadModels, pay, write_a_lot
from tests.support.system import wait_until


@dataclass
class ReaderOf:
    """Reads one tenant's rows as the API does, all the time. Rows only ever grow in this test."""

    models: ReadModels
    tenant_id: UUID
    stop: threading.Event = field(default_factory=threading.Event)
    reads: int = 0
    failures: list[str] = field(default_factory=list)
    back: int = 0
    slowest: float = 0.0

    def run(self) -> None:
        last: tuple[int, int, int] = (0, 0, 0)
        with psycopg.connect(self.models.database.url(), autocommit=True) as db:
            while not self.stop.is_set():
                began = time.perf_counter()
                try:
                    with db.transaction():
                        db.execute("SELECT set_config('app.tenant', %s, true)", [str(self.tenant_id)])
                        seen = []
                        for query in (
                            "SELECT position FROM reading.positions",
                            "SELECT coalesce(sum(payments), 0)::int FROM reading.test_tills",
                            "SELECT count(*)::int FROM reading.test_papers",
                        ):
                            row = db.execute(query).fetchone()
                            seen.append(row[0] if row else 0)
                except psycopg.Error as error:
                    self.failures.append(repr(error))
                    continue
                self.slowest = max(self.slowest, time.perf_counter() - began)
                now = (seen[0], seen[1], seen[2])
                self.back += any(new < old for new, old in zip(now, last, strict=True))
                last = now
                self.reads += 1


@in_loop
async def test_reads_never_fail_or_go_back_while_tables_are_rebuilt(models: ReadModels) -> None:
    async with desk(models.database) as here, desk(models.database) as elsewhere:
        writers = []
        for asked in (here, elsewhere):
            patients = await write_a_lot(asked, 3, 2)
            writers.append(asyncio.create_task(_write(asked, patients)))
        reader = ReaderOf(models, here.tenant_id)
        with models.followed(), ThreadPoolExecutor(2) as pool:
            reading = pool.submit(reader.run)
            try:
                for tenant in (None, None, here.tenant_id, None):
                    before = models.positions().get(here.tenant_id, 0)
                    report = await asyncio.to_thread(models.rebuild, tenant_id=tenant)
                    assert {t["differing"] for t in report["tables"].values()} == {0}
                    await asyncio.to_thread(
                        wait_until, lambda before=before: models.positions()[here.tenant_id] > before + 20
                    )
            finally:
                reader.stop.set()
                for writer in writers:
                    writer.cancel()
                    with suppress(asyncio.CancelledError):
                        await writer
            reading.result(10)
            await asyncio.to_thread(wait_until, lambda: models.positions() == models.heads())
        print(f"{reader.reads} reads, slowest {reader.slowest:.3f} s")
        assert (reader.failures, reader.back) == ([], 0)
        assert reader.reads > 50
        assert models.differing() == 0


async def _write(asked: Desk, patients: list[UUID]) -> None:
    while True:
        for patient in patients:
            await pay(asked, patient)


@in_loop
async def test_a_long_read_delays_the_switch_and_no_other_reader(
    models: ReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.publishing, "PATIENCE", "50ms")
    monkeypatch.setattr(adapters.rebuild, "PAUSE", 0.05)
    async with desk(models.database) as here:
        await write_a_lot(here)
        models.drain()
        right = models.rows()
        reader = ReaderOf(models, here.tenant_id)
        with psycopg.connect(models.database.url("daybook_auditor")) as long_read, ThreadPoolExecutor(2) as pool:
            long_read.execute("SELECT count(*) FROM reading.test_tills")
            rebuilding = pool.submit(models.rebuild)
            reading = pool.submit(reader.run)
            await asyncio.to_thread(wait_until, lambda: _switch_waits(models), 10)
            reads = reader.reads
            await asyncio.to_thread(wait_until, lambda: reader.reads > reads + 20, 10)
            assert not rebuilding.done()
            await write_a_lot(here, 1, 1)  # and projecting goes on between its attempts
            await asyncio.to_thread(models.drain)
            right = models.rows()
            long_read.rollback()
            rebuilding.result(20)
            reader.stop.set()
            reading.result(10)
        assert (reader.failures, reader.back) == ([], 0)
        assert models.rows() == right


def _switch_waits(models: ReadModels) -> bool:
    return bool(ask(
        models.database,
        "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND locktype = 'relation'",
    ))  # fmt: skip


@pytest.mark.parametrize("phase", ["folding", "indexing", "catching up"])
@in_loop
async def test_a_rebuild_that_dies_changes_nothing_and_the_next_one_works(models: ReadModels, phase: str) -> None:
    class Died(Exception):
        pass

    def die(progress: object) -> None:
        if progress.phase == phase:  # type: ignore[attr-defined]
            raise Died

    async with desk(models.database) as here:
        await write_a_lot(here)
        models.drain()
        served, oids = models.rows(), _oids(models)
        with pytest.raises(Died):
            models.rebuild(seen=die)
        assert (models.rows(), _oids(models)) == (served, oids)
        models.rebuild()
        assert models.rows() == served
        assert ask(models.database, "SELECT tablename FROM pg_tables WHERE tablename LIKE '%%\\_\\_next'") == []


@in_loop
async def test_comparing_alone_leaves_everything_as_it_is(models: ReadModels) -> None:
    async with desk(models.database) as here:
        await write_a_lot(here)
        models.drain()
        ask(models.database, "UPDATE reading.test_tills SET paid = 0")
        served, oids = models.rows(), _oids(models)
        assert models.differing() == 3
        assert (models.rows(), _oids(models)) == (served, oids)


@in_loop
async def test_two_rebuilds_at_once_take_turns(models: ReadModels) -> None:
    async with desk(models.database) as here:
        await write_a_lot(here)
        models.drain()
        served = models.rows()
        await asyncio.gather(*[asyncio.to_thread(models.rebuild) for _ in range(3)])
        assert models.rows() == served


@in_loop
async def test_what_was_never_projected_is_left_to_the_projector(models: ReadModels) -> None:
    async with desk(models.database) as here:
        await write_a_lot(here, 1, 1)
        models.rebuild()
        assert models.positions() == {}
        assert all(rows == [] for rows in models.rows().values())
        models.drain()
        assert models.differing() == 0
        assert models.positions() == models.heads()


def _oids(models: ReadModels) -> list[tuple[int]]:
    return ask(models.database, "SELECT oid FROM pg_class WHERE relname IN ('test_tills', 'test_papers', 'test_names')")
