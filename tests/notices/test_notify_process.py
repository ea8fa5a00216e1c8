"""Everything as it runs: what happens over HTTP leads, through the books, a consumer and the worker, to messages. And
nobody who is written to is quoted on the way."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.embedded_postgres import PostgresServer
from tests.support.postgres import copied_database
from tests.support.system import Centre, RunningSystem, running_system, wait_until

NAME, GUARDIAN, PHONE, EMAIL = "Zqchild", "Zqmother", "+919867530911", "zqmail@family.example"
CANARIES = (NAME, GUARDIAN, PHONE, PHONE[3:], EMAIL, "zqwritten", "zqtherapist")
SECONDS = 40


@pytest.fixture(scope="module")
def notifying(
    postgres: PostgresServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSystem]:
    """API, projector and ``daybook notify``, on the console."""
    with (
        copied_database(postgres, template) as database,
        running_system(database, tmp_path_factory.mktemp("notifying")) as system,
    ):
        system.environment |= {"DAYBOOK_LOG_LEVEL": "DEBUG", "SMS_PROVIDER": "console"}
        system.start("notify")
        wait_until(lambda: _follows(system), SECONDS)  # what was there before it first came is not its business
        yield system


def _follows(system: RunningSystem) -> bool:
    with psycopg.connect(system.database.admin_url) as db:
        return db.execute("SELECT 1 FROM delivery.consumers WHERE name = 'notifications'").fetchone() is not None


@pytest.fixture(scope="module")
def told(notifying: RunningSystem) -> dict[str, Any]:
    """A centre in which everything happened that somebody is told of, and its log once all of it was sent."""
    centre = notifying.new_centre()
    settings = {"quietHoursEnabled": False, "notices": [{"kind": "PAYMENT_RECEIPT", "channels": ["SMS", "EMAIL"]}]}
    centre.put(f"/tenants/{centre.tenant_id}/settings", settings)
    family = {"firstName": NAME, "guardianName": GUARDIAN, "guardianPhone": PHONE, "guardianEmail": EMAIL}
    patient, therapist, kind = centre.patient(**family), centre.therapist("zqtherapist"), centre.therapy_type()
    centre.user("OPERATOR")
    session = centre.session(patient, therapist, kind)["id"]
    other = centre.session(patient, therapist, kind, startTime="15:00")["id"]
    _all_told(centre, "SESSION_BOOKED", 2)
    later = (date.today() + timedelta(days=8)).isoformat()  # noqa: DTZ011
    centre.put(f"/sessions/{session}", {"date": later, "startTime": "11:00"})
    centre.post(f"/sessions/{other}/cancel", {"reason": "zqwritten"})
    centre.post("/payments", {"patientId": patient, "amount": "500.00", "method": "CASH"}, expect=201)
    asked = {"sessionId": session, "proposals": [{"date": later, "startTime": "16:00"}], "reason": "zqwritten"}
    request = centre.post("/reschedule-requests", asked, expect=201, as_="zqtherapist")["id"]
    _all_told(centre, "RESCHEDULE_REQUESTED", 2)
    centre.put(f"/reschedule-requests/{request}/reject", {"reason": "zqwritten"})
    series = {
        "patientId": patient, "therapistId": therapist, "therapyTypeId": kind, "firstDate": later, "startTime": "09:00",
        "rule": "FREQ=WEEKLY;COUNT=4",
    }  # fmt: skip
    written = {"patientId": patient, "channel": "SMS", "message": "zqwritten"}
    centre.post("/notifications/send", written, expect=201)
    counts = {
        "SESSION_RESCHEDULED": 1, "SESSION_CANCELLED": 1, "PAYMENT_RECEIPT": 2, "RESCHEDULE_DECIDED": 1, "MANUAL": 1,
    }  # fmt: skip
    for what, count in counts.items():
        _all_told(centre, what, count)
    return {"centre": centre, "patient": patient, "series": series}


def _log(centre: Centre, **params: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = centre.get("/notifications", params={"pageSize": 100, **params})["data"]
    return listed


def _all_told(centre: Centre, kind: str, count: int) -> list[dict[str, Any]]:
    """Once so many notices of a kind have been sent."""

    def sent() -> list[dict[str, Any]]:
        found = _log(centre, kind=kind)
        return found if len(found) == count and {row["status"] for row in found} == {"SENT"} else []

    found: list[dict[str, Any]] = wait_until(sent, SECONDS)
    return found


def test_whoever_is_to_know_is_told_once(told: dict[str, Any], notifying: RunningSystem) -> None:
    centre: Centre = told["centre"]
    log = _log(centre)
    assert {row["status"] for row in log} == {"SENT"}
    texts = [path.read_text("utf-8") for path in (notifying.folder / "outbox").glob("*.sms.txt")]
    assert len(texts) == len([row for row in log if row["channel"] == "SMS"]) == 6
    assert all(f"To: {PHONE}\n" in text for text in texts)
    letters = [path.read_text("utf-8") for path in (notifying.folder / "outbox").glob("*.eml")]
    assert len(letters) == len([row for row in log if row["channel"] == "EMAIL"]) == 4
    receipt = centre.get(f"/patients/{told['patient']}/payments")["data"][0]["receiptNumber"]
    [paid] = [text for text in texts if "500.00" in text]
    assert receipt in paid
    [decided] = [row for row in log if row["kind"] == "RESCHEDULE_DECIDED"]
    assert "rejected" in decided["message"]
    asked = [row for row in log if row["kind"] == "RESCHEDULE_REQUESTED"]
    assert {row["userName"] for row in asked} == {"Asha Rao", "Operator Tester"}


def test_a_series_is_told_of_once(told: dict[str, Any]) -> None:
    centre: Centre = told["centre"]
    centre.post("/sessions/series", told["series"], expect=201)
    newest = _all_told(centre, "SESSION_BOOKED", 3)[0]
    assert newest["sessions"] == 4
    assert newest["message"].endswith("09:00 and 3 more.")


def test_nobody_is_quoted_in_a_log_or_a_stored_answer(told: dict[str, Any], notifying: RunningSystem) -> None:
    logs = "".join(path.read_text("utf-8", "replace") for path in notifying.folder.glob("*.log"))
    assert "daybook" in logs
    with psycopg.connect(notifying.database.admin_url) as db:
        stored = db.execute("SELECT * FROM book.commands").fetchall()
        events = db.execute("SELECT * FROM book.events WHERE topic LIKE 'notices.%'").fetchall()
        tables = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'delivery'").fetchall()
        kept = [db.execute(f"SELECT * FROM delivery.{name}").fetchall() for (name,) in tables]
    assert len(events) > 20
    for canary in CANARIES:
        assert canary.casefold() not in logs.casefold(), canary
        for rows in (stored, events, kept):
            assert canary.casefold() not in repr(rows).casefold(), canary


def test_no_message_was_dead(told: dict[str, Any], notifying: RunningSystem) -> None:
    command = [sys.executable, "-m", "adapters.cli", "dlq", "list", "--json"]
    done = subprocess.run(command, env=notifying.environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_a_message_handled_twice_is_told_of_once(told: dict[str, Any], notifying: RunningSystem) -> None:
    """The consumer is put back to the start of the books, as if it had never committed."""
    centre: Centre = told["centre"]
    before = len(_log(centre))
    process = notifying.processes.pop("notify")
    process.terminate()
    assert process.wait(20) == 0
    with psycopg.connect(notifying.database.admin_url) as db:
        moved = db.execute("UPDATE delivery.positions SET position = 0 WHERE consumer = 'notifications'").rowcount
    assert moved > 0
    notifying.start("notify")
    written = centre.post(
        "/notifications/send", {"patientId": told["patient"], "channel": "SMS", "message": "after"}, expect=201
    )
    wait_until(lambda: centre.get(f"/notifications/{written['id']}")["status"] == "SENT", SECONDS)
    another = centre.patient(**{"guardianPhone": "+919800000002", "guardianEmail": "o@family.example"})
    centre.post("/payments", {"patientId": another, "amount": "10.00", "method": "CASH"}, expect=201)
    _all_told(centre, "PAYMENT_RECEIPT", 4)
    assert len(_log(centre)) == before + 3
    assert Path(notifying.folder / "outbox").is_dir()
