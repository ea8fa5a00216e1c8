"""A load generator that costs little, because it shares its cores with the server it measures.

One asyncio protocol per kept-alive connection, the C parser of httptools, and one future per request: about
15 us of client CPU each, reported with every run so that nobody has to take it on trust.

Closed loop: each connection sends its next request as soon as it has the answer to the last one (throughput).
Open loop: requests are due at a fixed rate whether or not the server keeps up, and a latency counts from the
moment the request was *due*, so a stall is paid by everyone who would have waited in it (no coordinated
omission).
"""

from __future__ import annotations

import asyncio
import itertools
import math
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import httptools
import uvloop

T = TypeVar("T")
SHOWN_BODY = 500


class Response(NamedTuple):
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class Target(NamedTuple):
    host: str
    port: int
    secure: bool

    @classmethod
    def of(cls, base_url: str) -> Target:
        parts = urlsplit(base_url)
        secure = parts.scheme == "https"
        return cls(parts.hostname or "127.0.0.1", parts.port or (443 if secure else 80), secure)


class UnexpectedStatus(Exception):
    """The server answered something the benchmark did not ask for; a rate made of refusals is no figure."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__(f"{response.status}: {response.body[:SHOWN_BODY].decode(errors='replace')}")


def encode(
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    host: str = "bench",
) -> bytes:
    """One whole HTTP/1.1 request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class Connection(asyncio.Protocol):
    """One kept-alive connection with at most one request under way."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Response] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self.closed = False

    @classmethod
    async def open(cls, target: Target) -> Connection:
        context = ssl.create_default_context() if target.secure else None
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, target.host, target.port, ssl=context)
        return connection

    def exchange(self, wire: bytes) -> asyncio.Future[Response]:
        """Sends one encoded request; the future is its answer, or ConnectionError if the server hung up."""
        if self.closed or self._transport is None:
            raise ConnectionError("the connection is closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(wire)
        return self._answer

    def close(self) -> None:
        self.closed = True
        if self._transport is not None:
            self._transport.close()

    # asyncio's side
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # create_connection always gives a Transport

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as wrong:
            self._fail(ConnectionError(f"not HTTP: {wrong}"))
            self.close()

    def connection_lost(self, reason: Exception | None) -> None:
        self.closed = True
        self._fail(ConnectionError(f"the server closed the connection: {reason or 'end of stream'}"))

    def _fail(self, error: Exception) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)

    # httptools' side
    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        response = Response(self._parser.get_status_code(), self._headers, b"".join(self._body))
        self._headers, self._body = {}, []
        if not self._parser.should_keep_alive():
            self.close()
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(response)


@asynccontextmanager
async def connections(base_url: str, count: int) -> AsyncIterator[list[Connection]]:
    target = Target.of(base_url)
    opened = [await Connection.open(target) for _ in range(count)]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.close()


@dataclass(frozen=True)
class Plan:
    seconds: float = 5.0
    warm_up: float = 1.0  # seconds before the count begins
    rate: float | None = None  # requests a second over all connections; None: closed loop
    expect: frozenset[int] = frozenset({200, 201})


@dataclass
class Report:
    """What was seen in the counted part of a run. Latencies are seconds, sorted by `percentile`."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    client_cpu: float = 0.0

    @property
    def throughput(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    @property
    def client_cpu_us(self) -> float:
        """The generator's own CPU per request in microseconds: what the measured side had to do without."""
        return self.client_cpu / max(len(self.latencies), 1) * 1e6

    def percentile(self, share: float) -> float:
        return percentile(self.latencies, share)

    def figures(self) -> dict[str, Any]:
        shares = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
        return {
            "per_second": round(self.throughput, 1),
            **{name: round(self.percentile(share) * 1e3, 2) for name, share in shares.items()},
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "client_cpu_us": round(self.client_cpu_us, 1),
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank)."""
    if not values:
        return 0.0
    rank = math.ceil(share * len(values))
    return sorted(values)[max(rank, 1) - 1]


Job = Callable[[Connection], Awaitable[Response]]


def sending(requests: Iterator[bytes], encoded_ahead: int = 0) -> Job:
    """The usual job: the next encoded request, whichever connection is free.

    :param encoded_ahead: so many are encoded before the run, lest making them take time from the server
    """
    requests = itertools.chain(list(itertools.islice(requests, encoded_ahead)), requests)
    return lambda connection: connection.exchange(next(requests))


async def drive(lines: Sequence[Connection], job: Job, plan: Plan) -> Report:
    """Runs `job` over all connections as planned; raises UnexpectedStatus at the first such answer."""
    report = Report()
    clock = time.perf_counter
    begin = clock()
    counted_from, end = begin + plan.warm_up, begin + plan.warm_up + plan.seconds
    ticks = itertools.count()
    last = counted_from
    cpu_at_start: float | None = None

    async def worker(line: Connection) -> None:
        nonlocal last, cpu_at_start
        while True:
            due = clock() if plan.rate is None else begin + next(ticks) / plan.rate
            if due >= end:
                return
            if plan.rate is not None and (wait := due - clock()) > 0:
                await asyncio.sleep(wait)
            if cpu_at_start is None and due >= counted_from:
                cpu_at_start = time.process_time()
            response = await job(line)
            if response.status not in plan.expect:
                raise UnexpectedStatus(response)
            if due >= counted_from:
                last = clock()
                report.latencies.append(last - due)
                report.statuses[response.status] += 1

    await all_or_first_error([worker(line) for line in lines])
    report.seconds = max(last, end) - counted_from
    report.client_cpu = time.process_time() - (cpu_at_start or 0.0)
    return report


async def all_or_first_error(jobs: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Like a TaskGroup, but raises the first error itself instead of a group that holds it."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        for finished in asyncio.as_completed(tasks):
            await finished
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _load(base_url: str, job: Job, plan: Plan, count: int) -> Report:
    async with connections(base_url, count) as lines:
        return await drive(lines, job, plan)


def load(base_url: str, job: Job, plan: Plan, connections: int = 16) -> Report:
    """One measured run from synchronous code, on uvloop."""
    return run(_load(base_url, job, plan, connections))


def run(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
