"""Patients over HTTP: found, corrected, private."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.support.system import Centre, RunningSystem

KIRAN = {
    "firstName": "Kiran", "lastName": "Das", "dateOfBirth": "2018-04-02", "guardianName": "Meera Das",
    "guardianPhone": "+919800000001",
}  # fmt: skip


@pytest.fixture(scope="module")
def calm(system: RunningSystem) -> Centre:
    """A centre that only refused requests are sent to, so that one serves them all."""
    return system.new_centre()


def test_what_was_registered_is_found(centre: Centre) -> None:
    facts = {**KIRAN, "guardianEmail": "Meera@Example.in", "address": "4, MG Road\nPune", "medicalNotes": "Asthma"}
    made = centre.request("POST", "/patients", facts)
    assert made.status_code == 201
    assert set(made.json()) == {"id", "version"}  # answers are kept for retries: nothing personal in them
    found = centre.get(f"/patients/{made.json()['id']}")
    assert {name: found[name] for name in facts} == {**facts, "guardianEmail": "meera@example.in"}
    assert (found["active"], found["erased"], found["version"]) == (True, False, 1)
    assert (found["creditBalance"], found["totalOutstandingDues"]) == ("0.00", "0.00")


def test_patients_are_found_by_name_guardian_and_phone(centre: Centre) -> None:
    centre.patient()
    centre.patient(firstName="Ravi", lastName="100%", guardianName="Usha Nair", guardianPhone="9812345678")
    for search, expected in {
        "kir": ["Kiran"], "KIRAN DAS": ["Kiran"], "usha": ["Ravi"], "98123 45678": ["Ravi"], "+9198000": ["Kiran"],
        "%": ["Ravi"], "_": [], "\\": [], "' OR 1=1 --": [], "das": ["Kiran"], "-": [],
        "": ["Ravi", "Kiran"],
    }.items():  # fmt: skip
        found = centre.request("GET", "/patients", params={"search": search}).json()["data"]
        assert [patient["firstName"] for patient in found] == expected, search
    assert centre.request("GET", "/patients", params={"search": "a\x00"}).status_code == 422


def test_an_answer_names_the_correlation_that_its_events_carry(centre: Centre) -> None:
    patient = centre.patient()
    ours = "0192f0c4-0000-7000-8000-000000000001"
    for headers, expected in (({}, None), ({"X-Correlation-Id": ours}, ours)):
        answer = centre.request("PUT", f"/patients/{patient}", {"lastName": f"Das {expected}"}, headers=headers)
        [event] = centre.get(f"/patients/{patient}/history?limit=1")["data"]
        assert answer.headers["X-Correlation-Id"] == event["correlation"] == (expected or event["correlation"])


def test_lists_page_sort_and_filter(centre: Centre) -> None:
    patients = [centre.patient(firstName=name) for name in ("Charu", "Arun", "Bina")]
    centre.post(f"/patients/{patients[0]}/deactivate")
    assert centre.get("/patients?active=true")["total"] == 2
    assert centre.get("/patients?active=false")["data"][0]["firstName"] == "Charu"
    page = centre.get("/patients?sort=-firstName&pageSize=2&page=2")
    assert ([patient["firstName"] for patient in page["data"]], page["total"]) == (["Arun"], 3)
    assert "medicalNotes" not in page["data"][0]
    assert "address" not in page["data"][0]
    for bad in ("page=0", "pageSize=101", "pageSize=x", "sort=medicalNotes", "active=maybe"):
        centre.get(f"/patients?{bad}", expect=422)


def test_corrections_leave_the_rest_alone(centre: Centre) -> None:
    patient = centre.patient(guardianEmail="meera@example.in", address="Pune", medicalNotes="Asthma")
    path = f"/patients/{patient}"
    centre.put(path, {"lastName": "Iyer"}, as_="OPERATOR")
    centre.put(path, {"guardianPhone": "9811111111"})
    centre.put(path, {"medicalNotes": None, "address": ""})
    found = centre.get(path)
    assert (found["firstName"], found["lastName"], found["guardianName"]) == ("Kiran", "Iyer", "Meera Das")
    assert (found["guardianPhone"], found["guardianEmail"]) == ("9811111111", "meera@example.in")
    assert (found["medicalNotes"], found["address"]) == (None, None)
    types = [event["type"] for event in centre.get(f"{path}/history")["data"]]
    assert types == [
        "patients.MedicalNotesWritten", "patients.AddressCorrected", "patients.GuardianChanged",
        "patients.PatientRenamed", "patients.PatientRegistered",
    ]  # fmt: skip
    before = centre.get(path)["version"]
    assert centre.put(path, {"lastName": "Iyer", "dateOfBirth": "2018-04-02"})["version"] == before


def test_corrections_are_guarded_by_the_version(centre: Centre) -> None:
    path = f"/patients/{centre.patient()}"
    etag = centre.request("GET", path).headers["ETag"]
    # What is owed moves without the record's version, so a copy is never called fresh.
    assert centre.request("GET", path, headers={"If-None-Match": etag}).status_code == 200
    centre.put(path, {"firstName": "Kiran A."}, headers={"If-Match": etag})
    centre.put(path, {"firstName": "Kiran B."}, headers={"If-Match": etag}, expect=412)
    assert centre.get(path)["firstName"] == "Kiran A."


def test_medical_notes_are_for_those_who_need_them(centre: Centre) -> None:
    patient = centre.patient(medicalNotes="canary-asthma")
    for role in ("WORKSPACE_ADMIN", "OPERATOR"):
        assert centre.get(f"/patients/{patient}", as_=role)["medicalNotes"] == "canary-asthma"
    for role in ("ACCOUNTANT", "AUDITOR"):
        assert centre.get(f"/patients/{patient}", as_=role)["medicalNotes"] is None
        assert "canary" not in centre.request("GET", "/patients?search=canary", as_=role).text
    told = centre.request("GET", f"/patients/{patient}/history", as_="AUDITOR")
    assert told.json()["data"][0]["type"] == "patients.PatientRegistered"
    assert "canary" not in told.text
    assert "canary" in centre.request("GET", f"/patients/{patient}/history").text


def test_a_therapist_sees_nobody_they_do_not_treat(centre: Centre) -> None:
    patient = centre.patient()
    centre.get(f"/patients/{patient}", as_="THERAPIST", expect=404)
    assert centre.get("/patients", as_="THERAPIST")["total"] == 0


def test_a_therapist_sees_whom_they_treat_until_the_last_session_is_cancelled(centre: Centre) -> None:
    mine, other = centre.therapist("mine"), centre.therapist("other")
    patient, kind = centre.patient(medicalNotes="canary-asthma"), centre.therapy_type()
    stranger = centre.patient(firstName="Stranger")
    session = centre.session(patient, mine, kind)["id"]
    assert centre.get(f"/patients/{patient}", as_="mine")["medicalNotes"] == "canary-asthma"
    assert [found["id"] for found in centre.get("/patients", as_="mine")["data"]] == [patient]
    assert centre.get("/patients?search=stranger", as_="mine")["total"] == 0
    centre.get(f"/patients/{stranger}", as_="mine", expect=404)
    centre.get(f"/patients/{patient}", as_="other", expect=404)
    centre.put(f"/sessions/{session}", {"therapistId": other})
    centre.get(f"/patients/{patient}", as_="mine", expect=404)
    centre.get(f"/patients/{patient}", as_="other")
    centre.post(f"/sessions/{session}/cancel", {"reason": "Ill", "cancelledBy": "PATIENT"})
    centre.get(f"/patients/{patient}", as_="other", expect=404)


def test_lists_show_what_is_owed(centre: Centre) -> None:
    therapist, kind = centre.therapist("Tara"), centre.therapy_type()
    owing = centre.patient(firstName="Owing")
    centre.patient(firstName="Even")
    centre.session(owing, therapist, kind)
    found = centre.get("/patients?sort=-totalOutstandingDues")["data"]
    assert [(p["firstName"], p["totalOutstandingDues"]) for p in found] == [("Owing", "800.00"), ("Even", "0.00")]
    assert [p["firstName"] for p in centre.get("/patients?owing=true")["data"]] == ["Owing"]


def test_who_may_write(system: RunningSystem, centre: Centre) -> None:
    patient = centre.patient()
    for role in ("THERAPIST", "ACCOUNTANT", "AUDITOR"):
        centre.post("/patients", KIRAN, as_=role, expect=403)
        centre.put(f"/patients/{patient}", {"firstName": "X"}, as_=role, expect=403)
        centre.post(f"/patients/{patient}/deactivate", as_=role, expect=403)
    other = system.new_centre()
    for method, path, body in (
        ("GET", "", None), ("GET", "/history", None), ("PUT", "", {"firstName": "X"}), ("POST", "/deactivate", {}),
        ("POST", "/reactivate", {}),
    ):  # fmt: skip
        foreign = other.request(method, f"/patients/{patient}{path}", body)
        absent = other.request(method, f"/patients/{uuid4()}{path}", body)
        assert foreign.status_code == absent.status_code == 404
        assert foreign.json()["error"]["message"] == absent.json()["error"]["message"]
    assert centre.get(f"/patients/{patient}")["version"] == 1


def test_opening_credit_takes_the_right_to_record_money(centre: Centre) -> None:
    centre.post("/patients", {**KIRAN, "creditBalance": "100.00"}, as_="OPERATOR", expect=403)
    centre.post("/patients", {**KIRAN, "creditBalance": "0"}, as_="OPERATOR", expect=201)
    rich = centre.post("/patients", {**KIRAN, "creditBalance": "100.00"}, expect=201)["id"]
    assert centre.get(f"/patients/{rich}")["creditBalance"] == "100.00"
    found = centre.get("/patients?sort=-creditBalance")["data"]
    assert [(p["creditBalance"], p["totalOutstandingDues"]) for p in found] == [("100.00", "0.00"), ("0.00", "0.00")]
    assert centre.get("/patients?owing=true")["total"] == 0


def test_deactivation_and_back(centre: Centre) -> None:
    patient = centre.patient()
    centre.post(f"/patients/{patient}/deactivate", as_="OPERATOR")
    version = centre.post(f"/patients/{patient}/deactivate")["version"]
    assert (centre.get(f"/patients/{patient}")["active"], version) == (False, 2)
    centre.post(f"/patients/{patient}/reactivate")
    assert centre.get(f"/patients/{patient}")["active"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("firstName", ""), ("firstName", "K\x00"), ("lastName", "x" * 101), ("lastName", None),
     ("dateOfBirth", "2999-01-01"),
     ("dateOfBirth", "1899-12-31"), ("dateOfBirth", "2018-02-30"), ("dateOfBirth", 0), ("guardianPhone", "98000"),
     ("guardianPhone", "\u0669" * 10), ("guardianPhone", "9800000001\n"), ("guardianEmail", "nobody"),
     ("address", "x" * 501), ("medicalNotes", "x" * 10_001), ("creditBalance", "-1"), ("creditBalance", "NaN"),
     ("creditBalance", "0.001"), ("active", False), ("id", "x")],
)  # fmt: skip
def test_a_bad_field_is_named_and_nothing_is_written(calm: Centre, field: str, value: Any) -> None:
    refused = calm.post("/patients", {**KIRAN, field: value}, expect=422)
    assert [detail["field"] for detail in refused["error"]["details"]] == [field]
    assert calm.get("/patients")["total"] == 0


@pytest.mark.parametrize(
    "body",
    ['{"firstName": "\\ud800"', '{"firstName": "\\ud800"}', '{"creditBalance": 1e400}', "[]", "null", "{" * 5000],
)
def test_hostile_bodies_are_the_callers_fault(calm: Centre, body: str) -> None:
    headers = {"Authorization": f"Bearer {calm.token('WORKSPACE_ADMIN')}", "Content-Type": "application/json"}
    with calm.system.client() as client:
        answer = client.post("/patients", content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.json()["success"] is False
