"""Changing and cancelling over HTTP: this one, this and those that follow, or all; seen from everywhere else."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.series.plans import SERIES, Clinic, day
from tests.support.system import Centre


class Booked(Clinic):
    """A clinic with a series of four Mondays at ten."""

    made: Any

    @property
    def path(self) -> str:
        return f"{SERIES}/{self.made['id']}"

    def id(self, number: int) -> str:
        """Of the session that was booked as that one, from 0."""
        session: str = self.made["occurrences"][number]["sessionId"]
        return session

    def change(self, scope: str, number: int | None = None, *, expect: int = 200, **fields: Any) -> Any:
        return self.centre.put(self.path, self._of(scope, number, fields), expect=expect)

    def cancel(self, scope: str, number: int | None = None, *, expect: int = 200, **fields: Any) -> Any:
        wanted = self._of(scope, number, {"reason": "Family is travelling", **fields})
        return self.centre.post(f"{self.path}/cancel", wanted, expect=expect)

    def _of(self, scope: str, number: int | None, fields: dict[str, Any]) -> dict[str, Any]:
        named = {} if number is None else {"occurrenceId": self.id(number)}
        return {"scope": scope, **named, **fields}

    def shown(self, series_id: str | None = None) -> Any:
        return self.centre.get(f"{SERIES}/{series_id or self.made['id']}")


@pytest.fixture
def booked(centre: Centre) -> Booked:
    base = Clinic.of(centre, creditBalance="1600.00")
    clinic = Booked(base.centre, base.patient, base.therapist, base.kind)
    clinic.made = clinic.book()
    return clinic


def test_this_one_moves_alone_and_is_an_exception(booked: Booked) -> None:
    booked.change("THIS", 1, startTime="12:30", date=day(8))
    assert booked.times() == [(day(0), "10:00"), (day(8), "12:30"), (day(14), "10:00"), (day(21), "10:00")]
    shown = booked.shown()
    assert [o["exception"] for o in shown["occurrences"]] == [False, True, False, False]
    assert (shown["startTime"], shown["rule"], shown["version"]) == ("10:00", "FREQ=WEEKLY;BYDAY=MO;COUNT=4", 2)
    assert [s["id"] for s in booked.sessions()] == [booked.id(n) for n in range(4)]
    assert [c["dueOn"] for c in booked.due()["charges"]] == [day(14), day(21)]  # credit had paid for the first two


def test_this_and_those_that_follow_become_a_series_of_their_own(booked: Booked) -> None:
    colleague = booked.centre.therapist()
    changed = booked.change("FOLLOWING", 2, startTime="11:00", therapistId=colleague, date=day(16))
    assert (changed["continues"], changed["rule"]) == (booked.made["id"], f"FREQ=WEEKLY;BYDAY=WE;{until(23)};WKST=WE")
    assert [each["sessionId"] for each in changed["occurrences"]] == [booked.id(2), booked.id(3)]
    assert booked.times() == [(day(0), "10:00"), (day(7), "10:00"), (day(16), "11:00"), (day(23), "11:00")]
    before, after = booked.shown(), booked.shown(changed["id"])
    assert (before["rule"], before["continuedBy"]) == (f"FREQ=WEEKLY;BYDAY=MO;{until(13)}", changed["id"])
    assert (after["continues"], after["startTime"], after["therapistId"], after["firstDate"]) == (
        booked.made["id"], "11:00", colleague, day(16),
    )  # fmt: skip
    assert [[o["sessionId"] for o in each["occurrences"]] for each in (before, after)] == [
        [booked.id(0), booked.id(1)], [booked.id(2), booked.id(3)],
    ]  # fmt: skip
    assert not any(o["exception"] for each in (before, after) for o in each["occurrences"])
    assert [s["seriesId"] for s in booked.sessions(seriesId=changed["id"])] == [changed["id"]] * 2
    assert [s["price"] for s in booked.sessions()] == ["800.00"] * 4
    # The part that was split off answers for itself from now on.
    booked.change("THIS", 2, expect=404, startTime="09:00")


def until(days: int) -> str:
    return f"UNTIL={day(days).replace('-', '')}"


def test_from_the_first_on_is_all(booked: Booked) -> None:
    changed = booked.change("FOLLOWING", 0, startTime="09:00")
    assert (changed["id"], changed["continues"]) == (booked.made["id"], None)
    assert booked.times() == [(day(7 * n), "09:00") for n in range(4)]
    assert (booked.shown()["startTime"], booked.shown()["version"]) == ("09:00", 2)


def test_all_that_is_still_to_come_moves_and_nothing_else(booked: Booked) -> None:
    booked.cancel("THIS", 1, cancelledBy="CENTRE")
    changed = booked.change("ALL", startTime="10:30")  # each half an hour later: in the place where it was itself
    assert [each["sessionId"] for each in changed["occurrences"]] == [booked.id(n) for n in (0, 2, 3)]
    assert [(s["startTime"], s["status"]) for s in booked.sessions()] == [
        ("10:30", "SCHEDULED"), ("10:00", "CANCELLED"), ("10:30", "SCHEDULED"), ("10:30", "SCHEDULED"),
    ]  # fmt: skip
    again = booked.change("ALL", startTime="10:30")
    assert (again["occurrences"], again["version"]) == ([], booked.shown()["version"])
    booked.cancel("ALL")
    assert booked.change("ALL", startTime="09:00", expect=409)["error"]["code"] == "NOTHING_LEFT"
    assert booked.change("THIS", 0, startTime="09:00", expect=409)["error"]["code"] == "WRONG_STATUS"


def test_sessions_may_go_where_others_of_the_series_still_stand(booked: Booked) -> None:
    """All a week later, and back: each but the last goes where its neighbour is."""
    booked.change("ALL", 0, date=day(7))
    assert booked.times() == [(day(7 * n), "10:00") for n in range(1, 5)]
    assert "10:00" in booked.free(day(0))
    assert "10:00" not in booked.free(day(28))
    booked.change("ALL", 0, date=day(0))
    assert booked.times() == [(day(7 * n), "10:00") for n in range(4)]
    assert [s["id"] for s in booked.sessions()] == [booked.id(n) for n in range(4)]
    # The diary agrees: what is shown as free can be booked, what is not cannot.
    other = booked.centre.patient()
    booked.centre.session(other, booked.therapist, booked.kind, date=day(28))
    again = {"patientId": other, "therapistId": booked.therapist, "therapyTypeId": booked.kind, "startTime": "10:00"}
    for number in range(4):
        booked.centre.post("/sessions", {**again, "date": day(7 * number)}, expect=409)


@pytest.mark.parametrize("scope", ["FOLLOWING", "ALL"])
def test_one_clash_undoes_the_whole_change_and_all_are_listed(booked: Booked, scope: str) -> None:
    blockers = [
        booked.centre.session(booked.centre.patient(), booked.therapist, booked.kind, date=day(n), startTime="15:30")
        for n in (7, 21)
    ]
    before, series = booked.sessions(), booked.shown()
    refused = booked.change(scope, 1, startTime="15:00", expect=409)["error"]
    assert refused["code"] == "SERIES_CLASHES"
    listed = refused["details"]["occurrences"]
    assert [(each["date"], each["problems"][0]["clashes"][0]["sessionId"]) for each in listed] == [
        (day(7), blockers[0]["id"]), (day(21), blockers[1]["id"]),
    ]  # fmt: skip
    assert (booked.sessions(), booked.shown()) == (before, series)


def test_a_room_alone_is_changed_whatever_the_therapists_hours_are_now(booked: Booked) -> None:
    room, full = (booked.centre.post("/rooms", {"name": name}, expect=201)["id"] for name in ("Blue", "Red"))
    away = {"firstDay": day(7), "lastDay": day(7)}
    booked.centre.post(f"/therapists/{booked.therapist}/leave", away, expect=201)
    booked.change("ALL", roomId=room)
    assert {s["roomId"] for s in booked.sessions()} == {room}
    booked.centre.session(
        booked.centre.patient(), booked.centre.therapist(), booked.kind, date=day(14), roomId=full, startTime="09:30"
    )
    [clash] = booked.change("ALL", roomId=full, expect=409)["error"]["details"]["occurrences"]
    assert (clash["date"], [p["clashes"][0]["resource"] for p in clash["problems"]]) == (day(14), ["ROOM"])
    booked.change("ALL", roomId=None)
    assert {s["roomId"] for s in booked.sessions(patientId=booked.patient)} == {None}
    booked.change("ALL", roomId=str(uuid4()), expect=404)


def test_another_therapy_takes_the_place_at_its_own_price_and_what_was_paid_pays_for_it(booked: Booked) -> None:
    massage = booked.centre.therapy_type(defaultDuration=30, defaultCost="500.00")
    assert (booked.credit(), booked.ledger()["accounts"]["receivable"]) == ("0.00", "1600.00")
    changed = booked.change("FOLLOWING", 1, therapyTypeId=massage)
    new = changed["occurrences"]
    assert [(each["date"], each["endTime"], each["price"]) for each in new] == [
        (day(7 * n), "10:30", "500.00") for n in (1, 2, 3)
    ]
    assert {each["sessionId"] for each in new}.isdisjoint({booked.id(n) for n in range(4)})
    old = [booked.centre.get(f"/sessions/{booked.id(n)}") for n in (1, 2, 3)]
    assert {(s["status"], s["cancelledBy"], s["fee"]) for s in old} == {("CANCELLED", "CENTRE", "0.00")}
    # 800 + 3 × 500 are charged, 1600 had been paid.
    assert booked.ledger()["accounts"]["receivable"] == "700.00"
    assert booked.credit() == "0.00"
    assert [o["sessionId"] for o in booked.shown(changed["id"])["occurrences"]] == [e["sessionId"] for e in new]
    assert [o["status"] for o in booked.shown()["occurrences"]] == ["SCHEDULED", *["CANCELLED"] * 3]


def test_cancelling_takes_charges_back_gives_credit_and_frees_the_times(booked: Booked) -> None:
    done = booked.cancel("FOLLOWING", 1)
    assert [each["sessionId"] for each in done["occurrences"]] == [booked.id(n) for n in (1, 2, 3)]
    assert (done["fee"], {each["status"] for each in done["occurrences"]}) == ("0.00", {"CANCELLED"})
    # 1600 had paid for two; one of them is off, and its 800 are credit again.
    assert (booked.credit(), booked.due()["outstanding"]) == ("800.00", "0.00")
    assert booked.times() == [(day(0), "10:00")]
    assert [s["date"] for s in booked.calendar()] == [day(0)]
    assert all("10:00" in booked.free(day(n)) for n in (7, 14, 21))
    assert {s["cancelReason"] for s in booked.sessions(status="CANCELLED")} == {"Family is travelling"}
    assert booked.cancel("THIS", 1, expect=409)["error"]["code"] == "WRONG_STATUS"
    assert booked.cancel("ALL")["occurrences"][0]["sessionId"] == booked.id(0)
    assert (booked.cancel("ALL")["occurrences"], booked.credit()) == ([], "1600.00")
    assert [o["status"] for o in booked.shown()["occurrences"]] == ["CANCELLED"] * 4


def test_a_late_fee_is_decided_for_each_session_and_may_be_waived(booked: Booked) -> None:
    policy = {"cancellationWindowHours": 60 * 24, "lateFeePercent": "50"}
    booked.centre.put(f"/tenants/{booked.centre.tenant_id}/settings", policy)
    refused = booked.cancel("ALL", waiveFee=True, expect=422)["error"]
    assert refused["details"][0]["field"] == "waiverReason"
    assert booked.cancel("THIS", 0, waiveFee=True, waiverReason="Hospital")["fee"] == "0.00"
    done = booked.cancel("ALL")
    late = [s for s in booked.sessions() if s["fee"] != "0.00"]
    assert (done["fee"], done["feeDue"], [s["fee"] for s in late]) == ("1200.00", "1200.00", ["400.00"] * 3)
    assert booked.ledger()["accounts"]["fees"] == "-1200.00"


def test_what_is_asked_for_must_make_sense(booked: Booked) -> None:
    for fields, field in (
        ({"scope": "THIS", "startTime": "11:00"}, "occurrenceId"),
        ({"scope": "ALL", "date": day(1)}, "occurrenceId"),
        ({"startTime": "11:00"}, "scope"),
        ({"scope": "SOME"}, "scope"),
        ({"scope": "ALL", "rule": "FREQ=WEEKLY;COUNT=2"}, "rule"),
    ):
        refused = booked.centre.put(booked.path, fields, expect=422)["error"]
        assert [each["field"] for each in refused["details"]] == [field]
    booked.centre.put(booked.path, {"scope": "THIS", "occurrenceId": str(uuid4())}, expect=404)
    booked.centre.put(f"{SERIES}/{booked.patient}", {"scope": "ALL"}, expect=404)
    stale = booked.centre.request(
        "PUT", booked.path, {"scope": "ALL", "startTime": "11:00"}, headers={"If-Match": '"9"'}
    )
    assert stale.status_code == 412
    assert {s["startTime"] for s in booked.sessions()} == {"10:00"}


def test_therapists_see_what_they_give_of_a_series_and_change_nothing(booked: Booked) -> None:
    centre = booked.centre
    substitute, stranger = centre.therapist("SUBSTITUTE"), centre.therapist("STRANGER")
    booked.change("THIS", 1, therapistId=substitute)
    assert [o["sessionId"] for o in centre.get(booked.path, as_="SUBSTITUTE")["occurrences"]] == [booked.id(1)]
    assert centre.get(SERIES, as_="SUBSTITUTE")["total"] == 1
    assert centre.get(SERIES, as_="STRANGER")["data"] == []
    centre.get(booked.path, as_="STRANGER", expect=404)
    assert centre.get("/sessions", params={"seriesId": booked.made["id"]}, as_="STRANGER")["data"] == []
    for who in ("SUBSTITUTE", "ACCOUNTANT", "AUDITOR"):
        centre.put(booked.path, {"scope": "ALL", "startTime": "11:00"}, as_=who, expect=403)
        centre.post(f"{SERIES}/preview", booked.body(), as_=who, expect=403)
    assert stranger != substitute


def test_its_history_says_who_did_what_and_nothing_personal(booked: Booked) -> None:
    booked.change("FOLLOWING", 2, startTime="11:00")
    booked.cancel("ALL", reason="A very private reason")
    told = booked.centre.get(f"{booked.path}/history", as_="AUDITOR")
    assert [e["type"] for e in told["data"]] == [
        "series.OccurrencesCancelled", "series.SeriesSplit", "series.SeriesStarted",
    ]  # fmt: skip
    assert "private" not in str(told)
    booked.centre.get(f"{SERIES}/{uuid4()}/history", expect=404)
