"""Tables that are not served, kept to go back to or half built, do not outlive an erasure either."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from adapters.crypto import Keyring
from adapters.rebuild import Progress, Stopped, carry_out
from adapters.rebuilding.jobs import Job, Jobs
from adapters.subject_keys import KeysAtHand
from domain.rebuilding import Wanted
from projections.base import ReadTable
from projections.registry import read_tables
from tests.privacy.planting import CANARY, daybook, tables_with
from tests.support.system import SECRETS, Centre, RunningSystem

TABLES: tuple[ReadTable[Any], ...] = tuple(t for t in read_tables() if t.name in {"patients", "patient_balances"})
SERVED, KEPT, HALF_BUILT = "reading.patients", "reading.patients__prev", "reading.patients__next"


class Rebuilding:
    """A rebuild of two tables, one of them with names in it; the lock is held meanwhile."""

    def __init__(self, house: RunningSystem) -> None:
        self.url = house.database.url("daybook_rebuild")
        with Jobs.at(self.url) as jobs:
            definitions = {table.name: table.definition for table in TABLES}
            self.id = jobs.begin(definitions, definitions).id

    def run(self, at: Callable[[Jobs, Job, Progress], None] = lambda *_: None) -> str:
        keys = KeysAtHand(Keyring(base64.b64decode(SECRETS["DAYBOOK_MASTER_KEY"])))
        with Jobs.at(self.url) as jobs:
            jobs.lock()
            job = jobs.get(self.id)
            try:
                report = carry_out(self.url, jobs, job, TABLES, keys, lambda progress: at(jobs, job, progress))
                self.differing = sum(table["differing"] for table in report["tables"].values())
            except Stopped:
                pass
            return jobs.get(self.id).state


@pytest.fixture
def centre(house: RunningSystem) -> Iterator[Centre]:
    centre = house.new_centre()
    centre.patient(firstName="Meera")
    yield centre
    assert centre.get("/patients")["total"] == 2


def _canaried(centre: Centre) -> str:
    return centre.patient(firstName=f"{CANARY}unserved")


def _pause(jobs: Jobs, job: Job, progress: Progress) -> None:
    if progress.phase == "indexing":  # all is folded; it looks again at the next phase
        jobs.want(job.id, Wanted.PAUSE)


def test_what_was_served_and_what_is_paused_are_dropped(house: RunningSystem, centre: Centre) -> None:
    patient = _canaried(centre)
    with psycopg.connect(house.database.admin_url) as db:  # whom other tests have erased, was erased long ago
        db.execute("UPDATE book.subject_keys SET destroyed_at = destroyed_at - interval '1 hour'")
    done, paused = Rebuilding(house), Rebuilding(house)
    assert done.run() == "DONE"
    assert paused.run(_pause) == "PAUSED"
    assert tables_with(house, centre.tenant_id) == {SERVED, KEPT, HALF_BUILT}, "the control"
    centre.post(f"/patients/{patient}/erase", {"basis": "REQUESTED"})
    assert tables_with(house, centre.tenant_id) == set()
    assert "not kept any more" in daybook(house, "rebuilds", "rollback", str(done.id), expect=1)
    with Jobs.at(paused.url) as jobs:
        jobs.want(paused.id, Wanted.RUN)
    assert paused.run() == "DONE"
    assert paused.differing == 0
    assert tables_with(house, centre.tenant_id) == set()


def test_a_rebuild_that_somebody_works_on_folds_the_erasure(house: RunningSystem, centre: Centre) -> None:
    patient = _canaried(centre)
    seen: list[set[str]] = []

    def erase(_: Jobs, __: Job, progress: Progress) -> None:
        if progress.phase == "indexing" and not seen:
            seen.append(tables_with(house, centre.tenant_id))
            centre.post(f"/patients/{patient}/erase", {"basis": "REQUESTED"})
            seen.append(tables_with(house, centre.tenant_id))

    assert Rebuilding(house).run(erase) == "DONE"
    assert seen == [{SERVED, HALF_BUILT}, {HALF_BUILT}]
    assert tables_with(house, centre.tenant_id) == set()


def test_one_that_is_paused_with_an_erasure_still_to_fold_is_dropped(house: RunningSystem, centre: Centre) -> None:
    patient = _canaried(centre)
    seen: list[set[str]] = []

    def erase(jobs: Jobs, job: Job, progress: Progress) -> None:
        if progress.phase == "indexing" and not seen:
            centre.post(f"/patients/{patient}/erase", {"basis": "REQUESTED"})
            seen.append(tables_with(house, centre.tenant_id))
            jobs.want(job.id, Wanted.PAUSE)

    rebuilding = Rebuilding(house)
    assert rebuilding.run(erase) == "PAUSED"
    assert seen == [{HALF_BUILT}]
    assert tables_with(house, centre.tenant_id) == set()
    with Jobs.at(rebuilding.url) as jobs:
        jobs.want(rebuilding.id, Wanted.RUN)
    assert rebuilding.run() == "DONE"
    assert tables_with(house, centre.tenant_id) == set()
