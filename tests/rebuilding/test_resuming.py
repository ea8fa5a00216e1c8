"""A rebuild in parts: large books are written as they are folded, and what is interrupted goes on where it was."""

from __future__ import annotations

from typing import Any

import pytest

import adapters.filling
import adapters.rebuilding.jobs
from adapters.rebuild import Progress, Stopped, carry_out
from adapters.rebuilding.jobs import Jobs
from adapters.rebuilding.maintaining import Maintainer
from adapters.rebuilding.marks import Superseded
from adapters.rebuilding.sharing import shares
from domain.rebuilding import Wanted
from projections.registry import read_tables
from tests.book.desk import ask, desk, in_loop
from tests.projecting.following import ReadModels, keys, pay, write_a_lot
from tests.projecting.tables import TRAPS, sprung
from tests.support.postgres import Database


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters.filling, "AT_ONCE", 7)
    monkeypatch.setattr(adapters.filling, "TOGETHER", 20)
    monkeypatch.setattr(adapters.filling, "LARGEST", 10)
    monkeypatch.setattr(adapters.rebuilding.jobs, "TELL_EVERY", 0.0)


def _state(models: ReadModels) -> list[tuple[Any, ...]]:
    return ask(models.database, "SELECT state, attempts FROM reading.rebuilds ORDER BY asked_at")


@pytest.mark.usefixtures("small")
@in_loop
async def test_a_book_too_large_for_memory_comes_to_the_same(models: ReadModels) -> None:
    async with desk(models.database) as here, desk(models.database) as elsewhere:
        [patient, *_] = await write_a_lot(here, 5, 8)
        await write_a_lot(elsewhere, 1, 1)
        await pay(here, patient, TRAPS[0])  # a stream that stands still in the middle of it
        await write_a_lot(here, 2, 4)
        await pay(here, patient)
        models.drain()
        served, parked = models.rows(), models.parked()
        report = models.rebuild()
        assert {table["differing"] for table in report["tables"].values()} == {0}
        assert (models.rows(), models.parked()) == (served, parked)
        assert len(parked) == 1
        assert report["events"] == sum(models.heads().values())


@pytest.mark.parametrize("step", [2, 5, 9, 13])
@pytest.mark.usefixtures("small")
@in_loop
async def test_what_is_paused_anywhere_goes_on_there(models: ReadModels, step: int) -> None:
    async with desk(models.database) as here, desk(models.database) as elsewhere:
        for asked in (here, elsewhere):
            [patient, *_] = await write_a_lot(asked, 3, 6)
            await pay(asked, patient, TRAPS[0])
            await pay(asked, patient)
        models.drain()
        served, parked = models.rows(), models.parked()
        url, steps = models.database.url("daybook_rebuild"), 0
        folded: list[int] = []
        with Jobs.at(url) as jobs:
            names = {table.name: table.definition for table in models.tables}
            job = jobs.begin(names, names)

            def seen(progress: Progress) -> None:
                nonlocal steps
                steps += 1
                folded.append(progress.folded)
                if steps == step:
                    jobs.want(job.id, Wanted.PAUSE)

            jobs.lock()
            with pytest.raises(Stopped):
                carry_out(url, jobs, job, models.tables, keys(), seen)
            assert _state(models) == [("PAUSED", 1)]
            assert (models.rows(), models.parked()) == (served, parked)
            for one in (here, elsewhere):
                await write_a_lot(one, 1, 2)  # what is recorded meanwhile is not forgotten
            models.drain()
            served, parked = models.rows(), models.parked()
            before = folded[-1]
            assert jobs.want(job.id, Wanted.RUN) == "WAITING"
            folded.clear()
            carry_out(url, jobs, jobs.get(job.id), models.tables, keys(), seen)
        assert _state(models) == [("DONE", 2)]
        assert (models.rows(), models.parked()) == (served, parked)
        assert before == 0 or folded[0] > 0 or step < 9  # what had been done was not done again
        assert models.differing() == 0


@pytest.mark.usefixtures("small")
@in_loop
async def test_who_was_thought_dead_writes_nothing_more(models: ReadModels) -> None:
    """The fence: one whose connection was lost, and with it the lock, does not know that another has gone on."""
    async with desk(models.database) as here, desk(models.database) as elsewhere:
        for asked in (here, elsewhere):
            await write_a_lot(asked, 4, 8)
        models.drain()
        served, url = models.rows(), models.database.url("daybook_rebuild")
        marks = "SELECT tenant_id, position FROM reading.rebuild_marks ORDER BY 1"
        rows = "SELECT tenant_id, xmin::text FROM reading.test_tills__next ORDER BY 1, 2"
        left: list[Any] = []
        with Jobs.at(url) as jobs, Jobs.at(url) as other:
            names = {table.name: table.definition for table in models.tables}
            job = jobs.begin(names, names)

            def seen(progress: Progress) -> None:
                if progress.folded and not left:
                    other.take(other.get(job.id))
                    left.extend((ask(models.database, marks), ask(models.database, rows)))

            with pytest.raises(Superseded):
                carry_out(url, jobs, job, models.tables, keys(), seen)
            assert left == [ask(models.database, marks), ask(models.database, rows)]
            carry_out(url, other, other.get(job.id), models.tables, keys())
        assert _state(models) == [("DONE", 3)]
        assert models.rows() == served


@pytest.mark.usefixtures("small")
@in_loop
async def test_what_is_cancelled_leaves_nothing_behind(models: ReadModels) -> None:
    async with desk(models.database) as here:
        await write_a_lot(here)
        models.drain()
        served = models.rows()
        url = models.database.url("daybook_rebuild")
        with Jobs.at(url) as jobs:
            names = {table.name: table.definition for table in models.tables}
            job = jobs.begin(names, names)
            jobs.lock()

            def seen(progress: Progress) -> None:
                if progress.folded:
                    jobs.want(job.id, Wanted.CANCEL)

            with pytest.raises(Stopped):
                carry_out(url, jobs, job, models.tables, keys(), seen)
        assert _state(models) == [("CANCELLED", 1)]
        assert models.rows() == served
        assert ask(models.database, "SELECT tablename FROM pg_tables WHERE tablename LIKE '%%\\_\\_next'") == []
        assert ask(models.database, "SELECT 1 FROM reading.rebuild_marks") == []


@in_loop
async def test_a_rebuild_is_rolled_back_and_what_was_recorded_since_is_in_it(models: ReadModels) -> None:
    async with desk(models.database) as here, desk(models.database) as elsewhere:
        for asked in (here, elsewhere):
            await write_a_lot(asked)
        models.drain()
        ask(models.database, "UPDATE reading.test_tills SET note = 'served before'")
        before = models.rows()
        for tenant in (None, here.tenant_id):
            report = models.rebuild(tenant_id=tenant)
            assert report["tables"]["test_tills"]["differing"] > 0
            assert models.rows() != before
            listed = ask(models.database, "SELECT kind, columns FROM reading.rebuild_differences WHERE rebuild_id = %s",
                         report["id"])  # fmt: skip
            assert set(map(str, listed)) == {str(("CHANGED", ["note"]))}
            made = await write_a_lot(here, 1, 2)
            models.drain()
            _maintain(models, report["id"], Wanted.ROLLBACK)
            assert _state(models)[-1][0] == "ROLLED_BACK"
            notes = ask(models.database, "SELECT note, patient_id FROM reading.test_tills")
            assert {note for note, patient in notes if patient not in made} == {"served before"}
            assert sum(patient in made for _, patient in notes) == 1
            ask(models.database, "DELETE FROM reading.test_tills WHERE patient_id = ANY(%s)", made)
            models.rebuild()
            ask(models.database, "UPDATE reading.test_tills SET note = 'served before'")


def _maintain(models: ReadModels, job_id: Any, wanted: Wanted) -> None:
    url = models.database.url("daybook_rebuild")
    with Jobs.at(url) as jobs:
        jobs.lock()
        jobs.want(job_id, wanted)
        Maintainer(url, jobs, models.tables, keys()).do(jobs.get(job_id))


@in_loop
async def test_two_processes_fold_what_one_does(database: Database) -> None:
    models = ReadModels(database, read_tables())
    models.establish()
    async with desk(database) as here, desk(database) as elsewhere:
        for asked in (here, elsewhere):
            await write_a_lot(asked)
        models.drain()
        served = models.rows()
        report = models.rebuild(workers=2)
        assert {table["differing"] for table in report["tables"].values()} == {0}
        assert report["events"] == sum(models.heads().values())
        assert models.rows() == served


def test_books_are_shared_out_evenly() -> None:
    from uuid import UUID

    books = {UUID(int=n): size for n, size in enumerate([10, 7, 5, 5, 3, 1, 1])}
    parts = shares(books, 3)
    assert {tenant: size for part in parts for tenant, size in part.items()} == books
    assert sorted(sum(part.values()) for part in parts) == [10, 11, 11]
    assert len(shares({UUID(int=1): 4}, 8)) == 1


@in_loop
async def test_an_event_that_is_skipped_is_passed_over_from_then_on(models: ReadModels) -> None:
    async with desk(models.database) as here:
        [patient] = await write_a_lot(here, 1, 2)
        bad = await pay(here, patient, TRAPS[0])
        await pay(here, patient)
        models.drain()
        [(tenant, projection, stream, position, _)] = models.parked()
        assert position == bad.position
        skip = "INSERT INTO reading.skips VALUES (%s, %s, %s, %s, %s)"
        ask(models.database, skip, tenant, projection, position, stream, here.tenant_id)
        models.rebuild(tenant_id=tenant)
        assert models.parked() == []
        [(payments, stale)] = ask(models.database, "SELECT payments, stale FROM reading.test_tills")
        assert (payments, stale) == (3, False)
        # Another bad event parks it again: one is skipped, not all that are like it.
        await pay(here, patient, TRAPS[0])
        models.drain()
        assert [row[3] for row in models.parked()] == [bad.position + 2]
        sprung.discard(TRAPS[0])
        models.rebuild()
        assert models.parked() == []
        assert ask(models.database, "SELECT payments FROM reading.test_tills") == [(4,)]


@in_loop
async def test_what_is_kept_to_go_back_to_does_not_outlive_an_erasure(models: ReadModels) -> None:
    from adapters.rebuilding.keeping import forget_old

    async with desk(models.database) as here:
        [patient] = await write_a_lot(here, 1, 1)
        models.drain()
        models.rebuild()
        kept = "SELECT tablename FROM pg_tables WHERE tablename LIKE '%%\\_\\_prev'"
        assert len(ask(models.database, kept)) == len(models.tables)
        with Jobs.at(models.database.url("daybook_rebuild")) as jobs:
            assert forget_old(jobs.db) == []
            gone = "UPDATE book.subject_keys SET wrapped = NULL, destroyed_at = now() WHERE subject_id = %s"
            ask(models.database, gone, patient)
            assert len(forget_old(jobs.db)) == len(models.tables)
        assert ask(models.database, kept) == []
