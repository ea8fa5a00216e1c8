"""What a report says is for administrators and whoever treats the patient. A canary stands in each text of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.progress.clinic import Clinic, answers
from tests.support.system import PASSWORD, PLATFORM_ADMIN, Centre, sign_in

CANARIES = TEXT, CORRECTED, REASON = "zqtextcanary", "zqcorrectedcanary", "zqreasoncanary"
OUTSIDERS = ("OPERATOR", "ACCOUNTANT", "AUDITOR", "otto", "SUPER_ADMIN")


class Planted(Clinic):
    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        self.report = self.write(said=answers(notes=TEXT))["id"]
        self.correct(self.report, said=answers(notes=CORRECTED), reason=REASON)
        self.second = self.write(sessionId=self.past("12:00"), said=answers(notes="dull"))["id"]

    def reads(self) -> list[tuple[str, dict[str, Any]]]:
        own = f"/progress-reports/{self.report}"
        return [
            ("/progress-reports", {}),
            ("/progress-reports", {"search": TEXT, "fields": "id,sections,answers,text,reason"}),
            ("/progress-reports", {"sort": "text"}),
            ("/progress-reports/compare", {"left": self.report, "right": self.second}),
            (own, {}),
            (own, {"version": 1}),
            (f"{own}/versions", {}),
            (f"{own}/export", {}),
            (f"{own}/history", {}),
            (f"/patients/{self.patient}/progress-reports", {}),
            (f"/patients/{self.patient}", {}),
            (f"/patients/{self.patient}/history", {}),
            ("/patients", {"search": TEXT}),
            (f"/sessions/{self.session}", {}),
            (f"/sessions/{self.session}/history", {}),
        ]


@pytest.fixture
def planted(centre: Centre) -> Planted:
    return Planted(centre)


def answer(planted: Planted, who: str, path: str, query: dict[str, Any]) -> Any:
    return planted.centre.request("GET", path, as_=who, params=query)


def test_nobody_else_is_told_a_word(planted: Planted) -> None:
    with planted.centre.system.client() as client:
        planted.centre.tokens["SUPER_ADMIN"] = sign_in(client, PLATFORM_ADMIN, PASSWORD, "platform")
    for who in OUTSIDERS:
        for path, query in planted.reads():
            got = answer(planted, who, path, query)
            told = [c for c in CANARIES if c in got.text + str(got.headers) and c not in str(query)]
            assert told == [], f"{who} {path} {query}: {got.text}"
            if path.startswith("/progress-reports") and not path.endswith("history"):
                fair = {"otto": {200, 404, 422}}.get(who, {403})
                assert got.status_code in fair, f"{who} {path}: {got.status_code}"
                assert b"%PDF" not in got.content
    control = {
        who: "".join(answer(planted, who, p, q).text for p, q in planted.reads()) for who in ("thea", "WORKSPACE_ADMIN")
    }
    assert all(canary in text for text in control.values() for canary in CANARIES)  # they are there to be seen


def test_the_auditor_sees_that_it_happened(planted: Planted) -> None:
    told = planted.get(f"/{planted.report}/history", as_="AUDITOR")["data"]
    assert [event["type"] for event in told] == ["progress.ReportCorrected", "progress.ReportWritten"]
    assert (told[0]["data"]["answers"], told[0]["data"]["reason"]) == ("[redacted]", "[redacted]")
    assert told[0]["actor"] == planted.therapist
    assert planted.get(f"/{planted.report}/history", as_="WORKSPACE_ADMIN")["data"][0]["data"]["reason"] == REASON


def test_a_colleague_finds_nothing_and_changes_nothing(planted: Planted) -> None:
    assert planted.get("", as_="otto", params={"search": "dull"})["data"] == []
    planted.correct(planted.report, as_="otto", expect=404)
    planted.write(as_="otto", expect=404)  # Thea's session and patient
    planted.write(as_="otto", sessionId=None, expect=404)  # a patient whom Otto does not treat
    planted.write(as_="otto", sessionId=None, patientId=planted.others, therapistId=planted.therapist, expect=404)
    planted.write(as_="OPERATOR", expect=403)
    planted.template(as_="thea", expect=403)
    assert planted.get(f"/{planted.report}")["version"] == 2


def test_whoever_treats_the_patient_too_reads_but_does_not_correct(planted: Planted) -> None:
    planted.past("15:00", therapist=planted.other)
    assert CORRECTED in str(planted.get(f"/{planted.report}", as_="otto"))
    assert planted.get("", as_="otto", params={"search": CORRECTED})["total"] == 1
    planted.correct(planted.report, as_="otto", expect=404)


def test_reading_and_exporting_are_recorded(planted: Planted) -> None:
    def entries(action: str) -> int:
        path, query = "/access-log", {"action": action, "subjectId": planted.report}
        found: int = planted.centre.get(path, params=query)["total"]
        return found

    before = entries("read"), entries("export")
    planted.get(f"/{planted.report}")
    planted.get("")  # says nothing, so it is no reading
    planted.get(f"/{planted.report}/versions")
    planted.centre.request("GET", f"/progress-reports/{planted.report}/export", as_="thea")
    assert (entries("read") - before[0], entries("export") - before[1]) == (2, 1)


def test_the_book_has_them_sealed_only(planted: Planted) -> None:
    with psycopg.connect(planted.centre.system.database.admin_url) as db:
        stored = db.execute(
            "SELECT string_agg(data::text, ' ') FROM book.events"
            " WHERE tenant_id = %s AND topic LIKE 'progress.Report%%'",
            [planted.centre.tenant_id],
        ).fetchone()
    assert stored is not None
    assert "Session notes" in stored[0]  # the heading is the centre's
    assert [canary for canary in (TEXT, CORRECTED, REASON) if canary in stored[0]] == []


def test_another_centres_report_does_not_exist(planted: Planted, centre: Centre) -> None:
    stranger = centre.system.new_centre()
    for path in ("", "/versions", "/export", "/history"):
        absent = stranger.get(f"/progress-reports/{uuid4()}{path}", expect=404)["error"]["code"]
        assert stranger.get(f"/progress-reports/{planted.report}{path}", expect=404)["error"]["code"] == absent
    assert stranger.get("/progress-reports", params={"search": TEXT})["total"] == 0


def test_of_an_erased_patient_nothing_is_told_or_exported(planted: Planted) -> None:
    """Their rows keep the texts until they are rebuilt; what is asked of them does not."""
    with psycopg.connect(planted.centre.system.database.admin_url) as db:
        db.execute("UPDATE reading.patients SET erased = true, first_name = NULL WHERE id = %s", [planted.patient])
    own = f"/progress-reports/{planted.report}"
    for path, query in planted.reads():
        if not path.endswith("history") and path != "/progress-reports":
            assert [c for c in CANARIES if c in answer(planted, "WORKSPACE_ADMIN", path, query).text] == [], path
    found = planted.centre.get(own)
    assert (found["erased"], found["reason"], {s["value"] for s in found["sections"]}) == (True, None, {None})
    assert planted.get("", as_="WORKSPACE_ADMIN", params={"search": "canary"})["total"] == 0
    assert planted.centre.get(f"{own}/export", expect=409)["error"]["message"].startswith(
        "This patient's personal data"
    )
