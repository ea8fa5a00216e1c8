"""P6: what a day is read from (lists, dues, calendar, ledger, reports), in an installation of 1,000 centres and over a
million events beside one of 50,000 events.

Requests go one at a time over one connection, to a different centre each time, in turns to the one installation and the
other. What is timed is the whole exchange as the caller sees it: the server's time and about 0.1 ms of ours.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from time import perf_counter
from typing import Any

from benchmarks.client import PREFIX
from benchmarks.database import Cluster
from benchmarks.load import Connection, Target, UnexpectedStatus, encode, percentile, run
from benchmarks.many_centres import EMAIL, PASSWORD, Book, fill
from benchmarks.measure import Bench, Check, Figure
from benchmarks.process import free_port, serving
from benchmarks.product import DAYBOOK

MANY, FEW = 1_000, 26
ASKED = 50  # centres that requests go to
EACH = 400  # counted requests of each kind, to each installation
WARM_UP = 100
BLOCK = 50  # so many to one installation, then so many to the other
RATIO, GOAL_MS = 1.5, 20.0
OK = 200
SHARE = 0.95


@dataclass(frozen=True)
class Centre:
    token: str
    patients: tuple[str, ...]
    therapists: tuple[str, ...]


def kinds(paths: dict[str, Any]) -> dict[str, str]:
    """What is asked, by name: those of them that this release has."""
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    wanted = {
        "patients": "/patients?pageSize=20",
        "patients found": "/patients?search=sharma",
        "patient": "/patients/{patient}",
        "sessions": "/sessions?pageSize=20",
        "sessions of a patient": "/patients/{patient}/sessions",
        "calendar week": f"/sessions/calendar?from={monday}&to={monday + timedelta(days=6)}",
        "dues": "/patients/{patient}/outstanding-dues",
        "payments": "/payments?pageSize=20",
        "ledger": "/patients/{patient}/ledger",
        "trial balance": "/reports/trial-balance",
        "dashboard": f"/reports/dashboard?from={first}&to={today}",
        "therapist's dashboard": "/therapist/dashboard?therapistId={therapist}",
        "therapist's week": "/therapist/schedule?view=week&therapistId={therapist}",
    }
    known = {path.replace("{patient_id}", "{patient}") for path in paths}
    return {name: path for name, path in wanted.items() if PREFIX + path.partition("?")[0] in known}


class Installation:
    """A running API over a book, and somebody signed in at some of its centres."""

    def __init__(self, url: str, book: Book) -> None:
        self.url = url
        self.book = book
        self.centres: list[Centre] = []
        self.kinds: dict[str, str] = {}

    async def enter(self) -> None:
        connection = await Connection.open(Target.of(self.url))
        document = await _get(connection, "/openapi.json")
        self.kinds = kinds(document["paths"])
        step = max(1, len(self.book.centres) // ASKED)
        for centre in self.book.centres[::step][:ASKED]:
            body = json.dumps({"email": EMAIL, "password": PASSWORD, "tenant": centre.slug}).encode()
            answer = await connection.exchange(encode("POST", f"{PREFIX}/auth/login", body))
            if answer.status != OK:
                raise UnexpectedStatus(answer)
            token = json.loads(answer.body)["accessToken"]
            patients = await _get(connection, "/patients?pageSize=20&fields=id", token)
            therapists = await _get(connection, "/users?role=THERAPIST&fields=id", token)
            ids = [tuple(row["id"] for row in found["data"]) for found in (patients, therapists)]
            self.centres.append(Centre(token, *ids))
        connection.close()

    def requests(self, kind: str) -> Iterator[bytes]:
        """To one centre after the other, about one patient after the other, without end."""
        for turn in cycle(range(20)):
            for centre in self.centres:
                path = self.kinds[kind].replace("{patient}", centre.patients[turn % len(centre.patients)])
                path = path.replace("{therapist}", centre.therapists[turn % len(centre.therapists)])
                yield encode("GET", PREFIX + path, headers={"authorization": f"Bearer {centre.token}"})


async def _get(connection: Connection, path: str, token: str = "") -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer = await connection.exchange(encode("GET", PREFIX + path, headers=headers))
    if answer.status != OK:
        raise UnexpectedStatus(answer)
    return json.loads(answer.body)


async def _timed(side: Installation, requests: Iterator[bytes], count: int) -> list[float]:
    connection = await Connection.open(Target.of(side.url))  # one that waits for its turn would be closed meanwhile
    taken = []
    for wire in islice(requests, count):
        begin = perf_counter()
        answer = await connection.exchange(wire)
        taken.append(perf_counter() - begin)
        if answer.status != OK:
            raise UnexpectedStatus(answer)
    connection.close()
    return taken


async def _compare(sides: Sequence[Installation], each: int) -> dict[str, list[float]]:
    """The p95 of each kind in ms, of each side."""
    await asyncio.gather(*(side.enter() for side in sides))
    found = {}
    for kind in sides[0].kinds:
        streams = [side.requests(kind) for side in sides]
        for side, stream in zip(sides, streams, strict=True):
            await _timed(side, stream, WARM_UP)
        taken: list[list[float]] = [[] for _ in sides]
        for _ in range(0, each, BLOCK):
            for side, stream, into in zip(sides, streams, taken, strict=True):
                into.extend(await _timed(side, stream, BLOCK))
        found[kind] = [round(percentile(into, SHARE) * 1e3, 2) for into in taken]
    return found


def compared(cluster: Cluster, many: int, few: int, each: int) -> tuple[dict[str, list[float]], list[int]]:
    """The p95 of each kind in ms and the events, in an installation of ``few`` centres and in one of ``many``."""
    sizes = {"p6_few": few, "p6_many": many}
    books = [fill(cluster, name, tenants) for name, tenants in sizes.items()]
    with ExitStack() as running:
        sides = []
        for book in books:
            port = free_port()
            command = [*DAYBOOK, "api", "--port", str(port)]
            served = running.enter_context(serving(command, port, "/readyz", book.installation.environment))
            sides.append(Installation(served.base_url, book))
        return run(_compare(sides, each)), [book.events for book in books]


def measure(bench: Bench) -> Figure:
    found, events = compared(bench.cluster, MANY, FEW, EACH)
    ratios = {kind: round(many / few, 2) for kind, (few, many) in found.items()}
    slowest = max(many for _, many in found.values())
    worst = max(ratios.values())
    checks = (
        Check("ratio", worst, RATIO, at_most=True),
        Check("p95_ms", slowest, GOAL_MS, at_most=True),
        Check("events", events[1], 1_000_000),
    )
    kinds_ms = {kind: {"few": few, "many": many, "ratio": ratios[kind]} for kind, (few, many) in found.items()}
    extra = {"kinds_p95_ms": kinds_ms, "events": {"few": events[0], "many": events[1]}, "tenants": MANY}
    return Figure("ms", GOAL_MS, slowest, max(few for few, _ in found.values()), worst, checks, extra)
