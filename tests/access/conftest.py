"""What the sweeps share: one client per module, and the routes as the system describes them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.access.described import Route, described
from tests.support.system import RunningSystem


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
