"""Announcements over HTTP, from the running system: when they come, to whom, after which position, and how they end."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack

import httpx
import psycopg
import pytest

from tests.stream.listening import listening
from tests.support.system import PASSWORD, PLATFORM_ADMIN, Centre, RunningSystem, sign_in, wait_until

ADMIN = "WORKSPACE_ADMIN"


def renamed(centre: Centre, patient: str, name: str) -> httpx.Response:
    """Answered before the read models show it."""
    return centre.request("PUT", f"/patients/{patient}", {"firstName": name}, headers={"Prefer": "respond-async"})


def position(centre: Centre) -> int:
    answer = centre.request("GET", "/stream", params={"follow": "false"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    return int(answer.text.rstrip().rpartition("id: ")[2])


def test_who_hears_of_a_change_and_asks_sees_it(centre: Centre, system: RunningSystem) -> None:
    patient = centre.patient()
    with listening(system.url, centre.token(ADMIN)) as ear:
        for turn in range(40):
            name = f"Name {turn}"
            before = len(ear.heard)
            assert renamed(centre, patient, name).status_code == 200
            ear.hears(lambda ear, before=before: len(ear.heard) > before)
            assert centre.get(f"/patients/{patient}")["firstName"] == name
        assert ear.heard == [("patient", patient)] * 40
        positions = [each["position"] for each in ear.of("changed")]
        assert positions == sorted(set(positions))
        assert [int(each.id) for each in ear.told if each.event == "changed"] == positions


def test_nothing_is_announced_before_it_is_shown(centre: Centre, system: RunningSystem) -> None:
    """The control of the test above: with the projector standing still, there is an event and no announcement."""
    patient = centre.patient()
    projector = system.processes["project"]
    with listening(system.url, centre.token(ADMIN)) as ear:
        os.kill(projector.pid, signal.SIGSTOP)
        try:
            assert renamed(centre, patient, "Unseen").status_code == 200
            with pytest.raises(pytest.fail.Exception):
                ear.hears(lambda ear: ear.heard, 1.5)
        finally:
            os.kill(projector.pid, signal.SIGCONT)
        ear.hears(lambda ear: ear.heard == [("patient", patient)])


def test_a_centre_hears_of_itself_only_and_nothing_personal(system: RunningSystem) -> None:
    ours, theirs = system.new_centre(), system.new_centre()
    with listening(system.url, ours.token(ADMIN)) as ear, listening(system.url, theirs.token(ADMIN)) as other:
        foreign = theirs.patient(firstName="Zqforeign")
        mine = ours.patient(firstName="Zqcanary", guardianPhone="+919811122233", medicalNotes="Zqnotes")
        ours.put(f"/patients/{mine}", {"lastName": "Zqother"})
        ear.hears(lambda ear: ear.heard == [("patient", mine)] * len(ear.heard) and len(ear.heard) >= 2)
        other.hears(lambda ear: ear.heard and set(ear.heard) == {("patient", foreign)})
        for word in (b"Zq", b"9811122233", foreign.encode(), theirs.tenant_id.encode()):
            assert word not in ear.raw
        assert set(ear.of("changed")[0]) == {"position", "type", "resource", "id", "streamId", "version"}


def test_a_therapist_hears_of_their_own_only(centre: Centre, system: RunningSystem) -> None:
    thea, theo = centre.therapist("Thea"), centre.therapist("Theo")
    hers, his, nobodys = centre.patient(), centre.patient(), centre.patient()
    kind = centre.therapy_type()
    with listening(system.url, centre.token("Thea")) as ear, listening(system.url, centre.token("Theo")) as other:
        session = centre.session(hers, thea, kind)["id"]
        colleagues = centre.session(his, theo, kind)["id"]
        centre.post("/payments", {"patientId": his, "amount": "10.00", "method": "CASH"}, expect=201)
        centre.post("/payments", {"patientId": hers, "amount": "10.00", "method": "CASH"}, expect=201)
        centre.put(f"/patients/{nobodys}", {"firstName": "Nobody"})
        centre.put(f"/therapists/{theo}/buffers", {"beforeMinutes": 5, "afterMinutes": 5})
        ending = centre.therapy_type()
        for one in (ear, other):
            one.hears(lambda ear: ("therapy-type", ending) in ear.heard)
        assert ("session", session) in ear.heard
        assert ("ledger", hers) in ear.heard
        assert {id_ for _, id_ in ear.heard} == {session, hers, ending}
        assert {id_ for _, id_ in other.heard} == {colleagues, his, theo, ending}

        # A session that is given away: both hear of that, and then only who has it.
        heard = len(ear.heard)
        centre.put(f"/sessions/{session}", {"therapistId": theo, "startTime": "15:00"})
        ear.hears(lambda ear: ("session", session) in ear.heard[heard:])
        other.hears(lambda ear: ("session", session) in ear.heard)
        heard = len(ear.heard)
        centre.post(f"/sessions/{session}/cancel", {"reason": "Ill", "cancelledBy": "PATIENT"})
        last = centre.therapy_type()
        ear.hears(lambda ear: ("therapy-type", last) in ear.heard)
        assert ear.heard[heard:] == [("therapy-type", last)]
    with listening(system.url, centre.token("Thea"), after=0) as again:
        again.hears(lambda ear: ("therapy-type", last) in ear.heard)
        assert again.heard.count(("session", session)) == 1  # that it was given away
        assert not {id_ for _, id_ in again.heard} & {colleagues, his, hers, nobodys}


def test_what_was_missed_is_told_once_and_in_order(centre: Centre, system: RunningSystem) -> None:
    with listening(system.url, centre.token(ADMIN)) as ear:
        first = centre.patient()
        ear.hears(lambda ear: ("patient", first) in ear.heard)
        known = ear.last_id
    missed = [centre.patient() for _ in range(5)]
    with listening(system.url, centre.token(ADMIN), after=known) as ear:
        now = centre.patient()
        ear.hears(lambda ear: ("patient", now) in ear.heard)
        assert list(dict.fromkeys(id_ for _, id_ in ear.heard)) == [*missed, now]
        positions = [each["position"] for each in ear.of("changed")]
        assert positions == sorted(set(positions))
        assert positions[0] > int(known)
    answer = centre.request("GET", "/stream", params={"follow": "false"}, headers={"Last-Event-ID": known})
    assert answer.text.count("event: changed") >= 6


@pytest.mark.parametrize("after", ["999999999999", "0"])
def test_too_far_away_is_told_to_fetch_anew(system: RunningSystem, after: str) -> None:
    centre = system.new_centre()
    if after == "0":
        with psycopg.connect(system.database.admin_url) as db:  # as if 2,000 events had passed
            db.execute("UPDATE reading.positions SET position = 2000 WHERE tenant_id = %s", [centre.tenant_id])
    with listening(system.url, centre.token(ADMIN), after=after) as ear:
        told = ear.hears(lambda ear: ear.of("reset"))
        assert told[0]["reason"] == "behind"
        assert ear.of("changed") == []
        assert ear.last_id == str(told[0]["position"])


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "", "9" * 19])
def test_an_id_that_is_none_is_refused(centre: Centre, after: str) -> None:
    answer = centre.request("GET", "/stream", headers={"Last-Event-ID": after})
    assert answer.status_code == 422
    assert "Last-Event-ID" in answer.text


def test_a_role_that_is_taken_away_ends_the_stream(centre: Centre, system: RunningSystem) -> None:
    for number, change in enumerate(({"role": "ACCOUNTANT"}, None)):
        name = f"OPERATOR{number}"
        user = centre.user("OPERATOR", name)
        with listening(system.url, centre.token(name)) as ear:
            if change is None:
                centre.delete(f"/users/{user}")
            else:
                centre.put(f"/users/{user}", change)
            patient = centre.patient()
            wait_until(ear.ended.is_set, 10)
            assert ear.of("end") == [{"reason": "revoked"}]
            assert ear.heard == []  # nothing of what ended it, nor of what came after
            assert patient.encode() not in ear.raw
        with listening(system.url, centre.token(name)) as ear:
            assert ear.status == 401


def test_signing_out_everywhere_ends_the_stream_within_its_bound(centre: Centre, system: RunningSystem) -> None:
    user = centre.user("OPERATOR", "Olga")
    with listening(system.url, centre.token("Olga")) as ear:
        # As a new password does, but without an event that would make it come sooner.
        with psycopg.connect(system.database.admin_url) as db:
            db.execute("UPDATE book.logins SET valid_after = now() WHERE user_id = %s", [user])
        wait_until(ear.ended.is_set, 10)
        assert ear.of("end") == [{"reason": "revoked"}]


def test_a_new_password_ends_the_streams_of_the_old_one(centre: Centre, system: RunningSystem) -> None:
    user = centre.user("OPERATOR", "Otto")
    with listening(system.url, centre.token("Otto")) as ear:
        centre.put(f"/users/{user}/password", {"password": PASSWORD + "!"})
        wait_until(ear.ended.is_set, 10)
        assert ear.of("end") == [{"reason": "revoked"}]


def test_one_person_has_so_many_streams_and_gets_a_place_back(centre: Centre, system: RunningSystem) -> None:
    token = centre.token(ADMIN)
    with ExitStack() as stack:
        ears = [stack.enter_context(listening(system.url, token)) for _ in range(20)]
        assert {ear.status for ear in ears} == {200}
        with listening(system.url, token) as one_more:
            assert one_more.status == 429
        with listening(system.url, centre.token("OPERATOR")) as somebody_else:
            assert somebody_else.status == 200
        patient = centre.patient()
        for ear in ears:
            ear.hears(lambda ear: ("patient", patient) in ear.heard)

    def free() -> bool:
        with listening(system.url, token) as ear:
            return ear.status == 200

    wait_until(free)


def test_a_lost_connection_to_the_database_loses_no_announcement(centre: Centre, system: RunningSystem) -> None:
    with listening(system.url, centre.token(ADMIN)) as ear:
        patients = []
        for _ in range(3):
            with psycopg.connect(system.database.admin_url, autocommit=True) as db:
                db.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query LIKE 'LISTEN daybook_projected%'"
                )
            patients.append(centre.patient())
        ear.hears(lambda ear: list(dict.fromkeys(id_ for _, id_ in ear.heard)) == patients, 15)


def test_nobody_listens_without_a_sign_in_or_for_the_platform(centre: Centre, system: RunningSystem) -> None:
    with listening(system.url, "nonsense") as ear:
        assert ear.status == 401
    root = sign_in(system.client(), PLATFORM_ADMIN, PASSWORD, "platform")
    with listening(system.url, root) as ear:
        assert ear.status == 403
