"""Centres over HTTP: opening, settings, rooms, holidays, and whose they are."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.system import PASSWORD, PLATFORM_ADMIN, Centre, RunningSystem, sign_in


@pytest.fixture(scope="module")
def calm(system: RunningSystem) -> Centre:
    """A centre that only refused requests are sent to, so that one serves them all."""
    return system.new_centre()


def opening(**other: Any) -> dict[str, Any]:
    slug = f"new-{uuid4().hex[:10]}"
    admin = {"email": f"root@{slug}.example", "firstName": "Asha", "lastName": "Rao", "password": PASSWORD}
    return {"name": "New centre", "slug": slug, "admin": admin, **other}


def as_root(system: RunningSystem, method: str, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
    with system.client() as client:
        root = sign_in(client, PLATFORM_ADMIN, PASSWORD, "platform")
        headers = {"Authorization": f"Bearer {root}"} | ({"Idempotency-Key": key} if key else {})
        return client.request(method, path, json=body, headers=headers)


def test_a_new_centre_works_at_once(system: RunningSystem) -> None:
    body = opening()
    made = as_root(system, "POST", "/tenants", body)
    assert made.status_code == 201, made.text
    centre = Centre(system, made.json()["id"], body["slug"])
    centre.sign_in("WORKSPACE_ADMIN", body["admin"]["email"])
    found = centre.get(f"/tenants/{centre.tenant_id}")
    assert (found["timezone"], found["currency"], found["chargeOn"]) == ("Asia/Kolkata", "INR", "BOOKING")
    assert (found["lateFeePercent"], found["noShowFeePercent"]) == ("0.00", "100.00")
    [admin] = centre.get("/users")["data"]
    assert (admin["id"], admin["role"]) == (made.json()["adminId"], "WORKSPACE_ADMIN")


def test_a_slug_is_taken_once_in_the_installation(system: RunningSystem, centre: Centre) -> None:
    taken = as_root(system, "POST", "/tenants", opening(slug=centre.slug))
    assert (taken.status_code, taken.json()["error"]["details"]) == (409, {"field": "slug"})


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "api"), ("slug", "No Good"), ("timezone", "Mars/Olympus"), ("currency", "JPY"), ("name", "\x00"),
     ("name", "x" * 121), ("plan", "gold")],
)  # fmt: skip
def test_a_bad_opening_names_the_field(system: RunningSystem, field: str, value: str) -> None:
    refused = as_root(system, "POST", "/tenants", opening(**{field: value}))
    assert refused.status_code == 422
    assert [detail["field"] for detail in refused.json()["error"]["details"]] == [field]


def test_opening_twice_with_one_key_is_one_centre(system: RunningSystem) -> None:
    body, key = opening(), uuid4().hex
    first = as_root(system, "POST", "/tenants", body, key)
    again = as_root(system, "POST", "/tenants", body, key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert as_root(system, "POST", "/tenants", opening(), key).status_code == 422


def test_centres_open_no_centres(centre: Centre) -> None:
    for role in ("WORKSPACE_ADMIN", "OPERATOR", "THERAPIST", "ACCOUNTANT", "AUDITOR"):
        centre.post("/tenants", opening(), as_=role, expect=403)


def test_a_foreign_centre_does_not_exist(system: RunningSystem, centre: Centre) -> None:
    other = system.new_centre()
    foreign = centre.get(f"/tenants/{other.tenant_id}", expect=404)
    absent = centre.get(f"/tenants/{uuid4()}", expect=404)
    assert foreign["error"]["message"] == absent["error"]["message"]
    centre.put(f"/tenants/{other.tenant_id}/settings", {"name": "Mine now"}, expect=404)
    centre.get(f"/tenants/{other.tenant_id}/history", expect=404)
    assert other.get(f"/tenants/{other.tenant_id}")["name"] != "Mine now"


def test_super_admins_read_any_centre_but_set_none(system: RunningSystem, centre: Centre) -> None:
    assert as_root(system, "GET", f"/tenants/{centre.tenant_id}").json()["slug"] == centre.slug
    assert as_root(system, "GET", f"/tenants/{uuid4()}").status_code == 404
    assert as_root(system, "PUT", f"/tenants/{centre.tenant_id}/settings", {"name": "X"}).status_code == 403


def test_settings_change_one_by_one(centre: Centre) -> None:
    path = f"/tenants/{centre.tenant_id}"
    before = centre.get(path)
    changes = {
        "name": "Big Steps", "timezone": "Europe/Berlin", "chargeOn": "COMPLETION", "paymentTermDays": 14,
        "applyCreditAutomatically": False, "cancellationWindowHours": 12, "lateFeePercent": "33.33",
        "noShowFeePercent": 50, "rescheduleNoticeHours": 72, "slotStepMinutes": 20, "minimumNoticeMinutes": 60,
        "financialYearStartMonth": 1,
    }  # fmt: skip
    for field, value in changes.items():
        centre.put(f"{path}/settings", {field: value, "currency": "INR"})
    after = centre.get(path)
    changed = {field for field in before if before[field] != after[field]}
    assert changed == {*changes, "updatedAt", "version"}
    assert (after["noShowFeePercent"], after["lateFeePercent"]) == ("50.00", "33.33")
    centre.put(f"{path}/settings", changes)
    assert centre.get(path)["version"] == after["version"]
    types = [event["type"] for event in centre.get(f"{path}/history", as_="AUDITOR")["data"]]
    assert types[-1] == "tenancy.TenantOpened"
    assert not [name for name in types if "Updated" in name]


@pytest.mark.parametrize(
    ("field", "value"),
    [("lateFeePercent", "100.01"), ("lateFeePercent", "\u0665"), ("noShowFeePercent", -1), ("paymentTermDays", 2**70),
     ("paymentTermDays", "7"), ("slotStepMinutes", 0), ("financialYearStartMonth", 13), ("timezone", "../etc"),
     ("applyCreditAutomatically", "yes"), ("chargeOn", "NEVER"), ("tenantId", "x"), ("slug", "other")],
)  # fmt: skip
def test_settings_have_bounds(calm: Centre, field: str, value: object) -> None:
    refused = calm.put(f"/tenants/{calm.tenant_id}/settings", {field: value}, expect=422)
    assert [detail["field"] for detail in refused["error"]["details"]] == [field]


def test_the_currency_is_fixed(centre: Centre) -> None:
    refused = centre.put(f"/tenants/{centre.tenant_id}/settings", {"currency": "EUR"}, expect=409)
    assert refused["error"]["details"]["currency"] == "INR"


def test_settings_are_guarded_by_their_version(centre: Centre) -> None:
    path = f"/tenants/{centre.tenant_id}"
    found = centre.request("GET", path)
    etag = found.headers["ETag"]
    assert centre.request("GET", path, headers={"If-None-Match": etag}).status_code == 304
    centre.put(f"{path}/settings", {"name": "First"}, headers={"If-Match": etag})
    centre.put(f"{path}/settings", {"name": "Second"}, headers={"If-Match": etag}, expect=412)
    for role in ("OPERATOR", "THERAPIST", "ACCOUNTANT", "AUDITOR"):
        centre.put(f"{path}/settings", {"name": "Third"}, as_=role, expect=403)
    assert centre.get(path)["name"] == "First"


def test_rooms(system: RunningSystem, centre: Centre) -> None:
    room = centre.post("/rooms", {"name": "Blue room"}, expect=201)["id"]
    centre.post("/rooms", {"name": "Blue room"}, expect=409)
    centre.put(f"/rooms/{room}", {"name": "Red room", "active": False})
    assert centre.get("/rooms", as_="THERAPIST")["data"] == [{"id": room, "name": "Red room", "active": False}]
    assert centre.get("/rooms?active=true")["total"] == 0
    centre.put(f"/rooms/{room}", {"active": True})
    centre.delete(f"/rooms/{room}")
    assert centre.get("/rooms?active=false")["total"] == 1
    system.new_centre().delete(f"/rooms/{room}", expect=404)
    centre.post("/rooms", {"name": "Green room"}, as_="OPERATOR", expect=403)


def test_holidays(system: RunningSystem, centre: Centre) -> None:
    diwali = centre.post("/holidays", {"day": "2026-11-08", "name": "Diwali"}, expect=201)["id"]
    centre.post("/holidays", {"day": "2026-12-25", "name": "Christmas"}, expect=201)
    again = centre.post("/holidays", {"day": "2026-11-08", "name": "Deepavali"}, expect=201)
    assert again["id"] == diwali
    found = centre.get("/holidays?from=2026-11-01&to=2026-11-30", as_="OPERATOR")
    assert found["data"] == [{"id": diwali, "day": "2026-11-08", "name": "Deepavali"}]
    system.new_centre().delete(f"/holidays/{diwali}", expect=404)
    centre.delete(f"/holidays/{diwali}")
    centre.delete(f"/holidays/{diwali}", expect=404)
    assert [holiday["name"] for holiday in centre.get("/holidays")["data"]] == ["Christmas"]


@pytest.mark.parametrize(
    "day", ["2026-02-30", "today", 0, "1793577600", "2026-11-08T00:00:00", "\u0662026-11-08", "9999-12-31", None]
)
def test_a_holiday_is_a_date(calm: Centre, day: object) -> None:
    refused = calm.post("/holidays", {"day": day, "name": "X"}, expect=422)
    assert refused["error"]["details"][0]["field"] == "day"
