"""Expenses over HTTP: recorded, amended, voided, listed and added up."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest

from tests.support.system import Centre, RunningSystem

SUPPLIES: dict[str, Any] = {
    "category": "SUPPLIES", "amount": "1250.00", "method": "UPI", "incurredOn": "2026-06-10",
    "payee": "City Stationers", "description": "Picture cards", "reference": "B-1207",
}  # fmt: skip


def today(days: int = 0) -> str:
    return (datetime.now(ZoneInfo("Asia/Kolkata")).date() + timedelta(days=days)).isoformat()


@pytest.fixture(scope="module")
def listed(system: RunningSystem) -> Centre:
    """A centre with four expenses, of which one is amended and one void."""
    centre = system.new_centre()
    rows = [
        ("RENT", "45000.00", "BANK_TRANSFER", "2026-06-01"),
        ("SUPPLIES", "1250.00", "UPI", "2026-06-10"),
        ("SUPPLIES", "99.50", "CASH", "2026-07-02"),
        ("UTILITIES", "2100.00", "UPI", "2026-07-05"),
    ]
    ids = [
        centre.post("/expenses", {"category": c, "amount": a, "method": m, "incurredOn": d}, expect=201)["id"]
        for c, a, m, d in rows
    ]
    centre.put(f"/expenses/{ids[1]}", {"amount": "1000.00", "reason": "A discount"})
    centre.delete(f"/expenses/{ids[3]}", {"reason": "twice"})
    return centre


@pytest.fixture(scope="module")
def calm(system: RunningSystem) -> Centre:
    """A centre that only refused requests are sent to, so that one serves them all."""
    return system.new_centre()


def test_an_expense_is_recorded_amended_and_voided(centre: Centre) -> None:
    made = centre.post("/expenses", SUPPLIES, as_="ACCOUNTANT", expect=201)
    path = f"/expenses/{made['id']}"
    assert made["receiptNumber"].startswith("EXPENSE/")
    assert made["receiptNumber"].endswith("/000001")
    found = centre.get(path, as_="THERAPIST")
    assert {name: found[name] for name in SUPPLIES} == SUPPLIES
    assert (found["status"], found["recordedBy"]) == ("RECORDED", centre.users["ACCOUNTANT"])

    amended = centre.put(path, {"amount": "1350.50", "payee": "", "reason": "the bill"}, as_="ACCOUNTANT")
    assert (amended["amount"], amended["category"]) == ("1350.50", "SUPPLIES")
    assert amended["receiptNumber"] == made["receiptNumber"]
    found = centre.get(path)
    assert (found["status"], found["amount"], found["payee"], found["version"]) == ("AMENDED", "1350.50", None, 2)

    voided = centre.delete(path, {"reason": "entered twice"})
    assert (voided["voided"], voided["receiptNumber"]) == (True, made["receiptNumber"])
    found = centre.get(path)
    assert (found["status"], found["voidReason"], found["amount"]) == ("VOIDED", "entered twice", "1350.50")
    centre.delete(path, {"reason": "again"}, expect=409)
    assert centre.put(path, {"amount": "1.00"}, expect=409)["error"]["code"] == "EXPENSE_VOIDED"

    history = centre.get(f"{path}/history", as_="AUDITOR")["data"]
    assert [e["type"].partition(".")[2] for e in history] == ["ExpenseVoided", "ExpenseAmended", "ExpenseRecorded"]
    assert (history[1]["data"]["amountBefore"], history[2]["data"]["payee"]) == ("1250.00", "City Stationers")
    assert centre.get(f"{path}/history", as_="ACCOUNTANT")["data"]
    centre.get(f"{path}/history", as_="OPERATOR", expect=403)


def test_the_reason_of_a_void_comes_in_the_query_too(centre: Centre) -> None:
    made = centre.post("/expenses", SUPPLIES, expect=201)["id"]
    refused = centre.delete(f"/expenses/{made}", expect=422)
    assert refused["error"]["details"][0]["field"] == "reason"
    centre.delete(f"/expenses/{made}", params={"reason": " "}, expect=422)
    assert centre.get(f"/expenses/{made}")["status"] == "RECORDED"
    centre.delete(f"/expenses/{made}", params={"reason": "wrong centre"})
    assert centre.get(f"/expenses/{made}")["voidReason"] == "wrong centre"


def test_numbers_have_no_gaps(centre: Centre) -> None:
    centre.post("/expenses", {**SUPPLIES, "amount": "0"}, expect=422)
    numbers = [centre.post("/expenses", SUPPLIES, expect=201)["receiptNumber"] for _ in range(2)]
    centre.post("/expenses", {**SUPPLIES, "incurredOn": today(1)}, expect=422)
    numbers.append(centre.post("/expenses", {**SUPPLIES, "incurredOn": today()}, expect=201)["receiptNumber"])
    assert [number.rpartition("/")[2] for number in numbers] == ["000001", "000002", "000003"]


def test_the_same_expense_twice_is_one(centre: Centre) -> None:
    chosen = str(uuid4())
    first = centre.post("/expenses", {**SUPPLIES, "expenseId": chosen}, expect=201)
    assert centre.post("/expenses", {**SUPPLIES, "expenseId": chosen}, expect=201) == first
    centre.post("/expenses", {**SUPPLIES, "expenseId": chosen, "amount": "1.00"}, expect=409)
    keyed = {"Idempotency-Key": uuid4().hex}
    second = centre.post("/expenses", SUPPLIES, headers=keyed, expect=201)
    assert centre.post("/expenses", SUPPLIES, headers=keyed, expect=201) == second
    assert centre.get("/expenses")["total"] == 2


def test_an_update_can_be_guarded(centre: Centre) -> None:
    path = f"/expenses/{centre.post('/expenses', SUPPLIES, expect=201)['id']}"
    seen = centre.request("GET", path).headers["ETag"]
    centre.put(path, {"amount": "2.00"}, headers={"If-Match": seen})
    centre.put(path, {"amount": "3.00"}, headers={"If-Match": seen}, expect=412)
    centre.delete(path, {"reason": "why"}, headers={"If-Match": seen}, expect=412)
    assert centre.request("GET", path, headers={"If-None-Match": '"2"'}).status_code == 304


def test_lists_filter_sort_and_add_up(centre: Centre) -> None:
    rows = [
        ("RENT", "45000.00", "BANK_TRANSFER", "2026-06-01", "Mrs Shah"),
        ("SUPPLIES", "1250.00", "UPI", "2026-06-10", "City 100% Paper"),
        ("SUPPLIES", "99.50", "CASH", "2026-07-02", None),
        ("UTILITIES", "2100.00", "UPI", "2026-07-05", "BESCOM"),
    ]
    ids = []
    for category, amount, method, day, payee in rows:
        body = {"category": category, "amount": amount, "method": method, "incurredOn": day, "payee": payee}
        ids.append(centre.post("/expenses", body, expect=201)["id"])
    centre.delete(f"/expenses/{ids[3]}", {"reason": "twice"})

    def found(query: str) -> tuple[list[str], str]:
        page = centre.get(f"/expenses?{query}", as_="OPERATOR")
        return [each["amount"] for each in page["data"]], page["amount"]

    assert found("") == (["2100.00", "99.50", "1250.00", "45000.00"], "46349.50")
    assert found("category=SUPPLIES&sort=amount") == (["99.50", "1250.00"], "1349.50")
    assert found("from=2026-06-10&to=2026-07-02") == (["99.50", "1250.00"], "1349.50")
    assert found("method=UPI") == (["2100.00", "1250.00"], "1250.00")
    assert found("status=VOIDED") == (["2100.00"], "0.00")
    assert found("minAmount=99.50&maxAmount=2100") == (["2100.00", "99.50", "1250.00"], "1349.50")
    assert found("search=100%25") == (["1250.00"], "1250.00")
    assert found("search=nobody") == ([], "0.00")
    assert found("pageSize=1&page=2&sort=incurredOn") == (["1250.00"], "46349.50")
    sums = centre.get("/expenses")["byCategory"]
    assert [(each["category"], each["count"], each["amount"]) for each in sums] == [
        ("RENT", 1, "45000.00"),
        ("SUPPLIES", 2, "1349.50"),
    ]
    centre.get("/expenses?sort=description", expect=422)
    centre.get("/expenses?minAmount=-1", expect=422)


@pytest.mark.parametrize(
    "query", ["", "?category=SUPPLIES", "?search=nobody", "?minAmount=1000&maxAmount=2000", "?method=UPI&to=2026-06-30"]
)
def test_the_sum_of_a_list_is_explained(listed: Centre, query: str) -> None:
    page = listed.get(f"/expenses{query}")
    sums = [(page["amount"], page["explain"]), *((each["amount"], each["explain"]) for each in page["byCategory"])]
    for amount, address in sums:
        behind = listed.get(address.removeprefix("/api/v1"), as_="ACCOUNTANT")
        assert behind["value"] == amount
        assert sum((Decimal(each["amount"]) for each in behind["data"]), Decimal(0)) == Decimal(amount)


def test_an_amended_and_a_void_expense_explain_what_stands(listed: Centre) -> None:
    """Taken back and spent anew is one line of one event; what is void counts for nothing and is not listed."""
    behind = listed.get("/explain/listed-expenses?category=SUPPLIES", as_="ACCOUNTANT")
    assert [(each["type"], each["amount"]) for each in behind["data"]] == [
        ("expenses.ExpenseRecorded", "1250.00"),
        ("expenses.ExpenseRecorded", "99.50"),
        ("expenses.ExpenseAmended", "-250.00"),
    ]
    assert listed.get("/explain/listed-expenses?category=UTILITIES", as_="ACCOUNTANT")["data"] == []


def test_who_may(centre: Centre) -> None:
    path = f"/expenses/{centre.post('/expenses', SUPPLIES, expect=201)['id']}"
    for role in ("OPERATOR", "THERAPIST", "AUDITOR"):
        centre.post("/expenses", SUPPLIES, as_=role, expect=403)
        centre.put(path, {"amount": "1.00"}, as_=role, expect=403)
        centre.delete(path, {"reason": "why"}, as_=role, expect=403)
        assert centre.get(path, as_=role)["amount"] == "1250.00"
        assert centre.get("/expenses", as_=role)["total"] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "-1"), ("amount", "1.001"), ("amount", "NaN"), ("amount", "0"), ("category", "BRIBES"),
     ("method", "OPENING"), ("incurredOn", 1793577600), ("incurredOn", "2026-02-30"), ("incurredOn", today(2)),
     ("payee", "x" * 201), ("payee", "a\x07"), ("description", "x" * 2001), ("reference", ""), ("id", "x")],
)  # fmt: skip
def test_a_bad_field_is_named(calm: Centre, field: str, value: object) -> None:
    refused = calm.post("/expenses", {**SUPPLIES, field: value}, expect=422)
    assert refused["error"]["details"][0]["field"] == field
    assert calm.get("/expenses")["total"] == 0


def test_who_was_paid_is_sealed_in_the_book(system: RunningSystem, centre: Centre) -> None:
    made = centre.post("/expenses", {**SUPPLIES, "payee": "~payee", "description": "~words"}, expect=201)["id"]
    centre.put(f"/expenses/{made}", {"payee": "~other"})
    centre.delete(f"/expenses/{made}", {"reason": "~reason"})
    with psycopg.connect(system.database.admin_url) as db:
        stored = str(db.execute("SELECT data FROM book.events WHERE stream_id = %s", [made]).fetchall())
        kept = db.execute("SELECT c::text FROM book.commands c WHERE tenant_id = %s", [centre.tenant_id]).fetchall()
    assert "1250.00" in stored
    assert "~" not in stored
    assert sum(made in row[0] for row in kept) == 3, "answers are there to be given again"
    assert "~" not in str(kept)
    assert "~other" in centre.request("GET", f"/expenses/{made}").text
