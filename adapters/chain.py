"""Verifying a book: every hash recomputed from what is stored, every gap and every break named."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

GENESIS = bytes(32)
_LONGEST_REPORT = 100

# Times as PostgreSQL's own bytes: whoever alters a book may leave in it what Python has no date for.
_EVENTS = """SELECT position, stream_id, version, topic, class_version, timestamptz_send(recorded_at),
    date_send(effective_on), actor, correlation, document, data, hash
  FROM book.events WHERE tenant_id = %s ORDER BY position"""
_HEAD = "SELECT position, chain FROM book.books WHERE tenant_id = %s"

Stored = tuple[int, UUID, int, str, int, bytes, bytes, UUID, UUID, str | None, str, bytes]


def _prefixed(value: bytes | None) -> bytes:
    return b"\xff\xff\xff\xff" if value is None else struct.pack(">i", len(value)) + value


def link(before: bytes, tenant_id: UUID, row: Stored) -> bytes:
    """The hash of a stored event after the one before it: what ``book.link`` computes, written a second time."""
    (
        position,
        stream,
        version,
        topic,
        class_version,
        recorded_at,
        effective_on,
        actor,
        correlation,
        document,
        data,
        _,
    ) = row
    return sha256(
        _prefixed(before)
        + _prefixed(tenant_id.bytes)
        + _prefixed(struct.pack(">q", position))
        + _prefixed(stream.bytes)
        + _prefixed(struct.pack(">i", version))
        + _prefixed(topic.encode())
        + _prefixed(struct.pack(">h", class_version))
        + _prefixed(bytes(recorded_at))
        + _prefixed(bytes(effective_on))
        + _prefixed(actor.bytes)
        + _prefixed(correlation.bytes)
        + _prefixed(None if document is None else document.encode())
        + _prefixed(data.encode())
    ).digest()


def _follows(before: bytes, tenant_id: UUID, row: Stored) -> bool:
    try:
        return link(before, tenant_id, row) == bytes(row[11])
    except (AttributeError, TypeError, struct.error):  # a NULL where the schema allows none
        return False


@dataclass
class Verification:
    """What was found. ``problems`` is empty for a book that is as it was written (first 100 of them otherwise)."""

    tenant_id: UUID
    events: int = 0
    position: int = 0
    head: bytes = GENESIS
    problems: list[dict[str, Any]] = field(default_factory=list)
    found: int = 0

    def problem(self, position: int, what: str) -> None:
        self.found += 1
        if len(self.problems) < _LONGEST_REPORT:
            self.problems.append({"position": position, "problem": what})

    def add(self, row: Stored) -> None:
        self.events += 1
        position, stored = row[0], bytes(row[11] or b"")
        if position <= self.position:
            self.problem(position, "the position comes twice or out of order")
        elif position != self.position + 1:
            self.problem(self.position + 1, f"events are missing up to position {position - 1}")
        if not _follows(self.head, self.tenant_id, row):
            self.problem(position, "the event does not fit the one before it: it, or its hash, was changed")
        self.position, self.head = position, stored

    def finish(self, position: int, chain: bytes) -> None:
        """Compare with the head the book itself keeps."""
        if position != self.position:
            self.problem(self.position + 1, f"the book's head is at {position}, its events end at {self.position}")
        elif chain != self.head:
            self.problem(position, "the book's head does not carry the hash of its last event")

    def match(self, position: int, chain: bytes, seen: dict[int, bytes]) -> None:
        """Compare with a checkpoint taken earlier and kept elsewhere."""
        if position and seen.get(position) != chain:
            self.problem(position, "the event at the checkpoint's position is not the one it was taken of")

    def report(self) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id, "verified": not self.found, "events": self.events, "position": self.position,
            "head": self.head.hex(), "problem_count": self.found, "problems": self.problems,
        }  # fmt: skip


def verify(
    db: psycopg.Connection[Any], tenant_id: UUID, checkpoint: tuple[int, bytes] | None = None
) -> Iterator[Verification]:
    """Verify one book over a transaction that sees it. Yields its one ``Verification`` every 10,000 events, for a
    progress bar, and at the end."""
    found = Verification(tenant_id)
    at: dict[int, bytes] = {}
    with db.transaction():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
        head = db.execute(_HEAD, [tenant_id]).fetchone()
        with db.cursor(name="verify") as cursor:
            cursor.itersize = 10_000
            for row in cursor.execute(_EVENTS, [tenant_id]):
                found.add(row)
                if checkpoint and row[0] == checkpoint[0]:
                    at[row[0]] = bytes(row[11])
                if found.events % 10_000 == 0:
                    yield found
    found.finish(*((head[0], bytes(head[1])) if head else (0, GENESIS)))
    if checkpoint:
        found.match(*checkpoint, at)
    yield found


class ChainAuditor:
    """The same for the API, page by page so that other requests are served meanwhile."""

    PAGE = 2_000

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    async def verify(self, tenant_id: UUID) -> dict[str, Any]:
        found = Verification(tenant_id)
        async with self._pool.connection() as db, db.transaction():
            await db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
            head = await (await db.execute(_HEAD, [tenant_id])).fetchone()
            async with db.cursor(name="verify") as cursor:
                cursor.itersize = self.PAGE
                await cursor.execute(_EVENTS, [tenant_id])
                async for row in cursor:
                    found.add(row)
        found.finish(*((head[0], bytes(head[1])) if head else (0, GENESIS)))
        return found.report()
