"""What every route keeps to, found from OpenAPI: paging, sorting and choosing fields on lists; versions on records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.access.asking import Asked
from tests.access.described import Route, described
from tests.access.sweep import may
from tests.access.world import ADMIN, World, new_world, query_for
from tests.edge.conftest import StartApi
from tests.support.system import PASSWORD, PLATFORM_ADMIN, RunningSystem, sign_in

NEVER_304 = {
    "/patients/{patient_id}": "what a patient owes moves without the record's version",
    "/ledger/assertions/{assertion_id}": "what the books say of it moves without it",
    "/projections/rebuilds/{rebuild_id}": "how far it is moves without it",
    "/sessions/series/{series_id}": "its sessions are moved and cancelled without it",
}
PAGING = {"page", "pageSize", "sort", "fields"}
STALE = {"If-Match": '"999999"'}


@pytest.fixture(scope="module")
def client(system: RunningSystem) -> Iterator[httpx.Client]:
    with system.client() as client:
        yield client


@pytest.fixture(scope="module")
def world(system: RunningSystem, client: httpx.Client) -> World:
    world = new_world(system, client, "Plain")
    world.centre.tokens["SUPER_ADMIN"] = sign_in(client, PLATFORM_ADMIN, PASSWORD, "platform")
    return world


@pytest.fixture(scope="module")
def routes(client: httpx.Client) -> list[Route]:
    return [route for route in described(client) if not route.open]


def get(world: World, route: Route, headers: dict[str, str] | None = None, **query: str) -> httpx.Response:
    asked = Asked(world, route)
    parameters = query_for(route, world.ids) | query
    return world.client.get(asked.path, params=parameters, headers=asked.headers | (headers or {}))


def is_json(answer: httpx.Response) -> bool:
    """Found, and not the PDF or CSV that an export answers."""
    return answer.status_code == 200 and answer.headers["content-type"] == "application/json"


def is_list(body: Any) -> bool:
    return isinstance(body, dict) and {"data", "page", "pageSize", "total"} <= set(body)


def test_lists_are_paged_sorted_and_narrowed(world: World, routes: list[Route]) -> None:
    wrong, lists = [], 0
    for route in (route for route in routes if route.reads):
        answer = get(world, route)
        if not is_json(answer) or not is_list(answer.json()):
            continue
        lists += 1
        whole = {"fields"} if route.path.startswith("/explain/") else set()
        if lacking := PAGING - whole - {query.name for query in route.query}:
            wrong.append(f"{route} lacks {sorted(lacking)}")
            continue
        everything = answer.json()
        one = get(world, route, page="1", pageSize="1").json()
        if (one["page"], one["pageSize"], one["total"]) != (1, 1, everything["total"]) or len(one["data"]) > 1:
            wrong.append(f"{route} does not page: {one['page']} {one['pageSize']} {len(one['data'])}")
        if get(world, route, page="1000").json()["data"] != []:
            wrong.append(f"{route} has no last page")
        refused: list[dict[str, Any]] = [{"pageSize": "101"}, {"page": "0"}, {"sort": "nothingLikeThis"}]
        for query in refused:
            if get(world, route, **query).status_code != 422:
                wrong.append(f"{route} takes {query}")
        if everything["data"]:
            name = next(iter(everything["data"][0]))
            if [set(row) for row in get(world, route, fields=name, pageSize="1").json()["data"]] != [{name}]:
                wrong.append(f"{route} does not choose fields")
    print(f"\n{lists} lists")
    assert lists >= 10
    assert not wrong, "\n".join(wrong)


def test_records_carry_their_version_and_are_not_sent_twice(world: World, routes: list[Route]) -> None:
    wrong, records = [], 0
    for route in (route for route in routes if route.reads):
        answer = get(world, route)
        if not is_json(answer) or not isinstance(answer.json(), dict) or "version" not in answer.json():
            continue
        records += 1
        tag = answer.headers.get("ETag")
        if tag != f'"{answer.json()["version"]}"':
            wrong.append(f"{route}: ETag {tag}")
            continue
        expected = 200 if route.path in NEVER_304 else 304
        for known, status in ((tag, expected), (f'"7", {tag}', expected), ('"999999"', 200)):
            if (told := get(world, route, {"If-None-Match": known}).status_code) != status:
                wrong.append(f"{route}: If-None-Match {known} {told}")
    print(f"\n{records} records")
    assert records >= 8
    assert not wrong, "\n".join(wrong)


def test_a_record_that_has_changed_since_is_not_changed(world: World, routes: list[Route]) -> None:
    """Every PUT and DELETE of something that is read with a version, told an old one: 412, and it is as it was."""
    versioned = {
        route.path: route
        for route in routes
        if route.reads and (answer := get(world, route)).status_code == 200 and "ETag" in answer.headers
    }
    wrong, tried = [], 0
    for route in (r for r in routes if r.method in {"PUT", "DELETE"} and r.path in versioned):
        before = get(world, versioned[route.path]).json()
        asked = Asked(world, route)
        body = asked.body if route.fields else None
        who = next(who for who in (ADMIN, "THERAPIST", "SUPER_ADMIN") if may(route, who))
        answer = world.ask(route.method, asked.path, body, as_=who, headers=STALE)
        tried += 1
        if answer.status_code != 412 or get(world, versioned[route.path]).json() != before:
            wrong.append(f"{route}: {answer.status_code} {answer.text[:120]}")
    print(f"\n{tried} changes with an old version")
    assert tried >= 8
    assert not wrong, "\n".join(wrong)


def test_large_answers_are_compressed_for_whoever_takes_that(world: World, client: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {world.centre.token('WORKSPACE_ADMIN')}"}
    for accepted, coded in (("gzip", "gzip"), ("identity", None)):
        answer = client.get("/users", headers=headers | {"Accept-Encoding": accepted})
        assert answer.headers.get("Content-Encoding") == coded
        assert answer.json()["total"] >= 5


def test_other_sites_are_let_in_only_if_named(system: RunningSystem, start_api: StartApi) -> None:
    mine, other = "https://desk.example", "https://elsewhere.example"
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}
    named = start_api(DAYBOOK_CORS_ORIGINS=mine)
    for api, origin, let_in in ((named, mine, True), (named, other, False), (system, mine, False)):
        with api.client() as client:
            before = client.options("/payments", headers=asked | {"Origin": origin})
            real = client.get("/payments", headers={"Origin": origin})
        assert (before.headers.get("Access-Control-Allow-Origin") == origin) is let_in
        assert (real.headers.get("Access-Control-Allow-Origin") == origin) is let_in
        assert real.status_code == 401
        assert "Access-Control-Allow-Credentials" not in real.headers
        if let_in:
            assert "ETag" in real.headers["Access-Control-Expose-Headers"]
