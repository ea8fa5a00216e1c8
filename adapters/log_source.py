"""Without a broker: messages straight from the books, positions and dead letters in PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from adapters.book_reader import BookReader, message_at
from adapters.threads import OneThread
from consumers.base import DeadLetter, Interrupted, Message

T = TypeVar("T")
_Batch = tuple[list[Message], dict[UUID, int]]

_PUT = """INSERT INTO delivery.dead_letters (tenant_id, consumer, position, error) VALUES (%s, %s, %s, %s)
  ON CONFLICT (tenant_id, consumer, position) DO NOTHING"""
_OUTSTANDING = """SELECT tenant_id, consumer, position, error, at FROM delivery.dead_letters
  WHERE %(consumer)s::text IS NULL OR consumer = %(consumer)s ORDER BY at, tenant_id, position"""
_SETTLE = "DELETE FROM delivery.dead_letters WHERE tenant_id = %s AND consumer = %s AND position = %s"


class LogSource:
    """``consumers.base.Source`` over a reader, which blocks and so has a thread of its own.

    ``ahead``: while a batch is worked on, the next is read. For the relay, whose work is mostly waiting for
    acknowledgements.
    """

    def __init__(self, reader: BookReader, *, ahead: bool = False) -> None:
        self.reader = reader
        self._ahead = ahead
        self._thread = OneThread("books")
        self._keeping: asyncio.Task[None] | None = None
        self._next: asyncio.Task[_Batch] | None = None
        self._open: dict[UUID, int] = {}
        """Up to where each book was handed out and is not committed."""

    async def poll(self, most: int, timeout: float) -> Sequence[Message]:
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())
        following, self._next = self._next, None
        messages, positions = await (following or self._read(most, timeout, ahead=bool(self._open)))
        alone = not self._open
        self._open |= positions
        if not messages and alone:
            await self.commit()  # events that nobody is told of
        elif messages and self._ahead:
            self._next = asyncio.create_task(self._read(most, 0, ahead=True))
        return messages

    async def commit(self) -> None:
        if self._open:
            await self._thread.run(lambda: self.reader.commit(self._open))
            self._open = {}

    async def rewind(self) -> None:
        await self._drop()
        self._open = {}
        await self._thread.run(self.reader.rewind)

    async def close(self) -> None:
        await self._drop()
        if self._keeping is not None:
            self._keeping.cancel()
        await self._thread.run(self.reader.close)
        self._thread.stop()

    async def _read(self, most: int, timeout: float, *, ahead: bool) -> _Batch:
        def read() -> _Batch:
            return self.reader.read(most, timeout, ahead=ahead), self.reader.handed()

        return await self._thread.run(read)

    async def _drop(self) -> None:
        """What was read ahead is not for us any more."""
        following, self._next = self._next, None
        if following is not None:
            with contextlib.suppress(Interrupted):
                await following

    async def _keep(self) -> None:
        """The thread is free while a batch is worked on, which may take longer than a lease lasts."""
        while True:
            await asyncio.sleep(self.reader.lease / 3)
            with contextlib.suppress(Interrupted):  # the next poll says so
                await self._thread.run(self.reader.keep)


class LogDeadLetters:
    """``consumers.base.DeadLetters`` in a table that names the place in the book. ``url`` is of ``daybook_relay``."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def put(self, consumer: str, message: Message, error: str) -> None:
        await self._run(lambda db: db.execute(_PUT, [message.tenant_id, consumer, message.position, error]))

    async def outstanding(self, consumer: str | None = None) -> Sequence[DeadLetter]:
        return await self._run(lambda db: _letters(db, consumer))

    async def settle(self, letter: DeadLetter) -> None:
        place: list[UUID | str | int] = [letter.message.tenant_id, letter.consumer, letter.message.position]
        await self._run(lambda db: db.execute(_SETTLE, place))

    async def _run(self, what: Callable[[psycopg.Connection[Any]], T]) -> T:
        def connected() -> T:
            try:
                with psycopg.connect(self._url, autocommit=True) as db:
                    return what(db)
            except psycopg.Error as error:
                raise Interrupted from error

        return await asyncio.to_thread(connected)


def _letters(db: psycopg.Connection[Any], consumer: str | None) -> list[DeadLetter]:
    rows = db.execute(_OUTSTANDING, {"consumer": consumer}).fetchall()
    return [
        DeadLetter(consumer=name, message=message, error=error, at=at)
        for tenant, name, position, error, at in rows
        if (message := message_at(db, tenant, position)) is not None
    ]
