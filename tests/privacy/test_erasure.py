"""Erasing a patient: gone from everything that is kept, while the money stands and the book verifies."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from adapters.certificates import statement
from tests.documents.pages import Pages
from tests.privacy.planting import (
    BORN,
    CANARY,
    PHONE,
    Planted,
    daybook,
    files_with,
    published,
    tables_with,
    until_sent,
)
from tests.support.system import Centre, RunningSystem, wait_until

ASKED = {"basis": "REQUESTED"}


@pytest.fixture(scope="module")
def planted(house: RunningSystem) -> Planted:
    made = Planted(house.new_centre())
    until_sent(made)
    wait_until(lambda: told_to_all(made.centre), 30)
    return made


def told_to_all(centre: Centre) -> bool:
    """The desk among them, and nobody is just being told: what was being sent while it was erased has been sent."""
    found = centre.get("/notifications?pageSize=100")["data"]
    desk = any(each["kind"] == "RESCHEDULE_DECIDED" for each in found)
    return desk and all(each["status"] not in {"PENDING", "SENDING"} for each in found)


def test_sessions_to_come_are_named_and_nothing_is_erased(house: RunningSystem) -> None:
    centre = house.new_centre()
    patient, therapist, kind = centre.patient(), centre.therapist(), centre.therapy_type()
    coming = centre.session(patient, therapist, kind)["id"]
    refused = centre.post(f"/patients/{patient}/erase", ASKED, expect=409)["error"]
    assert (refused["code"], refused["details"]["sessions"]) == ("SESSIONS_AHEAD", [coming])
    assert centre.get(f"/patients/{patient}")["firstName"] == "Kiran"
    centre.get(f"/patients/{patient}/erasure-certificate", expect=404)
    centre.post(f"/sessions/{coming}/cancel", {"reason": "moving away"})
    assert centre.post(f"/patients/{patient}/erase", ASKED)["erased"] == [patient]
    centre.post("/sessions", {"patientId": patient, "therapistId": therapist, "therapyTypeId": kind,
                              "date": "2031-02-03", "startTime": "10:00"}, expect=409)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "basis"), ({"basis": "BECAUSE"}, "basis"), ({"basis": "REQUESTED", "note": "x"}, "note")],
)
def test_why_is_chosen_and_nothing_else_is_said(house: RunningSystem, body: Any, field: str) -> None:
    centre = house.new_centre()
    refused = centre.post(f"/patients/{centre.patient()}/erase", body, expect=422)["error"]
    assert field in str(refused["details"])


def test_an_erased_patient_is_nowhere(house: RunningSystem, planted: Planted, tmp_path: Path) -> None:
    centre, patient, tenant = planted.centre, planted.patient, planted.centre.tenant_id
    before = tables_with(house, tenant)
    assert before >= {  # the control: it was there to be found
        "reading.patients", "reading.sessions", "reading.progress_reports", "reading.progress_report_versions",
        "reading.reschedule_requests", "reading.notices",
    }  # fmt: skip
    assert not {table for table in before if not table.startswith("reading.")}
    assert files_with(house.folder)
    trial, count = centre.get("/reports/trial-balance"), len(published(house, tenant))
    dues = centre.get(f"/patients/{patient}/outstanding-dues")

    answer = centre.post(f"/patients/{patient}/erase", ASKED)

    assert answer["erased"] == [patient]
    assert answer["receiptNumber"].startswith("ERASURE/")
    assert tables_with(house, tenant) == set(), "events, keys, answers, read models, delivery"
    assert files_with(house.folder) == set(), "logs, outbox, ledger"
    messages = published(house, tenant)
    assert len(messages) == count + 1
    assert not [m for m in messages for word in (CANARY, PHONE, BORN) if word.encode() in m]
    assert centre.get("/reports/trial-balance") == trial
    assert centre.get(f"/patients/{patient}/outstanding-dues") == dues
    assert centre.get("/audit/verify")["verified"] is True
    told = [centre.get(f"/patients/{patient}"), centre.get(f"/patients/{patient}/history?limit=100")]
    told += [centre.get(f"/{what}?pageSize=100") for what in ("sessions", "patients", "notifications", "payments")]
    told += [centre.get("/events?limit=500"), centre.get(f"/patients/{patient}/progress-reports")]
    assert CANARY not in json.dumps(told)
    assert PHONE not in json.dumps(told)

    report = json.loads(daybook(house, "rebuild", "--tenant", tenant, "--check", "--json"))
    assert report["differing"] == 0, {k: v for k, v in report["tables"].items() if v["differing"]}
    daybook(house, "rebuild", "--tenant", tenant, "--quiet")
    assert tables_with(house, tenant) == set(), "after a fresh rebuild"
    for what in (("--book",), ("--journal",), ("--journal", "--format", "csv")):
        daybook(house, "export", "--tenant", tenant, *what, "--out", str(tmp_path / "-".join(what).strip("-")))
    assert len(list(tmp_path.iterdir())) == 3
    assert files_with(tmp_path) == set(), "exports"


def test_the_certificate_says_what_was_destroyed_and_is_signed(house: RunningSystem, planted: Planted) -> None:
    centre, patient = planted.centre, planted.patient
    again = centre.post(f"/patients/{patient}/erase", ASKED)
    assert again["erased"] == [], "twice is once"
    told = centre.get(f"/patients/{patient}/erasure-certificate", as_="AUDITOR")
    assert told == centre.get(f"/patients/{patient}/erasure-certificate"), "the same at each asking"
    assert (told["patientId"], told["basis"], told["tenantId"]) == (patient, "REQUESTED", centre.tenant_id)
    destroyed = {each["type"]: each["events"] for each in told["destroyed"]}
    assert destroyed["patients.PatientRegistered"] == 1
    assert destroyed["progress.ReportWritten"] == destroyed["progress.ReportCorrected"] == 1
    assert destroyed["notices.SendingBegan"] >= 1
    assert sum(destroyed.values()) == told["destroyedEvents"]
    kept = {each["type"]: each["events"] for each in told["kept"]}
    assert kept["billing.PaymentRecorded"] == kept["patients.PatientErased"] == 1
    with psycopg.connect(house.database.admin_url) as db:
        query = "SELECT position, encode(hash, 'hex') FROM book.events WHERE tenant_id = %s"
        hashes: dict[int, str] = dict(db.execute(query, [centre.tenant_id]).fetchall())
        destroyed_key = db.execute(
            "SELECT wrapped, destroyed_at IS NOT NULL FROM book.subject_keys WHERE subject_id = %s", [patient]
        ).fetchone()
    assert (told["chainBefore"], told["chainAfter"]) == (hashes[told["position"] - 1], hashes[told["position"]])
    assert destroyed_key == (None, True)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(told["publicKey"]))
    key.verify(base64.b64decode(told["signature"]), statement(told))
    altered = {**told, "erasedAt": "2031-01-01T00:00:00+00:00"}
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(told["signature"]), statement(altered))
    pdf = centre.request("GET", f"/patients/{patient}/erasure-certificate/export")
    assert pdf.headers["content-type"] == "application/pdf"
    text = Pages(pdf.content).letters()
    assert told["number"] in text
    assert patient in text
    assert "Patientregistered(patients)1" in text, "in words"
    assert CANARY not in text


def test_nobody_else_may_and_a_foreign_patient_is_not_there(house: RunningSystem) -> None:
    centre, foreign = house.new_centre(), house.new_centre()
    patient = centre.patient()
    for role in ("OPERATOR", "THERAPIST", "ACCOUNTANT", "AUDITOR"):
        centre.post(f"/patients/{patient}/erase", ASKED, as_=role, expect=403)
    foreign.post(f"/patients/{patient}/erase", ASKED, expect=404)
    assert centre.get(f"/patients/{patient}")["erased"] is False


def test_a_version_that_was_seen_is_honoured(house: RunningSystem) -> None:
    centre = house.new_centre()
    patient = centre.patient()
    stale = centre.request("POST", f"/patients/{patient}/erase", ASKED, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    assert centre.get(f"/patients/{patient}")["firstName"] == "Kiran"


def test_a_parked_stream_keeps_nothing(house: RunningSystem) -> None:
    """The engine scrubs whatever stands still."""
    centre = house.new_centre()
    patient = centre.patient(firstName=f"{CANARY}parked")
    with psycopg.connect(house.database.admin_url, autocommit=True) as db:
        db.execute(
            "INSERT INTO reading.parked (tenant_id, projection, stream_id, position, version, topic, error)"
            " VALUES (%s, 'patients', %s, 1, 2, 'patients.PatientErased', 'ValueError')", [centre.tenant_id, patient],
        )  # fmt: skip
        assert tables_with(house, centre.tenant_id) == {"reading.patients"}
        try:
            centre.post(f"/patients/{patient}/erase", ASKED)
            assert tables_with(house, centre.tenant_id) == set()
        finally:
            db.execute("DELETE FROM reading.parked WHERE stream_id = %s", [patient])


def test_the_ledger_has_a_line_and_a_forged_one_is_refused(house: RunningSystem, planted: Planted) -> None:
    from adapters.crypto import Keyring
    from adapters.erasure_ledger import ErasureLedger, NotALedger
    from tests.support.system import SECRETS

    path = house.folder / "erasures.jsonl"
    ledger = ErasureLedger(path, Keyring(base64.b64decode(SECRETS["DAYBOOK_MASTER_KEY"])))
    [mine] = [each for each in ledger.read() if each.patient_id == UUID(planted.patient)]
    assert mine.number.startswith("ERASURE/")
    forged = path.with_name("forged.jsonl")
    forged.write_text(path.read_text().replace(planted.patient, str(UUID(int=7))))
    with pytest.raises(NotALedger):
        ErasureLedger(forged, Keyring(base64.b64decode(SECRETS["DAYBOOK_MASTER_KEY"]))).read()
    with pytest.raises(NotALedger):
        ErasureLedger(path, Keyring(bytes(32))).read()
    forged.unlink()
