"""A therapist and a colleague's records: what is not theirs does not exist for them, whatever way they ask."""

from __future__ import annotations

import httpx
import pytest

from tests.access.described import Route
from tests.access.sweep import Attempt, attempts, leaks, may, objections, records
from tests.access.world import World, new_colleague, new_world
from tests.support.system import RunningSystem

OWNED = (
    "therapist", "user", "patient", "pricing", "slot", "leave", "session", "payment", "charge", "reschedule_request",
    "progress_report",
)  # fmt: skip
"""What belongs to somebody; rooms, holidays and therapy types are the centre's."""
ME = "THERAPIST"


@pytest.fixture(scope="module")
def mine(system: RunningSystem, client: httpx.Client) -> World:
    return new_world(system, client, "Mymark")


@pytest.fixture(scope="module")
def colleagues(mine: World) -> World:
    """Of the same centre: another therapist with a patient, a session, a payment, hours and a price of their own."""
    return new_colleague(mine, "Colleaguemark")


def test_a_colleagues_records_do_not_exist(routes: list[Route], mine: World, colleagues: World) -> None:
    before = mine.state()
    tried = list(attempts(routes, [ME], OWNED))
    wrong = [told for attempt in tried if (told := objections(attempt, mine, colleagues, ()))]
    print(f"\n{len(tried)} attempts with a colleague's ids")
    assert len(tried) > 30
    assert not wrong, "\n".join(wrong)
    assert mine.state() == before


def test_nothing_that_a_therapist_can_read_names_a_colleagues_records(
    routes: list[Route], mine: World, colleagues: World
) -> None:
    secrets = {colleagues.ids[kind] for kind in OWNED}
    wrong, count = [], 0
    for route in routes:
        if route.reads and may(route, ME):
            answer, count = Attempt(route, ME).send(mine, mine.ids), count + 1
            assert answer.status_code == 200, f"{route}: {answer.text}"
            if leaks(answer, colleagues.mark, secrets):
                wrong.append(f"{route}: {answer.text[:300]}")
    print(f"\n{count} reads looked through")
    assert not wrong, "\n".join(wrong)
    for path in ("/patients", "/payments", "/users"):  # nor by searching for them
        assert records(mine.ask("GET", path, as_=ME, params={"search": colleagues.mark}).json()) == []
        assert records(mine.ask("GET", path, params={"search": colleagues.mark}).json()) != []


def test_the_colleague_and_the_office_reach_them(routes: list[Route], mine: World, colleagues: World) -> None:
    """The control: the same reads are answered to whose records they are, and to the administrator."""
    for route in routes:
        for who in ("COLLEAGUE", "WORKSPACE_ADMIN"):
            if route.reads and may(route, ME if who == "COLLEAGUE" else who):
                answer = Attempt(route, who).send(colleagues, colleagues.ids)
                assert answer.status_code == 200, f"{route} as {who}: {answer.text}"


def test_of_a_patient_treated_by_both_each_sees_their_own_sessions(mine: World, colleagues: World) -> None:
    patient = mine.patient()
    own = mine.session(patientId=patient)
    other = colleagues.session(patientId=patient)
    for path in (f"/patients/{patient}/sessions", "/sessions"):
        seen = {row["id"] for row in mine.send("GET", path, as_=ME, params={"pageSize": 100})["data"]}
        assert own in seen
        assert other not in seen
    for path in (f"/sessions/{other}", f"/sessions/{other}/payments"):
        assert mine.ask("GET", path, as_=ME).status_code == 404
    for path, body in ((f"/sessions/{other}/notes", {"notes": "mine now"}), (f"/sessions/{other}/start", {})):
        method = "PUT" if path.endswith("notes") else "POST"
        assert mine.ask(method, path, body, as_=ME).status_code == 404


def test_a_patient_who_is_handed_over_is_gone(mine: World, colleagues: World) -> None:
    patient = mine.patient(medicalNotes="for whoever treats")
    session = mine.session(patientId=patient)
    assert mine.send("GET", f"/patients/{patient}", as_=ME)["medicalNotes"] == "for whoever treats"
    mine.send("PUT", f"/sessions/{session}", {"therapistId": colleagues.ids["therapist"]})
    for path in (f"/patients/{patient}", f"/sessions/{session}", f"/patients/{patient}/payments"):
        assert mine.ask("GET", path, as_=ME).status_code == 404
    assert colleagues.send("GET", f"/patients/{patient}", as_="COLLEAGUE")["medicalNotes"] == "for whoever treats"


def test_a_patient_whose_only_session_was_cancelled_is_gone(mine: World) -> None:
    patient = mine.patient()
    session = mine.session(patientId=patient)
    assert mine.ask("GET", f"/patients/{patient}", as_=ME).status_code == 200
    mine.send("POST", f"/sessions/{session}/cancel", {"reason": "moved away"})
    assert mine.ask("GET", f"/patients/{patient}", as_=ME).status_code == 404


def test_an_idempotency_key_is_its_users_own(mine: World, colleagues: World) -> None:
    """A colleague who guesses the key and sends the same request is not given the first answer."""
    path, key = f"/therapists/{mine.ids['therapist']}/buffers", {"Idempotency-Key": "guessed"}
    body = {"beforeMinutes": 5, "afterMinutes": 5}
    first = mine.ask("PUT", path, body, as_=ME, headers=key)
    assert first.status_code == 200
    assert mine.ask("PUT", path, body, as_=ME, headers=key).headers["Idempotency-Replayed"] == "true"
    assert mine.ask("PUT", path, body, as_="COLLEAGUE", headers=key).status_code == 404
