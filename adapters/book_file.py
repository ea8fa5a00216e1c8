"""A book as a file: every stored event as it is hashed, one JSON object a line, sealed fields sealed.

The first line says whose book it is and where it ends. ``scripts/verify_book.py`` reads it, and ``daybook verify``.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import psycopg

from adapters.chain import GENESIS, Verification
from adapters.checkpoints import Checkpoint, exported
from adapters.merkle import Tree
from domain.base import Invalid

FORMAT = "daybook-book-1"
_HEAD = "SELECT position, chain FROM book.books WHERE tenant_id = %s"
_EVENTS = """SELECT position, stream_id, version, topic, class_version, timestamptz_send(recorded_at),
    date_send(effective_on), actor, correlation, document, data, hash
  FROM book.events WHERE tenant_id = %s ORDER BY position"""


class NotABook(Invalid):
    """The file is not an exported book."""


def lines(db: psycopg.Connection[Any], tenant_id: UUID) -> Iterator[str]:
    """The file, line by line, over a connection that sees the book: one look at it, however long it takes."""
    with db.transaction():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
        yield from looked_at(db, tenant_id)


def looked_at(db: psycopg.Connection[Any], tenant_id: UUID) -> Iterator[str]:
    """The same within a transaction of the caller's, which sees the book."""
    position, chain = db.execute(_HEAD, [tenant_id]).fetchone() or (0, GENESIS)
    yield _line({"format": FORMAT, "tenant_id": tenant_id, "position": position, "chain": bytes(chain).hex()})
    with db.cursor(name="book") as cursor:
        cursor.itersize = 2_000
        for row in cursor.execute(_EVENTS, [tenant_id]):
            yield _line(exported(row))


def _line(item: dict[str, Any]) -> str:
    return json.dumps(item, default=str, ensure_ascii=False, separators=(",", ":")) + "\n"


def verified(
    file: Iterable[str], checkpoint: tuple[int, bytes] | None = None, signed: Sequence[Checkpoint] = ()
) -> Verification:
    """What is found in such a file, held against a head noted earlier and signed checkpoints. Raises ``NotABook``."""
    rest = iter(file)
    try:
        head = json.loads(next(rest))
        if head["format"] != FORMAT:
            raise NotABook
        tenant_id, end, chain = UUID(head["tenant_id"]), int(head["position"]), bytes.fromhex(head["chain"])
    except (StopIteration, ValueError, KeyError, TypeError) as error:
        raise NotABook from error
    found, at, roots = Verification(tenant_id, tree=Tree()), dict[int, bytes](), dict[int, bytes]()
    marks = {checkpoint[0] if checkpoint else 0, *(taken.position for taken in signed)}
    for line in rest:
        try:
            event = json.loads(line)
            stored: bytes | None = bytes.fromhex(event["hash"])
        except (ValueError, KeyError, TypeError):
            event, stored = {}, None
        found.add((row_bytes(tenant_id, event), stored))
        if found.position in marks and found.tree is not None:
            at[found.position], roots[found.position] = found.head, found.tree.root
    found.finish(end, chain)
    if checkpoint:
        found.match(*checkpoint, at)
    found.judge(signed, at)
    for taken in signed:
        if taken.tenant_id != tenant_id:
            found.problem(taken.position, "the checkpoint is of another book")
        elif roots.get(taken.position) != taken.root:
            found.problem(taken.position, "the checkpoint was taken of another history")
    return found


def row_bytes(tenant_id: UUID, event: dict[str, Any]) -> bytes | None:
    """The bytes of a row as ``adapters.chain`` has them from the database; ``None`` for what cannot be one."""
    try:
        parts: list[bytes | None] = [
            tenant_id.bytes, struct.pack(">q", event["position"]), UUID(event["stream"]).bytes,
            struct.pack(">i", event["version"]), event["topic"].encode(), struct.pack(">h", event["class_version"]),
            struct.pack(">q", event["recorded"]), struct.pack(">i", event["effective"]), UUID(event["actor"]).bytes,
            UUID(event["correlation"]).bytes, None if event["document"] is None else event["document"].encode(),
            event["data"].encode(),
        ]  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, struct.error):
        return None
    return b"".join(struct.pack(">i", -1) if p is None else struct.pack(">i", len(p)) + p for p in parts)
