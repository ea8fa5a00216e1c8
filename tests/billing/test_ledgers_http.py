"""Dues, credit, ledgers on both axes of time, and the trial balance, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from adapters.crypto import Keyring
from adapters.rebuild import rebuild
from adapters.subject_keys import KeysAtHand
from domain.billing import EntryKind
from projections.billing.balances import balances
from projections.billing.charges import allocations, charges
from projections.billing.journal import journal
from projections.billing.payments import payments
from tests.billing.desk import Desk, desk, some_id

__all__ = ["desk"]


def test_dues_are_what_is_open_and_overdue_what_is_late(desk: Desk) -> None:
    first, second = desk.session(days=2), desk.session(days=7)
    desk.pay("300")
    dues = desk.dues()
    assert (dues["outstanding"], dues["overdue"], dues["credit"]) == ("1300.00", "0.00", "0.00")
    assert [(c["id"], c["open"], c["dueOn"]) for c in dues["charges"]] == [
        (first, "500.00", desk.day(2)), (second, "800.00", desk.day(7)),
    ]  # fmt: skip
    on_the_day, after = desk.dues(asOf=desk.day(2)), desk.dues(asOf=desk.day(5))
    assert on_the_day["overdue"] == "0.00"
    assert (after["overdue"], after["charges"][0]["daysOverdue"], after["charges"][1]["overdue"]) == (
        "500.00",
        3,
        False,
    )


def test_a_session_that_moves_takes_its_due_date_along(desk: Desk) -> None:
    session = desk.session(days=2)
    body = {"date": desk.day(12), "startTime": "10:00"}
    desk.centre.put(f"/sessions/{session}", body)
    [charge] = desk.dues()["charges"]
    assert (charge["dueOn"], charge["open"]) == (desk.day(12), "800.00")


def test_a_write_off_gives_up_what_is_open(desk: Desk) -> None:
    session = desk.session()
    body = {"chargeId": session, "amount": "300", "reason": "hardship", "writeOffId": some_id()}
    for _ in range(2):
        made = desk.centre.post("/payments/write-offs", body, as_="ACCOUNTANT", expect=201)
        assert (made["id"], made["open"]) == (body["writeOffId"], "500.00")
    too_much = {**body, "amount": "500.01", "writeOffId": some_id()}
    refused = desk.centre.post("/payments/write-offs", too_much, expect=409)
    assert refused["error"]["details"] == {"open": "500.00"}
    desk.centre.post("/payments/write-offs", {**body, "chargeId": some_id()}, expect=404)
    blank = desk.centre.post("/payments/write-offs", {**body, "reason": " "}, expect=422)
    assert blank["error"]["details"] == [{"field": "reason", "message": "This cannot be empty"}]
    desk.centre.post("/payments/write-offs", body, as_="OPERATOR", expect=403)
    assert desk.balances() == ("500.00", "0.00")
    assert desk.trial_balance() == {"receivable": 500, "deferred": -800, "write_offs": 300}


def test_credit_brought_forward_has_no_receipt(desk: Desk) -> None:
    made = desk.centre.post(f"/patients/{desk.patient}/credits", {"amount": "250"}, as_="ACCOUNTANT", expect=201)
    assert (made["method"], made["credit"], made["receiptNumber"]) == ("OPENING", "250.00", None)
    registered = desk.centre.patient(creditBalance="100.00")
    assert desk.centre.get(f"/patients/{registered}/credits")["credit"] == "100.00"
    assert desk.trial_balance() == {"credit": -350, "cash OPENING": 350}
    desk.centre.post(f"/patients/{desk.patient}/credits", {"amount": "250"}, as_="OPERATOR", expect=403)


def test_credit_waits_to_be_applied_where_the_centre_wants_so(desk: Desk) -> None:
    centre = desk.centre
    centre.put(f"/tenants/{centre.tenant_id}/settings", {"applyCreditAutomatically": False})
    desk.pay("1000")
    first, second = desk.session(), desk.session()
    assert desk.balances() == ("1600.00", "1000.00")
    path = f"/patients/{desk.patient}/credits/apply"
    left = centre.post(path, {"sessionIds": [second]}, as_="ACCOUNTANT")
    assert (left["credit"], left["receivable"]) == ("200.00", "800.00")
    [source] = centre.get(f"/patients/{desk.patient}/credits")["sources"]
    assert (source["amount"], source["credit"]) == ("1000.00", "200.00")
    assert centre.post(path)["credit"] == "0.00"
    assert centre.get(f"/sessions/{first}/payments")["amountDue"] == "600.00"
    centre.post(path, {"sessionIds": [some_id()]}, expect=404)


def test_a_ledger_tells_every_entry_with_the_balance_after_it(desk: Desk) -> None:
    session = desk.session()
    paid = desk.pay("1000")
    desk.centre.post(f"/sessions/{session}/cancel", {"reason": "holiday"})
    ledger = desk.ledger()
    assert [(line["kind"], line["balance"]) for line in ledger["data"]] == [
        ("CHARGE", "800.00"), ("PAYMENT", "-200.00"), ("REVERSAL", "-1000.00"),
    ]  # fmt: skip
    charge, payment, _ = ledger["data"]
    assert (charge["sessionId"], charge["receivable"], charge["deferred"]) == (session, "800.00", "-800.00")
    assert (payment["paymentId"], payment["document"]) == (paid["id"], paid["receiptNumber"])
    assert ledger["accounts"] == {
        "receivable": "0.00", "credit": "-1000.00", "deferred": "0.00", "income": "0.00", "fees": "0.00",
        "writeOffs": "0.00", "cash": "1000.00",
    }  # fmt: skip
    page = desk.ledger(page="2", pageSize="2")
    assert (page["total"], [line["balance"] for line in page["data"]]) == (3, ["-1000.00"])


def test_what_was_believed_then_about_that_day(desk: Desk) -> None:
    """A payment entered late counts for its day, and was not known before it was entered."""
    desk.pay("100", receivedOn=desk.day(-10))
    before = datetime.now(UTC).isoformat()
    late = desk.pay("40", receivedOn=desk.day(-8))
    desk.centre.post(f"/payments/{late['id']}/void", {"reason": "bounced"})

    def cash(**when: str) -> str:
        amount: str = desk.ledger(**when)["accounts"]["cash"]
        return amount

    assert cash(asOf=desk.day(-11)) == "0.00"
    assert cash(asOf=desk.day(-9)) == "100.00"
    assert cash(asOf=desk.day(-5)) == "140.00"
    assert cash(asOf=desk.day(-5), knownAt=before) == "100.00"
    assert cash() == "100.00"
    found = desk.centre.request("GET", "/reports/trial-balance", params={"asOf": desk.day(-5), "knownAt": before})
    assert [(line["account"], line["balance"]) for line in found.json()["accounts"]] == [
        ("credit", "-100.00"), ("cash", "100.00"),
    ]  # fmt: skip
    for bad in ("asOf=5", "knownAt=2026-01-01T00:00:00", "asOf=2026-02-30"):
        desk.centre.get(f"/patients/{desk.patient}/ledger?{bad}", expect=422)


def test_the_trial_balance_splits_income_and_cash(desk: Desk) -> None:
    desk.session()
    desk.pay("500", method="UPI")
    desk.pay("1000", method="CARD")
    assert desk.trial_balance() == {
        "credit": Decimal(-700), "deferred": Decimal(-800), "cash CARD": Decimal(1000), "cash UPI": Decimal(500),
    }  # fmt: skip
    for role, status in {"ACCOUNTANT": 200, "AUDITOR": 200, "OPERATOR": 403, "THERAPIST": 403}.items():
        desk.centre.get("/reports/trial-balance", as_=role, expect=status)
        desk.centre.get(f"/patients/{desk.patient}/ledger", as_=role, expect=status)


def test_a_rebuild_makes_the_same_rows(desk: Desk) -> None:
    """Every kind of event once, through HTTP; then the rows are folded anew from the book and compared."""
    centre, patient = desk.centre, desk.patient
    late, moved, written_off = desk.session(days=-2), desk.session(days=5), desk.session(days=6)
    centre.post(f"/sessions/{desk.session(days=-1)}/complete")
    settings = {"lateFeePercent": "50", "applyCreditAutomatically": False}
    centre.put(f"/tenants/{centre.tenant_id}/settings", settings)
    paid, wrong = desk.pay("900", sessionIds=[moved]), desk.pay("70")
    centre.post(f"/sessions/{late}/cancel", {"reason": "fever"})
    centre.put(f"/sessions/{moved}", {"date": desk.day(12), "startTime": "10:00"})
    centre.post(f"/patients/{patient}/credits", {"amount": "30"}, expect=201)
    centre.post(f"/patients/{patient}/credits/apply")
    centre.post(f"/payments/{wrong['id']}/void", {"reason": "typed twice"})
    refund = {"amount": "5", "method": "CASH", "reason": "x"}
    centre.post(f"/payments/{desk.pay('9000')['id']}/refund", refund)
    left = {"chargeId": written_off, "amount": "1", "reason": "x"}
    centre.post("/payments/write-offs", left, expect=409)  # paid by now
    centre.post("/payments/write-offs", {**left, "chargeId": desk.session(days=8)}, expect=201)
    assert centre.get(f"/payments/{paid['id']}")["status"] == "RECORDED"

    tables = (charges, allocations, payments, balances, journal)
    url, keys = centre.system.database.url("daybook_rebuild"), KeysAtHand(Keyring(bytes(range(32))))
    kinds = {line["kind"] for line in desk.ledger(pageSize="100")["data"]}
    assert kinds == {kind.value for kind in EntryKind}
    report = rebuild(url, tables, keys, tenant_id=UUID(centre.tenant_id), switch=False)["tables"]
    assert {name: found["differing"] for name, found in report.items()} == dict.fromkeys(report, 0)
    assert all(found["rows"] for found in report.values())


def test_unknown_patients_have_nothing(desk: Desk) -> None:
    for part in ("payments", "credits", "outstanding-dues", "ledger"):
        desk.centre.get(f"/patients/{some_id()}/{part}", expect=404)
    fresh = desk.centre.patient()
    assert desk.centre.get(f"/patients/{fresh}/credits") == {
        "patientId": fresh, "credit": "0.00", "sources": [], "version": 0,
    }  # fmt: skip
    assert desk.centre.get(f"/patients/{fresh}/ledger")["accounts"]["cash"] == "0.00"
