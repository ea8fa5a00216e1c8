"""Hostile values in every field and parameter of every route: refused in one shape that names the field, never a
fault, and nothing written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import psycopg
import pytest

from tests.access.described import Field, Route
from tests.access.hostile import hostile_json, hostile_query
from tests.access.sweep import may
from tests.access.world import ADMIN, World, body_for, new_world, place, query_for, value_for
from tests.support.system import PASSWORD, PLATFORM_ADMIN, RunningSystem, sign_in

HERE = "@@here@@"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def world(system: RunningSystem, client: httpx.Client) -> World:
    world = new_world(system, client, "Plain")
    world.centre.tokens["SUPER_ADMIN"] = sign_in(client, PLATFORM_ADMIN, PASSWORD, "platform")
    return world


@pytest.fixture(autouse=True)
def nothing_written(world: World) -> Iterator[None]:
    before = written(world)
    yield
    assert written(world) == before


def written(world: World) -> tuple[Any, ...]:
    with psycopg.connect(world.centre.system.database.admin_url) as db:
        books = db.execute("SELECT tenant_id, position FROM book.books ORDER BY 1").fetchall()
    return world.state(), books


@dataclass
class Asked:
    """A request to a route, valid but for what a test makes of it, by somebody who may."""

    world: World
    route: Route

    @property
    def path(self) -> str:
        return self.route.at({name: self.world.own(name) for name in self.route.ids})

    @property
    def headers(self) -> dict[str, str]:
        if self.route.open:
            return {}
        who = ADMIN if may(self.route, ADMIN) else "SUPER_ADMIN"
        return {"Authorization": f"Bearer {self.world.centre.token(who)}"}

    def send(self, content: Any = None, headers: dict[str, str] | None = None, query: str = "") -> httpx.Response:
        asked = self.headers | (JSON if headers is None else headers)
        return self.world.client.request(
            self.route.method, f"{self.path}{query and '?'}{query}", content=content, headers=asked
        )


def problem(answer: httpx.Response, status: int, field: str | None = None) -> str | None:
    """What is wrong with a refusal, if anything is."""
    told = f"{answer.status_code} {answer.text[:250]}"
    if answer.status_code != status:
        return told
    try:
        body = answer.json()
        error = body["error"]
        shaped = body["success"] is False and set(error) == {"code", "message", "details", "timestamp", "path"}
        named = field is None or any(
            f"{told['field']}.".startswith(f"{field}.") and told["message"] for told in error["details"]
        )
    except (ValueError, KeyError, TypeError):
        return f"not our shape: {told}"
    return None if shaped and named else f"does not name {field}: {told}"


def around(route: Route, world: World, field: Field) -> str:
    """The JSON text of a valid body with a mark where this field's value goes."""
    body = body_for(route, world.ids, field)
    place(body, field.path, HERE)
    return json.dumps(body)


def test_hostile_values_in_every_field_of_every_body(every_route: list[Route], world: World) -> None:
    wrong, count = [], 0
    for route in every_route:
        asked = Asked(world, route)
        for field in route.fields:
            text = around(route, world, field)
            for name, value in hostile_json(field, value_for(route, field, world.ids)):
                answer = asked.send(text.replace(json.dumps(HERE), value).encode())
                count += 1
                if told := problem(answer, 422, field.dotted):
                    wrong.append(f"{route} {field.dotted} {name}: {told}")
    print(f"\n{count} hostile values in bodies")
    assert not wrong, "\n".join(wrong)


def test_hostile_values_in_every_query_parameter(every_route: list[Route], world: World) -> None:
    wrong, count = [], 0
    for route in every_route:
        for field in route.query:
            others = query_for(route, world.ids)
            others.pop(field.name, None)
            valid = "id" if field.name == "sort" else value_for(route, field, world.ids)
            for name, value in hostile_query(field, valid):
                answer = Asked(world, route).send(
                    query="&".join(filter(None, [urlencode(others), f"{field.name}={value}"]))
                )
                count += 1
                if told := problem(answer, 422, field.name):
                    wrong.append(f"{route} {field.name} {name}: {told}")
    print(f"\n{count} hostile values in queries")
    assert not wrong, "\n".join(wrong)
