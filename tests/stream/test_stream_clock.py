"""What time does to a stream, and stopping: an API in this process, whose clock and periods the test sets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvicorn

from adapters.settings import from_environment
from adapters.streams import hub
from adapters.system import System
from adapters.tokens import ACCESS_LIFE
from api.app import create_app
from tests.stream.listening import listening
from tests.support.system import Centre, RunningSystem, wait_until

ADMIN = "WORKSPACE_ADMIN"


@dataclass
class Clock:
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@contextmanager
def serving(environment: dict[str, str], clock: Clock) -> Iterator[tuple[str, uvicorn.Server]]:
    """Another API process' worth of Daybook, on a thread."""

    @asynccontextmanager
    async def lifespan() -> Any:
        async with System(from_environment(environment), clock).running() as system:
            yield system

    config = uvicorn.Config(
        create_app(lifespan), port=0, log_level="warning", log_config=None, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started, 20)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}", server
    finally:
        server.should_exit = True
        thread.join(10)


def test_a_silent_stream_shows_that_it_lives(
    centre: Centre, system: RunningSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(hub, "TICK_SECONDS", 0.05)
    centre.therapist("Thea")
    with serving(system.environment, Clock()) as (url, _), listening(url, centre.token("Thea")) as ear:
        ear.hears(lambda ear: ear.beats > 5)
        before = int(ear.last_id)
        for _ in range(3):
            centre.patient()  # of whom she may not hear: only how far the book has come
        ear.hears(lambda ear: int(ear.last_id) >= before + 3)
        assert ear.heard == []


def test_a_stream_ends_with_its_token(centre: Centre, system: RunningSystem) -> None:
    clock = Clock()
    with serving(system.environment, clock) as (url, _), listening(url, centre.token(ADMIN)) as ear:
        clock.ahead = ACCESS_LIFE - timedelta(minutes=2)
        patient = centre.patient()
        ear.hears(lambda ear: ("patient", patient) in ear.heard)
        assert not ear.ended.is_set()
        clock.ahead = ACCESS_LIFE
        wait_until(ear.ended.is_set, 5)
        assert ear.of("end") == [{"reason": "expired"}]


def test_opening_is_counted_and_a_full_process_says_so(centre: Centre, system: RunningSystem) -> None:
    limits = {"DAYBOOK_RATE_LIMITS": "user=1000/minute, stream=3/minute"}
    with serving(system.environment | limits, Clock()) as (url, _):
        statuses = []
        for _ in range(4):
            with listening(url, centre.token(ADMIN)) as ear:
                statuses.append(ear.status)
        assert statuses == [200, 200, 200, 429]
    with (
        serving(system.environment | {"DAYBOOK_STREAMS": "1"}, Clock()) as (url, _),
        listening(url, centre.token(ADMIN)) as one,
        listening(url, centre.token("OPERATOR")) as other,
    ):
        assert (one.status, other.status) == (200, 503)


def test_stopping_tells_every_listener_when_to_come_back(database_system: RunningSystem) -> None:
    centre = database_system.new_centre()
    with ExitStack() as stack:
        ears = [
            stack.enter_context(listening(database_system.url, centre.token(who)))
            for who in (ADMIN, "OPERATOR", "AUDITOR")
        ]
        api = database_system.processes["api"]
        api.terminate()
        assert api.wait(5) in {0, -15}
        for ear in ears:
            wait_until(ear.ended.is_set, 2)
            assert ear.of("end") == [{"reason": "restart"}]
            assert b"retry: " in bytes(ear.raw).rpartition(b"event: end")[0][-20:]
    told = (database_system.folder / "api.log").read_text()
    assert "Cancel" not in told
    assert "Traceback" not in told


@pytest.fixture
def database_system(database: Any, tmp_path: Any) -> Iterator[RunningSystem]:
    from tests.support.system import running_system

    with running_system(database, tmp_path) as running:
        yield running
