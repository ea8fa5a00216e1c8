"""Closing, adjusting, asserting and reconciling over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests.billing.desk import Desk, desk

__all__ = ["desk"]


def _close(desk: Desk, days: int, **options: Any) -> Any:
    return desk.centre.post("/ledger/periods/close", {"through": desk.day(days)}, **options)


def test_a_closed_period_keeps_its_figures(desk: Desk) -> None:
    centre = desk.centre
    desk.pay("100", receivedOn=desk.day(-10))
    assert _close(desk, -5, as_="ACCOUNTANT")["closedThrough"] == desk.day(-5)
    before = desk.ledger(asOf=desk.day(-5))["accounts"]
    refused = desk.pay("40", receivedOn=desk.day(-8), expect=409)
    assert (refused["error"]["code"], refused["error"]["details"]) == ("PERIOD_CLOSED", {"openFrom": desk.day(-4)})
    desk.pay("40", receivedOn=desk.day(-8), priorPeriod=True)
    spent = {"category": "RENT", "amount": "5", "method": "UPI", "incurredOn": desk.day(-6)}
    assert centre.post("/expenses", spent, expect=409)["error"]["code"] == "PERIOD_CLOSED"
    centre.post("/expenses", {**spent, "priorPeriod": True}, expect=201)
    assert desk.ledger(asOf=desk.day(-5))["accounts"] == before
    adjusted = desk.ledger()["data"][-1]
    assert (adjusted["effectiveOn"], adjusted["concerns"], adjusted["cash"]) == (desk.day(-4), desk.day(-8), "40.00")
    exported = centre.request("GET", "/ledger/export?format=beancount").text
    assert f"concerns: {desk.day(-8)}" in exported
    assert f"concerns: {desk.day(-6)}" in exported


def test_a_session_of_a_closed_period_is_completed_all_the_same(desk: Desk) -> None:
    session = desk.session(days=-6)
    _close(desk, -3)
    desk.centre.post(f"/sessions/{session}/complete")
    earned = desk.ledger()["data"][-1]
    assert (earned["kind"], earned["effectiveOn"], earned["concerns"]) == ("EARNED", desk.day(-2), desk.day(-6))


def test_reopening_is_for_the_administrator_and_on_record(desk: Desk) -> None:
    centre = desk.centre
    _close(desk, -5)
    body = {"through": desk.day(-20), "reason": "The bank's statement came late"}
    centre.post("/ledger/periods/reopen", body, as_="ACCOUNTANT", expect=403)
    assert centre.post("/ledger/periods/reopen", body)["closedThrough"] == desk.day(-20)
    desk.pay("40", receivedOn=desk.day(-8))
    found = centre.get("/ledger/periods", as_="AUDITOR")
    assert found["closedThrough"] == desk.day(-20)
    assert [(act["act"], act["closedThrough"], act["reason"]) for act in found["data"]] == [
        ("REOPENED", desk.day(-20), body["reason"]), ("CLOSED", desk.day(-5), None),
    ]  # fmt: skip
    events = centre.get("/events?type=tenancy.BooksClosed", as_="ACCOUNTANT")["data"]
    assert [event["data"]["through"] for event in events] == [desk.day(-5)]
    _close(desk, 0, expect=422)


def test_an_assertion_is_judged_by_what_the_books_say_now(desk: Desk) -> None:
    centre = desk.centre
    desk.pay("500", method="UPI", receivedOn=desk.day(-4))
    spent = {"category": "RENT", "amount": "120.50", "method": "UPI", "incurredOn": desk.day(-4)}
    centre.post("/expenses", spent, expect=201)
    body = {
        "assertionId": str(uuid4()), "account": "CASH", "method": "UPI", "asOf": desk.day(-3), "expected": "379.50",
        "note": "Statement 11",
    }  # fmt: skip
    for _ in range(2):
        made = centre.post("/ledger/assertions", body, as_="ACCOUNTANT", expect=201)
        assert (made["found"], made["difference"], made["holds"]) == ("379.50", "0.00", True)
    centre.post("/ledger/assertions", {**body, "expected": "1"}, expect=409)
    desk.pay("10", method="UPI", receivedOn=desk.day(-3))
    path = f"/ledger/assertions/{made['id']}"
    found = centre.get(path)
    assert (found["holds"], found["difference"], found["foundThen"]) == (False, "10.00", "379.50")
    [day] = centre.get(f"/ledger/reconciliation?from={desk.day(-3)}&to={desk.day(-3)}")["days"]
    assert day.pop("explain").keys() == {"opening", "received", "paid", "closing"}
    assert day == {
        "method": "UPI", "day": desk.day(-3), "opening": "379.50", "received": "10.00", "paid": "0.00",
        "closing": "389.50", "movements": 1, "asserted": "379.50", "difference": "10.00",
    }  # fmt: skip
    assert centre.delete(path, {"reason": "Another account"})["withdrawn"] is True
    assert centre.delete(path, {"reason": "Another account"}, expect=409)["error"]["code"] == "ASSERTION_WITHDRAWN"
    assert [e["type"] for e in centre.get(f"{path}/history")["data"]] == [
        "accounting.BalanceAssertionWithdrawn", "accounting.BalanceAsserted",
    ]  # fmt: skip
    [day] = centre.get(f"/ledger/reconciliation?from={desk.day(-3)}&to={desk.day(-3)}")["days"]
    assert day["asserted"] is None


def test_assertions_of_other_accounts(desk: Desk) -> None:
    centre = desk.centre
    desk.pay("500", receivedOn=desk.day(-2))
    for body, found in (
        ({"account": "CREDIT"}, "500.00"),
        ({"account": "CREDIT", "patientId": desk.patient}, "500.00"),
        ({"account": "CREDIT", "patientId": centre.patient()}, "0.00"),
        ({"account": "RECEIVABLE"}, "0.00"),
        ({"account": "DEFERRED"}, "0.00"),
    ):
        made = centre.post("/ledger/assertions", {**body, "asOf": desk.day(-2), "expected": "500"}, expect=201)
        assert (made["found"], made["holds"]) == (found, found == "500.00")
    overdrawn = {"account": "CASH", "method": "CARD", "asOf": desk.day(-2), "expected": "3", "overdrawn": True}
    assert centre.post("/ledger/assertions", overdrawn, expect=201)["difference"] == "3.00"
    for wrong, status in (
        ({"account": "CASH"}, 422), ({"account": "CREDIT", "method": "UPI"}, 422),
        ({"account": "CREDIT", "patientId": str(uuid4())}, 404), ({"account": "DEFERRED", "asOf": desk.day(1)}, 422),
    ):  # fmt: skip
        body = {"asOf": desk.day(-2), "expected": "1", **wrong}
        centre.post("/ledger/assertions", body, expect=status)
    assert len(centre.get("/ledger/assertions?account=CREDIT")["data"]) == 3


def test_reconciliation_lists_each_method_and_day(desk: Desk) -> None:
    centre = desk.centre
    desk.pay("100", method="UPI", receivedOn=desk.day(-9))
    wrong = desk.pay("30", method="UPI", receivedOn=desk.day(-4))
    desk.pay("7", method="CARD", receivedOn=desk.day(-4))
    centre.post(f"/patients/{desk.patient}/credits", {"amount": "250", "receivedOn": desk.day(-4)}, expect=201)
    centre.post(f"/payments/{wrong['id']}/void", {"reason": "bounced"})
    asked = f"from={desk.day(-5)}&to={desk.day(0)}"
    found = centre.get(f"/ledger/reconciliation?{asked}", as_="ACCOUNTANT")["days"]
    assert [(d["method"], d["day"], d["opening"], d["received"], d["paid"], d["closing"]) for d in found] == [
        ("CARD", desk.day(-4), "0.00", "7.00", "0.00", "7.00"),
        ("UPI", desk.day(-4), "100.00", "30.00", "0.00", "130.00"),
        ("UPI", desk.day(0), "130.00", "0.00", "30.00", "100.00"),
    ]
    lines = centre.get(f"/ledger/reconciliation/movements?method=UPI&{asked}")["data"]
    assert [(line["kind"], line["amount"], line["balance"]) for line in lines] == [
        ("PAYMENT", "30.00", "130.00"), ("VOID", "-30.00", "100.00"),
    ]  # fmt: skip
    trial = centre.get("/reports/trial-balance")["accounts"]
    held = {line["method"]: Decimal(line["balance"]) for line in trial if line["account"] == "cash"}
    assert held == {"CARD": 7, "UPI": 100, "OPENING": 250}
    centre.get(f"/ledger/reconciliation?from={desk.day(0)}&to={desk.day(-1)}", expect=422)
