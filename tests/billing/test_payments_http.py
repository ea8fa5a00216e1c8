"""Payments over HTTP: recorded once, found again, voided, refunded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.billing.desk import Desk, desk, some_id
from tests.support.system import Centre, RunningSystem

__all__ = ["desk"]


@pytest.fixture(scope="module")
def calm(system: RunningSystem) -> Desk:
    """A desk where only refused requests arrive, so that one serves them all."""
    return Desk(system.new_centre())


def test_a_payment_settles_the_oldest_due_and_the_rest_is_credit(desk: Desk) -> None:
    later, sooner = desk.session(days=9), desk.session(days=7)
    made = desk.pay("1000.00", method="UPI", reference="UPI 4402918")
    assert [(part["chargeId"], part["amount"]) for part in made["settled"]] == [(sooner, "800.00"), (later, "200.00")]
    assert (made["credit"], made["voided"]) == ("0.00", False)
    assert made["receiptNumber"]
    found = desk.centre.get(f"/payments/{made['id']}", as_="OPERATOR")
    assert {name: found[name] for name in ("amount", "method", "reference", "status", "applied", "credit")} == {
        "amount": "1000.00", "method": "UPI", "reference": "UPI 4402918", "status": "RECORDED", "applied": "1000.00",
        "credit": "0.00",
    }  # fmt: skip
    assert (found["receiptNumber"], found["version"]) == (made["receiptNumber"], made["version"])
    assert (found["patientName"], found["receivedOn"]) == ("Kiran Das", desk.today.isoformat())
    assert [(part["sessionId"], part["amount"]) for part in found["settled"]] == [(sooner, "800.00"), (later, "200.00")]
    assert desk.pay("700")["credit"] == "100.00"
    assert desk.balances() == ("0.00", "100.00")


def test_receipts_are_numbered_without_gaps(desk: Desk) -> None:
    numbers = [desk.pay("10")["receiptNumber"] for _ in range(3)]
    desk.pay("0", expect=422)
    numbers.append(desk.pay("10")["receiptNumber"])
    last = [int(number.rpartition("/")[2].rpartition("-")[2]) for number in numbers]
    assert last == [1, 2, 3, 4]


def test_booking_uses_credit(desk: Desk) -> None:
    """The user's own test: what is there is deducted when a session is booked."""
    desk.pay("1000.00")
    desk.session()
    assert desk.balances() == ("0.00", "200.00")


def test_named_sessions_come_first(desk: Desk) -> None:
    first, second = desk.session(), desk.session()
    made = desk.pay("900", sessionIds=[second])
    assert [part["chargeId"] for part in made["settled"]] == [second, first]
    assert desk.pay("1", sessionIds=[some_id()], expect=404)["error"]["code"] == "NOT_FOUND"
    stranger = desk.session(desk.centre.patient(firstName="Ravi"))
    desk.pay("1", sessionIds=[stranger], expect=404)


def test_payments_of_a_session(desk: Desk) -> None:
    session = desk.session()
    path = f"/sessions/{session}/payments"
    first = desk.centre.post(path, {"amount": "300", "method": "CARD"}, as_="ACCOUNTANT", expect=201)
    found = desk.centre.get(path)
    assert (found["amountCharged"], found["amountPaid"], found["amountDue"]) == ("800.00", "300.00", "500.00")
    assert (found["isPaidInFull"], found["dueDate"]) == (False, desk.day(7))
    [paid] = found["payments"]
    assert (paid["id"], paid["amount"], paid["method"], paid["kind"]) == (first["id"], "300.00", "CARD", "SESSION")
    desk.centre.post(path, {"amount": "600", "method": "CASH"}, expect=201)
    found = desk.centre.get(path, as_="OPERATOR")
    assert (found["amountDue"], found["isPaidInFull"], len(found["payments"])) == ("0.00", True, 2)
    assert desk.credit() == "100.00"
    desk.centre.get(f"/sessions/{some_id()}/payments", expect=404)
    desk.centre.post(f"/sessions/{some_id()}/payments", {"amount": "1", "method": "CASH"}, expect=404)


def test_what_is_paid_before_a_session_is_charged_is_credit(desk: Desk) -> None:
    centre = desk.centre
    centre.put(f"/tenants/{centre.tenant_id}/settings", {"chargeOn": "COMPLETION"})
    session = desk.session(days=-1)
    made = centre.post(f"/sessions/{session}/payments", {"amount": "500", "method": "CASH"}, expect=201)
    assert (made["settled"], made["credit"]) == ([], "500.00")
    found = centre.get(f"/sessions/{session}/payments")
    assert (found["charges"], found["amountDue"], found["isPaidInFull"]) == ([], "0.00", False)
    centre.post(f"/sessions/{session}/complete")
    found = centre.get(f"/sessions/{session}/payments")
    assert (found["amountPaid"], found["amountDue"]) == ("500.00", "300.00")
    assert desk.trial_balance() == {"receivable": 300, "income": -800, "cash CASH": 500}


def test_cancelling_gives_money_back_as_credit(desk: Desk) -> None:
    session = desk.session()
    paid = desk.pay("800")
    desk.centre.post(f"/sessions/{session}/cancel", {"reason": "holiday"})
    assert desk.balances() == ("0.00", "800.00")
    [reversed_] = desk.centre.get(f"/sessions/{session}/payments")["charges"]
    assert reversed_["reversed"]
    found = desk.centre.get(f"/payments/{paid['id']}")
    assert (found["applied"], found["credit"], found["settled"]) == ("0.00", "800.00", [])


def test_a_voided_payment_reopens_what_it_settled(desk: Desk) -> None:
    desk.session()
    made = desk.pay("1000")
    path = f"/payments/{made['id']}"
    voided = desk.centre.post(f"{path}/void", {"reason": "typed twice"}, as_="ACCOUNTANT")
    assert voided["receiptNumber"] == made["receiptNumber"]
    assert (voided["voided"], voided["credit"], voided["settled"]) == (True, "0.00", [])
    assert desk.balances() == ("800.00", "0.00")
    found = desk.centre.get(path)
    assert (found["status"], found["voidReason"]) == ("VOIDED", "typed twice")
    assert desk.centre.post(f"{path}/void", {"reason": "again"}, expect=409)["error"]["code"] == "CONFLICT"
    desk.centre.post(f"{path}/refund", {"amount": "1", "method": "CASH", "reason": "x"}, expect=409)
    desk.centre.post(f"/payments/{some_id()}/void", {"reason": "x"}, expect=404)


def test_a_refund_is_at_most_what_is_left(desk: Desk) -> None:
    desk.session()
    made = desk.pay("1000")
    path = f"/payments/{made['id']}"
    body = {"amount": "200.01", "method": "UPI", "reason": "moved away"}
    refused = desk.centre.post(f"{path}/refund", body, expect=409)
    assert refused["error"]["details"] == {"refundable": "200.00"}
    refund = desk.centre.post(f"{path}/refund", {**body, "amount": "50"}, as_="ACCOUNTANT")
    assert (refund["refunded"], refund["credit"]) == ("50.00", "150.00")
    assert refund["receiptNumber"] != made["receiptNumber"]
    found = desk.centre.get(path)
    assert found["status"] == "PARTLY_REFUNDED"
    [handed_back] = found["refunds"]
    assert (handed_back["amount"], handed_back["method"]) == ("50.00", "UPI")
    assert (handed_back["id"], handed_back["number"]) == (refund["refundId"], refund["receiptNumber"])
    desk.centre.post(f"{path}/void", {"reason": "x"}, expect=409)
    again = {**body, "amount": "10", "refundId": some_id()}
    for _ in range(2):
        assert desk.centre.post(f"{path}/refund", again)["credit"] == "140.00"


def test_changes_are_guarded_by_the_version(desk: Desk) -> None:
    made = desk.pay("1000")
    path = f"/payments/{made['id']}"
    etag = desk.centre.request("GET", path).headers["ETag"]
    for has in (etag, f'"0", W/{etag}', "*"):
        assert desk.centre.request("GET", path, headers={"If-None-Match": has}).status_code == 304
    desk.session()
    stale = {"If-Match": etag}
    desk.centre.post(f"{path}/void", {"reason": "x"}, headers=stale, expect=412)
    fresh = {"If-Match": desk.centre.request("GET", path).headers["ETag"]}
    desk.pay("5")
    desk.centre.post(f"{path}/void", {"reason": "x"}, headers=fresh)


def test_the_same_id_is_one_payment_of_one_patient(desk: Desk) -> None:
    chosen = some_id()
    first, again = (desk.pay("100", paymentId=chosen) for _ in range(2))
    assert first == {**again, "receiptNumber": again["receiptNumber"] or "lost"}
    assert desk.credit() == "100.00"
    desk.pay("101", paymentId=chosen, expect=409)
    other = desk.centre.patient(firstName="Ravi")
    desk.pay("100", paymentId=chosen, patientId=other, expect=409)
    desk.pay("100", paymentId=desk.pay("5")["id"], patientId=other, expect=409)
    session = desk.session(other)
    body = {"amount": "100", "method": "CASH", "paymentId": chosen}
    desk.centre.post(f"/sessions/{session}/payments", body, expect=409)
    assert desk.centre.get(f"/patients/{other}/payments")["total"] == 0


def test_the_same_key_at_once_is_one_payment(desk: Desk) -> None:
    body = {"patientId": desk.patient, "amount": "100", "method": "CASH"}
    headers = {"Idempotency-Key": some_id()}
    desk.centre.token("ACCOUNTANT")

    def send(_: int) -> Any:
        return desk.centre.request("POST", "/payments", body, as_="ACCOUNTANT", headers=headers)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert desk.credit() == "100.00"
    changed = {**body, "amount": "101"}
    desk.centre.post("/payments", changed, as_="ACCOUNTANT", headers=headers, expect=422)


def test_many_at_once_lose_nothing(desk: Desk) -> None:
    sessions = [desk.session() for _ in range(3)]
    desk.centre.token("ACCOUNTANT")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: desk.pay("100"), range(30)))
    assert desk.balances() == ("0.00", "600.00")
    for session in sessions:
        assert desk.centre.get(f"/sessions/{session}/payments")["isPaidInFull"]
    assert desk.trial_balance() == {"credit": -600, "deferred": -2400, "cash CASH": 3000}


def test_lists_filter_sort_and_search(desk: Desk) -> None:
    ravi = desk.centre.patient(firstName="Ravi", lastName="Nair")
    cash = desk.pay("100", receivedOn=desk.day(-3), reference="slip 50%")
    upi = desk.pay("300", method="UPI", patientId=ravi)
    void = desk.pay("200")
    desk.centre.post(f"/payments/{void['id']}/void", {"reason": "x"})

    def ids(as_: str = "ACCOUNTANT", **params: str) -> list[str]:
        answer = desk.centre.request("GET", "/payments", params=params, as_=as_)
        assert answer.status_code == 200, answer.text
        return [payment["id"] for payment in answer.json()["data"]]

    assert ids() == [void["id"], upi["id"], cash["id"]]
    assert ids(sort="amount") == [cash["id"], void["id"], upi["id"]]
    assert ids(method="UPI") == ids(patientId=ravi) == ids(search="nair") == [upi["id"]]
    assert ids(status="VOIDED") == [void["id"]]
    assert ids(to=desk.day(-1)) == ids(search="50%") == [cash["id"]]
    assert ids(**{"from": desk.day(-1)}) == [void["id"], upi["id"]]
    assert ids(search=upi["receiptNumber"]) == [upi["id"]]
    assert ids(pageSize="1", page="2") == [upi["id"]]
    assert [p["id"] for p in desk.centre.get(f"/patients/{ravi}/payments")["data"]] == [upi["id"]]
    for bad in ("sort=voidReason", "method=GOLD", "status=x", "from=yesterday", "patientId=1", "search=%00"):
        desk.centre.get(f"/payments?{bad}", expect=422)


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "0"), ("amount", "-1"), ("amount", "1.005"), ("amount", 1.005), ("amount", "NaN"), ("amount", "1e3"),
     ("amount", 2**70), ("amount", "١٢"), ("amount", "5\n"), ("amount", None), ("amount", True), ("method", "GOLD"),
     ("method", "OPENING"), ("method", None), ("receivedOn", "2999-01-01"), ("receivedOn", 5), ("reference", "a\0b"),
     ("reference", "\n"), ("reference", "x" * 201), ("sessionIds", "x"), ("paymentId", "x"), ("patientId", "x"),
     ("receiptNumber", "R1"), ("tenantId", "x"), ("by_name", 1), ("received_on", "2026-01-01")],
)  # fmt: skip
def test_a_bad_field_is_named_and_nothing_is_written(calm: Desk, field: str, value: Any) -> None:
    refused = calm.pay(**{"amount": "5", "expect": 422, field: value})
    assert [detail["field"].split(".")[0] for detail in refused["error"]["details"]] == [field]
    assert calm.centre.get("/payments")["total"] == 0


def test_amounts_come_as_text_or_number(desk: Desk) -> None:
    for amount in ("0.10", 0.1, "1", 1, 12.5):
        desk.pay(amount)  # type: ignore[arg-type]
    assert desk.credit() == "14.70"


def test_who_may_move_money(calm: Desk) -> None:
    body = {"patientId": calm.patient, "amount": "5", "method": "CASH"}
    for role in ("OPERATOR", "THERAPIST", "AUDITOR"):
        calm.centre.post("/payments", body, as_=role, expect=403)
        calm.centre.post(f"/payments/{some_id()}/void", {"reason": "x"}, as_=role, expect=403)
    assert calm.centre.get("/payments")["total"] == 0


def test_a_therapist_reads_payments_of_those_they_treat(desk: Desk) -> None:
    desk.session()
    made = desk.pay("800")
    ravi = desk.centre.patient(firstName="Ravi")
    other = desk.pay("5", patientId=ravi)
    assert [p["id"] for p in desk.centre.get("/payments", as_="anna")["data"]] == [made["id"]]
    desk.centre.get(f"/payments/{made['id']}", as_="anna")
    desk.centre.get(f"/payments/{other['id']}", as_="anna", expect=404)
    for part in ("payments", "credits", "outstanding-dues"):
        desk.centre.get(f"/patients/{desk.patient}/{part}", as_="anna")
        desk.centre.get(f"/patients/{ravi}/{part}", as_="anna", expect=404)
    desk.centre.get(f"/patients/{desk.patient}/ledger", as_="anna", expect=403)


def test_another_centre_sees_and_changes_nothing(desk: Desk, system: RunningSystem) -> None:
    session, made = desk.session(), desk.pay("1000")
    before, other = desk.ledger(), system.new_centre()
    money = {"amount": "5", "method": "CASH"}
    attempts: list[tuple[str, str, Any]] = [
        ("POST", "/payments", {**money, "patientId": desk.patient}),
        ("POST", "/payments", {**money, "patientId": other.patient(), "sessionIds": [session]}),
        ("GET", f"/payments/{made['id']}", None),
        ("POST", f"/payments/{made['id']}/void", {"reason": "x"}),
        ("POST", f"/payments/{made['id']}/refund", {**money, "reason": "x"}),
        ("POST", "/payments/write-offs", {"chargeId": session, "amount": "5", "reason": "x"}),
        ("POST", f"/sessions/{session}/payments", money),
        ("GET", f"/sessions/{session}/payments", None),
        ("GET", f"/patients/{desk.patient}/payments", None),
        ("GET", f"/patients/{desk.patient}/credits", None),
        ("POST", f"/patients/{desk.patient}/credits", {"amount": "5"}),
        ("POST", f"/patients/{desk.patient}/credits/apply", {}),
        ("GET", f"/patients/{desk.patient}/outstanding-dues", None),
        ("GET", f"/patients/{desk.patient}/ledger", None),
    ]
    for method, path, body in attempts:
        answer = other.request(method, path, body)
        assert answer.status_code == 404, (method, path, answer.text)
        assert answer.json()["error"]["code"] == "NOT_FOUND"
    assert other.get("/payments")["total"] == other.get(f"/payments?patientId={desk.patient}")["total"] == 0
    assert other.get("/reports/trial-balance")["accounts"] == []
    assert desk.ledger() == before


def test_received_yesterday_counts_for_yesterday(centre: Centre) -> None:
    desk = Desk(centre)
    desk.pay("100", receivedOn=(desk.today - timedelta(days=1)).isoformat())
    [line] = desk.ledger()["data"]
    assert line["effectiveOn"] == desk.day(-1)
