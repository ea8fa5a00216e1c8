"""What is measured of the database's use: statements, connections, events. Labels name tables and tenants, no people.

Every worker keeps its own numbers; ``/metrics`` adds them up (see ``api.metrics``).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter as Tally
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import psutil
import psycopg
import sqlalchemy as sa
from prometheus_client import Counter, Gauge, Histogram
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import AsyncEngine

QUERY_SECONDS = Histogram(
    "daybook_query_seconds", "Time of a statement, by the table or function it asks", ["of"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)  # fmt: skip
CONNECTIONS = Gauge(
    "daybook_pool_connections", "Database connections in use", ["pool"], multiprocess_mode="livesum"
)  # fmt: skip
LIMIT = Gauge("daybook_pool_limit", "Most connections that a pool may open", ["pool"], multiprocess_mode="livesum")
WAITING = Gauge("daybook_pool_waiting", "Requests waiting for a connection", ["pool"], multiprocess_mode="livesum")
EXHAUSTED = Counter("daybook_pool_timeouts_total", "Requests that got no connection in time", ["pool"])
MEMORY = Gauge(
    "daybook_process_memory_bytes", "Resident memory of the largest API process", multiprocess_mode="livemax"
)  # fmt: skip
EVENTS = Counter("daybook_events_total", "Events appended", ["type"])
BOOKINGS = Counter("daybook_tenant_bookings_total", "Sessions booked", ["tenant"])
BOOKED = "scheduling.SessionBooked"
SAMPLE_EVERY = 2.0
"""Seconds between two looks at what changes without anybody telling: connections, memory."""
C = TypeVar("C")
_RELATION = re.compile(r"\b(?:book|reading)\.\w+")


@lru_cache(1_024)
def relation(statement: str) -> str:
    """The first table or function of ours that a statement names: as many as there are, whatever the statements."""
    found = _RELATION.search(statement)
    return found[0] if found else "other"


def queried(statement: str, began: float) -> None:
    """A statement was answered that was sent at ``began`` (``time.perf_counter``)."""
    QUERY_SECONDS.labels(relation(statement)).observe(time.perf_counter() - began)


def appended(tenant_id: UUID, topics: Iterable[str]) -> None:
    """Events of these types were written to a book."""
    for topic, count in Tally(topics).items():
        EVENTS.labels(topic).inc(count)
        if topic == BOOKED:
            BOOKINGS.labels(str(tenant_id)).inc(count)


class MeasuredConnection(psycopg.AsyncConnection[Any]):
    """A connection whose statements are timed. Those of a pipeline go out together: they count as one, named after the
    last."""

    _last = ""
    _piped = False

    async def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
        statement = query if isinstance(query, str) else ""
        if self._piped:
            self._last = statement
            return await super().execute(query, *arguments, **options)
        began = time.perf_counter()
        answer = await super().execute(query, *arguments, **options)
        queried(statement, began)
        return answer

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[psycopg.AsyncPipeline]:
        began, self._piped = time.perf_counter(), True
        try:
            async with super().pipeline() as pipeline:
                yield pipeline
            queried(self._last, began)
        finally:
            self._piped = False


def measure_statements(engine: AsyncEngine) -> None:
    """Time every statement that an engine sends."""

    def before(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        context.daybook_began = time.perf_counter()

    def after(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        queried(statement, context.daybook_began)

    sa.event.listen(engine.sync_engine, "before_cursor_execute", before)
    sa.event.listen(engine.sync_engine, "after_cursor_execute", after)


class Waiting:
    """How many wait for a connection of a pool that does not tell."""

    def __init__(self) -> None:
        self.now = 0

    @asynccontextmanager
    async def until_open(self, connecting: AbstractAsyncContextManager[C]) -> AsyncIterator[C]:
        """``connecting``, counted for as long as it takes to be entered."""
        with ExitStack() as waiting:
            self.now += 1
            waiting.callback(self._served)
            async with connecting as connection:
                waiting.close()
                yield connection

    def _served(self) -> None:
        self.now -= 1


class Sampler:
    """Looks at the pools and at the process every now and then."""

    def __init__(self, writing: AsyncConnectionPool[Any], reading: AsyncEngine, waiting: Waiting) -> None:
        self._writing = writing
        self._reading: Any = reading.pool
        self._waiting = waiting
        self._process = psutil.Process()
        self._given_up = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(SAMPLE_EVERY)

    def look(self) -> None:
        told = self._writing.get_stats()
        LIMIT.labels("write").set(self._writing.max_size)
        CONNECTIONS.labels("write").set(told.get("pool_size", 0) - told.get("pool_available", 0))
        WAITING.labels("write").set(told.get("requests_waiting", 0))
        given_up = told.get("requests_errors", 0)
        EXHAUSTED.labels("write").inc(given_up - self._given_up)
        self._given_up = given_up
        LIMIT.labels("read").set(self._reading.size())
        CONNECTIONS.labels("read").set(self._reading.checkedout())
        WAITING.labels("read").set(self._waiting.now)
        EXHAUSTED.labels("read").inc(0)  # a series that starts with its first failure has no rate at it
        MEMORY.set(self._process.memory_info().rss)
