"""Series over HTTP: what is previewed can be booked, and the whole of it or nothing is."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.series.plans import FIRST, SERIES, Clinic, day, monday
from tests.support.system import Centre, RunningSystem

ALL_WEEK = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;COUNT=4"


@pytest.fixture
def clinic(centre: Centre) -> Clinic:
    return Clinic.of(centre)


def problems(plan: Any) -> dict[str, list[str]]:
    """Date → codes, of the dates that have any."""
    listed = plan["occurrences"]
    return {each["date"]: [p["code"] for p in each["problems"]] for each in listed if each["problems"]}


def test_a_series_is_sessions_of_its_own_priced_charged_and_paid_as_any(centre: Centre) -> None:
    clinic = Clinic.of(centre, creditBalance="1000.00")
    made = clinic.book(rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TH,MO;COUNT=5")
    dates = [day(n) for n in (0, 3, 14, 17, 28)]
    assert [each["date"] for each in made["occurrences"]] == dates
    assert [(each["charged"], each["settled"]) for each in made["occurrences"]] == [
        ("800.00", "800.00"), ("800.00", "200.00"), *[("800.00", "0.00")] * 3,
    ]  # fmt: skip
    found = clinic.sessions(seriesId=made["id"])
    assert [(s["date"], s["startTime"], s["status"], s["price"]) for s in found] == [
        (on, "10:00", "SCHEDULED", "800.00") for on in dates
    ]
    assert {s["seriesId"] for s in found} == {made["id"]}
    assert [s["id"] for s in clinic.calendar()] == [s["id"] for s in found]
    accounts = clinic.ledger()["accounts"]
    assert (accounts["receivable"], accounts["deferred"], accounts["credit"]) == ("3000.00", "-4000.00", "0.00")
    assert [(c["dueOn"], c["open"]) for c in clinic.due()["charges"]] == [
        (dates[1], "600.00"), *((on, "800.00") for on in dates[2:]),
    ]  # fmt: skip
    assert "10:00" not in clinic.free(dates[0])
    alone = centre.session(clinic.patient, clinic.therapist, clinic.kind, date=day(1))
    assert centre.get(f"/sessions/{alone['id']}")["seriesId"] is None
    shown = centre.get(f"{SERIES}/{made['id']}")
    assert (shown["rule"], shown["startTime"], shown["timezone"], shown["sessions"], shown["upcoming"]) == (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=5", "10:00", "Asia/Kolkata", 5, 5,
    )  # fmt: skip
    assert [(o["sessionId"], o["day"], o["exception"]) for o in shown["occurrences"]] == [
        (s["id"], s["date"], False) for s in found
    ]


def test_a_preview_lists_every_date_with_its_price_and_writes_nothing(clinic: Clinic) -> None:
    before = clinic.ledger()
    plan = clinic.preview(rule="FREQ=WEEKLY;COUNT=3", exclude=[day(7)])
    assert (plan["chosen"], plan["free"], plan["price"], plan["total"], plan["duration"]) == (
        2, 2, "800.00", "1600.00", 60,
    )  # fmt: skip
    assert [(o["date"], o["startTime"], o["endTime"], o["chosen"], o["problems"]) for o in plan["occurrences"]] == [
        (day(0), "10:00", "11:00", True, []), (day(7), "10:00", "11:00", False, []),
        (day(14), "10:00", "11:00", True, []),
    ]  # fmt: skip
    assert plan["occurrences"][0]["startsAt"] == f"{day(0)}T04:30:00Z"
    assert (clinic.sessions(), list(clinic.calendar()), clinic.ledger()) == ([], [], before)
    assert clinic.centre.get(SERIES)["total"] == 0


def test_a_preview_says_of_each_date_what_is_in_its_way(clinic: Clinic) -> None:
    centre = clinic.centre
    room = centre.post("/rooms", {"name": "Blue"}, expect=201)["id"]
    other, elsewhere = centre.patient(), centre.therapist()
    theirs = centre.session(other, clinic.therapist, clinic.kind, date=day(0), startTime="10:30")
    own = centre.session(clinic.patient, elsewhere, clinic.kind, date=day(7), startTime="09:30")
    roomy = centre.session(centre.patient(), elsewhere, clinic.kind, date=day(14), startTime="10:00", roomId=room)
    away = {"firstDay": day(21), "lastDay": day(21)}
    centre.post(f"/therapists/{clinic.therapist}/leave", away, expect=201)
    centre.post("/holidays", {"day": day(28), "name": "Founders' day"}, expect=201)
    wanted: dict[str, Any] = {"rule": "FREQ=WEEKLY;COUNT=6", "roomId": room}
    plan = clinic.preview(**wanted)
    assert problems(plan) == {
        day(0): ["SLOT_TAKEN"], day(7): ["SLOT_TAKEN"], day(14): ["SLOT_TAKEN"], day(21): ["OUTSIDE_AVAILABILITY"],
        day(28): ["OUTSIDE_AVAILABILITY"],
    }  # fmt: skip
    listed = {each["date"]: each["problems"][0] for each in plan["occurrences"] if each["problems"]}
    for on, resource, session in (
        (day(0), "THERAPIST", theirs), (day(7), "PATIENT", own), (day(14), "ROOM", roomy),
    ):  # fmt: skip
        assert listed[on]["clashes"] == [{"resource": resource, "sessionId": session["id"], "date": None}]
        assert len(listed[on]["alternatives"]) == 5
        assert {each["date"] for each in listed[on]["alternatives"]} == {on}
    assert [listed[on]["because"] for on in (day(0), day(21), day(28))] == [None, "LEAVE", "HOLIDAY"]
    assert clinic.preview(startTime="20:00")["occurrences"][0]["problems"][0]["because"] == "HOURS"
    # Nothing but ids of what is in the way: whose it is, the caller looks up, if they may.
    assert other not in str(plan)
    # Booking all of it tells the same and does nothing; what is free can be booked.
    refused = clinic.book(**wanted, expect=409)["error"]
    assert refused["code"] == "SERIES_CLASHES"
    assert problems(refused["details"]) == problems(plan)
    assert refused["details"]["occurrences"][0]["problems"] == plan["occurrences"][0]["problems"]
    assert [s["id"] for s in clinic.sessions()] == [theirs["id"], own["id"], roomy["id"]]
    assert centre.get(SERIES)["total"] == 0
    made = clinic.book(**wanted, only=[each["date"] for each in plan["occurrences"] if not each["problems"]])
    assert [each["date"] for each in made["occurrences"]] == [day(35)]
    alternative = listed[day(0)]["alternatives"][0]
    clinic.book(firstDate=alternative["date"], startTime=alternative["startTime"], rule="FREQ=WEEKLY;COUNT=1")


def test_exactly_the_dates_that_are_chosen_are_booked(clinic: Clinic) -> None:
    some = clinic.book(rule=ALL_WEEK, only=[day(3), day(0)])
    rest = clinic.book(rule=ALL_WEEK, exclude=[day(0), day(3)])
    assert [[each["date"] for each in made["occurrences"]] for made in (some, rest)] == [
        [day(0), day(3)], [day(1), day(2)],
    ]  # fmt: skip
    assert centre_left_out(clinic, some) == [day(1), day(2)]
    assert centre_left_out(clinic, rest) == [day(0), day(3)]
    assert clinic.times() == [(day(n), "10:00") for n in range(4)]


def centre_left_out(clinic: Clinic, made: Any) -> Any:
    return clinic.centre.get(f"{SERIES}/{made['id']}")["leftOut"]


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"rule": "FREQ=WEEKLY"}, "SERIES_ENDLESS", "rule"),
    ({"rule": "FREQ=WEEKLY;COUNT=105"}, "SERIES_TOO_LONG", "rule"),
    ({"rule": "FREQ=DAILY;COUNT=5"}, "BAD_RULE", "rule"),
    ({"rule": f"FREQ=WEEKLY;UNTIL={FIRST - timedelta(days=1):%Y%m%d}"}, "SERIES_EMPTY", "rule"),
    ({"only": [day(1)]}, "VALIDATION_ERROR", "only"),
    ({"exclude": [day(1)]}, "VALIDATION_ERROR", "exclude"),
    ({"only": []}, "VALIDATION_ERROR", "only"),
    ({"only": [day(0)], "exclude": [day(7)]}, "VALIDATION_ERROR", "exclude"),
    ({"exclude": [day(7 * n) for n in range(4)]}, "VALIDATION_ERROR", "exclude"),
    ({"startTime": "24:00"}, "VALIDATION_ERROR", "startTime"),
    ({"firstDate": "2026-02-30"}, "VALIDATION_ERROR", "firstDate"),
    ({"price": "500.00"}, "VALIDATION_ERROR", "priceReason"),
    ({"seriesId": str(uuid4())}, "VALIDATION_ERROR", "seriesId"),
]


def test_what_is_not_understood_is_refused_by_name(clinic: Clinic) -> None:
    for fields, code, field in MISTAKES:
        for refused in (clinic.book(**fields, expect=422)["error"], clinic.preview(**fields, expect=422)["error"]):
            assert refused["code"] == code, fields
            assert [each["field"].split(".")[0] for each in refused["details"]] == [field], fields
    assert clinic.sessions() == []


def test_people_and_rooms_that_are_not_there_or_not_active_are_refused_as_for_a_single_booking(clinic: Clinic) -> None:
    for name in ("patientId", "therapistId", "therapyTypeId", "roomId"):
        clinic.book(**{name: str(uuid4())}, expect=404)
    clinic.centre.post(f"/patients/{clinic.patient}/deactivate")
    alone = clinic.centre.post("/sessions", {**single(clinic), "date": day(0)}, expect=409)["error"]
    assert clinic.book(expect=409)["error"]["code"] == clinic.preview(expect=409)["error"]["code"] == alone["code"]
    assert clinic.sessions() == []


def single(clinic: Clinic) -> dict[str, Any]:
    body = clinic.body()
    return {name: body[name] for name in ("patientId", "therapistId", "therapyTypeId", "startTime")}


def test_buffers_keep_occurrences_apart_and_those_of_one_plan_too(clinic: Clinic) -> None:
    """A day and a night: with the therapist's buffers around them, Tuesday's runs into Monday's."""
    centre = clinic.centre
    clinic.therapist = centre.therapist(start="00:00", end="24:00")
    clinic.kind = centre.therapy_type(defaultDuration=1440)
    body: dict[str, Any] = {"startTime": "12:00", "rule": "FREQ=WEEKLY;BYDAY=MO,TU;COUNT=2"}
    assert problems(clinic.preview(**body)) == {}
    centre.put(f"/therapists/{clinic.therapist}/buffers", {"beforeMinutes": 0, "afterMinutes": 10})
    plan = clinic.preview(**body)
    assert problems(plan) == {day(1): ["SLOT_TAKEN"]}
    [problem] = plan["occurrences"][1]["problems"]
    assert problem["clashes"] == [{"resource": "THERAPIST", "sessionId": None, "date": day(0)}]
    clinic.book(**body, expect=409)
    assert clinic.sessions() == []


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago"])
def test_the_wall_time_is_kept_when_the_clocks_change(system: RunningSystem, zone: str) -> None:
    clinic = Clinic.of(centre := system.new_centre(timezone=zone))
    clinic.therapist = centre.therapist(start="00:00", end="24:00")
    # A Sunday of the year ahead on which 02:15 or, in Santiago, 00:15 is skipped.
    place, first = ZoneInfo(zone), FIRST + timedelta(days=6)
    start = "00:15" if zone == "America/Santiago" else "02:15"
    sundays = [first + timedelta(weeks=n) for n in range(48)]

    def moment(on: Any) -> datetime:
        return datetime.combine(on, clock.fromisoformat(start), place)

    skipped = [on for on in sundays if f"{moment(on).astimezone(UTC).astimezone(place):%H:%M}" != start]
    assert len(skipped) == 1
    body: dict[str, Any] = {
        "firstDate": first.isoformat(), "startTime": start, "rule": f"FREQ=WEEKLY;UNTIL={sundays[-1]:%Y%m%d}",
    }  # fmt: skip
    plan = clinic.preview(**body)
    assert problems(plan) == {skipped[0].isoformat(): ["WALL_TIME_SKIPPED"]}
    assert [o["startsAt"] and datetime.fromisoformat(o["startsAt"]) for o in plan["occurrences"]] == [
        None if on in skipped else moment(on).astimezone(UTC) for on in sundays
    ]
    assert clinic.book(**body, expect=409)["error"]["code"] == "SERIES_CLASHES"
    made = clinic.book(**body, exclude=[skipped[0].isoformat()])
    assert {each["startTime"] for each in made["occurrences"]} == {start}
    assert len({each["startsAt"][11:] for each in made["occurrences"]}) == 2  # summer and winter


def test_a_year_is_booked_in_one_transaction_and_one_clash_undoes_all_of_it(clinic: Clinic) -> None:
    first, centre = monday(1), clinic.centre
    last = (first + timedelta(weeks=51)).isoformat()
    body: dict[str, Any] = {"firstDate": first.isoformat(), "rule": "FREQ=WEEKLY;COUNT=52"}
    blocker = centre.session(centre.patient(), clinic.therapist, clinic.kind, date=last, startTime="10:15")
    before = clinic.ledger()
    assert list(problems(clinic.book(**body, expect=409)["error"]["details"])) == [last]
    assert ([s["id"] for s in clinic.sessions()], clinic.ledger()) == ([blocker["id"]], before)
    centre.post(f"/sessions/{blocker['id']}/cancel", {"reason": "Fever", "cancelledBy": "CENTRE"})
    began = time.perf_counter()
    made = clinic.book(**body)
    print(f"\n52 occurrences booked and visible in {time.perf_counter() - began:.3f} s")
    assert len(made["occurrences"]) == len(clinic.times()) == 52
    assert clinic.ledger()["accounts"]["receivable"] == "41600.00"


def test_the_same_request_twice_is_one_series(clinic: Clinic) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first, second = (clinic.centre.request("POST", SERIES, clinic.body(), headers=key) for _ in range(2))
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())
    assert len(clinic.sessions()) == 4


def test_lists_are_filtered_and_paged_and_a_series_without_sessions_to_come_is_not_active(clinic: Clinic) -> None:
    centre, other = clinic.centre, clinic.centre.patient()
    ended = clinic.book(rule="FREQ=WEEKLY;COUNT=2")
    going = clinic.book(patientId=other, startTime="12:00", firstDate=day(1))
    centre.post(f"{SERIES}/{ended['id']}/cancel", {"scope": "ALL", "reason": "Moving"})

    def listed(**params: Any) -> list[str]:
        return [each["id"] for each in centre.get(SERIES, params=params)["data"]]

    assert listed() == [going["id"], ended["id"]]
    assert listed(sort="firstDate", pageSize=1) == [ended["id"]]
    assert listed(patientId=other) == listed(active=True) == [going["id"]]
    assert listed(active=False) == [ended["id"]]
    assert listed(therapistId=clinic.therapist, therapyTypeId=clinic.kind, page=2, pageSize=1) == [ended["id"]]
    assert listed(therapistId=str(uuid4())) == []
    [shown] = centre.get(SERIES, params={"active": True})["data"]
    assert (shown["patientName"], shown["sessions"], shown["upcoming"]) == ("Kiran Das", 4, 4)
    assert shown["nextStartsAt"] == f"{day(1)}T06:30:00Z"
    centre.get(SERIES, params={"sort": "patientName"}, expect=422)
