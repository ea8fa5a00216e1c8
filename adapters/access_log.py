"""The access log: entries that wait at the same moment are written in one transaction, and each waits for it.

What is guaranteed: a caller that went on has its entry committed. An answer that shows clinical text is sent after
that, so no crash of ours, at whatever moment, leaves a reading unrecorded; at worst one is recorded that was never
answered. While one batch is being written the next gathers, so many readers cost few transactions.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.event_store import Unavailable
from application.base import Context
from application.ports import Access, Clock

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_INSERT = """INSERT INTO book.access_log (tenant_id, id, at, actor, action, subject_kind, subject, address, correlation)
  SELECT %s, * FROM unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[],
    %s::uuid[])"""
LARGEST_BATCH = 500
"""Entries in one transaction."""


class Entry(NamedTuple):
    """One line of the log, in the order of its columns (the tenant stands before them)."""

    id: UUID
    at: datetime
    actor: UUID | None
    action: str
    subject_kind: str | None
    subject: UUID | None
    address: str | None
    correlation: UUID | None


Waiting = tuple[UUID, Sequence[Entry], "asyncio.Future[None]"]


class BookAccessLog:
    """Writes ``book.access_log`` over a pool that connects as ``daybook_app``."""

    def __init__(self, pool: AsyncConnectionPool[Connection], clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._pool = pool
        self._clock = clock
        self._new_id = new_id
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(
        self, context: Context, action: Access, subject_kind: str | None = None, *subjects: UUID, address: str = ""
    ) -> None:
        entries = [
            Entry(self._new_id(), context.now, context.actor, action, subject_kind, subject, address or None,
                  context.correlation)
            for subject in subjects or (None,)
        ]  # fmt: skip
        await self._written(context.tenant_id, entries)

    async def note(
        self, tenant_id: UUID, actor: UUID | None, action: Access, *, address: str = "", correlation: UUID | None = None
    ) -> None:
        entry = Entry(self._new_id(), self._clock.now(), actor, action, None, None, address or None, correlation)
        await self._written(tenant_id, [entry])

    async def _written(self, tenant_id: UUID, entries: Sequence[Entry]) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((tenant_id, entries, done))
        if self._writing is None or self._writing.done():
            # A task of its own: a caller who hangs up does not take the others' entries along.
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
            error: Exception | None = None
            try:
                await self._insert(batch)
            except (psycopg.OperationalError, PoolTimeout) as unreachable:
                error = Unavailable()
                error.__cause__ = unreachable
            except Exception as defect:
                error = defect
            for _, _, done in batch:
                if done.done():
                    continue
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

    async def _insert(self, batch: Sequence[Waiting]) -> None:
        of_tenant: dict[UUID, list[Entry]] = defaultdict(list)
        for tenant_id, entries, _ in batch:
            of_tenant[tenant_id] += entries
        async with self._pool.connection() as db, db.pipeline(), db.transaction():
            for tenant_id, entries in of_tenant.items():
                await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
                await db.execute(_INSERT, [tenant_id, *(list(column) for column in zip(*entries, strict=True))])
