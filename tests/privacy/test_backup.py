"""The drill: back up, lose everything, restore; and whoever was erased meanwhile stays erased."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import psycopg

from adapters.cli.serving import prepare
from adapters.embedded_postgres import PostgresServer
from tests.privacy.planting import Planted, daybook, rows, tables_with, untouched
from tests.support.postgres import copied_database
from tests.support.system import RunningSystem

OTHER_MASTER = "b3RoZXIgbWFzdGVyIGtleSBvZiBhbm90aGVyIGhvdXM="


def test_backup_and_restore_drill(
    house: RunningSystem, postgres: PostgresServer, template: str, tmp_path: Path
) -> None:
    """Back up; erase somebody; lose the database; restore. What was is there, and who was erased is not."""
    planted = Planted(house.new_centre())
    centre, kept = planted.centre, planted.centre.patient(firstName="Ravi")
    backup = tmp_path / "all.daybook"
    made = json.loads(daybook(house, "backup", "--out", str(backup), "--json", apart=True))
    assert made["tenants"] >= 2
    before = rows(house, centre.tenant_id, "reading")
    late = centre.patient(firstName="Late")  # registered and erased after the backup: not in it
    for patient in (planted.patient, late):
        centre.post(f"/patients/{patient}/erase", {"basis": "REQUESTED"})
    number = centre.get(f"/patients/{planted.patient}/erasure-certificate")["number"]
    shutil.copy(house.folder / "erasures.jsonl", tmp_path / "erasures.jsonl")
    with copied_database(postgres, template) as empty:
        prepare(empty.admin_url, empty.url("daybook_rebuild"))
        environment = {**house.environment, **empty.environment, "DAYBOOK_HOME": str(tmp_path / "home")}
        fresh = RunningSystem(empty, tmp_path, environment)
        refused = daybook(fresh, "restore", str(backup), expect=2)
        assert "--erasures" in refused
        assert untouched(fresh, centre.tenant_id)
        arguments = ("restore", str(backup), "--erasures", str(tmp_path / "erasures.jsonl"))
        done = json.loads(daybook(fresh, *arguments, "--json", apart=True))
        assert done["erased"] >= 1
        assert done["events"] == made["events"]
        assert tables_with(fresh, centre.tenant_id) == set(), "erased again"
        after = rows(fresh, centre.tenant_id, "reading")
        assert {name for name in before if len(before[name]) != len(after[name])} <= {"activity"}
        assert [row for row in after["patients"] if str(kept) in row] == [
            row for row in before["patients"] if str(kept) in row
        ]
        assert after["patient_balances"] == before["patient_balances"]
        with psycopg.connect(empty.admin_url) as db:
            [[data]] = db.execute(
                "SELECT data FROM book.events WHERE stream_id = %s AND topic = 'patients.PatientErased'",
                [planted.patient],
            ).fetchall()
        assert json.loads(data)["first_number"] == number
        assert "verified" in daybook(fresh, "verify")
        with psycopg.connect(empty.admin_url) as db:
            query = "SELECT consumer, position FROM delivery.positions WHERE tenant_id = %s"
            there: dict[str, int] = dict(db.execute(query, [centre.tenant_id]).fetchall())
        with psycopg.connect(house.database.admin_url) as db:
            here: dict[str, int] = dict(db.execute(query, [centre.tenant_id]).fetchall())
        assert there.keys() == here.keys(), "whoever was told of what is remembered"
        assert all(0 < there[consumer] <= here[consumer] for consumer in here)
        report = json.loads(daybook(fresh, "rebuild", "--check", "--json"))
        assert report["differing"] == 0
        assert "empty" in daybook(fresh, *arguments, expect=1)
        wrong = {**environment, "DAYBOOK_MASTER_KEY": OTHER_MASTER}
        daybook(RunningSystem(empty, tmp_path, wrong), "restore", str(backup), "--no-erasures", expect=1)
