"""Between the API and the projector: telling it that books have moved, and hearing how far it has come.

Both ways go over NOTIFY on connections of their own, after commit and many at a time, never inside a transaction that
appends. A notice lost is made up for by asking: the projector looks at every book once a second, a waiting request
looks at its tenant's position a few times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

log = logging.getLogger("daybook.positions")

ASK_EVERY = 0.25
_PER_NOTICE = 200
_RECONNECT = 0.2
Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class Positions:
    """Runs as two tasks of the API process (``run``)."""

    def __init__(
        self, url: str, pool: AsyncConnectionPool[Connection], heard: Callable[[UUID, int], None] = lambda *_: None
    ) -> None:
        """``heard`` is told each position that the read models of a tenant have reached."""
        self._url = url
        self._pool = pool
        self._heard = heard
        self._reached: dict[UUID, int] = {}
        self._waiting: dict[UUID, list[tuple[int, asyncio.Future[None]]]] = {}
        self._moved: set[UUID] = set()
        self._wake = asyncio.Event()

    def appended(self, tenant_id: UUID, position: int) -> None:  # noqa: ARG002 - the projector reads on from its own
        self._moved.add(tenant_id)
        self._wake.set()

    async def reached(self, tenant_id: UUID, position: int, timeout: float) -> bool:
        if self._reached.get(tenant_id, 0) >= position:
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (position, future)
        self._waiting.setdefault(tenant_id, []).append(entry)
        deadline = asyncio.get_running_loop().time() + timeout
        try:
            while not future.done():
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    return False
                done, _ = await asyncio.wait([future], timeout=min(left, ASK_EVERY))
                if not done:
                    await self._ask(tenant_id)
            return True
        finally:
            waiting = self._waiting.get(tenant_id, [])
            if entry in waiting:
                waiting.remove(entry)
            if not waiting:
                self._waiting.pop(tenant_id, None)

    def _hear(self, tenant_id: UUID, position: int) -> None:
        if position < self._reached.get(tenant_id, 0):
            return
        self._reached[tenant_id] = position
        self._heard(tenant_id, position)
        for wanted, future in self._waiting.get(tenant_id, []):
            if wanted <= position and not future.done():
                future.set_result(None)

    async def _ask(self, tenant_id: UUID) -> None:
        with contextlib.suppress(psycopg.Error):
            async with self._pool.connection() as db, db.transaction():
                await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
                row = await (
                    await db.execute("SELECT position FROM reading.positions WHERE tenant_id = %s", [tenant_id])
                ).fetchone()
            if row:
                self._hear(tenant_id, row[0])

    async def run(self) -> None:
        """Until cancelled. Comes back after the database went away."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._again(self._listen))
            tasks.create_task(self._again(self._announce))

    async def _again(self, what: Callable[[Connection], Awaitable[None]]) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as db:
                    await what(db)
            except psycopg.Error as error:
                log.warning("lost the database (%s), trying again", type(error).__name__)
                await asyncio.sleep(_RECONNECT)

    async def _listen(self, db: Connection) -> None:
        # A crash may have taken the follower's last commits (it does not wait for the disk): what was heard of before
        # may be to come again.
        self._reached.clear()
        await db.execute("LISTEN daybook_projected")
        async for notice in db.notifies():
            for item in notice.payload.split(","):
                tenant, _, position = item.partition(":")
                with contextlib.suppress(ValueError):  # whoever may connect may notify
                    self._hear(UUID(tenant), int(position))

    async def _announce(self, db: Connection) -> None:
        # A notice that a crash of the server swallows is made up for by polling: no need to wait for its disk.
        await db.execute("SET synchronous_commit = off")
        while True:
            await self._wake.wait()
            self._wake.clear()
            moved, self._moved = list(self._moved), set()
            for start in range(0, len(moved), _PER_NOTICE):
                payload = ",".join(tenant.hex for tenant in moved[start : start + _PER_NOTICE])
                await db.execute("SELECT pg_notify('daybook_appended', %s)", [payload])
