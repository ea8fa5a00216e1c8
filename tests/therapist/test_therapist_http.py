"""A therapist's pages over HTTP: what stands on them, and whose they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.support.system import RunningSystem
from tests.therapist.practice import Practice


@pytest.fixture
def practice(system: RunningSystem) -> Practice:
    return Practice(system)


PAGES = [f"/therapist/{page}" for page in ("dashboard", "schedule", "patients", "sessions/today", "sessions/upcoming")]


def states(found: Any) -> dict[str, str]:
    return {session["id"]: session["state"] for session in found}


def test_today_tells_how_each_session_stands_and_what_can_be_done(practice: Practice) -> None:
    early, running, waiting, soon, gone, missed = (
        practice.at(-5), practice.at(-2), practice.at(0), practice.at(3), practice.at(5), practice.at(-4),
    )  # fmt: skip
    done = practice.at(-3)
    practice.complete(done)
    practice.centre.post(f"/sessions/{running}/start")
    practice.centre.post(f"/sessions/{gone}/cancel", {"reason": "Fever"})
    practice.centre.post(f"/sessions/{missed}/no-show", {})
    practice.at(30)
    found = practice.get("/therapist/sessions/today")
    assert [each["id"] for each in found["sessions"]] == [early, missed, done, running, waiting, soon, gone]
    assert states(found["sessions"]) == {
        early: "OVERDUE", missed: "NO_SHOW", done: "COMPLETED", running: "OVERDUE", waiting: "WAITING",
        soon: "UPCOMING", gone: "CANCELLED",
    }  # fmt: skip
    assert {each["state"]: each["sessions"] for each in found["counts"]} == {
        "UPCOMING": 1, "WAITING": 1, "IN_PROGRESS": 0, "OVERDUE": 2, "COMPLETED": 1, "CANCELLED": 1, "NO_SHOW": 1
    }  # fmt: skip
    actions = {each["id"]: each["actions"] for each in found["sessions"]}
    assert actions[soon] == ["START", "WRITE_NOTES"]
    assert actions[waiting] == ["START", "COMPLETE", "MARK_NO_SHOW", "WRITE_NOTES"]
    assert (actions[done], actions[gone]) == (["WRITE_NOTES"], [])
    assert (found["date"], found["timezone"]) == (practice.today.isoformat(), practice.zone.key)
    assert practice.get("/therapist/dashboard")["today"] == {
        name: found[name] for name in ("date", "counts", "sessions")
    }
    # What is offered works: the running one can be finished, and then it can not.
    practice.centre.post(f"/sessions/{waiting}/start", as_="thea")
    assert states(practice.get("/therapist/sessions/today")["sessions"])[waiting] == "IN_PROGRESS"


def test_sessions_to_come_go_as_far_as_asked(practice: Practice) -> None:
    practice.at(0)
    first, tomorrow, later = practice.at(2), practice.at(23), practice.at(25)
    cancelled = practice.at(4)
    practice.centre.post(f"/sessions/{cancelled}/cancel", {"reason": "Fever"})

    def ids(**query: Any) -> list[str]:
        return [each["id"] for each in practice.get("/therapist/sessions/upcoming", **query)["data"]]

    assert ids() == ids(hours=24) == [first, tomorrow]
    assert ids(hours=2) == [first]
    assert ids(hours=1) == []
    assert ids(days=1) == [first, tomorrow]
    assert ids(days=2) == ids(days=1, hours=3) == [first, tomorrow, later]
    page = practice.get("/therapist/sessions/upcoming", days=2, page=2, pageSize=2)
    assert ([each["id"] for each in page["data"]], page["total"]) == ([later], 3)
    assert [each["id"] for each in practice.get("/therapist/dashboard")["nextHours"]] == [first, tomorrow]
    for wrong in ({"hours": 0}, {"hours": 745}, {"days": 32}, {"days": "x"}):
        practice.get("/therapist/sessions/upcoming", expect=422, **wrong)


def test_a_week_has_counts_conflicts_and_gaps(system: RunningSystem) -> None:
    practice = Practice(system)
    monday = practice.today - timedelta(days=practice.today.weekday()) + timedelta(days=14)
    tuesday, wednesday = monday + timedelta(days=1), monday + timedelta(days=2)
    availability = practice.centre.get(f"/therapists/{practice.thea}/availability")
    for slot in availability["slots"]:
        hours = {"dayOfWeek": slot["dayOfWeek"], "startTime": "08:00", "endTime": "16:00"}
        practice.centre.put(f"/therapists/{practice.thea}/availability/{slot['id']}", hours)
    nine, ten, two = practice.on(monday, "09:00"), practice.on(monday, "10:00"), practice.on(monday, "14:00")
    gone = practice.on(monday, "15:00")
    practice.centre.post(f"/sessions/{gone}/cancel", {"reason": "Fever"})
    on_leave, on_holiday = practice.on(tuesday, "09:00"), practice.on(wednesday, "09:00")

    def week(**query: Any) -> Any:
        return practice.get("/therapist/schedule", date=wednesday.isoformat(), **query)

    found = week()
    assert (found["view"], found["firstDay"], found["lastDay"], len(found["days"])) == (
        "week", monday.isoformat(), (monday + timedelta(days=6)).isoformat(), 7,
    )  # fmt: skip
    day = found["days"][0]
    assert (day["sessionCount"], day["completedCount"], day["bookedMinutes"], day["freeMinutes"]) == (3, 0, 180, 300)
    assert [each["id"] for each in day["sessions"]] == [nine, ten, two, gone]
    assert [(gap["startTime"], gap["endTime"], gap["minutes"]) for gap in day["gaps"]] == [("11:00", "14:00", 180)]
    assert [(each["startTime"], each["endTime"]) for each in day["hours"]] == [("08:00", "16:00")]
    assert [each["conflicts"] for each in found["days"]] == [[]] * 7

    practice.centre.put(f"/therapists/{practice.thea}/buffers", {"beforeMinutes": 0, "afterMinutes": 5})
    leave = {"firstDay": tuesday.isoformat(), "lastDay": tuesday.isoformat()}
    practice.centre.post(f"/therapists/{practice.thea}/leave", leave, expect=201, as_="thea")
    practice.centre.post("/holidays", {"day": wednesday.isoformat(), "name": "Fair"}, expect=201)
    found = week()
    assert found["days"][0]["conflicts"] == [
        {"sessionId": nine, "kind": "TOO_CLOSE", "disturbs": ten},
        {"sessionId": ten, "kind": "TOO_CLOSE", "disturbs": nine},
    ]
    assert [(gap["startTime"], gap["endTime"]) for gap in found["days"][0]["gaps"]] == [("11:05", "14:00")]
    assert found["days"][1]["conflicts"] == [{"sessionId": on_leave, "kind": "ON_LEAVE", "disturbs": None}]
    assert found["days"][2]["conflicts"] == [{"sessionId": on_holiday, "kind": "ON_HOLIDAY", "disturbs": None}]
    assert (found["days"][1]["onLeave"], found["days"][2]["holiday"], found["days"][2]["hours"]) == (True, "Fair", [])
    [session] = found["days"][2]["sessions"]
    assert session["conflict"] == {"kind": "ON_HOLIDAY", "disturbs": None}
    one = week(view="day")
    assert (one["firstDay"], one["lastDay"], one["days"]) == (
        wednesday.isoformat(), wednesday.isoformat(), [found["days"][2]],
    )  # fmt: skip
    # Moved away, there is nothing wrong any more.
    practice.centre.put(f"/sessions/{on_holiday}", {"date": (monday + timedelta(days=3)).isoformat()})
    assert week()["days"][2]["conflicts"] == []
    practice.centre.put(f"/tenants/{practice.centre.tenant_id}/settings", {"timezone": "Etc/UTC"})
    assert {each["kind"] for day in week()["days"] for each in day["conflicts"]} != set()
    for wrong in ({"view": "month"}, {"date": "2026-02-30"}, {"date": "tomorrow"}):
        practice.get("/therapist/schedule", expect=422, **wrong)


def test_the_dashboards_week_is_the_schedules(practice: Practice) -> None:
    practice.at(1)
    practice.at(24)
    week, schedule = practice.get("/therapist/dashboard")["week"], practice.get("/therapist/schedule")
    assert [{k: v for k, v in day.items() if k != "sessions"} for day in schedule["days"]] == week["days"]
    assert (week["firstDay"], week["lastDay"]) == (schedule["firstDay"], schedule["lastDay"])
    assert sum(day["sessionCount"] for day in week["days"]) in {1, 2}  # tomorrow may be next week's
    today = practice.get("/therapist/schedule", view="day")["days"]
    assert [day["date"] for day in today] == [practice.today.isoformat()]
    assert today[0]["sessions"] == practice.get("/therapist/sessions/today")["sessions"]


def test_what_is_over_and_not_recorded_waits(practice: Practice) -> None:
    assert practice.get("/therapist/dashboard")["pendingActions"]["data"] == []
    before = practice.today - timedelta(days=1)
    forgotten, started = practice.on(before, "09:00"), practice.at(-3)
    practice.centre.post(f"/sessions/{started}/start")
    practice.at(1)
    practice.complete(practice.at(-5))
    found = practice.get("/therapist/dashboard")["pendingActions"]
    assert (found["total"], found["sessionsNotEnded"], found["reportsDue"]) == (2, 2, 0)
    assert [(each["kind"], each["sessionId"], each["since"]) for each in found["data"]] == [
        ("RECORD_OUTCOME", forgotten, before.isoformat()), ("FINISH_SESSION", started, practice.today.isoformat()),
    ]  # fmt: skip
    assert found["data"][0]["patientName"] == "Kiran Das"
    practice.centre.post(f"/sessions/{forgotten}/no-show", {})
    practice.centre.put(f"/therapist/sessions/{started}/complete", {}, as_="thea")
    assert practice.get("/therapist/dashboard")["pendingActions"]["data"] == []


def test_an_open_request_to_move_a_session_waits_for_the_office(practice: Practice) -> None:
    session, day = practice.at(80), (practice.today + timedelta(days=9)).isoformat()
    asked = {"sessionId": session, "proposals": [{"date": day, "startTime": "09:00"}], "reason": "A course"}
    request = practice.centre.post("/reschedule-requests", asked, as_="thea", expect=201)["id"]
    found = practice.get("/therapist/dashboard")["pendingActions"]
    assert (found["total"], found["requestsOpen"]) == (1, 1)
    [waiting] = found["data"]
    assert (waiting["kind"], waiting["requestId"], waiting["sessionId"], waiting["since"]) == (
        "AWAIT_DECISION", request, session, practice.today.isoformat(),
    )  # fmt: skip
    practice.centre.put(f"/reschedule-requests/{request}/reject", {"reason": "Nobody is free"})
    assert practice.get("/therapist/dashboard")["pendingActions"]["total"] == 0


def test_a_session_is_completed_with_its_notes_or_not_at_all(practice: Practice) -> None:
    session, later = practice.at(-2), practice.at(3)
    path = f"/therapist/sessions/{session}/complete"
    other = practice.centre.therapist("otto")
    assert other
    practice.centre.put(path, {"notes": "x"}, as_="otto", expect=404)
    for role in ("OPERATOR", "ACCOUNTANT", "AUDITOR"):
        practice.centre.put(path, {"notes": "x"}, as_=role, expect=403)
    practice.centre.put(path, {"notes": "x" * 20_001}, as_="thea", expect=422)
    practice.centre.put(path, {"status": "COMPLETED"}, as_="thea", expect=422)
    early = f"/therapist/sessions/{later}/complete"
    assert practice.centre.put(early, {"notes": "x"}, as_="thea", expect=409)["error"]["code"] == "TOO_EARLY"
    assert practice.centre.get(f"/sessions/{later}")["notes"] is None
    stale = {"If-Match": '"7"'}
    practice.centre.put(path, {"notes": "x"}, as_="thea", headers=stale, expect=412)
    done = practice.centre.put(path, {"notes": "Named six of ten."}, as_="thea")
    assert (done["status"], done["charged"]) == ("COMPLETED", "800.00")
    found = practice.centre.get(f"/sessions/{session}", as_="thea")
    assert (found["status"], found["notes"], found["version"]) == ("COMPLETED", "Named six of ten.", done["version"])
    [today] = [each for each in practice.get("/therapist/sessions/today")["sessions"] if each["id"] == session]
    assert (today["state"], today["notes"]) == ("COMPLETED", "Named six of ten.")
    practice.centre.put(path, {"notes": "Again"}, as_="thea", expect=409)
    assert practice.centre.get(f"/sessions/{session}")["notes"] == "Named six of ten."
    assert practice.centre.get(f"/patients/{practice.patient}/outstanding-dues")["overdue"] == "0.00"


def test_patients_with_what_was_and_what_comes(practice: Practice) -> None:
    asha = practice.centre.patient(firstName="Asha", lastName="Zed", guardianName="Ravi Zed")
    stranger = practice.centre.patient(firstName="Nobody")
    practice.complete(practice.at(-3))
    practice.complete(practice.at(-30))
    coming = practice.at(5)
    practice.at(40)
    practice.at(26, patient=asha)

    def patients(**query: Any) -> list[Any]:
        found: list[Any] = practice.get("/therapist/patients", **query)["data"]
        return found

    kiran, zed = patients()
    assert (kiran["id"], zed["id"]) == (practice.patient, asha)
    assert (kiran["sessions"], kiran["completedSessions"], kiran["sessionsSinceReport"]) == (4, 2, 2)
    assert kiran["lastSessionOn"] == practice.today.isoformat()
    assert kiran["nextSessionAt"] == practice.centre.get(f"/sessions/{coming}")["startsAt"]
    assert (zed["completedSessions"], zed["lastSessionOn"], zed["progressDue"]) == (0, None, False)
    assert stranger not in {each["id"] for each in patients()}
    assert [each["id"] for each in patients(search="ravi")] == [asha]
    assert patients(search="%") == []
    assert [each["id"] for each in patients(sort="-nextSessionAt")] == [asha, practice.patient]
    assert [each["id"] for each in patients(sort="-sessions", pageSize=1)] == [practice.patient]
    practice.centre.post(f"/patients/{asha}/deactivate", {})
    assert [each["id"] for each in patients(active=True)] == [practice.patient]
    practice.get("/therapist/patients", sort="guardianPhone", expect=422)


def test_whose_pages_they_are(practice: Practice) -> None:
    session = practice.at(2)
    practice.centre.therapist("otto")
    elsewhere = Practice(practice.centre.system)
    for page in PAGES:
        mine = practice.get(page)
        assert practice.get(page, as_="WORKSPACE_ADMIN", therapistId=practice.thea) == mine
        assert practice.get(page, therapistId=practice.thea) == mine
        assert session not in str(practice.get(page, as_="otto"))
        assert practice.patient not in str(practice.get(page, as_="otto"))
        practice.get(page, as_="otto", therapistId=practice.thea, expect=404)
        practice.get(page, as_="WORKSPACE_ADMIN", therapistId=elsewhere.thea, expect=404)
        practice.get(page, as_="WORKSPACE_ADMIN", therapistId=practice.centre.users["otto"])
        for nobody in (uuid4(), practice.patient):
            practice.get(page, as_="WORKSPACE_ADMIN", therapistId=nobody, expect=404)
        refused = practice.get(page, as_="WORKSPACE_ADMIN", expect=422)
        assert refused["error"]["details"] == [{"field": "therapistId", "message": "Say whose pages you want."}]
        for role in ("OPERATOR", "ACCOUNTANT", "AUDITOR"):
            practice.get(page, as_=role, expect=403)


def test_reading_notes_on_a_page_is_recorded(practice: Practice) -> None:
    session = practice.at(-2)
    practice.at(-4)
    practice.centre.put(f"/sessions/{session}/notes", {"notes": "Calm today."}, as_="thea")

    def reads() -> list[str]:
        found = practice.centre.get("/access-log", params={"action": "read", "pageSize": 100})["data"]
        return [each["subject"] for each in found if each["actor"] == practice.thea]

    before = len(reads())
    practice.get("/therapist/sessions/today")
    assert reads()[: len(reads()) - before] == [session]
    practice.get("/therapist/patients")
    assert len(reads()) == before + 1
