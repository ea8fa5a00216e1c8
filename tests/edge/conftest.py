"""Further API processes over the system's database, each with settings of its own; and a real Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.edge.redis_server import RedisServer
from tests.support.system import RunningSystem

StartApi = Callable[..., RunningSystem]


@pytest.fixture(scope="module")
def start_api(system: RunningSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartApi]:
    """``start_api(DAYBOOK_RATE_LIMITS="user=5/day")``: another process of the same installation, and its address;
    ``earnest_passwords`` as of ``RunningSystem``."""
    started: list[RunningSystem] = []

    def start(*, earnest_passwords: bool = False, **environment: str) -> RunningSystem:
        folder = tmp_path_factory.mktemp("api")
        told = system.environment | {"DAYBOOK_HOME": str(folder)} | environment
        started.append(RunningSystem(system.database, folder, told, earnest_passwords=earnest_passwords))
        started[-1].start_api()
        return started[-1]

    yield start
    for other in started:
        other.stop()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(Path(tmp_path_factory.mktemp("redis")))
    server.start()
    yield server
    server.stop()
