"""Every route × everybody: what the table beside this file says is what the running system does.

The table is written by hand, not derived from the code it checks. A route that is not in it fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.values import Role
from tests.access.table import LETTERS, TABLE
from tests.support.system import PASSWORD, PLATFORM_ADMIN, Centre, RunningSystem, sign_in

ANONYMOUS = "anonymous"
EVERYBODY = (ANONYMOUS, *(role.value for role in Role))
Route = tuple[str, str]


@pytest.fixture(scope="module")
def described(system: RunningSystem) -> dict[Route, dict[str, Any]]:
    with system.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    return {
        (method.upper(), path.removeprefix("/api/v1")): operation
        for path, operations in paths.items()
        if path.startswith("/api/v1")
        for method, operation in operations.items()
    }


@pytest.fixture(scope="module")
def tokens(system: RunningSystem) -> dict[str, str]:
    centre = system.new_centre()
    with system.client() as client:
        root = sign_in(client, PLATFORM_ADMIN, PASSWORD, "platform")
    return {role.value: root if role is Role.SUPER_ADMIN else centre.token(role.value) for role in Role}


def cells(described: dict[Route, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for method, path in described:
        for who in EVERYBODY:
            yield method, path, who


def allowed(route: Route, who: str) -> bool:
    letters = TABLE[route]
    return letters == "open" or (who != ANONYMOUS and LETTERS[who] in letters)


def asked(client: httpx.Client, method: str, path: str, token: str | None) -> httpx.Response:
    """The route with ids that nobody has and an empty body: nothing can happen, but who may ask is decided first."""
    parts = [str(uuid4()) if part.startswith("{") else part for part in path.split("/")]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body: dict[str, str] | None = None if method == "GET" else {}
    return client.request(method, "/".join(parts), json=body, headers=headers)


def test_the_table_lists_every_route_and_no_other(described: dict[Route, dict[str, Any]]) -> None:
    assert set(described) == set(TABLE)


def test_every_cell(
    system: RunningSystem, described: dict[Route, dict[str, Any]], tokens: dict[str, str],
    record_property: Any,
) -> None:  # fmt: skip
    wrong, asked_cells = [], 0
    with system.client() as client:
        for method, path, who in cells(described):
            if TABLE[method, path] == "open":
                continue  # they judge what is sent, not who sends it: tests/access/test_signing_in.py
            status = asked(client, method, path, tokens.get(who)).status_code
            asked_cells += 1
            expected = 401 if who == ANONYMOUS else 403
            refused = status in {401, 403}
            if allowed((method, path), who) == refused or (refused and status != expected) or status >= 500:
                wrong.append(f"{method} {path} as {who}: {status}")
    record_property("cells", asked_cells)
    print(f"\n{asked_cells} cells of {len(described)} routes asked")
    assert wrong == []


def test_a_wrong_cell_would_be_seen() -> None:
    """The control: with one letter changed, the comparison above has something to say."""
    route = ("POST", "/payments")
    assert allowed(route, "ACCOUNTANT")
    assert not allowed(route, "OPERATOR")
    TABLE[route] += LETTERS["OPERATOR"]
    try:
        assert allowed(route, "OPERATOR")  # the system answers 403: a difference
    finally:
        TABLE[route] = TABLE[route].replace(LETTERS["OPERATOR"], "")


def test_own_rows_only_are_marked(centre: Centre) -> None:
    """A therapist's list of users is themselves."""
    therapist = centre.therapist("own")
    listed = centre.get("/users", as_="own")["data"]
    assert [user["id"] for user in listed] == [therapist]
