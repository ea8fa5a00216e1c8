"""Hostile values in every field and parameter of every route: refused in one shape that names the field, never a
fault, and nothing written."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import pytest

from tests.access.asking import HERE, Asked, problem
from tests.access.described import Route
from tests.access.hostile import hostile_json, hostile_query
from tests.access.kinds import SHARED
from tests.access.world import World, query_for, value_for

pytestmark = pytest.mark.usefixtures("nothing_written")


def test_hostile_values_in_every_field_of_every_body(every_route: list[Route], world: World) -> None:
    wrong, count = [], 0
    for route in every_route:
        asked = Asked(world, route)
        for field in route.fields:
            text = asked.around(field)
            for name, value in hostile_json(field, value_for(route, field, world.ids)):
                answer = asked.send(text.replace(json.dumps(HERE), value).encode())
                count += 1
                if told := problem(answer, 422, field.dotted):
                    wrong.append(f"{route} {field.dotted} {name}: {told}")
    print(f"\n{count} hostile values in bodies")
    assert count > 3_000
    assert not wrong, "\n".join(wrong)


def test_hostile_values_in_every_query_parameter(every_route: list[Route], world: World) -> None:
    wrong, count = [], 0
    for route in every_route:
        for field in route.query:
            others = query_for(route, world.ids)
            others.pop(field.name, None)
            valid = "id" if field.name == "sort" else value_for(route, field, world.ids)
            for name, value in hostile_query(field, valid):
                query = "&".join([f"{field.name}={value}", urlencode(others)])
                answer, count = Asked(world, route).send(query=query), count + 1
                if told := problem(answer, 422, field.name):
                    wrong.append(f"{route} {field.name} {name}: {told}")
    print(f"\n{count} hostile values in queries")
    assert count > 1_000
    assert not wrong, "\n".join(wrong)


def test_what_stands_in_the_path_is_an_id(every_route: list[Route], world: World) -> None:
    wrong, count = [], 0
    for route in every_route:
        for name in route.ids:
            for value in ("abc", "%00", "%FF", "1", str(2**70), "%D9%A1", "{}", "x" * 5_000, f"{world.own(name)}%0A"):
                path = route.at({other: world.own(other) for other in route.ids} | {name: value})
                asked = Asked(world, route)
                body = None if route.reads else asked.body
                answer = world.client.request(
                    route.method, path, json=body, params=query_for(route, world.ids), headers=asked.headers
                )
                count += 1
                # A literal path beside it may take the word for its own, but no word here is one. What goes by a name
                # and not by an id is just not there, if such a name could be.
                absent = name in SHARED and re.fullmatch("[a-z0-9_-]{1,63}", value)
                if told := problem(answer, 404) if absent else problem(answer, 422, name):
                    wrong.append(f"{route} {name} {value[:40]}: {told}")
    print(f"\n{count} hostile ids in paths")
    assert not wrong, "\n".join(wrong)
