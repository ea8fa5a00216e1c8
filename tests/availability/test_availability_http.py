"""Availability over HTTP: slots, leave, buffers, whose they are, and which sessions they leave outside."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from tests.support.system import Centre, RunningSystem

MONDAY = {"dayOfWeek": 0, "startTime": "09:00", "endTime": "12:00"}


@pytest.fixture(scope="module")
def calm(system: RunningSystem) -> Centre:
    """A centre that only refused requests are sent to, so that one serves them all."""
    return system.new_centre()


def test_slots_come_change_and_go(centre: Centre) -> None:
    therapist, kind = centre.user("THERAPIST"), centre.therapy_type()
    path = f"/therapists/{therapist}/availability"
    slot = centre.post(path, MONDAY, expect=201)["id"]
    refused = centre.post(path, {**MONDAY, "startTime": "11:59", "endTime": "24:00"}, expect=409)
    assert refused["error"]["details"]["slot"] == slot
    centre.post(path, {**MONDAY, "startTime": "12:00", "endTime": "24:00"}, expect=201)
    changed = centre.put(f"{path}/{slot}", {**MONDAY, "therapyTypeId": kind})
    assert changed["sessionsOutside"] == []
    found = centre.get(path)
    assert [(s["startTime"], s["therapyTypeId"]) for s in found["slots"]] == [("09:00", kind), ("12:00", None)]
    assert found["version"] == changed["version"]
    centre.delete(f"{path}/{slot}")
    centre.delete(f"{path}/{slot}", expect=404)
    assert len(centre.get(path)["slots"]) == 1
    assert centre.get(f"{path}/history")["data"][0]["type"] == "availability.WeeklySlotWithdrawn"


def test_leave_and_buffers(centre: Centre) -> None:
    therapist = centre.user("THERAPIST")
    path = f"/therapists/{therapist}"
    leave = {"firstDay": "2026-11-09", "lastDay": "2026-11-13", "reason": "Wedding"}
    planned = centre.post(f"{path}/leave", leave, expect=201)
    morning = {"firstDay": "2026-12-01", "lastDay": "2026-12-01", "startTime": "09:00", "endTime": "11:00"}
    centre.post(f"{path}/leave", morning, expect=201)
    centre.put(f"{path}/buffers", {"beforeMinutes": 5, "afterMinutes": 10})
    found = centre.get(f"{path}/availability")
    assert (found["bufferBeforeMinutes"], found["bufferAfterMinutes"]) == (5, 10)
    assert [away["reason"] for away in found["leave"]] == ["Wedding", None]
    later = centre.get(f"{path}/availability?from=2026-11-14")["leave"]
    assert [away["firstDay"] for away in later] == ["2026-12-01"]
    centre.delete(f"{path}/leave/{planned['id']}")
    centre.delete(f"{path}/leave/{planned['id']}", expect=404)


def test_therapists_keep_their_own_and_operators_everybodys(system: RunningSystem, centre: Centre) -> None:
    mine, other = centre.user("THERAPIST"), centre.user("THERAPIST", "other")
    centre.post(f"/therapists/{mine}/availability", MONDAY, as_="THERAPIST", expect=201)
    centre.post(f"/therapists/{mine}/availability", {**MONDAY, "dayOfWeek": 1}, as_="OPERATOR", expect=201)
    centre.post(f"/therapists/{other}/availability", MONDAY, as_="THERAPIST", expect=404)
    centre.get(f"/therapists/{other}/availability", as_="THERAPIST", expect=404)
    centre.put(f"/therapists/{other}/buffers", {"beforeMinutes": 5, "afterMinutes": 5}, as_="THERAPIST", expect=404)
    for role in ("ACCOUNTANT", "AUDITOR"):
        centre.get(f"/therapists/{mine}/availability", as_=role)
        centre.post(f"/therapists/{mine}/availability", {**MONDAY, "dayOfWeek": 2}, as_=role, expect=403)
    stranger = system.new_centre()
    stranger.get(f"/therapists/{mine}/availability", expect=404)
    stranger.post(f"/therapists/{mine}/availability", MONDAY, expect=404)
    stranger.post(f"/therapists/{mine}/leave", {"firstDay": "2026-11-09", "lastDay": "2026-11-09"}, expect=404)


def test_everybodys_availability_is_one_answer(system: RunningSystem, centre: Centre) -> None:
    ananya, bela = centre.user("THERAPIST"), centre.user("THERAPIST", "other")
    for therapist, slot in ((ananya, MONDAY), (bela, {**MONDAY, "dayOfWeek": 4})):
        centre.post(f"/therapists/{therapist}/availability", slot, expect=201)
        for day in ("2026-11-09", "2026-11-16"):
            centre.post(f"/therapists/{therapist}/leave", {"firstDay": day, "lastDay": day}, expect=201)
    everybodys = centre.get("/availability?from=2026-11-10")["therapists"]
    assert everybodys == [
        centre.get(f"/therapists/{each['therapistId']}/availability?from=2026-11-10") for each in everybodys
    ]
    assert {each["therapistId"] for each in everybodys} == {ananya, bela}
    assert [each["therapistId"] for each in centre.get("/availability", as_="THERAPIST")["therapists"]] == [ananya]
    centre.delete(f"/users/{bela}")
    assert [each["therapistId"] for each in centre.get("/availability")["therapists"]] == [ananya]
    assert system.new_centre().get("/availability") == {"therapists": []}


def test_only_therapists_have_availability(centre: Centre) -> None:
    operator = centre.user("OPERATOR")
    centre.get(f"/therapists/{operator}/availability", expect=404)
    centre.post(f"/therapists/{operator}/availability", MONDAY, expect=404)
    centre.get(f"/therapists/{uuid4()}/availability", expect=404)


@pytest.mark.parametrize(
    ("field", "value"),
    [("dayOfWeek", 7), ("dayOfWeek", -1), ("dayOfWeek", "0"), ("dayOfWeek", True), ("startTime", "9:00"),
     ("startTime", "12:00"), ("endTime", "24:01"), ("endTime", "\u0661\u0662:\u0660\u0660"), ("endTime", None),
     ("therapyTypeId", "x"), ("slotId", "x")],
)  # fmt: skip
def test_a_bad_slot_names_the_field(calm: Centre, field: str, value: object) -> None:
    calm.token("THERAPIST")
    therapist = calm.users["THERAPIST"]
    refused = calm.post(f"/therapists/{therapist}/availability", {**MONDAY, field: value}, expect=422)
    named = refused["error"]["details"][0]["field"]
    assert named == ("endTime" if (field, value) == ("startTime", "12:00") else field)


def test_a_foreign_therapy_type_does_not_exist(system: RunningSystem, centre: Centre) -> None:
    therapist, foreign = centre.user("THERAPIST"), system.new_centre().therapy_type()
    centre.post(f"/therapists/{therapist}/availability", {**MONDAY, "therapyTypeId": foreign}, expect=404)


def test_availability_is_guarded_by_its_version(centre: Centre) -> None:
    therapist = centre.user("THERAPIST")
    path = f"/therapists/{therapist}/availability"
    centre.post(path, MONDAY, expect=201)
    etag = centre.request("GET", path).headers["ETag"]
    centre.post(path, {**MONDAY, "dayOfWeek": 1}, headers={"If-Match": etag}, expect=201)
    centre.post(path, {**MONDAY, "dayOfWeek": 2}, headers={"If-Match": etag}, expect=412)


def test_shrinking_availability_moves_nothing_and_says_what_lies_outside(centre: Centre) -> None:
    therapist, patient, kind = centre.therapist("Tara"), centre.patient(), centre.therapy_type()
    path = f"/therapists/{therapist}"
    morning = centre.session(patient, therapist, kind, startTime="10:00")["id"]
    evening = centre.session(patient, therapist, kind, startTime="19:00")["id"]
    day = centre.get(f"/sessions/{morning}")["date"]
    weekday = date.fromisoformat(day).weekday()
    slot = next(s["id"] for s in centre.get(f"{path}/availability")["slots"] if s["dayOfWeek"] == weekday)
    hours = {"dayOfWeek": weekday, "startTime": "08:00", "endTime": "18:00"}
    assert centre.put(f"{path}/availability/{slot}", hours)["sessionsOutside"] == [evening]
    away = {"firstDay": day, "lastDay": day, "startTime": "09:00", "endTime": "10:30"}
    assert centre.post(f"{path}/leave", away, expect=201)["sessionsOutside"] == [morning]
    assert centre.delete(f"{path}/availability/{slot}")["sessionsOutside"] == []  # both were outside before
    for session in (morning, evening):
        assert centre.get(f"/sessions/{session}")["status"] == "SCHEDULED"


def test_what_is_free_is_what_availability_says(centre: Centre) -> None:
    """A booking outside the slots, on leave or on a holiday is refused; inside it stands."""
    therapist, patient, kind = (
        centre.therapist("Tara", start="09:00", end="12:00"),
        centre.patient(),
        centre.therapy_type(),
    )
    first = date.today() + timedelta(days=7)  # noqa: DTZ011
    on_leave, holiday = ((first + timedelta(days=n)).isoformat() for n in (1, 2))
    centre.post(f"/therapists/{therapist}/leave", {"firstDay": on_leave, "lastDay": on_leave}, expect=201)
    centre.post("/holidays", {"day": holiday, "name": "Founders' day"}, expect=201)
    booking = {"patientId": patient, "therapistId": therapist, "therapyTypeId": kind}
    for day, start, status in (
        (first.isoformat(), "11:30", 409), (on_leave, "10:00", 409), (holiday, "10:00", 409),
        (first.isoformat(), "11:00", 201),
    ):  # fmt: skip
        answer = centre.request("POST", "/sessions", {**booking, "date": day, "startTime": start})
        assert answer.status_code == status, answer.text
