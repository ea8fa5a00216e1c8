"""Verifying a book: every hash recomputed from what is stored, every gap and every break named.

The database lays the bytes of each row out (``_BYTES``, written apart from ``book.link``) and copies them here, where
they are hashed. ``scripts/verify_book.py`` does all of it by itself, from an export.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from adapters.merkle import Tree

GENESIS = bytes(32)
_LONGEST_REPORT = 100
EVERY = 10_000
_POSITION = struct.Struct(">q")
_LENGTH = struct.Struct(">i")
_AT = 4 + 16 + 4
"""Where the position stands in the bytes of a row: after the tenant, each with its length before it."""
_BEFORE = _LENGTH.pack(32)

_TEXT = "int4send(octet_length({0})) || convert_to({0}, 'UTF8')"
# Times as PostgreSQL's own bytes: whoever alters a book may leave in it what Python has no date for.
_FIXED = (
    ("16", "uuid_send(tenant_id)"), ("8", "int8send(position)"), ("16", "uuid_send(stream_id)"),
    ("4", "int4send(version)"), ("topic", ""), ("2", "int2send(class_version)"), ("8", "timestamptz_send(recorded_at)"),
    ("4", "date_send(effective_on)"), ("16", "uuid_send(actor)"), ("16", "uuid_send(correlation)"),
)  # fmt: skip
_BYTES = " || ".join(
    [_TEXT.format(size) if not value else f"int4send({size}) || {value}" for size, value in _FIXED]
    + [f"coalesce({_TEXT.format('document')}, int4send(-1))", _TEXT.format("data")]
)
_ROWS = (
    "COPY (SELECT {bytes}, hash FROM book.events WHERE tenant_id = '{tenant}' AND position > {after} ORDER BY position)"
    " TO STDOUT (FORMAT BINARY)"
)
_FIRST = -(2**63)
"""Before every position: what somebody put before the first event is looked at, too."""
_HEAD = "SELECT position, chain FROM book.books WHERE tenant_id = %s"
_SIGNATURE = b"PGCOPY\n\xff\r\n\x00"

Stored = tuple[bytes | None, bytes | None]
"""The bytes of a row after the hash before it, and its own hash."""


def link(before: bytes, row: bytes) -> bytes:
    """The hash of an event: that of the one before it, length-prefixed, and every field after it."""
    return sha256(_BEFORE + before + row).digest()


@dataclass
class Verification:
    """What was found. ``problems`` is empty for a book that is as it was written (first 100 of them otherwise)."""

    tenant_id: UUID
    events: int = 0
    position: int = 0
    head: bytes = GENESIS
    tree: Tree | None = None
    problems: list[dict[str, Any]] = field(default_factory=list)
    found: int = 0
    checkpoints: int = 0

    def problem(self, position: int, what: str) -> None:
        self.found += 1
        if len(self.problems) < _LONGEST_REPORT:
            self.problems.append({"position": position, "problem": what})

    def add(self, row: Stored) -> None:
        self.events += 1
        told, stored = row
        stored = stored or b""
        # A NULL where the schema allows none leaves nothing of a row; it stands where it is missed.
        position = self.position + 1 if told is None else _POSITION.unpack_from(told, _AT)[0]
        if position != self.position + 1:
            if position <= self.position:
                self.problem(position, "the position comes twice or out of order")
            else:
                self.problem(self.position + 1, f"events are missing up to position {position - 1}")
        if told is None or link(self.head, told) != stored:
            self.problem(position, "the event does not fit the one before it: it, or its hash, was changed")
        if self.tree is not None:
            self.tree.add(stored)
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

    def judge(self, signed: Sequence[Taken], at: dict[int, bytes]) -> None:
        """Hold the book against signed checkpoints, given its hashes at their positions."""
        for taken in signed:
            if not taken.holds:
                self.problem(taken.position, "the checkpoint at this position is not signed by its key")
            elif at.get(taken.position) != taken.chain:
                self.problem(taken.position, "the event at the checkpoint's position is not the one that was signed")
            self.checkpoints += 1

    def report(self) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id, "verified": not self.found, "events": self.events, "position": self.position,
            "head": self.head.hex(), "checkpoints": self.checkpoints, "problem_count": self.found,
            "problems": self.problems,
        }  # fmt: skip


class Taken(Protocol):
    """A checkpoint, as far as a book is held against it."""

    @property
    def position(self) -> int: ...

    @property
    def chain(self) -> bytes: ...

    @property
    def holds(self) -> bool:
        """Whether it is signed by the key it names."""


def verify(
    db: psycopg.Connection[Any],
    tenant_id: UUID,
    checkpoint: tuple[int, bytes] | None = None,
    signed: Sequence[Taken] = (),
) -> Iterator[Verification]:
    """Verify one book over a transaction that sees it. Yields its one ``Verification`` every 10,000 events, for a
    progress bar, and at the end. ``checkpoint`` is a head noted earlier, ``signed`` are checkpoints of this book."""
    found = Verification(tenant_id)
    noted = {checkpoint[0] if checkpoint else 0, *(taken.position for taken in signed)}
    at: dict[int, bytes] = {}
    with db.transaction():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
        head = db.execute(_HEAD, [tenant_id]).fetchone()
        with db.cursor() as cursor, cursor.copy(rows_after(tenant_id)) as copy:
            parsed = Rows()
            for part in copy:
                for row in parsed.feed(bytes(part)):
                    found.add(row)
                    if found.position in noted:
                        at[found.position] = found.head
                    if found.events % EVERY == 0:
                        yield found
    found.finish(*((head[0], bytes(head[1])) if head else (0, GENESIS)))
    if checkpoint:
        found.match(*checkpoint, at)
    found.judge(signed, at)
    yield found


def rows_after(tenant_id: UUID, after: int = _FIRST) -> bytes:
    """The statement that copies the rows of a book after a position."""
    return _ROWS.format(bytes=_BYTES, tenant=tenant_id, after=after).encode()


class Rows:
    """The rows of a binary COPY of two columns, from parts cut anywhere."""

    def __init__(self) -> None:
        self._rest = b""
        self._begun = False

    def feed(self, part: bytes) -> Iterator[Stored]:
        data, at = self._rest + part, 0
        if not self._begun:
            start = len(_SIGNATURE) + 8  # flags and the length of an extension that is empty
            if len(data) < start:
                self._rest = data
                return
            self._begun, at = True, start
        unpack, end = _LENGTH.unpack_from, len(data)
        while at + 2 <= end:
            if data[at] == 0xFF:  # noqa: PLR2004 - a count of -1: the trailer
                at = end
                break
            if at + 6 > end:
                break
            length = unpack(data, at + 2)[0]
            first = at + 6
            second = first + max(length, 0)
            if second + 4 > end:
                break
            size = unpack(data, second)[0]
            last = second + 4 + max(size, 0)
            if last > end:
                break
            yield (None if length < 0 else data[first:second], None if size < 0 else data[second + 4 : last])
            at = last
        self._rest = data[at:]


class ChainAuditor:
    """The same for the API, part by part so that other requests are served meanwhile."""

    def __init__(self, pool: AsyncConnectionPool[Any], read: Callable[[UUID, tuple[Any, ...]], Taken]) -> None:
        self._pool = pool
        self._read = read
        """Makes a checkpoint of a row of ``SIGNED``."""

    async def verify(self, tenant_id: UUID) -> dict[str, Any]:
        found, at = Verification(tenant_id), dict[int, bytes]()
        async with self._pool.connection() as db, db.transaction():
            await db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
            head = await (await db.execute(_HEAD, [tenant_id])).fetchone()
            rows = await (await db.execute(SIGNED, [tenant_id])).fetchall()
            signed = [self._read(tenant_id, row) for row in rows]
            marks = {taken.position for taken in signed}
            async for row in _copied(db, tenant_id):
                found.add(row)
                if found.position in marks:
                    at[found.position] = found.head
        found.finish(*((head[0], bytes(head[1])) if head else (0, GENESIS)))
        found.judge(signed, at)
        return found.report()


SIGNED = """SELECT position, chain, root, signed_at, public_key, signature FROM book.checkpoints
  WHERE tenant_id = %s ORDER BY position"""


async def _copied(db: psycopg.AsyncConnection[Any], tenant_id: UUID) -> AsyncIterator[Stored]:
    parsed = Rows()
    async with db.cursor() as cursor, cursor.copy(rows_after(tenant_id)) as copy:
        async for part in copy:
            for row in parsed.feed(bytes(part)):
                yield row
