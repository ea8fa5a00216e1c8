"""What happened to a payment, a ledger, a room and a price."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.billing.desk import Desk, desk

__all__ = ["desk"]


def _types(desk: Desk, path: str, **options: Any) -> list[str]:
    return [event["type"] for event in desk.centre.get(path, **options)["data"]]


def test_the_history_of_a_payment_is_what_names_it(desk: Desk) -> None:
    paid, other = desk.pay("1000"), desk.pay("50")
    desk.session()
    desk.centre.post(f"/payments/{paid['id']}/refund", {"amount": "1", "method": "CASH", "reason": "x"})
    assert _types(desk, f"/payments/{paid['id']}/history") == [
        "billing.PaymentRefunded", "billing.CreditApplied", "billing.PaymentRecorded",
    ]  # fmt: skip
    desk.centre.post(f"/payments/{other['id']}/void", {"reason": "typed twice"})
    assert _types(desk, f"/payments/{other['id']}/history", as_="AUDITOR") == [
        "billing.PaymentVoided", "billing.PaymentRecorded",
    ]  # fmt: skip
    page = desk.centre.get(f"/payments/{paid['id']}/history?limit=2")
    rest = desk.centre.get(f"/payments/{paid['id']}/history?limit=2&before={page['next']}")
    assert [event["type"] for event in rest["data"]] == ["billing.PaymentRecorded"]
    desk.centre.get(f"/payments/{uuid4()}/history", expect=404)
    assert desk.centre.get(f"/payments/{paid['id']}/history", as_="ACCOUNTANT")["data"]
    desk.centre.get(f"/payments/{paid['id']}/history", as_="OPERATOR", expect=403)


def test_the_history_of_a_ledger_has_what_moves_no_money_too(desk: Desk) -> None:
    session = desk.session(days=2)
    desk.centre.put(f"/sessions/{session}", {"date": desk.day(12), "startTime": "10:00"})
    assert _types(desk, f"/patients/{desk.patient}/ledger/history") == [
        "billing.ChargeRescheduled", "billing.SessionCharged",
    ]  # fmt: skip
    desk.centre.get(f"/patients/{uuid4()}/ledger/history", expect=404)


def test_the_history_of_a_room_and_of_a_price(desk: Desk) -> None:
    centre = desk.centre
    room, other = (centre.post("/rooms", {"name": name}, expect=201)["id"] for name in ("Blue", "Red"))
    centre.put(f"/rooms/{room}", {"name": "Green"})
    assert _types(desk, f"/rooms/{room}/history") == ["tenancy.RoomRenamed", "tenancy.RoomAdded"]
    assert _types(desk, f"/rooms/{other}/history") == ["tenancy.RoomAdded"]
    therapist, kinds = centre.therapist(), [centre.therapy_type(), centre.therapy_type()]
    for kind in kinds:
        price = {"therapyTypeId": kind, "sessionCost": "700.00", "sessionDuration": 60}
        made = centre.post(f"/therapists/{therapist}/pricing", price, expect=201)
    for named in (kinds[1], made["id"]):
        assert _types(desk, f"/therapists/{therapist}/pricing/{named}/history") == ["catalogue.PriceSet"]
    for path in (f"/rooms/{uuid4()}", f"/therapists/{therapist}/pricing/{uuid4()}"):
        centre.get(f"{path}/history", expect=404)
