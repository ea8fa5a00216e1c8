"""Series after overlapping slots at once: never an overlap, never half a series, for therapist, patient and room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import httpx
import psycopg

from tests.scheduling.overlaps import Taken, double_booked
from tests.series.plans import SERIES, Clinic, day
from tests.support.system import Centre

ROUNDS, CLIENTS, WEEKS = 4, 6, 5


def at_once(centre: Centre, requests: list[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
    """The answers to all of them, sent together from threads of their own."""
    together = Barrier(len(requests))
    headers = {"Authorization": f"Bearer {centre.token('WORKSPACE_ADMIN')}"}

    def send(request: tuple[str, str, dict[str, Any]]) -> httpx.Response:
        method, path, body = request
        with centre.system.client() as http:
            together.wait(60)
            return http.request(method, path, json=body, headers=headers)

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))


def taken(clinic: Clinic) -> Iterator[Taken]:
    for row in clinic.sessions():
        if row["status"] != "CANCELLED":
            span = datetime.fromisoformat(row["startsAt"]), datetime.fromisoformat(row["endsAt"])
            for who in (row["therapistId"], row["patientId"], row["roomId"]):
                if who is not None:
                    yield Taken(who, *span, row["id"])


def written(centre: Centre) -> Counter[str]:
    """How many events of each type are in the book."""
    with psycopg.connect(centre.system.database.admin_url) as db:
        rows = db.execute(
            "SELECT topic, count(*) FROM book.events WHERE tenant_id = %s GROUP BY topic", [centre.tenant_id]
        ).fetchall()
    return Counter(dict(rows))


def test_of_series_after_the_same_weeks_one_is_booked_whole_and_the_others_not_at_all(centre: Centre) -> None:
    clinic = Clinic.of(centre)
    patients = [clinic.patient, *(centre.patient() for _ in range(CLIENTS - 1))]
    for number in range(ROUNDS):
        # Each begins a week later than the one before, a quarter of an hour apart: all overlap in some weeks.
        answers = at_once(
            centre,
            [
                ("POST", SERIES, clinic.body(
                    patientId=patient, firstDate=day(number + 7 * (n % 3)), startTime=f"10:{15 * (n % 3):02}",
                    rule=f"FREQ=WEEKLY;COUNT={WEEKS}",
                ))
                for n, patient in enumerate(patients)
            ],
        )  # fmt: skip
        assert Counter(each.status_code for each in answers) == {201: 1, 409: CLIENTS - 1}
        assert {a.json()["error"]["code"] for a in answers if a.status_code == 409} == {"SERIES_CLASHES"}
        assert len(clinic.times()) == (number + 1) * WEEKS
    events = written(centre)
    assert (events["series.SeriesStarted"], events["scheduling.SessionBooked"]) == (ROUNDS, ROUNDS * WEEKS)
    assert (events["billing.SessionCharged"], events["scheduling.SlotReserved"]) == (ROUNDS * WEEKS, 2 * ROUNDS * WEEKS)
    everything = list(taken(clinic))
    assert (len(everything), double_booked(everything)) == (2 * ROUNDS * WEEKS, [])


def test_a_series_a_single_booking_and_a_change_after_one_slot_never_overlap(centre: Centre) -> None:
    clinic = Clinic.of(centre)
    room = centre.post("/rooms", {"name": "Blue"}, expect=201)["id"]
    others = [(centre.patient(), centre.therapist()) for _ in range(2)]
    outcomes: Counter[tuple[bool, ...]] = Counter()
    for number in range(ROUNDS):
        first = day(number)
        standing = clinic.book(
            patientId=others[0][0], therapistId=others[0][1], roomId=room, firstDate=first, startTime="08:00"
        )
        alone = {
            "patientId": others[1][0], "therapistId": others[1][1], "therapyTypeId": clinic.kind, "roomId": room,
            "date": day(number + 14), "startTime": "12:30",
        }  # fmt: skip
        answers = at_once(
            centre,
            [
                ("POST", SERIES, clinic.body(roomId=room, firstDate=first, startTime="12:00")),
                ("PUT", f"{SERIES}/{standing['id']}", {"scope": "ALL", "startTime": "12:45"}),
                ("POST", "/sessions", alone),
            ],
        )
        done = tuple(answer.is_success for answer in answers)
        outcomes[done] += 1
        assert {answer.status_code for answer in answers} <= {200, 201, 409}
        assert sum(done) == 1  # each wants the room in the third week, within one hour
        moved = Counter(s["startTime"] for s in clinic.sessions(seriesId=standing["id"]))
        assert moved == ({"12:45": 4} if done[1] else {"08:00": 4})
        assert double_booked(taken(clinic)) == []
        for row in clinic.sessions():
            if row["status"] == "SCHEDULED":
                centre.post(f"/sessions/{row['id']}/cancel", {"reason": "Next round", "cancelledBy": "CENTRE"})
    print(f"\n{dict(outcomes)}")


def test_the_judge_would_have_seen_an_overlap(centre: Centre) -> None:
    """The control: the same rows, with one of them moved onto another by hand, are objected to."""
    clinic = Clinic.of(centre)
    clinic.book(rule="FREQ=WEEKLY;COUNT=2")
    rows = list(taken(clinic))
    assert double_booked(rows) == []
    theirs = [row for row in rows if row.resource == clinic.therapist]
    assert double_booked([*rows, theirs[0]._replace(session="another")]) != []
