"""The ledger of erasures, where the process that erased died before it could write its line."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import psycopg

from adapters.scheduling import scheduling
from adapters.settings import from_environment
from tests.privacy.planting import CANARY, files_with
from tests.support.system import RunningSystem, wait_until


def test_what_a_crash_kept_out_of_the_ledger_is_added_by_the_schedule(house: RunningSystem) -> None:
    centre = house.new_centre()
    centre.put(f"/tenants/{centre.tenant_id}/settings", {"quietHoursEnabled": False})
    patient = centre.patient(firstName=f"{CANARY}ledger", guardianPhone="+919867530999")
    message = {"patientId": patient, "channel": "SMS", "message": f"{CANARY} left behind"}
    notice = centre.post("/notifications/send", message, expect=201)["id"]
    wait_until(lambda: centre.get(f"/notifications/{notice}")["status"] == "SENT", 30)
    ledger = house.folder / "erasures.jsonl"

    def lines() -> int:
        return ledger.read_text().count(patient) if ledger.exists() else 0

    command = [sys.executable, "-m", "tests.privacy.dying", centre.tenant_id, patient]
    assert subprocess.run(command, env=house.environment, timeout=60, check=False).returncode == -9
    with psycopg.connect(house.database.admin_url) as db:
        query = "SELECT wrapped FROM book.subject_keys WHERE subject_id = %s AND destroyed_at IS NOT NULL"
        assert db.execute(query, [patient]).fetchall() == [(None,)], "erased it is"
    assert lines() == 0
    assert files_with(house.folder, (f"{CANARY} left behind",)) != set()

    _tick(house)
    assert lines() == 1
    assert files_with(house.folder, (f"{CANARY} left behind",)) == set(), "the outbox"
    with psycopg.connect(house.database.admin_url, autocommit=True) as db:
        db.execute("DELETE FROM book.schedule_marks WHERE job = 'erasures'")  # as if a minute had passed
    _tick(house)
    assert lines() == 1, "twice is once"


def _tick(house: RunningSystem) -> None:
    async def tick() -> None:
        async with scheduling(from_environment(house.environment)) as scheduler:
            await scheduler.tick()
            assert scheduler.tally.asked.get("erasures") == 1
            assert scheduler.tally.failed == 0

    asyncio.run(tick())
