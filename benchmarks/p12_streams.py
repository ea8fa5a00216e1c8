"""P12: the memory that one API process takes for 5,000 people who listen and hear nothing."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from dataclasses import dataclass, field

from benchmarks.client import Client, Line
from benchmarks.load import Target, run
from benchmarks.measure import Bench, Check, Figure
from benchmarks.product import Site, site

LISTENERS = 5_000
EACH = 20
"""Streams of one person: as many as one may have."""
GOAL_MB = 150.0
IDLE_SECONDS = 40.0
"""Long enough for two signs of life on every stream and several looks at every login."""
CHANGES = 50


@dataclass
class Ear:
    """One open stream, read as it comes and kept nowhere. ``heard`` is when the last announcement came."""

    writer: asyncio.StreamWriter
    heard: list[float] = field(default_factory=list)
    received: int = 0

    @classmethod
    async def open(cls, target: Target, token: str) -> tuple[Ear, asyncio.Task[None]]:
        # As a browser asks: it takes gzip.
        reader, writer = await asyncio.open_connection(target.host, target.port, limit=2**14)
        writer.write(
            f"GET /api/v1/stream HTTP/1.1\r\nHost: {target.host}\r\nAuthorization: Bearer {token}\r\n"
            "Accept: text/event-stream\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n".encode()
        )
        status = await reader.readline()
        if b" 200 " not in status:
            raise RuntimeError(f"a stream was refused: {status.decode().strip()}")
        ear = cls(writer)
        return ear, asyncio.create_task(ear._listen(reader))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while part := await reader.read(4096):
            self.received += len(part)
            if b"event: changed" in part:
                self.heard.append(time.perf_counter())


async def _admins(line: Line, ours: Site, number: int) -> list[Client]:
    """One signed-in administrator of each of so many centres."""
    platform = await Client(line, ours.email, ours.password).sign_in()

    async def admin(index: int) -> Client:
        slug, password = f"ears-{index}-{secrets.token_hex(3)}", f"Aa1!{secrets.token_urlsafe(16)}"
        email = f"admin@{slug}.example"
        person = {"email": email, "firstName": "Bench", "lastName": "Ear", "password": password}
        await platform.create_tenant(f"Ears {index}", slug, "Asia/Kolkata", "INR", person)
        return await Client(line, email, password, slug).sign_in()

    return list(await asyncio.gather(*(admin(index) for index in range(number))))


async def _listen(ours: Site) -> dict[str, float]:
    target = Target.of(ours.served.base_url)
    async with Line.open(ours.served.base_url, 8) as line:
        admins = await _admins(line, ours, LISTENERS // EACH)
        for one in admins[:CHANGES]:  # warm: what a first request loads is not a stream's
            await one.create_patient("Pat", "Ient", "2015-05-05", "Guardian", "+919876543210")
        before = ours.served.memory_mb
        begun = time.perf_counter()
        ears: list[list[Ear]] = []
        tasks = []
        for one in admins:
            opened = await asyncio.gather(*(Ear.open(target, one.token) for _ in range(EACH)))
            ears.append([ear for ear, _ in opened])
            tasks += [task for _, task in opened]
        opening = time.perf_counter() - begun
        await asyncio.sleep(IDLE_SECONDS)
        idle = ours.served.memory_mb
        alive = sum(1 for task in tasks if not task.done())
        delays = []
        for one, listening in zip(admins[:CHANGES], ears, strict=False):
            await one.create_patient("Pat", "Ient", "2015-05-05", "Guardian", "+919876543210")
            done = time.perf_counter()
            while not all(ear.heard for ear in listening) and time.perf_counter() < done + 5:
                await asyncio.sleep(0.001)
            delays += [max(0.0, ear.heard[0] - done) * 1000 if ear.heard else 5_000.0 for ear in listening]
        heard = ours.served.memory_mb
        beats = sum(ear.received for group in ears for ear in group) / LISTENERS
        for group in ears:
            for ear in group:
                ear.writer.close()
        await asyncio.gather(*tasks, return_exceptions=True)
    return {
        "before_mb": round(before, 1), "idle_mb": round(idle, 1), "after_announcing_mb": round(heard, 1),
        "alive": float(alive), "opened_per_second": round(LISTENERS / opening, 1), "bytes_each": round(beats, 1),
        "announced_after_answer_p50_ms": round(statistics.median(delays), 2),
        "announced_after_answer_p99_ms": round(statistics.quantiles(delays, n=100)[98], 2),
    }  # fmt: skip


def measure(bench: Bench) -> Figure:
    with site(bench.cluster) as ours:
        found = run(_listen(ours))
    more = round(found["idle_mb"] - found["before_mb"], 1)
    checks = (
        Check("memory_more_mb", more, GOAL_MB, at_most=True),
        Check("listening", found.pop("alive"), float(LISTENERS)),
    )
    return Figure.at_most("MB", *checks, per_listener_kb=round(more * 1000 / LISTENERS, 2), **found)
