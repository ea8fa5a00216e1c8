"""Tokens that are not, or no longer, good: on every route, reads and commands, not one is accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.access.asking import Asked
from tests.access.described import Route, described
from tests.access.sweep import may
from tests.access.test_tokens import FORGERIES, _parts
from tests.access.world import ADMIN, World, new_world, query_for
from tests.support.system import RunningSystem


@pytest.fixture(scope="module")
def client(system: RunningSystem) -> Iterator[httpx.Client]:
    with system.client() as client:
        yield client


@pytest.fixture(scope="module")
def world(system: RunningSystem, client: httpx.Client) -> World:
    return new_world(system, client, "Plain")


@pytest.fixture(scope="module")
def routes(client: httpx.Client) -> list[Route]:
    return [route for route in described(client) if not route.open and may(route, ADMIN)]


def ask(world: World, route: Route, token: str) -> int:
    """A request that is right but for its token."""
    asked = Asked(world, route)
    body = asked.body if route.fields else None
    return world.client.request(
        route.method, asked.path, json=body, params=query_for(route, world.ids) if route.reads else None,
        headers={"Authorization": f"Bearer {token}"},
    ).status_code  # fmt: skip


def test_no_forgery_is_accepted_anywhere(world: World, routes: list[Route]) -> None:
    good = world.centre.token(ADMIN)
    accepted, tried = [], 0
    for name, forge in FORGERIES.items():
        forged = forge(_parts(good)[1], good)
        for route in routes:
            tried += 1
            if (status := ask(world, route, forged)) != 401:
                accepted.append(f"{name} on {route}: {status}")
    print(f"\n{tried} forged requests ({len(FORGERIES)} forgeries, {len(routes)} routes), {len(accepted)} accepted")
    assert tried > 1_000
    assert accepted == []
    assert ask(world, next(route for route in routes if route.reads), good) == 200  # the control


def _demote(world: World, user: str) -> None:
    world.send("PUT", f"/users/{user}", {"role": "OPERATOR"})


def _disable(world: World, user: str) -> None:
    world.send("DELETE", f"/users/{user}")


def _reset(world: World, user: str) -> None:
    world.send("PUT", f"/users/{user}/password", {"password": "an entirely new password"})


@pytest.mark.parametrize("change", [_demote, _disable, _reset])
def test_what_happens_to_a_login_is_in_force_at_the_next_request_of_every_route(
    world: World, routes: list[Route], change: Callable[[World, str], None]
) -> None:
    user = world.user(ADMIN, f"second-{change.__name__.strip('_')}")
    token = world.centre.tokens[f"second-{change.__name__.strip('_')}"]
    assert ask(world, next(route for route in routes if route.reads), token) == 200
    change(world, user)
    accepted = [f"{route}: {status}" for route in routes if (status := ask(world, route, token)) != 401]
    print(f"\n{len(routes)} routes after {change.__name__}, {len(accepted)} took the old token")
    assert accepted == []
