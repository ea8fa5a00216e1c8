"""Booking over HTTP: what is shown can be booked, what is refused says why, and nothing foreign exists."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.support.system import Centre, RunningSystem

NEXT_WEEK = (datetime.now(UTC) + timedelta(days=7)).date()
DAY = NEXT_WEEK.isoformat()


def body(centre: Centre, **fields: Any) -> dict[str, Any]:
    people: dict[str, Callable[[], str]] = {
        "patientId": centre.patient, "therapistId": centre.therapist, "therapyTypeId": centre.therapy_type,
    }  # fmt: skip
    wanted = {name: fields[name] if name in fields else make() for name, make in people.items()}
    return wanted | {"date": DAY, "startTime": "10:00"} | fields


def shown(centre: Centre, wanted: dict[str, Any]) -> list[str]:
    query = {"from": DAY, "to": DAY, "therapyTypeId": wanted["therapyTypeId"], "patientId": wanted["patientId"]}
    found = centre.get(f"/therapists/{wanted['therapistId']}/slots", params=query)
    assert {slot["date"] for slot in found["slots"]} <= {DAY}
    return [slot["startTime"] for slot in found["slots"]]


def test_what_is_shown_can_be_booked_until_nothing_is_left_and_then_nothing_can(centre: Centre) -> None:
    therapist = centre.therapist(start="09:00", end="13:30")
    centre.put(f"/therapists/{therapist}/buffers", {"beforeMinutes": 0, "afterMinutes": 10})
    wanted = body(centre, therapistId=therapist)
    busy = centre.therapist()  # the patient has another session at eleven
    centre.post("/sessions", wanted | {"therapistId": busy, "startTime": "11:00"}, expect=201)
    taken = []
    while free := shown(centre, wanted):
        taken.append(free[len(free) // 2])
        centre.post("/sessions", wanted | {"startTime": taken[-1]}, expect=201)
    assert len(taken) >= 2
    for minute in range(9 * 60, 13 * 60, 15):
        again = wanted | {"startTime": f"{minute // 60:02}:{minute % 60:02}"}
        refused = centre.post("/sessions", again, expect=409)["error"]
        assert refused["code"] in {"SLOT_TAKEN", "OUTSIDE_AVAILABILITY"}


def test_slots_know_length_price_leave_and_who_is_not_there(centre: Centre) -> None:
    wanted = body(centre, therapistId=centre.therapist(start="10:00", end="12:00"))
    path = f"/therapists/{wanted['therapistId']}"
    centre.post(
        f"{path}/pricing",
        {"therapyTypeId": wanted["therapyTypeId"], "sessionCost": "950.00", "sessionDuration": 90}, expect=201,
    )  # fmt: skip
    query = {"from": DAY, "to": DAY, "therapyTypeId": wanted["therapyTypeId"]}
    found = centre.get(f"{path}/slots", params=query)
    assert (found["duration"], found["price"], [slot["startTime"] for slot in found["slots"]]) == (
        90, "950.00", ["10:00", "10:15", "10:30"],
    )  # fmt: skip
    assert centre.post("/sessions", wanted | {"startTime": "10:30"}, expect=201)["price"] == "950.00"
    assert shown(centre, wanted) == []
    centre.post(f"{path}/leave", {"firstDay": DAY, "lastDay": DAY}, expect=201)
    assert centre.get(f"{path}/slots", params=query)["slots"] == []
    for wrong, status in (
        ({"from": DAY}, 422),
        (query | {"to": (NEXT_WEEK + timedelta(days=31)).isoformat()}, 422),
        (query | {"therapyTypeId": str(uuid4())}, 404),
        (query | {"patientId": str(uuid4())}, 404),
    ):
        centre.get(f"{path}/slots", params=wrong, expect=status)
    centre.get(f"/therapists/{uuid4()}/slots", params=query, expect=404)


def test_a_taken_slot_names_who_is_busy_and_times_that_are_free(centre: Centre) -> None:
    wanted = body(centre)
    centre.post("/sessions", wanted, expect=201)
    other = wanted | {"patientId": centre.patient()}
    refused = centre.post("/sessions", other, expect=409)["error"]
    assert (refused["code"], refused["details"]["resource"]) == ("SLOT_TAKEN", "THERAPIST")
    free = refused["details"]["alternatives"]
    assert len(free) == 5
    centre.post("/sessions", other | free[0], expect=201)


def test_the_seeds_own_example(centre: Centre) -> None:
    patient = centre.patient(creditBalance="100.00")
    made = centre.post("/sessions", body(centre, patientId=patient, price=50, priceReason="Seed"), expect=201)
    assert (made["price"], made["charged"], made["settled"]) == ("50.00", "50.00", "50.00")
    assert centre.get(f"/patients/{patient}/credits")["credit"] == "50.00"


def test_the_same_request_twice_is_one_session(centre: Centre) -> None:
    wanted, key = body(centre), {"Idempotency-Key": str(uuid4())}
    first = centre.request("POST", "/sessions", wanted, headers=key)
    second = centre.request("POST", "/sessions", wanted, headers=key)
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())
    assert second.headers["idempotency-replayed"] == "true"
    other = centre.request("POST", "/sessions", wanted | {"startTime": "12:00"}, headers=key)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    chosen = wanted | {"sessionId": str(uuid4()), "startTime": "14:00"}
    assert centre.post("/sessions", chosen, expect=201) == centre.post("/sessions", chosen, expect=201)
    assert centre.post("/sessions", chosen | {"startTime": "16:00"}, expect=409)["error"]["code"] == "ID_TAKEN"
    assert centre.get("/sessions")["total"] == 2


def test_only_administrators_enter_what_has_passed(centre: Centre) -> None:
    wanted = body(centre, date=(datetime.now(UTC) - timedelta(days=2)).date().isoformat())
    refused = centre.post("/sessions", wanted, as_="OPERATOR", expect=422)["error"]
    assert (refused["code"], refused["details"][0]["field"]) == ("IN_THE_PAST", "startTime")
    centre.post("/sessions", wanted, expect=201)


def test_a_wall_time_that_is_skipped_is_refused(system: RunningSystem) -> None:
    centre = system.new_centre(timezone="America/New_York")
    skipped = next(
        day
        for day in (NEXT_WEEK + timedelta(days=n) for n in range(366))
        if day.month == 3 and day.weekday() == 6 and 8 <= day.day <= 14  # the second Sunday of March
    )
    wanted = body(centre, therapistId=centre.therapist(start="00:00", end="24:00"), date=skipped.isoformat())
    refused = centre.post("/sessions", wanted | {"startTime": "02:30"}, expect=422)["error"]
    assert (refused["code"], refused["details"][0]["field"]) == ("WALL_TIME_SKIPPED", "startTime")
    made = centre.post("/sessions", wanted | {"startTime": "01:30"}, expect=201)
    assert made["endTime"] == "03:30"


HOSTILE: list[dict[str, Any]] = [
    {"date": "2026-13-01"}, {"date": "next week"}, {"date": 20261102}, {"date": "9999-12-31"}, {"date": "0001-01-01"},
    {"startTime": "25:00"}, {"startTime": "9:00"}, {"startTime": "10:00\n"}, {"startTime": "\u0661\u0660:00"},
    {"startTime": "24:00"}, {"startTime": 600}, {"startTime": "10:0\0"},
    {"patientId": "1"}, {"patientId": None}, {"patientId": 2**70}, {"roomId": "x" * 100_000},
    {"price": "1e400"}, {"price": -1}, {"price": "0.001"}, {"price": True}, {"price": 10.001},
    {"price": "5.00"}, {"price": "5.00", "priceReason": " "}, {"priceReason": "x" * 501}, {"priceReason": "a\0b"},
    {"status": "COMPLETED"}, {"tenantId": str(uuid4())}, {"session_id": str(uuid4())},
]  # fmt: skip


def test_hostile_values_are_refused_by_name_and_book_nothing(centre: Centre) -> None:
    wanted = body(centre)
    headers = {"Authorization": f"Bearer {centre.token('WORKSPACE_ADMIN')}", "Content-Type": "application/json"}
    with centre.system.client() as client:
        for hostile in HOSTILE:
            answer = client.post("/sessions", content=json.dumps(wanted | hostile), headers=headers)
            assert answer.status_code == 422, (hostile, answer.text)
            named = {detail["field"] for detail in answer.json()["error"]["details"]}
            assert named, hostile
            assert named <= {*hostile, "priceReason"}, hostile
    assert centre.get("/sessions")["total"] == 0


def test_another_centres_ids_are_as_absent_as_any(system: RunningSystem, centre: Centre) -> None:
    foreign, wanted = system.new_centre(), body(centre)
    for field, theirs in (
        ("patientId", foreign.patient()),
        ("therapistId", foreign.therapist()),
        ("therapyTypeId", foreign.therapy_type()),
        ("roomId", foreign.post("/rooms", {"name": "Blue"}, expect=201)["id"]),
    ):
        answers = [
            centre.post("/sessions", wanted | {field: id_}, expect=404)["error"] for id_ in (theirs, str(uuid4()))
        ]
        assert answers[0] | {"timestamp": ""} == answers[1] | {"timestamp": ""}
    assert centre.get("/sessions")["total"] == 0


def test_another_centres_session_is_as_absent_as_any(system: RunningSystem, centre: Centre) -> None:
    foreign = system.new_centre()
    session = foreign.post("/sessions", body(foreign), expect=201)["id"]
    asked: list[tuple[str, str, Any]] = [
        ("GET", "", None), ("GET", "/history", None), ("PUT", "", {"startTime": "12:00"}),
        ("PUT", "/notes", {"notes": "x"}), ("POST", "/start", {}), ("POST", "/complete", {}), ("POST", "/no-show", {}),
        ("POST", "/cancel", {"reason": "x"}), ("POST", "/reverse-no-show", {"reason": "x"}),
    ]  # fmt: skip
    for method, path, sent in asked:
        answers = [centre.request(method, f"/sessions/{id_}{path}", sent) for id_ in (session, str(uuid4()))]
        assert [answer.status_code for answer in answers] == [404, 404], (method, path)
        known, absent = (answer.json()["error"] | {"timestamp": "", "path": ""} for answer in answers)
        assert known == absent
    assert foreign.get(f"/sessions/{session}")["version"] == 1


def test_an_id_names_one_kind_of_record(centre: Centre) -> None:
    wanted = body(centre)
    patient, therapist, kind = (wanted[name] for name in ("patientId", "therapistId", "therapyTypeId"))
    for swapped in (
        {"patientId": therapist},
        {"therapistId": patient},
        {"therapyTypeId": patient},
        {"sessionId": kind},
    ):
        centre.post("/sessions", wanted | swapped, expect=404)
    for step in ("start", "complete", "no-show"):
        centre.post(f"/sessions/{patient}/{step}", expect=404)
    centre.put(f"/sessions/{patient}", {"startTime": "12:00"}, expect=404)


def test_a_therapist_with_sessions_to_give_stays(centre: Centre) -> None:
    wanted = body(centre)
    session = centre.post("/sessions", wanted, expect=201)["id"]
    refused = centre.delete(f"/users/{wanted['therapistId']}", expect=409)["error"]
    assert refused["details"]["sessions"] == [session]
    centre.post(f"/sessions/{session}/cancel", {"reason": "Leaving", "cancelledBy": "CENTRE"})
    centre.delete(f"/users/{wanted['therapistId']}")
    assert centre.post("/sessions", wanted, expect=409)["error"]["code"] == "THERAPIST_INACTIVE"
