"""What a release changes is rebuilt in the background, the old version served meanwhile."""

from __future__ import annotations

from adapters.rebuilding.jobs import Jobs
from adapters.rebuilding.maintaining import Maintainer
from tests.book.desk import ask, desk, in_loop
from tests.projecting.following import ReadModels, keys, write_a_lot


@in_loop
async def test_a_release_that_makes_a_table_otherwise_serves_the_old_rows_until_it_has_the_new(
    models: ReadModels,
) -> None:
    """As after a start: what is served is of another definition, lacks a column, and has one of yesterday's."""
    async with desk(models.database) as here:
        await write_a_lot(here)
        models.drain()
        right = models.rows()
        ask(models.database, "UPDATE reading.definitions SET definition = 'of before' WHERE name = 'test_tills'")
        ask(models.database, "ALTER TABLE reading.test_tills DROP COLUMN note")
        ask(models.database, "ALTER TABLE reading.test_tills ADD COLUMN yesterdays text")
        models.establish()
        models.establish()  # every process of a release does, at its start
        # It is served: with what it has, and something neutral for what it lacks.
        old = ask(models.database, "SELECT patient_id, paid, note FROM reading.test_tills ORDER BY 1")
        assert len(old) == 3
        assert {note for *_, note in old} == {""}
        # Meanwhile events flow, and it stands still; how far behind it is shows.
        made = await write_a_lot(here, 1, 1)
        models.drain()
        assert models.positions() == models.heads()
        assert ask(models.database, "SELECT 1 FROM reading.test_tills WHERE patient_id = %s", made[0]) == []
        assert ask(models.database, "SELECT 1 FROM reading.test_names WHERE patient_id = %s", made[0]) == [(1,)]
        lags = ask(
            models.database,
            "SELECT name, label, value > 0 FROM book.measures(10) WHERE name LIKE '%%held_lag_seconds'",
        )
        assert sorted(lags) == [
            ("held_lag_seconds", "test_tills", True),
            ("tenant_held_lag_seconds", f"test_tills {here.tenant_id}", True),
        ]
        url = models.database.url("daybook_rebuild")
        with Jobs.at(url) as jobs:
            jobs.lock()
            maintainer = Maintainer(url, jobs, models.tables, keys())
            done = maintainer.once()
            assert done is not None
            assert (done.why, done.names, done.state) == ("RELEASE", ["test_tills"], "DONE")
            assert maintainer.once() is None
        assert len(models.rows()["test_tills"]) == len(right["test_tills"]) + 1
        assert ask(models.database, "SELECT 1 FROM reading.holds UNION SELECT 1 FROM reading.held") == []
        assert models.differing() == 0
        await write_a_lot(here, 1, 1)
        models.drain()
        assert models.differing() == 0


@in_loop
async def test_what_a_release_wants_and_cannot_have_is_tried_once(models: ReadModels) -> None:
    async with desk(models.database) as here:
        await write_a_lot(here, 1, 1)
        models.drain()
        ask(models.database, "UPDATE reading.definitions SET definition = 'of before' WHERE name = 'test_tills'")
        models.establish()
        url = models.database.url("daybook_rebuild")

        def fail(*_: object) -> None:
            raise ZeroDivisionError

        with Jobs.at(url) as jobs:
            jobs.lock()
            maintainer = Maintainer(url, jobs, models.tables, keys(), fail)
            assert maintainer.once() is not None
            assert maintainer.once() is None
        assert ask(models.database, "SELECT state, error FROM reading.rebuilds") == [("FAILED", "ZeroDivisionError")]
