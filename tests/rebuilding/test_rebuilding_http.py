"""Rebuilds and parked streams over HTTP, done by a process of their own, in an installation of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from tests.support.postgres import Database, copied_database
from tests.support.system import (
    PASSWORD,
    PLATFORM_ADMIN,
    Centre,
    RunningSystem,
    running_system,
    sign_in,
    wait_until,
)

OVER = {"DONE", "FAILED", "CANCELLED", "ROLLED_BACK", "PAUSED"}


@pytest.fixture(scope="module")
def own(postgres: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """Nobody does rebuilds in it until a test starts somebody."""
    with (
        copied_database(postgres, template) as database,
        running_system(database, tmp_path_factory.mktemp("rebuilding")) as system,
    ):
        yield system


@pytest.fixture
def here(own: RunningSystem) -> Centre:
    centre = own.new_centre()
    with own.client() as client:
        centre.tokens["SUPER_ADMIN"] = sign_in(client, PLATFORM_ADMIN, PASSWORD, "platform")
    return centre


@pytest.fixture
def maintained(own: RunningSystem) -> Iterator[None]:
    process = own.start("maintain")
    yield
    process.terminate()
    assert process.wait(15) == 0
    del own.processes["maintain"]


def over(centre: Centre, rebuild_id: str, as_: str = "WORKSPACE_ADMIN", state: str | None = None) -> Any:
    """The rebuild once it is over (or in this state)."""

    def looked() -> Any:
        found = centre.get(f"/projections/rebuilds/{rebuild_id}", as_=as_)
        return found if found["state"] in ({state} if state else OVER) else None

    return wait_until(looked, 30)


def change(database: Database, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.admin_url) as db:
        cursor = db.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.usefixtures("maintained")
def test_a_centre_rebuilds_its_own_and_nobody_elses(own: RunningSystem, here: Centre) -> None:
    there = own.new_centre()
    for centre in (here, there):
        centre.patient()
    physical = "SELECT ctid, xmin FROM reading.patients WHERE tenant_id = %s"
    mine, theirs = (change(own.database, physical, centre.tenant_id) for centre in (here, there))
    change(own.database, "UPDATE reading.patients SET active = false WHERE tenant_id = %s", here.tenant_id)
    asked = here.post("/projections/patients/rebuild", expect=202)
    done = over(here, asked["id"])
    assert (done["state"], done["names"], done["tenantId"]) == ("DONE", ["patients"], here.tenant_id)
    assert (done["done"], done["percent"], done["error"]) == (done["total"], 100.0, None)
    assert done["tables"] == [{"name": "patients", "rows": 1, "differing": 1, "changed": False}]
    [listed] = here.get(f"/projections/rebuilds/{asked['id']}/differences")["data"]
    assert (listed["kind"], listed["columns"]) == ("CHANGED", ["active"])
    assert change(own.database, physical, there.tenant_id) == theirs
    assert change(own.database, physical, here.tenant_id) != mine
    # The other centre sees nothing of it; the platform sees it, and not whose row.
    for who in ("WORKSPACE_ADMIN", "AUDITOR"):
        there.get(f"/projections/rebuilds/{asked['id']}", as_=who, expect=404)
    assert there.get("/projections/rebuilds")["total"] == 0
    [told] = here.get(f"/projections/rebuilds/{asked['id']}/differences", as_="SUPER_ADMIN")["data"]
    assert (told["tenantId"], told["key"]) == (here.tenant_id, None)
    # And back to what was served before.
    assert done["canRollBack"]
    here.post(f"/projections/rebuilds/{asked['id']}/rollback", expect=200)
    assert over(here, asked["id"], state="ROLLED_BACK")["canRollBack"] is False
    assert change(own.database, "SELECT active FROM reading.patients WHERE tenant_id = %s", here.tenant_id) == [
        (False,)
    ]
    change(own.database, "UPDATE reading.patients SET active = true WHERE tenant_id = %s", here.tenant_id)
    refused = here.request("POST", f"/projections/rebuilds/{asked['id']}/resume", {})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "REBUILD_STATE")


def test_it_waits_is_paused_and_goes_on_when_somebody_does_rebuilds(own: RunningSystem, here: Centre) -> None:
    here.patient()
    [first, second] = [here.post("/projections/all/rebuild", as_="SUPER_ADMIN", expect=202)["id"] for _ in range(2)]
    here.get(f"/projections/rebuilds/{first}", expect=404)  # the platform's
    assert over(here, first, "SUPER_ADMIN", "WAITING")["wanted"] == "RUN"
    here.post(f"/projections/rebuilds/{first}/pause", as_="SUPER_ADMIN", expect=200)
    again = here.request("POST", f"/projections/rebuilds/{first}/pause", {}, as_="SUPER_ADMIN")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "ALREADY_ASKED")
    here.post(f"/projections/rebuilds/{second}/cancel", as_="SUPER_ADMIN", expect=200)
    process = own.start("maintain")
    try:
        assert over(here, second, "SUPER_ADMIN")["state"] == "CANCELLED"
        assert over(here, first, "SUPER_ADMIN")["state"] == "PAUSED"
        here.post(f"/projections/rebuilds/{first}/resume", as_="SUPER_ADMIN", expect=200)
        done = over(here, first, "SUPER_ADMIN", "DONE")
    finally:
        process.terminate()
        assert process.wait(15) == 0
        del own.processes["maintain"]
    differences = f"/projections/rebuilds/{first}/differences"
    assert done["differing"] == 0, here.get(differences, as_="SUPER_ADMIN")
    assert len(done["tables"]) > 20
    history = here.get("/projections/rebuilds", as_="SUPER_ADMIN", params={"state": "CANCELLED"})
    assert [row["id"] for row in history["data"]] == [second]


@pytest.mark.usefixtures("maintained")
def test_a_poisoned_stream_stands_alone_and_is_mended_or_passed_over(own: RunningSystem, here: Centre) -> None:
    there = own.new_centre()
    kept, skipped = here.patient(firstName="Kept"), here.patient(firstName="Skipped")
    # Nobody follows while the events are spoilt; then everybody catches up at once.
    own.processes.pop("project").terminate()
    late = {"Prefer": "respond-async"}
    for patient in (kept, skipped):
        here.request("POST", f"/patients/{patient}/deactivate", {}, headers=late)
    spoil = (
        "UPDATE book.events SET class_version = class_version + %s WHERE tenant_id = %s AND stream_id = %s"
        " AND version = (SELECT max(version) FROM book.events WHERE tenant_id = %s AND stream_id = %s)"
    )
    for patient in (kept, skipped):
        change(own.database, spoil, 50, here.tenant_id, patient, here.tenant_id, patient)
    own.start("project")
    listed = wait_until(lambda: (found := here.get("/projections/parked"))["total"] == 2 and found, 30)
    streams = {row["streamId"]: row for row in listed["data"]}
    assert {(row["projection"], row["error"]) for row in listed["data"]} == {("*", "UnknownEvent")}
    # Whoever has nothing to do with it is not behind for a moment: what is written next is shown at once.
    for centre in (here, there):
        centre.patient(firstName="Well")
        [lag] = centre.get("/projections/lag")["data"]
        assert (lag["behind"], lag["lagSeconds"]) == (0, 0.0)
        assert centre.get("/patients", params={"search": "Well"})["total"] == 1
    assert there.get("/projections/parked")["total"] == 0
    _alarmed(own)
    detail = here.get(f"/projections/parked/{streams[kept]['id']}")
    assert (detail["event"]["readable"], detail["event"]["position"]) == (True, detail["position"])
    platform = here.get(f"/projections/parked/{streams[kept]['id']}", as_="SUPER_ADMIN")
    assert (platform["streamId"], platform["event"]["data"], platform["error"]) == (None, None, "UnknownEvent")
    # Mended and tried again.
    change(own.database, spoil, -50, here.tenant_id, kept, here.tenant_id, kept)
    done = over(here, here.post(f"/projections/parked/{streams[kept]['id']}/retry", expect=202)["id"])
    assert (done["state"], done["why"], done["tenantId"]) == ("DONE", "RETRY", here.tenant_id)
    assert here.get(f"/patients/{kept}")["active"] is False
    [left] = here.get("/projections/parked")["data"]
    assert left["streamId"] == skipped
    # Passed over, with a reason that the book keeps; what comes after it is shown again.
    here.post(f"/projections/parked/{left['id']}/skip", {}, expect=422)
    asked = here.post(f"/projections/parked/{left['id']}/skip", {"reason": "sent by a newer test"}, expect=202)
    assert over(here, asked["id"])["reason"] == "sent by a newer test"
    assert here.get("/projections/parked")["total"] == 0
    assert here.get(f"/patients/{skipped}")["active"] is True
    told = here.get("/events", params={"type": "rebuilding.RebuildAsked"})["data"]
    assert sorted(event["data"]["why"] for event in told) == ["RETRY", "SKIP"]
    over(here, here.post("/projections/all/rebuild", expect=202)["id"])
    assert here.get("/projections/parked")["total"] == 0  # and in every rebuild from then on


def _alarmed(own: RunningSystem) -> None:
    with urllib.request.urlopen(f"{own.url}/readyz") as answer:
        told = json.load(answer)
    assert (told["ready"], told["degraded"], told["checks"]["parkedStreams"]) == (True, True, 2)
    with urllib.request.urlopen(f"{own.url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    assert any(line.startswith('daybook_parked_seconds{projection="*"}') for line in lines)
    assert 'daybook_read_table_lag_seconds{projection="patients"} 0.0' in lines
    assert 'daybook_rebuilds{state="FAILED"} 0.0' in lines
    assert not [line for line in lines if "tenant=" in line]


def test_the_command_line_tells_and_does_the_same(own: RunningSystem, here: Centre) -> None:
    here.patient()

    def daybook(*words: str, fails: bool = False) -> str:
        run = subprocess.run(
            [sys.executable, "-m", "adapters.cli", *words], env=own.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert (run.returncode != 0) is fails, run.stdout + run.stderr
        return run.stdout

    told = json.loads(daybook("status", "--json"))
    assert {row["name"] for row in told["projections"]} >= {"patients", "sessions"}
    assert all(row["current"] and row["followed"] for row in told["projections"])
    report = json.loads(daybook("rebuild", "patients", "rooms", "--workers", "2", "--tenant", here.slug, "--json"))
    assert (report["differing"], set(report["tables"])) == (0, {"patients", "rooms"})
    assert report["id"] in daybook("rebuilds", "list")
    assert "0 listed" in daybook("rebuilds", "differences", report["id"][-12:])
    assert "ROLLED_BACK" in daybook("rebuilds", "rollback", report["id"])
    daybook("rebuilds", "cancel", report["id"], fails=True)
    assert here.get(f"/projections/rebuilds/{report['id']}")["why"] == "COMMAND_LINE"
    assert "nothing is behind" in daybook("status", "--tenant", here.slug)
    assert "0 parked streams" in daybook("parked", "list")
    for words in (["rebuild"], ["rebuilds"], ["rebuilds", "resume"], ["parked"], ["parked", "skip"], ["status"]):
        helped = CliRunner().invoke(app, [*words, "--help"])
        assert (helped.exit_code, len(helped.stdout.splitlines()) > 8) == (0, True)
