"""What carries out commands outside the API: consumers and workers. No web, no sign-in, no secret of either."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

import application.registry  # noqa: F401 - registers the handlers
from adapters.crypto import Keyring
from adapters.event_store import EventStore
from adapters.positions import Positions
from adapters.settings import Settings
from adapters.subject_keys import KeysAtHand
from application.ports import Clock

POOL_WAIT = 3.0


class MachineClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class CommandSide:
    """A store over a pool of its own; what it appends is announced to whoever follows the books."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or MachineClock()
        self.pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
            settings.app_url, min_size=1, max_size=settings.pool_size, timeout=POOL_WAIT, open=False,
            kwargs={"autocommit": True},
        )  # fmt: skip
        self.positions = Positions(settings.app_url, self.pool)
        self.keys = KeysAtHand(Keyring(settings.master_key))
        self.store = EventStore(self.pool, self.keys, appended=self.positions.appended)

    def new_id(self) -> UUID:
        return uuid7()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[CommandSide]:
        await self.pool.open()
        announcing = asyncio.create_task(self.positions.run())
        try:
            yield self
        finally:
            announcing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await announcing
            await self.pool.close()
