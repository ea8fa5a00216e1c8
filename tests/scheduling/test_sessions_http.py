"""Sessions over HTTP: reading them, what happens to them, and whose they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.support.system import Centre

NOW = datetime.now(UTC)
YESTERDAY = (NOW - timedelta(days=1)).date().isoformat()


def day(ahead: int) -> str:
    return (NOW + timedelta(days=ahead)).date().isoformat()


class Booked:
    """A centre with one session at 10:00 a week from now, and the people of it."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.patient = centre.patient()
        self.therapist = centre.therapist("thea")
        self.kind = centre.therapy_type()
        self.session = self.book()["id"]

    def book(self, **fields: Any) -> Any:
        chosen = {"patient": self.patient, "therapist": self.therapist, "kind": self.kind}
        people = {name: fields.pop(name, default) for name, default in chosen.items()}
        return self.centre.session(people["patient"], people["therapist"], people["kind"], date=day(7), **fields)

    def past(self, start: str = "10:00") -> str:
        made: str = self.centre.session(
            self.patient, self.therapist, self.kind, date=YESTERDAY, startTime=start
        )["id"]  # fmt: skip
        return made

    def status(self, session: str) -> str:
        found: str = self.centre.get(f"/sessions/{session}")["status"]
        return found


@pytest.fixture
def booked(centre: Centre) -> Booked:
    return Booked(centre)


def test_a_session_is_read_with_names_and_an_etag(booked: Booked) -> None:
    answer = booked.centre.request("GET", f"/sessions/{booked.session}")
    found = answer.json()
    assert {name: found[name] for name in ("patientName", "therapistName", "status", "startTime", "endTime")} == {
        "patientName": "Kiran Das", "therapistName": "Thea Tester", "status": "SCHEDULED",
        "startTime": "10:00", "endTime": "11:00",
    }  # fmt: skip
    assert (found["price"], found["priceSource"], found["timezone"]) == ("800.00", "THERAPY_TYPE", "Asia/Kolkata")
    assert found["startsAt"] == f"{day(7)}T04:30:00Z"
    assert (answer.headers["etag"], found["version"]) == ('"1"', 1)
    same = booked.centre.request("GET", f"/sessions/{booked.session}", headers={"If-None-Match": '"1"'})
    assert (same.status_code, same.content) == (304, b"")


def test_if_match_guards_a_move(booked: Booked) -> None:
    path, body = f"/sessions/{booked.session}", {"startTime": "12:00"}
    assert booked.centre.request("PUT", path, body, headers={"If-Match": '"9"'}).status_code == 412
    moved = booked.centre.request("PUT", path, body, headers={"If-Match": '"1"'})
    assert (moved.status_code, moved.json()["startTime"], moved.headers["etag"]) == (200, "12:00", '"2"')


def test_lists_are_filtered_sorted_and_paged(booked: Booked) -> None:
    other, massage = booked.centre.therapist(), booked.centre.therapy_type()
    child = booked.centre.patient(firstName="Asha")
    second = booked.book(therapist=other, patient=child, startTime="09:00")["id"]
    third = booked.book(kind=massage, startTime="12:00")["id"]
    booked.centre.post(f"/sessions/{third}/cancel", {"reason": "Fever"})

    def ids(**query: Any) -> list[str]:
        return [row["id"] for row in booked.centre.get("/sessions", params=query)["data"]]

    assert ids() == [second, booked.session, third]
    assert ids(sort="-startsAt") == [third, booked.session, second]
    assert ids(therapistId=other) == ids(patientId=child) == [second]
    assert ids(therapyTypeId=massage) == ids(status="CANCELLED") == [third]
    assert ids(status=["CANCELLED", "SCHEDULED"], date=day(7)) == [second, booked.session, third]
    assert ids(date=day(6)) == ids(dateFrom=day(8)) == ids(dateTo=day(6)) == ids(patientId=uuid4()) == []
    assert ids(dateFrom=day(7), dateTo=day(7), page=2, pageSize=2) == [third]
    page = booked.centre.get("/sessions", params={"pageSize": 1})
    assert (page["total"], page["page"], page["pageSize"], len(page["data"])) == (3, 1, 1, 1)
    for wrong in ({"sort": "patientName"}, {"status": "LATE"}, {"date": "2026-02-30"}, {"patientId": "x"}):
        booked.centre.get("/sessions", params=wrong, expect=422)
    found = booked.centre.get(f"/patients/{booked.patient}/sessions")["data"]
    assert [row["id"] for row in found] == [booked.session, third]
    booked.centre.get(f"/patients/{uuid4()}/sessions", expect=404)


def test_the_calendar_has_every_day_and_no_cancelled_session(booked: Booked) -> None:
    gone = booked.book(startTime="14:00")["id"]
    booked.centre.post(f"/sessions/{gone}/cancel", {"reason": "Fever", "cancelledBy": "CENTRE"})
    found = booked.centre.get("/sessions/calendar", params={"from": day(6), "to": day(8)})
    assert found["timezone"] == "Asia/Kolkata"
    assert [(each["date"], [s["id"] for s in each["sessions"]]) for each in found["days"]] == [
        (day(6), []), (day(7), [booked.session]), (day(8), []),
    ]  # fmt: skip
    one = {"from": day(7), "to": day(7), "therapistId": str(uuid4())}
    assert booked.centre.get("/sessions/calendar", params=one)["days"] == [{"date": day(7), "sessions": []}]
    for first, last in (
        (day(0), day(62)),
        (day(2), day(1)),
        ("0001-01-01", "0001-01-02"),
        ("9999-12-30", "9999-12-31"),
    ):
        booked.centre.get("/sessions/calendar", params={"from": first, "to": last}, expect=422)
    booked.centre.get("/sessions/calendar", params={"from": day(7)}, expect=422)


def test_therapists_see_their_own_sessions_only(booked: Booked) -> None:
    other = booked.centre.therapist("otto")
    theirs = booked.book(therapist=other, startTime="12:00")["id"]
    mine = booked.session
    for who, own, foreign in (("thea", mine, theirs), ("otto", theirs, mine)):
        found = booked.centre.get("/sessions", as_=who)
        assert [row["id"] for row in found["data"]] == [own]
        assert booked.centre.get("/sessions", params={"therapistId": other}, as_="thea")["total"] == 0
        days = booked.centre.get("/sessions/calendar", params={"from": day(7), "to": day(7)}, as_=who)["days"]
        assert [row["id"] for row in days[0]["sessions"]] == [own]
        assert booked.centre.get(f"/sessions/{own}", as_=who)["id"] == own
        absent = booked.centre.get(f"/sessions/{uuid4()}", as_=who, expect=404)["error"]
        hidden = booked.centre.get(f"/sessions/{foreign}", as_=who, expect=404)["error"]
        assert (hidden["code"], hidden["message"], hidden["details"]) == (
            absent["code"], absent["message"], absent["details"],
        )  # fmt: skip
        for step in ("start", "complete", "no-show"):
            booked.centre.post(f"/sessions/{foreign}/{step}", as_=who, expect=404)
        booked.centre.put(f"/sessions/{foreign}/notes", {"notes": "x"}, as_=who, expect=404)
    assert booked.centre.get(f"/patients/{booked.patient}/sessions", as_="otto")["total"] == 1
    slots = {"from": day(7), "to": day(7), "therapyTypeId": booked.kind}
    booked.centre.get(f"/therapists/{booked.therapist}/slots", params=slots, as_="otto", expect=404)
    stranger = booked.centre.patient(firstName="Stranger")
    booked.centre.get(f"/therapists/{other}/slots", params=slots | {"patientId": stranger}, as_="otto", expect=404)
    assert booked.centre.get(f"/therapists/{other}/slots", params=slots, as_="otto")["slots"]


def test_a_day_of_a_session(booked: Booked) -> None:
    session = booked.past()
    assert booked.centre.post(f"/sessions/{session}/start", as_="thea")["status"] == "IN_PROGRESS"
    done = booked.centre.post(f"/sessions/{session}/complete", {"notes": "Said 'mama'"}, as_="thea")
    assert (done["status"], done["charged"], done["version"]) == ("COMPLETED", "800.00", 4)
    for step, body in (("start", {}), ("complete", {}), ("cancel", {"reason": "x"}), ("no-show", {})):
        refused = booked.centre.post(f"/sessions/{session}/{step}", body, expect=409)["error"]
        assert (refused["code"], refused["details"]) == ("WRONG_STATUS", {"status": "COMPLETED"})
    assert booked.centre.post(f"/sessions/{booked.session}/complete", expect=409)["error"]["code"] == "TOO_EARLY"
    missed = booked.past("12:00")
    assert booked.centre.post(f"/sessions/{missed}/no-show")["fee"] == "800.00"
    back = booked.centre.post(f"/sessions/{missed}/reverse-no-show", {"reason": "He waited outside"})
    assert (back["status"], back["charged"], booked.status(missed)) == ("SCHEDULED", "800.00", "SCHEDULED")
    waived = booked.centre.post(f"/sessions/{missed}/no-show", {"waiveFee": True, "waiverReason": "Ill"})
    assert (waived["feeDue"], waived["fee"], waived["feeWaived"]) == ("800.00", "0.00", True)
    found = booked.centre.get(f"/sessions/{missed}")
    assert (found["fee"], found["feeDue"], found["waiverReason"]) == ("0.00", "800.00", "Ill")


def test_cancelling_shows_who_and_why(booked: Booked) -> None:
    booked.centre.post(f"/sessions/{booked.session}/cancel", {}, expect=422)
    ended = booked.centre.post(f"/sessions/{booked.session}/cancel", {"reason": "Fever"}, as_="OPERATOR")
    assert (ended["status"], ended["fee"], ended["charged"]) == ("CANCELLED", "0.00", "0.00")
    found = booked.centre.get(f"/sessions/{booked.session}")
    assert (found["status"], found["cancelledBy"], found["cancelReason"]) == ("CANCELLED", "PATIENT", "Fever")
    booked.book()  # its time is free again


def test_clinical_notes_are_for_the_therapist_and_administrators(booked: Booked) -> None:
    path, text = f"/sessions/{booked.session}", "CANARY: said 'mama'"
    booked.centre.put(f"{path}/notes", {"notes": text}, as_="thea")
    for who, seen in (
        ("thea", text),
        ("WORKSPACE_ADMIN", text),
        ("OPERATOR", None),
        ("ACCOUNTANT", None),
        ("AUDITOR", None),
    ):
        assert booked.centre.get(path, as_=who)["notes"] == seen
        assert booked.centre.get("/sessions", as_=who)["data"][0]["notes"] == seen
        days = booked.centre.get("/sessions/calendar", params={"from": day(7), "to": day(7)}, as_=who)["days"]
        assert days[0]["sessions"][0]["notes"] == seen
        assert booked.centre.get(f"/patients/{booked.patient}/sessions", as_=who)["data"][0]["notes"] == seen
    for who in ("OPERATOR", "AUDITOR"):
        told = booked.centre.get(f"{path}/history", as_=who)["data"]
        assert told[0]["type"] == "scheduling.SessionNotesWritten"
        assert text not in str(told)
    assert text in booked.centre.request("GET", f"{path}/history").text
    for who in ("OPERATOR", "ACCOUNTANT", "AUDITOR"):
        booked.centre.put(f"{path}/notes", {"notes": "x"}, as_=who, expect=403)
    session = booked.past()
    booked.centre.post(f"/sessions/{session}/complete", {"notes": "x"}, as_="OPERATOR", expect=403)
    assert booked.status(session) == "SCHEDULED"


def test_history_tells_who_did_what(booked: Booked) -> None:
    booked.centre.put(f"/sessions/{booked.session}", {"startTime": "12:00"}, as_="OPERATOR")
    told = booked.centre.get(f"/sessions/{booked.session}/history", as_="AUDITOR")["data"]
    assert [event["type"] for event in told] == ["scheduling.SessionRescheduled", "scheduling.SessionBooked"]
    assert told[0]["actor"] == booked.centre.users["OPERATOR"]
    booked.centre.get(f"/sessions/{uuid4()}/history", expect=404)
