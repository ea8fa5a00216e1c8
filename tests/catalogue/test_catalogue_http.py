"""Therapy types and prices over HTTP."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.support.system import Centre, RunningSystem

SPEECH = {"name": "Speech", "defaultDuration": 45, "defaultCost": "800.00"}


@pytest.fixture(scope="module")
def calm(system: RunningSystem) -> Centre:
    """A centre that only refused requests are sent to, so that one serves them all."""
    return system.new_centre()


def test_a_therapy_type_lives_and_retires(centre: Centre) -> None:
    made = centre.post("/therapy-types", {**SPEECH, "description": "Articulation"}, expect=201)["id"]
    path = f"/therapy-types/{made}"
    centre.put(path, {"name": "Speech therapy", "defaultCost": 950.5})
    found = centre.get(path, as_="THERAPIST")
    assert (found["name"], found["description"]) == ("Speech therapy", "Articulation")
    assert (found["defaultCost"], found["defaultDuration"], found["active"]) == ("950.50", 45, True)
    centre.put(path, {"description": ""})
    centre.delete(path)
    found = centre.get(path)
    assert (found["description"], found["active"]) == (None, False)
    assert centre.get("/therapy-types?active=true")["total"] == 0
    centre.put(path, {"active": True})
    events = [event["type"] for event in centre.get(f"{path}/history")["data"]]
    assert events[:2] == ["catalogue.TherapyTypeRestored", "catalogue.TherapyTypeRetired"]


def test_a_name_is_used_once(system: RunningSystem, centre: Centre) -> None:
    first = centre.post("/therapy-types", SPEECH, expect=201)["id"]
    refused = centre.post("/therapy-types", {**SPEECH, "name": "SPEECH"}, expect=409)
    assert refused["error"]["details"] == {"field": "name"}
    second = centre.post("/therapy-types", {**SPEECH, "name": "Play"}, expect=201)["id"]
    centre.put(f"/therapy-types/{second}", {"name": "speech"}, expect=409)
    centre.put(f"/therapy-types/{first}", {"name": "speech"})
    centre.put(f"/therapy-types/{first}", {"name": "Voice"})
    centre.put(f"/therapy-types/{second}", {"name": "Speech"})
    system.new_centre().post("/therapy-types", SPEECH, expect=201)


def test_lists(centre: Centre) -> None:
    for name, cost in (("Speech", "800.00"), ("Play", "600.00"), ("Sensory", "700.00")):
        centre.post("/therapy-types", {**SPEECH, "name": name, "defaultCost": cost}, expect=201)
    found = centre.get("/therapy-types?sort=-defaultCost", as_="OPERATOR")
    assert [kind["name"] for kind in found["data"]] == ["Speech", "Sensory", "Play"]
    assert [kind["name"] for kind in centre.get("/therapy-types?search=s")["data"]] == ["Sensory", "Speech"]


def test_only_administrators_write_the_catalogue(centre: Centre) -> None:
    kind, therapist = centre.therapy_type(), centre.user("THERAPIST")
    price = {"therapyTypeId": kind, "sessionCost": "1.00", "sessionDuration": 30}
    for role in ("OPERATOR", "THERAPIST", "ACCOUNTANT", "AUDITOR"):
        centre.post("/therapy-types", SPEECH, as_=role, expect=403)
        centre.put(f"/therapy-types/{kind}", {"defaultCost": "1.00"}, as_=role, expect=403)
        centre.delete(f"/therapy-types/{kind}", as_=role, expect=403)
        centre.post(f"/therapists/{therapist}/pricing", price, as_=role, expect=403)


@pytest.mark.parametrize(
    ("field", "value"),
    [("defaultCost", "-1"), ("defaultCost", "1.001"), ("defaultCost", "NaN"), ("defaultCost", "1e2"),
     ("defaultCost", "\u0665\u0660"), ("defaultCost", True), ("defaultDuration", 4), ("defaultDuration", 2**70),
     ("defaultDuration", "45"), ("defaultDuration", 45.5), ("name", ""), ("name", "x" * 101), ("name", "a\x07"),
     ("description", "x" * 2001), ("id", "x")],
)  # fmt: skip
def test_a_bad_field_is_named(calm: Centre, field: str, value: object) -> None:
    refused = calm.post("/therapy-types", {**SPEECH, field: value}, expect=422)
    assert refused["error"]["details"][0]["field"] == field


def test_foreign_therapy_types_do_not_exist(system: RunningSystem, centre: Centre) -> None:
    kind, therapist = system.new_centre().therapy_type(), centre.user("THERAPIST")
    for method, body in (("GET", None), ("PUT", {"name": "Mine"}), ("DELETE", {})):
        for guard in ({}, {"If-Match": '"1"'}):
            assert centre.request(method, f"/therapy-types/{kind}", body, headers=guard).status_code == 404
    price = {"therapyTypeId": kind, "sessionCost": "1.00", "sessionDuration": 30}
    centre.post(f"/therapists/{therapist}/pricing", price, expect=404)
    centre.get(f"/therapists/{therapist}/pricing/{kind}", expect=404)


def test_a_therapists_price_replaces_the_default_until_removed(centre: Centre) -> None:
    kind, therapist = centre.therapy_type(name="Speech"), centre.user("THERAPIST")
    path = f"/therapists/{therapist}/pricing"
    default = centre.get(f"{path}/{kind}", as_="OPERATOR")
    assert (default["isDefault"], default["sessionCost"], default["version"]) == (True, "800.00", None)

    body = {"therapyTypeId": kind, "sessionCost": "900.00", "sessionDuration": 45}
    price = centre.post(path, body, expect=201)["id"]
    centre.post(path, body, expect=409)
    centre.put(f"{path}/{price}", {"sessionCost": "950.00"})
    own = centre.get(f"{path}/{kind}", as_="THERAPIST")
    assert (own["isDefault"], own["sessionCost"], own["sessionDuration"]) == (False, "950.00", 45)
    assert centre.get(f"{path}/{price}") == own
    [listed] = centre.get(path)["data"]
    assert (listed["id"], listed["therapyTypeName"], listed["sessionCost"]) == (price, "Speech", "950.00")

    centre.delete(f"{path}/{price}")
    centre.delete(f"{path}/{price}", expect=404)
    assert centre.get(path)["total"] == 0
    assert centre.get(f"{path}/{kind}")["isDefault"]
    types = [event["type"] for event in centre.get(f"{path}/history")["data"]]
    assert types == ["catalogue.PriceRemoved", "catalogue.PriceSet", "catalogue.PriceSet"]


def test_each_price_has_a_version_of_its_own(centre: Centre) -> None:
    therapist = centre.user("THERAPIST")
    path = f"/therapists/{therapist}/pricing"
    kinds = [centre.therapy_type() for _ in range(2)]
    body = {"sessionCost": "900.00", "sessionDuration": 45}
    first, _second = (centre.post(path, {**body, "therapyTypeId": kind}, expect=201)["id"] for kind in kinds)
    etag = centre.request("GET", f"{path}/{kinds[0]}").headers["ETag"]
    centre.put(f"{path}/{first}", {"sessionCost": "1.00"}, headers={"If-Match": etag})
    centre.put(f"{path}/{first}", {"sessionCost": "2.00"}, headers={"If-Match": etag}, expect=412)
    centre.delete(f"{path}/{first}", headers={"If-Match": etag}, expect=412)


def test_prices_are_for_therapists_and_for_what_is_offered(centre: Centre) -> None:
    operator, therapist, kind = centre.user("OPERATOR"), centre.user("THERAPIST"), centre.therapy_type()
    body = {"therapyTypeId": kind, "sessionCost": "900.00", "sessionDuration": 45}
    centre.post(f"/therapists/{operator}/pricing", body, expect=404)
    centre.get(f"/therapists/{operator}/pricing", expect=404)
    centre.get(f"/therapists/{uuid4()}/pricing", expect=404)
    centre.delete(f"/therapy-types/{kind}")
    centre.post(f"/therapists/{therapist}/pricing", body, expect=409)


def test_therapists_see_their_own_prices_only(centre: Centre) -> None:
    mine, other = centre.user("THERAPIST"), centre.user("THERAPIST", "other")
    centre.get(f"/therapists/{mine}/pricing", as_="THERAPIST")
    centre.get(f"/therapists/{other}/pricing", as_="THERAPIST", expect=404)
