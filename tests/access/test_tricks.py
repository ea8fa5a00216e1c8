"""Neither foreign ids nor hostile values: odd paths and methods, parameters nobody reads, wildcards, promotions."""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID, uuid4

import pytest

from domain.billing import ledger_id
from domain.scheduling import sheet_id
from tests.access.asking import Asked, problem
from tests.access.described import Route
from tests.access.sweep import may, records
from tests.access.world import ADMIN, World, body_for, query_for

pytestmark = pytest.mark.usefixtures("nothing_written")

ODD_PATHS = (
    "/patients/", "//patients", "/patients//", "/PATIENTS", "/patients;role=SUPER_ADMIN", "/patients%2F",
    "/patients%00", "/%70atients/x/y", "/patients/%2e%2e%2fusers", "/%2e%2e/%2e%2e/etc/passwd", "/patients.json",
    "/therapists/x", "/%ff", "/" + "x" * 8_000, "/" + "x/" * 2_000, "/api/v1/patients", "/\u0661",
)  # fmt: skip
WILDCARDS = ("%", "_", "%%", "\\", "\\%", "'", "' OR '1'='1", "'; DROP TABLE x; --", "$1", "{0}", "*", ".*", "\u200b")


def test_odd_paths_lead_nowhere(world: World) -> None:
    wrong = []
    for path in ODD_PATHS:
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            answer = world.ask(method, path, None if method == "GET" else {})
            if told := problem(answer, 404):
                wrong.append(f"{method} {path[:60]}: {told}")
    assert not wrong, "\n".join(wrong)


def test_a_method_that_a_path_does_not_have_is_refused(every_route: list[Route], world: World) -> None:
    paths: dict[str, set[str]] = {}
    for route in every_route:
        paths.setdefault(route.path, set()).add(route.method)
    wrong, count = [], 0
    for route in {route.path: route for route in every_route}.values():
        asked = Asked(world, route)
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"} - paths[route.path]:
            answer, count = world.ask(method, asked.path), count + 1
            # Where a sibling has an id in that place, the last word is taken for one, and is none.
            expected = 422 if any(takes(path, route.path) for path in paths if method in paths[path]) else 405
            if told := problem(answer, expected):
                wrong.append(f"{method} {route.path}: {told}")
    print(f"\n{count} methods that are not there")
    assert not wrong, "\n".join(wrong)


def takes(pattern: str, path: str) -> bool:
    """Whether ``path``, another route's, fits a pattern too."""
    pairs = list(zip(pattern.split("/"), path.split("/"), strict=False))
    same_length = pattern.count("/") == path.count("/")
    return pattern != path and same_length and all(one == other or one.startswith("{") for one, other in pairs)


def test_parameters_that_nobody_reads_change_nothing(routes: list[Route], world: World) -> None:
    spoofs = {"tenantId": str(uuid4()), "tenant_id": str(uuid4()), "tenant": "platform", "role": "SUPER_ADMIN",
              "only_therapist": str(uuid4()), "scope": "ALL", "as_": "x", "request": "x", "call": "x"}  # fmt: skip
    for route in routes:
        if route.reads and may(route, ADMIN):
            asked, own = Asked(world, route), query_for(route, world.ids)
            ignored = {name: value for name, value in spoofs.items() if name not in {q.name for q in route.query}}
            plain, spoofed = (world.ask("GET", asked.path, params=own | more) for more in ({}, ignored))
            assert plain.status_code == spoofed.status_code == 200, f"{route}: {spoofed.text}"
            assert plain.content == spoofed.content, str(route)


def test_a_search_is_for_what_was_typed(routes: list[Route], world: World) -> None:
    count = 0
    for route in routes:
        if "search" not in {query.name for query in route.query} or not may(route, ADMIN):
            continue
        path, own = Asked(world, route).path, query_for(route, world.ids)
        # The control: what is there is found.
        assert records(world.send("GET", path, params=own | {"search": world.mark[1:4].upper()})) != [], route
        for text in WILDCARDS:
            assert records(world.send("GET", path, params=own | {"search": text})) == [], f"{route} finds {text!r}"
            count += 1
        for order in ("(select 1)", "id;drop", "password_hash", "tenantId", "medicalNotes", "-id,-email desc"):
            answer = world.ask("GET", path, params=own | {"sort": order})
            assert problem(answer, 422, "sort") is None, answer.text
            count += 1
    print(f"\n{count} searches and orders")
    assert count >= 4 * (len(WILDCARDS) + 6)


def test_an_id_that_is_computed_cannot_be_chosen(routes: list[Route], world: World) -> None:
    """A patient's ledger and a therapist's day have ids that anybody can compute, who knows the patient's or the
    therapist's. A session under such an id would stand where the ledger belongs."""
    computed = [
        str(ledger_id(UUID(world.ids["patient"]))),
        str(sheet_id(UUID(world.ids["therapist"]), date(2031, 3, 3))),
    ]
    count = 0
    for route in routes:
        for field in route.fields:
            if field.is_id and field.chosen:
                for id_ in computed:
                    answer = Asked(world, route).send(json.dumps(body_for(route, world.ids) | {field.name: id_}))
                    assert problem(answer, 422, field.name) is None, f"{route} {field.name}: {answer.text}"
                    count += 1
    assert count >= 12


def test_nobody_is_made_more_than_the_centre_has(world: World) -> None:
    """The platform's role is the platform's to give, and nobody changes their own."""
    body = {"email": f"{uuid4().hex}@example.org", "firstName": "A", "lastName": "B", "password": "long enough"}
    assert world.ask("POST", "/users", body | {"role": "SUPER_ADMIN"}).status_code == 403
    assert world.ask("PUT", f"/users/{world.ids['user']}", {"role": "SUPER_ADMIN"}).status_code == 403
    users = world.send("GET", "/users", params={"role": ADMIN})["data"]
    assert world.ask("PUT", f"/users/{users[0]['id']}", {"role": "AUDITOR"}).status_code == 403
    for who in ("OPERATOR", "THERAPIST", "ACCOUNTANT", "AUDITOR"):
        own = world.centre.users[who]
        for path, change in (
            (f"/users/{own}", {"role": ADMIN}),
            (f"/users/{own}/password", {"password": "long enough"}),
        ):
            assert world.ask("PUT", path, change, as_=who).status_code == 403
