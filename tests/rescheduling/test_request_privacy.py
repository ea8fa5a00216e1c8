"""Whose requests they are, and what they may never tell: a colleague's, another centre's, a clinical text, an erased
patient's words in the book."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.rescheduling.asking import OTTO, THEA, Asking, at, day
from tests.support.system import Centre, RunningSystem

NOTES, MEDICAL, REASON, NOTE = (f"zq{kind}canary" for kind in ("session", "medical", "reason", "answer"))
STAFF = ("WORKSPACE_ADMIN", "OPERATOR", "ACCOUNTANT", "AUDITOR")


@pytest.fixture
def asking(centre: Centre) -> Asking:
    return Asking(centre)


def told(answer: Any) -> tuple[Any, ...]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"], error["details"]


def everything(request: str) -> list[tuple[str, str, Any]]:
    """Every way to reach a request by its id."""
    path = f"/reschedule-requests/{request}"
    return [("GET", path, None), ("GET", f"{path}/alternatives", None), ("DELETE", path, None)]


def test_a_colleagues_requests_and_sessions_do_not_exist(asking: Asking) -> None:
    asking.centre.therapist(OTTO)
    made, before = asking.ask()["id"], asking.head()
    for (method, path, body), (_, nowhere, _) in zip(everything(made), everything(str(uuid4())), strict=True):
        hidden = asking.centre.request(method, path, body, as_=OTTO)
        assert told(hidden) == told(asking.centre.request(method, nowhere, body, as_=OTTO))
        assert hidden.status_code == 404
    assert asking.centre.get("/reschedule-requests", as_=OTTO)["total"] == 0
    for query in ({"therapistId": asking.therapist}, {"sessionId": asking.session}, {"patientId": asking.patient}):
        assert asking.centre.get("/reschedule-requests", params=query, as_=OTTO)["total"] == 0
        assert asking.centre.get("/reschedule-requests", params=query, as_=THEA)["total"] == 1  # the control
    asking.centre.delete(f"/reschedule-requests/{made}", as_=THEA)
    wish = {"proposals": [at(9, "14:00")], "reason": "Mine now"}
    foreign, nobodys = (
        asking.centre.request("POST", "/reschedule-requests", {"sessionId": session, **wish}, as_=OTTO)
        for session in (asking.session, str(uuid4()))
    )
    assert told(foreign) == told(nobodys)
    assert foreign.status_code == 404
    assert asking.written(before) == ["scheduling.RescheduleWithdrawn"]


def test_only_the_office_decides_and_only_therapists_ask(asking: Asking) -> None:
    made = asking.ask()["id"]
    for who in (THEA, "ACCOUNTANT", "AUDITOR"):
        asking.decide(made, as_=who, expect=403)
        asking.decide(made, "reject", {"reason": "No"}, as_=who, expect=403)
    for who in STAFF:
        asking.ask(session=asking.book(9, "09:00") if who == STAFF[0] else asking.session, as_=who, expect=403)
        asking.centre.delete(f"/reschedule-requests/{made}", as_=who, expect=403)
    assert asking.request(made)["status"] == "PENDING"


def test_another_centres_request_does_not_exist(asking: Asking, system: RunningSystem) -> None:
    made, stranger = asking.ask()["id"], system.new_centre()
    for method, path, body in (
        *everything(made)[:2],
        ("GET", f"/reschedule-requests/{made}/history", None),
        ("PUT", f"/reschedule-requests/{made}/approve", {}),
        ("PUT", f"/reschedule-requests/{made}/reject", {"reason": "No"}),
    ):
        hidden = stranger.request(method, path, body)
        assert told(hidden) == told(stranger.request(method, path.replace(made, str(uuid4())), body))
        assert hidden.status_code == 404
    assert stranger.get("/reschedule-requests", params={"sessionId": asking.session})["total"] == 0
    assert asking.request(made)["status"] == "PENDING"


def test_whose_session_was_handed_over_is_told_nothing_new_about_it(asking: Asking) -> None:
    otto = asking.centre.therapist(OTTO)
    made = asking.ask()["id"]
    assert asking.request(made, as_=THEA)["patientName"] == "Kiran Das"
    asking.centre.put(f"/sessions/{asking.session}", {"therapistId": otto, "startTime": "16:00"})
    found = asking.request(made, as_=THEA)
    assert (found["status"], found["overtakenBy"], found["sessionStartTime"]) == ("OVERTAKEN", "MOVED", "10:00")
    assert (found["patientName"], found["sessionStatus"], found["roomName"]) == (None, None, None)
    asking.centre.get(f"/reschedule-requests/{made}/alternatives", as_=THEA, expect=404)
    asking.centre.delete(f"/reschedule-requests/{made}", as_=THEA, expect=409)
    assert asking.request(made, as_="OPERATOR")["patientName"] == "Kiran Das"
    asking.centre.get(f"/reschedule-requests/{made}", as_=OTTO, expect=404)  # it was never Otto's
    assert asking.ask(at(9, "14:00"), as_=OTTO)["therapistId"] == otto


def test_no_clinical_text_comes_along_and_what_people_typed_is_sealed(asking: Asking, system: RunningSystem) -> None:
    asking.centre.put(f"/patients/{asking.patient}", {"medicalNotes": MEDICAL})
    asking.centre.put(f"/sessions/{asking.session}/notes", {"notes": NOTES}, as_=THEA)
    body = {"sessionId": asking.session, "proposals": [at(8, "14:00")], "reason": REASON}
    made = asking.centre.post("/reschedule-requests", body, as_=THEA, expect=201)
    approved = asking.decide(made["id"], body={"note": NOTE})
    texts = [str(made), str(approved)]
    path = f"/reschedule-requests/{made['id']}"
    for who in (*STAFF, THEA):
        for read in ("/reschedule-requests", path, f"{path}/alternatives"):
            texts.append(asking.centre.request("GET", read, as_=who).text)
        texts.append(
            asking.centre.request("GET", "/reschedule-requests?fields=notes,reason,medicalNotes", as_=who).text
        )
    for who in ("WORKSPACE_ADMIN", "AUDITOR"):
        texts.append(asking.centre.request("GET", f"{path}/history", as_=who).text)
    assert not [text for text in texts if NOTES in text or MEDICAL in text]
    assert sum(REASON in text for text in texts) >= 10  # the control: what belongs to it is there
    with psycopg.connect(system.database.admin_url) as db:
        stored = str(
            db.execute("SELECT data FROM book.events WHERE tenant_id = %s", [asking.centre.tenant_id]).fetchall()
        )
    assert "RescheduleRequested" not in stored  # data alone, without its topic
    assert asking.session in stored or day(8) in stored
    assert not [text for text in (REASON, NOTE, NOTES, MEDICAL) if text in stored]
