"""A running Daybook for tests: real processes, real PostgreSQL, once per worker; a fresh tenant per test."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.cli.serving import prepare
from adapters.embedded_postgres import PostgresServer
from tests.support import cheap_passwords
from tests.support.described import Description
from tests.support.postgres import Database, copied_database

PASSWORD = "long enough to be a password"
PLATFORM_ADMIN = "root@platform.example"
SECRETS = {
    "DAYBOOK_MASTER_KEY": base64.b64encode(bytes(range(32))).decode(),
    "JWT_SECRET": "for tests only, never anywhere else: 0123456789",
}
START_SECONDS = 60
_numbers = itertools.count(1)


def wait_until(what: Any, seconds: float = 10.0) -> Any:
    """The first true answer of ``what()``; fails when there is none within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.01)
    return answer


@dataclass
class RunningSystem:
    """Processes of one installation. ``url`` is the API's address; with ``earnest_passwords`` a password takes it
    the effort that it takes outside of tests, see ``tests.support.cheap_passwords``."""

    database: Database
    folder: Path
    environment: dict[str, str]
    url: str = ""
    description: Description | None = None
    earnest_passwords: bool = False
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, role: str, *arguments: str) -> subprocess.Popen[bytes]:
        cheap = role == "api" and not self.earnest_passwords
        module = cheap_passwords.__name__ if cheap else "adapters.cli"
        command = [sys.executable, "-m", module, role, *arguments]
        log = (self.folder / f"{role}.log").open("ab")
        process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        self.processes[role] = process
        return process

    def start_api(self) -> None:
        ready = self.folder / "address"
        ready.unlink(missing_ok=True)
        process = self.start("api", "--port", "0", "--ready-file", str(ready))
        wait_until(lambda: ready.exists() or process.poll() is not None, START_SECONDS)
        if process.poll() is not None:
            pytest.fail((self.folder / "api.log").read_text()[-3000:])
        self.url = ready.read_text()
        with self.client() as client:
            self.description = Description(client.get("/openapi.json").json())

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(15)
        self.processes.clear()

    def client(self) -> httpx.Client:
        """``verify``: there is no TLS here, and reading the machine's certificates took 15 ms for every request."""
        hooks = {"request": [_ends]}
        address = f"{self.url}/api/v1"
        return httpx.Client(base_url=address, timeout=30, trust_env=False, verify=False, event_hooks=hooks)

    def new_centre(self, **settings: Any) -> Centre:
        """A fresh tenant, made by the platform's admin over HTTP."""
        name = f"centre-{next(_numbers)}-{uuid4().hex[:10]}"
        with self.client() as client:
            root = sign_in(client, PLATFORM_ADMIN, PASSWORD, "platform")
            admin = {"email": f"admin@{name}.example", "firstName": "Asha", "lastName": "Rao", "password": PASSWORD}
            opening = {"name": name, "slug": name, "timezone": "Asia/Kolkata", "currency": "INR", "admin": admin}
            answer = client.post("/tenants", json=opening | settings, headers={"Authorization": f"Bearer {root}"})
            assert answer.status_code == 201, answer.text
        centre = Centre(self, answer.json()["id"], name)
        centre.sign_in("WORKSPACE_ADMIN", f"admin@{name}.example")
        return centre


def _ends(request: httpx.Request) -> None:
    """Whoever sweeps over routes waits for whole answers: the one that never ends is asked for what there is."""
    if request.url.path.endswith("/stream") and "follow" not in request.url.params:
        request.url = request.url.copy_set_param("follow", "false")


def sign_in(client: httpx.Client, email: str, password: str, tenant: str | None = None) -> str:
    answer = client.post("/auth/login", json={"email": email, "password": password, "tenant": tenant})
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["accessToken"]
    return token


@dataclass
class Centre:
    """A tenant and its people. Requests go as WORKSPACE_ADMIN unless ``as_`` names a role or a user's e-mail."""

    system: RunningSystem
    tenant_id: str
    slug: str
    tokens: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)

    def sign_in(self, name: str, email: str) -> str:
        with self.system.client() as client:
            self.tokens[name] = sign_in(client, email, PASSWORD, self.slug)
        return self.tokens[name]

    def token(self, who: str) -> str:
        if who not in self.tokens:
            self.user(who)
        return self.tokens[who]

    def user(self, role: str, name: str | None = None) -> str:
        """Create a user of this role, signed in under ``name`` (default: the role). Answers the id."""
        name = name or role
        email = f"{name.lower().replace('_', '-')}-{uuid4().hex[:8]}@{self.slug}.example"
        body = {"email": email, "firstName": name.title(), "lastName": "Tester", "role": role, "password": PASSWORD}
        user: str = self.post("/users", body, expect=201)["id"]
        self.users[name] = user
        self.sign_in(name, email)
        return user

    def request(
        self, method: str, path: str, body: Any = None, *, as_: str | None = "WORKSPACE_ADMIN",
        headers: dict[str, str] | None = None, params: Any = None,
    ) -> httpx.Response:  # fmt: skip
        sent = dict(headers or {})
        if as_ is not None:
            sent["Authorization"] = f"Bearer {self.token(as_)}"
        with self.system.client() as client:
            answer = client.request(method, path, json=body, headers=sent, params=params)
        if self.system.description is not None:
            self.system.description.check(answer)
        return answer

    def _json(self, method: str, path: str, body: Any, expect: int, options: dict[str, Any]) -> Any:
        answer = self.request(method, path, body, **options)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path: str, *, expect: int = 200, **options: Any) -> Any:
        return self._json("GET", path, None, expect, options)

    def post(self, path: str, body: Any = None, *, expect: int = 200, **options: Any) -> Any:
        return self._json("POST", path, {} if body is None else body, expect, options)

    def put(self, path: str, body: Any = None, *, expect: int = 200, **options: Any) -> Any:
        return self._json("PUT", path, {} if body is None else body, expect, options)

    def delete(self, path: str, body: Any = None, *, expect: int = 200, **options: Any) -> Any:
        return self._json("DELETE", path, body, expect, options)

    # What most tests need first.

    def patient(self, **fields: Any) -> str:
        body = {
            "firstName": "Kiran", "lastName": "Das", "dateOfBirth": "2018-04-02", "guardianName": "Meera Das",
            "guardianPhone": "+919800000001", **fields,
        }  # fmt: skip
        made: str = self.post("/patients", body, expect=201)["id"]
        return made

    def therapy_type(self, **fields: Any) -> str:
        body = {"name": f"Speech {uuid4().hex[:6]}", "defaultDuration": 60, "defaultCost": "800.00", **fields}
        made: str = self.post("/therapy-types", body, expect=201)["id"]
        return made

    def therapist(self, name: str | None = None, *, start: str = "08:00", end: str = "20:00") -> str:
        """A therapist who is there every day from ``start`` to ``end``."""
        therapist = self.user("THERAPIST", name or f"therapist-{uuid4().hex[:6]}")
        for weekday in range(7):
            slot = {"dayOfWeek": weekday, "startTime": start, "endTime": end}
            self.post(f"/therapists/{therapist}/availability", slot, expect=201)
        return therapist

    def session(self, patient: str, therapist: str, therapy_type: str, **fields: Any) -> Any:
        """Book a session (a week from today at 10:00 unless told otherwise). Answers the booking."""
        day = (date.today() + timedelta(days=7)).isoformat()  # noqa: DTZ011
        body = {
            "patientId": patient, "therapistId": therapist, "therapyTypeId": therapy_type, "date": day,
            "startTime": "10:00", **fields,
        }  # fmt: skip
        return self.post("/sessions", body, expect=201)


async def _open_platform(environment: dict[str, str]) -> None:
    from adapters.cli.tenants import open_platform
    from adapters.settings import from_environment

    await open_platform(from_environment(environment), PLATFORM_ADMIN, PASSWORD)


@contextmanager
def running_system(database: Database, folder: Path, **variables: str) -> Iterator[RunningSystem]:
    """API and projector over ``database``, with the platform's admin signed up. ``variables`` are set besides."""
    prepare(database.admin_url, database.url("daybook_rebuild"))
    environment = {
        **os.environ, **SECRETS, **database.environment, "DAYBOOK_HOME": str(folder),
        "DAYBOOK_RATE_LIMITS": "off",  # tests ask more often than people do; those of the limits set their own
        **variables,
    }  # fmt: skip
    system = RunningSystem(database, folder, environment)
    try:
        asyncio.run(_open_platform(environment))
        system.start("project")
        system.start_api()
        yield system
    finally:
        system.stop()


@pytest.fixture(scope="session")
def system(
    postgres: PostgresServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSystem]:
    """One running installation per test process."""
    with (
        copied_database(postgres, template) as database,
        running_system(database, tmp_path_factory.mktemp("system")) as running,
    ):
        yield running


@pytest.fixture
def centre(system: RunningSystem) -> Centre:
    """A fresh tenant: whatever a test does, no other test sees it."""
    return system.new_centre()


__all__ = ["PASSWORD", "UUID", "Centre", "RunningSystem", "centre", "running_system", "sign_in", "system", "wait_until"]
