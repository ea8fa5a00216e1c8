"""What the sweeps share: one client per module, and the routes as the system describes them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import psycopg
import pytest

from tests.access.described import Route, described
from tests.access.world import World, new_world
from tests.support.system import PASSWORD, PLATFORM_ADMIN, RunningSystem, sign_in


@pytest.fixture(scope="module")
def client(system: RunningSystem) -> Iterator[httpx.Client]:
    with system.client() as client:
        yield client


@pytest.fixture(scope="module")
def every_route(client: httpx.Client) -> list[Route]:
    return described(client)


@pytest.fixture(scope="module")
def routes(every_route: list[Route]) -> list[Route]:
    """Those that need a sign-in."""
    return [route for route in every_route if not route.open]


@pytest.fixture(scope="session")
def world(system: RunningSystem) -> Iterator[World]:
    """For tests that change nothing: a centre with one of everything, and the platform's admin signed in."""
    with system.client() as client:
        made = new_world(system, client, "Plain")
        made.centre.tokens["SUPER_ADMIN"] = sign_in(client, PLATFORM_ADMIN, PASSWORD, "platform")
        yield made


@pytest.fixture
def nothing_written(world: World) -> Iterator[None]:
    """That the test leaves every book where it was, and everything else of this centre as it was."""

    def positions() -> list[tuple[object, ...]]:
        with psycopg.connect(world.centre.system.database.admin_url) as db:
            return db.execute("SELECT tenant_id, position FROM book.books ORDER BY 1").fetchall()

    before = positions(), world.state()
    yield
    assert (positions(), world.state()) == before
