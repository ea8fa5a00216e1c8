"""Reschedule requests over HTTP: asked, decided, listed, and what each of those refuses."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from tests.rescheduling.asking import OTTO, THEA, Asking, at, day
from tests.support.system import Centre


@pytest.fixture
def asking(centre: Centre) -> Asking:
    return Asking(centre)


def test_asked_approved_and_moved_with_its_money_in_one_step(asking: Asking) -> None:
    made = asking.ask(at(8, "14:00"), at(9, "09:00"))
    assert (made["status"], made["date"], made["startTime"]) == ("PENDING", day(7), "10:00")
    found = asking.request(made["id"], as_="OPERATOR")
    assert {name: found[name] for name in ("status", "sessionDate", "sessionStartTime", "requestedDate")} == {
        "status": "PENDING", "sessionDate": day(7), "sessionStartTime": "10:00", "requestedDate": day(8),
    }  # fmt: skip
    assert [(each["date"], each["startTime"], each["endTime"]) for each in found["proposals"]] == [
        (day(8), "14:00", "15:00"), (day(9), "09:00", "10:00"),
    ]  # fmt: skip
    assert (found["patientName"], found["therapistName"], found["reason"]) == (
        "Kiran Das", "Thea Tester", "Training that day",
    )  # fmt: skip
    assert found["noticeHours"] == found["noticeMinutes"] // 60
    assert 5 * 24 < found["noticeHours"] < 8 * 24
    assert (found["reviewedBy"], found["closedAt"], found["chosen"]) == (None, None, None)
    assert asking.centre.get(f"/sessions/{asking.session}")["rescheduleRequestId"] == made["id"]

    before = asking.head()
    done = asking.decide(made["id"], body={"note": "Family agrees"}, as_="OPERATOR")
    assert (done["status"], done["date"], done["startTime"]) == ("APPROVED", day(8), "14:00")
    assert Counter(asking.written(before)) == {
        "scheduling.RescheduleApproved": 1, "scheduling.SessionRescheduled": 1, "scheduling.SlotReleased": 2,
        "scheduling.SlotReserved": 2, "billing.ChargeRescheduled": 1,
    }  # fmt: skip
    assert asking.place() == (day(8), "14:00", "SCHEDULED")
    found = asking.request(made["id"])
    assert (found["status"], found["reviewNotes"], found["reviewerName"]) == (
        "APPROVED", "Family agrees", "Operator Tester",
    )  # fmt: skip
    assert found["reviewedBy"] == asking.centre.users["OPERATOR"]
    assert (found["chosen"]["date"], found["chosen"]["startTime"]) == (day(8), "14:00")
    assert (found["version"], done["version"]) == (3, 3)
    dues = asking.centre.get(f"/patients/{asking.patient}/outstanding-dues")
    assert day(8) in str(dues)
    assert day(7) not in str(dues)
    session = asking.centre.get(f"/sessions/{asking.session}")
    assert (session["price"], session["rescheduleRequestId"], session["version"]) == ("800.00", None, 4)
    asking.book(7, "10:00")  # what it left is free


def test_the_office_may_choose_another_time_and_another_room(asking: Asking) -> None:
    room = asking.centre.post("/rooms", {"name": "Blue"}, expect=201)["id"]
    made = asking.ask()
    asking.decide(made["id"], body={"date": day(9)}, expect=422)
    asking.decide(made["id"], body={"startTime": "09:00"}, expect=422)
    asking.decide(made["id"], body={"roomId": str(uuid4())}, expect=404)
    asking.decide(made["id"], body={**at(7, "10:00")}, expect=422)
    asking.decide(made["id"], body={**at(-1, "10:00")}, expect=422)
    done = asking.decide(made["id"], body={**at(9, "09:00"), "roomId": room})
    assert (done["date"], done["startTime"]) == (day(9), "09:00")
    assert asking.centre.get(f"/sessions/{asking.session}")["roomId"] == room
    assert asking.request(made["id"])["roomName"] == "Blue"


def test_a_slot_that_is_gone_is_409_with_what_is_free_and_leaves_everything_as_it_was(asking: Asking) -> None:
    made = asking.ask(at(8, "14:00"))
    asking.book(8, "14:30", patient=asking.centre.patient(firstName="Asha"))
    before, place = asking.head(), asking.place()
    refused = asking.decide(made["id"], expect=409)["error"]
    assert refused["code"] == "PROPOSALS_GONE"
    assert refused["details"]["refusals"] == [{**at(8, "14:00"), "code": "SLOT_TAKEN"}]
    free = refused["details"]["alternatives"]
    assert len(free) == 5
    assert free == sorted(free, key=lambda each: (each["date"], each["startTime"]))
    named = asking.decide(made["id"], body=at(8, "14:15"), expect=409)["error"]
    assert (named["code"], named["details"]["resource"]) == ("SLOT_TAKEN", "THERAPIST")
    closed = asking.decide(made["id"], body=at(8, "20:00"), expect=409)["error"]
    assert closed["code"] == "OUTSIDE_AVAILABILITY"
    assert free == named["details"]["alternatives"] == closed["details"]["alternatives"]
    assert (asking.head(), asking.place()) == (before, place)
    assert asking.request(made["id"])["status"] == "PENDING"
    done = asking.decide(made["id"], body=free[0])  # what was offered can be had
    assert {name: done[name] for name in ("date", "startTime")} == free[0]


def test_the_next_best_proposal_is_taken_where_the_first_is_gone(asking: Asking) -> None:
    made = asking.ask(at(8, "14:00"), at(9, "09:00"))
    asking.book(8, "14:00", patient=asking.centre.patient(firstName="Asha"))
    done = asking.decide(made["id"])
    assert (done["date"], done["startTime"]) == (day(9), "09:00")


def test_what_is_free_instead(asking: Asking) -> None:
    room = asking.centre.post("/rooms", {"name": "Blue"}, expect=201)["id"]
    session = asking.book(10, "10:00", roomId=room)
    made = asking.ask(at(11, "09:00"), at(11, "14:00"), at(12, "09:00"), session=session)
    otto = asking.centre.therapist(OTTO)
    asking.book(11, "09:30", patient=asking.centre.patient(firstName="Asha"))
    asking.book(12, "09:00", therapist=otto, patient=asking.centre.patient(firstName="Ben"), roomId=room)
    path = f"/reschedule-requests/{made['id']}/alternatives"
    for who in ("WORKSPACE_ADMIN", THEA):
        found = asking.centre.get(path, params={"from": day(11), "to": day(11)}, as_=who)
        assert [each["refused"] for each in found["proposals"]] == ["SLOT_TAKEN", None, "SLOT_TAKEN"]
        starts = [each["startTime"] for each in found["slots"]]
        assert (starts[0], starts[-1], "09:00" in starts, "10:30" in starts) == ("08:00", "19:00", False, True)
    usual = asking.centre.get(path)["slots"]
    assert {each["date"] for each in usual} == {day(n) for n in range(11, 25)}
    here = asking.centre.get(path, params={"from": day(10), "to": day(10)})["slots"]
    assert "10:00" not in [each["startTime"] for each in here]  # where it is
    assert "10:15" in [each["startTime"] for each in here]  # which does not block it itself
    for chosen in (found["slots"][0], found["slots"][-1]):
        again = asking.decide(made["id"], body={"date": chosen["date"], "startTime": chosen["startTime"]})
        assert again["startTime"] == chosen["startTime"]  # what is shown can be had
        made = asking.ask(at(13, "09:00"), session=session)
    asking.centre.get(path, params={"from": day(11), "to": day(10)}, expect=422)
    asking.centre.get(path, params={"from": day(0), "to": day(31)}, expect=422)
    asking.centre.post(f"/sessions/{session}/cancel", {"reason": "Fever"})
    over = asking.centre.get(f"/reschedule-requests/{made['id']}/alternatives")
    assert (over["slots"], [each["refused"] for each in over["proposals"]]) == ([], ["WRONG_STATUS"])


def test_rejected_or_withdrawn_and_asked_again(asking: Asking) -> None:
    made = asking.ask()
    asking.decide(made["id"], "reject", {}, expect=422)
    assert asking.decide(made["id"], "reject", {"reason": "Not then"}, as_="OPERATOR")["status"] == "REJECTED"
    assert asking.request(made["id"], as_=THEA)["reviewNotes"] == "Not then"
    refused = asking.decide(made["id"], expect=409)["error"]
    assert (refused["code"], refused["details"]) == ("REQUEST_CLOSED", {"status": "REJECTED"})
    second = asking.ask()
    open_ = asking.ask(expect=409)["error"]
    assert (open_["code"], open_["details"]) == ("RESCHEDULE_ALREADY_REQUESTED", {"requestId": second["id"]})
    path = f"/reschedule-requests/{second['id']}"
    assert asking.centre.delete(path, as_=THEA)["status"] == "CANCELLED"
    assert asking.centre.delete(path, as_=THEA, expect=409)["error"]["code"] == "REQUEST_CLOSED"
    assert asking.place() == (day(7), "10:00", "SCHEDULED")


def unaskable() -> list[tuple[dict[str, Any], int, str]]:
    return [
        ({"proposals": []}, 422, "proposals"),
        ({"proposals": [at(8, "14:00")] * 6}, 422, "proposals"),
        ({"proposals": [at(8, "14:00")] * 2}, 422, "proposals.1.startTime"),
        ({"proposals": [at(8, "14:00"), at(7, "10:00")]}, 422, "proposals.1.startTime"),
        ({"proposals": [at(8, "14:00"), at(-2, "10:00")]}, 422, "proposals.1.startTime"),
        ({"proposals": [{"date": day(8), "startTime": "25:00"}]}, 422, "proposals.0.startTime"),
        ({"proposals": [at(400, "14:00")]}, 422, "proposals.0.date"),
        ({"proposals": [{**at(8, "14:00"), "room": "x"}]}, 422, "proposals.0.room"),
        ({"reason": " "}, 422, "reason"),
        ({"status": "APPROVED"}, 422, "status"),
        ({"therapistId": str(uuid4())}, 422, "therapistId"),
        ({"proposals": [at(8, "09:00"), at(8, "07:00")]}, 409, "OUTSIDE_AVAILABILITY"),
        ({"sessionId": str(uuid4())}, 404, "NOT_FOUND"),
    ]


def test_what_cannot_be_asked(asking: Asking) -> None:
    good = {"sessionId": asking.session, "proposals": [at(8, "14:00")], "reason": "Training"}
    before = asking.head()
    for body, status, told in unaskable():
        refused = asking.centre.post("/reschedule-requests", good | body, as_=THEA, expect=status)["error"]
        if status == 422:
            assert refused["details"][0]["field"] == told
        else:
            assert refused["code"] == told
        if status == 409:
            assert refused["details"] == {"proposal": 1}
    assert asking.head() == before


def test_the_notice_of_the_centre_is_asked_for(asking: Asking) -> None:
    soon = asking.book(1, "19:00")
    refused = asking.ask(at(3, "14:00"), session=soon, expect=409)["error"]
    assert (refused["code"], refused["details"]["noticeHours"]) == ("RESCHEDULE_NOTICE_TOO_SHORT", 48)
    asking.centre.put(f"/tenants/{asking.centre.tenant_id}/settings", {"rescheduleNoticeHours": 0})
    asking.ask(at(3, "14:00"), session=soon)


@pytest.mark.parametrize(
    ("path", "body", "by"),
    [
        ("PUT", {"startTime": "15:00"}, "MOVED"),
        ("POST /cancel", {"reason": "Fever"}, "CANCELLED"),
    ],
)
def test_what_happens_to_the_session_closes_its_request_in_the_same_step(
    asking: Asking, path: str, body: dict[str, str], by: str
) -> None:
    made, before = asking.ask(), asking.head()
    method, _, step = path.partition(" ")
    asking.centre.request(method, f"/sessions/{asking.session}{step}", body).raise_for_status()
    assert "scheduling.RescheduleOvertaken" in asking.written(before)
    found = asking.request(made["id"], as_=THEA)
    assert (found["status"], found["overtakenBy"]) == ("OVERTAKEN", by)
    assert asking.decide(made["id"], expect=409)["error"]["details"] == {"status": "OVERTAKEN"}
    assert asking.centre.delete(f"/reschedule-requests/{made['id']}", as_=THEA, expect=409)


def test_lists_are_filtered_sorted_and_paged(asking: Asking) -> None:
    otto, child = asking.centre.therapist(OTTO), asking.centre.patient(firstName="Asha")
    theirs = asking.book(9, "10:00", therapist=otto, patient=child)
    first = asking.ask(at(8, "14:00"))["id"]
    second = asking.ask(at(8, "09:00"), session=theirs, as_=OTTO)["id"]
    asking.decide(second, "reject", {"reason": "No"})
    third = asking.ask(at(10, "09:00"), session=asking.book(12, "09:00"))["id"]

    def ids(**query: Any) -> list[str]:
        return [row["id"] for row in asking.centre.get("/reschedule-requests", params=query)["data"]]

    assert ids() == [third, second, first]
    assert ids(sort="sessionDate") == ids(sort="requestedAt") == [first, second, third]
    assert ids(status="REJECTED") == ids(therapistId=otto) == ids(patientId=child) == ids(sessionId=theirs) == [second]
    assert ids(status=["PENDING", "REJECTED"], dateFrom=day(8), dateTo=day(11)) == [second]
    assert ids(status="EXPIRED") == ids(dateFrom=day(13)) == ids(dateTo=day(6)) == ids(patientId=uuid4()) == []
    assert ids(page=2, pageSize=2) == [first]
    assert asking.centre.get("/reschedule-requests", params={"pageSize": 1})["total"] == 3
    for wrong in ({"sort": "reason"}, {"status": "OPEN"}, {"dateFrom": "2026-02-30"}, {"sessionId": "x"}):
        asking.centre.get("/reschedule-requests", params=wrong, expect=422)


def test_if_match_and_etag(asking: Asking) -> None:
    made = asking.ask()
    path = f"/reschedule-requests/{made['id']}"
    etag = asking.centre.request("GET", path).headers["etag"]
    assert asking.centre.request("GET", path, headers={"If-None-Match": etag}).status_code == 304
    asking.centre.put(f"/sessions/{asking.session}/notes", {"notes": "x"})  # the request itself has not changed
    stale = {"If-Match": '"9"'}
    assert asking.centre.request("PUT", f"{path}/reject", {"reason": "No"}, headers=stale).status_code == 412
    good = asking.centre.request("PUT", f"{path}/approve", {}, headers={"If-Match": etag})
    assert good.status_code == 200
    assert asking.centre.request("GET", path).headers["etag"] == good.headers["etag"] != etag


def test_asking_twice_under_one_key_asks_once(asking: Asking) -> None:
    key = {"Idempotency-Key": "form-1"}
    first = asking.ask(headers=key)
    assert asking.ask(headers=key) == first
    assert asking.centre.get("/reschedule-requests")["total"] == 1


def test_history_tells_who_asked_and_who_decided(asking: Asking) -> None:
    old = asking.ask()["id"]
    asking.decide(old, "reject", {"reason": "No"})
    made = asking.ask()["id"]
    asking.decide(made, as_="OPERATOR")
    told = asking.centre.get(f"/reschedule-requests/{made}/history", as_="AUDITOR")["data"]
    assert [(event["type"], event["actor"]) for event in told] == [
        ("scheduling.RescheduleApproved", asking.centre.users["OPERATOR"]),
        ("scheduling.RescheduleRequested", asking.therapist),
    ]
    asking.centre.get(f"/reschedule-requests/{uuid4()}/history", expect=404)
