"""Following and rebuilding give the same rows, however the events are cut into batches."""

from __future__ import annotations

from typing import Any

import pytest

import adapters.projector
from projections.registry import read_tables
from tests.book.desk import ask, desk, in_loop, one
from tests.projecting.following import ReadModels, write_a_lot
from tests.support.postgres import Database


@pytest.mark.parametrize("batch", [1, 3, 7, 2_000])
@in_loop
async def test_rows_do_not_depend_on_how_the_events_are_cut(
    models: ReadModels, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(adapters.projector, "BATCH", batch)
    async with desk(models.database) as here, desk(models.database) as elsewhere:
        for asked in (here, elsewhere):
            await write_a_lot(asked, 2, 4)
        models.drain()
        assert models.positions() == models.heads()
        followed = models.rows()
        assert [len(followed[table.name]) for table in models.tables] == [4, 12, 4]
        assert models.differing() == 0
        report = models.rebuild()
        assert models.rows() == followed
        assert {name: (t["rows"], t["differing"]) for name, t in report["tables"].items()} == {
            "test_tills": (4, 0), "test_papers": (12, 0), "test_names": (4, 0)
        }  # fmt: skip


@in_loop
async def test_the_products_own_tables_too(database: Database) -> None:
    models = ReadModels(database, read_tables())
    models.establish()
    async with desk(database) as here, desk(database) as elsewhere:
        for asked in (here, elsewhere):
            await write_a_lot(asked)
        models.drain()
        followed = models.rows()
        assert len(followed["journal"]) > 20
        assert len(followed["payments"]) == 30
        assert models.differing() == 0
        models.rebuild()
        assert models.rows() == followed


@in_loop
async def test_each_event_reaches_each_row_once_and_in_order(models: ReadModels) -> None:
    async with desk(models.database) as here:
        await write_a_lot(here)
        models.drain()
        for [order] in ask(models.database, 'SELECT "order" FROM reading.test_tills'):
            assert order == sorted(set(order))
        in_rows = {n for [order] in ask(models.database, 'SELECT "order" FROM reading.test_tills') for n in order}
        stored = ask(models.database, "SELECT position FROM book.events WHERE topic = 'billing.PaymentRecorded'")
        assert in_rows == {position for [position] in stored}


@in_loop
async def test_a_difference_is_counted_and_mended(models: ReadModels) -> None:
    async with desk(models.database) as here:
        await write_a_lot(here)
        models.drain()
        right = models.rows()
        for change in (
            "UPDATE reading.test_tills SET paid = paid + 1",
            "DELETE FROM reading.test_names WHERE first_name IS NOT NULL",
            "INSERT INTO reading.test_papers SELECT tenant_id, gen_random_uuid(), patient_id, 1, NULL, 1"
            " FROM reading.test_tills",
        ):
            ask(models.database, change)
        assert models.differing() == 3 + 3 + 3
        models.rebuild()
        assert models.rows() == right
        assert models.differing() == 0


@in_loop
async def test_rebuilding_one_tenant_leaves_the_others_as_they_are(models: ReadModels) -> None:
    async with desk(models.database) as here, desk(models.database) as elsewhere:
        for asked in (here, elsewhere):
            await write_a_lot(asked)
        models.drain()
        right = models.rows(here.tenant_id)
        ask(models.database, "UPDATE reading.test_tills SET paid = 0, stale = true")
        theirs = models.rows(elsewhere.tenant_id)
        physical = "SELECT ctid, xmin FROM reading.test_tills WHERE tenant_id = %s ORDER BY 1"
        where = ask(models.database, physical, elsewhere.tenant_id)
        report = models.rebuild(tenant_id=here.tenant_id)
        assert report["tables"]["test_tills"] == {"rows": 3, "differing": 3, "changed": False}
        assert models.rows(here.tenant_id) == right
        assert models.rows(elsewhere.tenant_id) == theirs
        assert ask(models.database, physical, elsewhere.tenant_id) == where
        assert models.differing() == 3


@in_loop
async def test_many_tenants_behind_do_not_make_one_huge_batch(
    models: ReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.projector, "LARGEST_BATCH", 12)
    async with desk(models.database) as here:
        for _ in range(5):
            here.tenant_id = await here.open_tenant()
            await write_a_lot(here, 1, 4)
        folded: list[int] = []
        with models.projector() as projector:
            fold = projector._fold

            def counted(stored: list[Any], **options: Any) -> None:
                folded.append(len(stored))
                fold(stored, **options)

            monkeypatch.setattr(projector, "_fold", counted)
            while projector.advance():
                assert projector.unfinished <= models.heads().keys()
            assert projector.unfinished == set()
        assert max(folded) <= 12
        assert models.positions() == models.heads()
        assert models.differing() == 0


@in_loop
async def test_a_projector_goes_on_where_the_last_one_stopped(models: ReadModels) -> None:
    async with desk(models.database) as here:
        for _ in range(3):
            await write_a_lot(here, 1, 2)
            with models.projector() as projector:
                at = models.positions().get(here.tenant_id, 0)
                moved = projector.advance({here.tenant_id: at})
                assert moved == models.heads() == models.positions()
                assert projector.advance() == {}
        assert one(models.database, "SELECT count(*) FROM reading.positions") == 1
        assert models.progress() == (0, 0.0, 0)


@in_loop
async def test_lag_is_the_age_of_what_is_not_folded_yet(models: ReadModels) -> None:
    async with desk(models.database) as here:
        await write_a_lot(here, 1, 1)
        ask(models.database, "UPDATE book.events SET recorded_at = now() - interval '90 seconds' * position")
        behind, seconds, parked = models.progress()
        assert (behind, parked) == (1, 0)
        assert 90 <= seconds < 100  # that of the first event, which waits longest
        models.drain()
        assert models.progress() == (0, 0.0, 0)
