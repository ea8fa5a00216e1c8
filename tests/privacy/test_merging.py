"""Merging duplicates: an alias, the survivor shows both, and the reversal leaves no trace but the history."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.privacy.planting import daybook
from tests.support.system import Centre, RunningSystem

TWICE = "registered twice"


class Twins:
    """Two records of one child, each with a session to come and money."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.therapist, self.other = centre.therapist(), centre.therapist()
        self.kind = centre.therapy_type()
        self.kept = centre.patient(firstName="Kiran")
        self.double = centre.patient(firstName="Kieran")
        self.one = self.book(self.kept, "10:00")
        self.two = self.book(self.double, "12:00")
        centre.post("/payments", {"patientId": self.double, "amount": "500.00", "method": "CASH"}, expect=201)

    def book(self, patient: str, start: str, *, expect: int = 201, by: str | None = None) -> Any:
        day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
        body = {"patientId": patient, "therapistId": by or self.therapist, "therapyTypeId": self.kind, "date": day,
                "startTime": start}  # fmt: skip
        answer = self.centre.post("/sessions", body, expect=expect)
        return answer["id"] if expect == 201 else answer["error"]

    def merge(self, *, expect: int = 200, **options: Any) -> Any:
        return self.centre.post(
            f"/patients/{self.double}/merge", {"into": self.kept, "reason": TWICE}, expect=expect, **options
        )

    def reverse(self, *, expect: int = 200) -> Any:
        body = {"reason": "they are cousins"}
        return self.centre.post(f"/patients/{self.double}/merge/reverse", body, expect=expect)

    def seen(self) -> dict[str, Any]:
        """What the desk sees of both, without what a merge is told by."""
        found = {}
        for patient in (self.kept, self.double):
            for what in ("", "/payments", "/outstanding-dues", "/ledger", "/progress-reports", "/credits"):
                answer = self.centre.get(f"/patients/{patient}{what}")
                found[patient + what] = {k: v for k, v in answer.items() if k not in {"version", "updatedAt"}}
            found[f"{patient} sessions"] = self.centre.get(f"/sessions?patientId={patient}")
        return {**found, "list": [each["id"] for each in self.centre.get("/patients")["data"]]}


@pytest.fixture
def twins(house: RunningSystem) -> Twins:
    return Twins(house.new_centre())


def test_the_survivor_shows_both_and_the_reversal_restores_each(house: RunningSystem, twins: Twins) -> None:
    centre, before = twins.centre, twins.seen()
    twins.merge()
    kept, double = centre.get(f"/patients/{twins.kept}"), centre.get(f"/patients/{twins.double}")
    assert (kept["duplicates"], kept["mergedInto"]) == ([twins.double], None)
    assert (double["mergedInto"], double["firstName"]) == (twins.kept, "Kieran")
    assert kept["totalOutstandingDues"] == "1100.00"  # 800, and 800 less the 500 that were paid
    assert [each["id"] for each in centre.get("/patients")["data"]] == [twins.kept]
    assert centre.get("/patients")["data"][0]["totalOutstandingDues"] == "1100.00"
    assert [each["id"] for each in centre.get("/patients?merged=true")["data"]] == [twins.double]
    found = centre.get(f"/sessions?patientId={twins.kept}")["data"]
    assert {each["id"] for each in found} == {twins.one, twins.two}
    assert centre.get(f"/patients/{twins.kept}/outstanding-dues")["outstanding"] == "1100.00"
    assert centre.get(f"/patients/{twins.kept}/payments")["total"] == 1
    # Each ledger stays its own.
    assert centre.get(f"/patients/{twins.kept}/ledger") == before[f"{twins.kept}/ledger"] | {}
    history = [each["type"] for each in centre.get(f"/patients/{twins.double}/history")["data"]]
    assert history[0] == "patients.PatientMerged"
    twins.reverse()
    assert twins.seen() == before
    history = centre.get(f"/patients/{twins.double}/history")["data"]
    assert [each["data"]["reason"] for each in history[:2]] == ["they are cousins", TWICE]
    report = json.loads(daybook(house, "rebuild", "--tenant", centre.tenant_id, "--check", "--json"))
    assert report["differing"] == 0


def test_nothing_new_is_done_with_a_duplicate_but_what_it_has_goes_on(twins: Twins) -> None:
    centre = twins.centre
    twins.merge()
    refused = twins.book(twins.double, "15:00", expect=409)
    assert (refused["code"], refused["details"]["into"]) == ("PATIENT_MERGED", twins.kept)
    assert centre.put(f"/patients/{twins.double}", {"lastName": "Roy"}, expect=409)["error"]["code"] == "PATIENT_MERGED"
    centre.post(f"/sessions/{twins.two}/cancel", {"reason": "booked twice, too"})
    centre.post("/payments", {"patientId": twins.double, "amount": "1.00", "method": "CASH"}, expect=201)
    erase = centre.post(f"/patients/{twins.double}/erase", {"basis": "REQUESTED"}, expect=409)
    assert erase["error"]["code"] == "PATIENT_MERGED"


def test_sessions_at_the_same_time_keep_two_apart(twins: Twins) -> None:
    clash = twins.book(twins.double, "10:30", by=twins.other)
    refused = twins.merge(expect=409)["error"]
    assert (refused["code"], refused["details"]["sessions"]) == ("MERGE_REFUSED", [[clash, twins.one]])
    twins.centre.post(f"/sessions/{clash}/cancel", {"reason": "the same child"})
    twins.merge()


def test_a_child_cannot_be_booked_beside_a_session_of_its_duplicate(twins: Twins) -> None:
    twins.merge()
    refused = twins.book(twins.kept, "12:30", expect=409, by=twins.other)
    assert refused["details"]["resource"] == "PATIENT"
    twins.reverse()
    twins.book(twins.kept, "12:30", by=twins.other)


def test_erasing_the_survivor_erases_its_duplicates(twins: Twins) -> None:
    centre = twins.centre
    twins.merge()
    for session in (twins.one, twins.two):
        centre.post(f"/sessions/{session}/cancel", {"reason": "moving"})
    erased = centre.post(f"/patients/{twins.kept}/erase", {"basis": "REQUESTED"})["erased"]
    assert erased == [twins.kept, twins.double]
    assert {centre.get(f"/patients/{each}")["firstName"] for each in erased} == {None}
    numbers = {centre.get(f"/patients/{each}/erasure-certificate")["number"] for each in erased}
    assert len(numbers) == 2
    twins.reverse(expect=409)


def test_who_may_and_whose_it_is(house: RunningSystem, twins: Twins) -> None:
    for role in ("OPERATOR", "THERAPIST", "ACCOUNTANT", "AUDITOR"):
        twins.merge(expect=403, as_=role)
    stranger = house.new_centre()
    mine, theirs = stranger.patient(), twins.kept
    body = {"into": theirs, "reason": TWICE}
    stranger.post(f"/patients/{mine}/merge", body, expect=404)
    stranger.post(f"/patients/{theirs}/merge", {"into": mine, "reason": TWICE}, expect=404)
    body = {"into": twins.kept, "reason": TWICE}
    assert twins.centre.post(f"/patients/{twins.kept}/merge", body, expect=409)["error"]["code"] == "MERGE_REFUSED"
    assert twins.reverse(expect=409)["error"]["code"] == "PATIENT_NOT_MERGED"
