"""Signed heads of books: what was verified is signed, kept, exported, and held against the book ever after.

A checkpoint says: at this position the chain of this centre's book was this, and the Merkle tree over its hashes had
this root. It is signed (Ed25519) with a key that the database does not have: ``DAYBOOK_SIGNING_KEY``, or one derived
from the master key. So not even the database's owner can rewrite what was signed, as long as anybody kept a copy.
"""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from psycopg_pool import AsyncConnectionPool

from adapters.chain import GENESIS, SIGNED, Rows, Verification, rows_after
from adapters.merkle import Tree, path
from application.base import PLATFORM
from application.ports import Clock
from domain.base import Clash, Invalid, Missing

_STATEMENT = b"daybook checkpoint 1\n"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = """SELECT position, chain, peaks FROM book.checkpoints WHERE tenant_id = %s AND public_key = %s
  ORDER BY position DESC LIMIT 1"""
_HEAD = "SELECT position, chain FROM book.books WHERE tenant_id = %s"
_KEEP = """INSERT INTO book.checkpoints (tenant_id, position, chain, root, peaks, signed_at, public_key, signature)
  VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""
_HASHES = "SELECT hash FROM book.events WHERE tenant_id = %s AND position <= %s ORDER BY position"
_EVENT = """SELECT position, stream_id, version, topic, class_version, timestamptz_send(recorded_at),
    date_send(effective_on), actor, correlation, document, data, hash
  FROM book.events WHERE tenant_id = %s AND position = %s"""
_BOOKS = "SELECT tenant_id FROM book.books ORDER BY tenant_id"


class BookAltered(Clash):
    """The book does not verify: there is nothing to sign."""

    code = "BOOK_ALTERED"


class NotACheckpoint(Invalid):
    """This is not an exported checkpoint."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``chain`` is the hash of the event at ``position``, ``root`` that of the tree over the hashes up to it."""

    tenant_id: UUID
    position: int
    chain: bytes
    root: bytes
    signed_at: datetime
    public_key: bytes
    signature: bytes

    @property
    def statement(self) -> bytes:
        return statement(self.tenant_id, self.position, self.chain, self.root, self.signed_at)

    @property
    def holds(self) -> bool:
        """Whether the key it names signed it. Whose key that is, the reader has to know."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(self.signature, self.statement)
        except (InvalidSignature, ValueError):
            return False
        return True

    def told(self) -> dict[str, Any]:
        """As it is exported: hashes in hex, key and signature in base64."""
        return {
            "format": "daybook-checkpoint-1", "tenant_id": self.tenant_id, "position": self.position,
            "chain": self.chain.hex(), "root": self.root.hex(), "signed_at": self.signed_at.astimezone(UTC),
            "key_id": key_id(self.public_key), "public_key": base64.b64encode(self.public_key).decode(),
            "signature": base64.b64encode(self.signature).decode(),
        }  # fmt: skip


def statement(tenant_id: UUID, position: int, chain: bytes, root: bytes, signed_at: datetime) -> bytes:
    """What is signed: fixed lengths after a fixed beginning, so that nothing else can be read into it."""
    microseconds = (signed_at - _EPOCH) // timedelta(microseconds=1)
    return _STATEMENT + tenant_id.bytes + struct.pack(">q", position) + chain + root + struct.pack(">q", microseconds)


def key_id(public_key: bytes) -> str:
    return sha256(public_key).hexdigest()[:16]


class Signer:
    """Signs with the key made of 32 secret bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, told: bytes) -> bytes:
        return self._key.sign(told)


class Checkpoints:
    """Signs and shows checkpoints over the pool of ``daybook_app``."""

    def __init__(self, pool: AsyncConnectionPool[Any], signer: Signer, clock: Clock) -> None:
        self._pool = pool
        self._signer = signer
        self._clock = clock

    async def sign(self, tenant_id: UUID) -> Checkpoint | None:
        """Verify what came since the last checkpoint, and sign the head. ``None`` if nothing came. Raises
        ``BookAltered``: what does not verify is not signed."""
        key = self._signer.public_key
        async with self._pool.connection() as db, db.transaction():
            await db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
            head = await (await db.execute(_HEAD, [tenant_id])).fetchone()
            last = await (await db.execute(_LAST, [tenant_id, key])).fetchone() or (0, GENESIS, b"")
            if head is None or head[0] == last[0] == 0 or (head[0] == last[0] and bytes(head[1]) == bytes(last[1])):
                return None
            found = Verification(
                tenant_id, 0, last[0], bytes(last[1]), Tree(last[0], bytes(last[2]))
            )  # fmt: skip
            parsed = Rows()
            async with db.cursor() as cursor, cursor.copy(rows_after(tenant_id, last[0])) as copy:
                async for part in copy:
                    for row in parsed.feed(bytes(part)):
                        found.add(row)
            found.finish(head[0], bytes(head[1]))
            if found.found:
                raise BookAltered(problems=found.problems[:3])
            assert found.tree is not None  # noqa: S101 - made above
            now, root = self._clock.now(), found.tree.root
            signature = self._signer.sign(statement(tenant_id, found.position, found.head, root, now))
            made = Checkpoint(tenant_id, found.position, found.head, root, now, key, signature)
            values = [tenant_id, made.position, made.chain, root, found.tree.peaks, now, key, signature]
            await db.execute(_KEEP, values)
        return made

    async def sign_all(self, only: UUID | None = None) -> dict[UUID, Checkpoint | BookAltered | None]:
        """Sign every book's head: what a schedule calls. One book that was altered keeps no other from being signed."""
        books = [only] if only else []
        if only is None:
            async with self._pool.connection() as db, db.transaction():
                await db.execute("SELECT set_config('app.tenant', %s, true)", [str(PLATFORM)])
                books = [row[0] for row in await (await db.execute(_BOOKS)).fetchall()]
        signed: dict[UUID, Checkpoint | BookAltered | None] = {}
        for tenant_id in books:
            try:
                signed[tenant_id] = await self.sign(tenant_id)
            except BookAltered as altered:
                signed[tenant_id] = altered
        return signed

    async def of(self, tenant_id: UUID, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
        """A book's checkpoints, the latest first, as they are exported."""
        async with self._pool.connection() as db, db.transaction():
            await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
            rows = await (await db.execute(SIGNED, [tenant_id])).fetchall()
        kept = [row for row in reversed(rows) if before is None or row[0] < before]
        return [of_row(tenant_id, row).told() for row in kept[:limit]]

    async def proof(self, tenant_id: UUID, position: int) -> dict[str, Any]:
        """That one event is in the book as it was last signed: the event with the hash before it, and the hashes that
        lead from it to the signed root. Raises ``Missing`` if no checkpoint covers it (yet)."""
        async with self._pool.connection() as db, db.transaction():
            await db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
            signed = await (await db.execute(SIGNED, [tenant_id])).fetchall()
            row = await (await db.execute(_EVENT, [tenant_id, position])).fetchone()
            if row is None or not signed or signed[-1][0] < position:
                raise Missing("No checkpoint covers this event yet.")
            taken = of_row(tenant_id, signed[-1])
            stored = await (await db.execute(_HASHES, [tenant_id, taken.position])).fetchall()
        hashes = [bytes(r[0] or b"") for r in stored]
        if len(hashes) != taken.position:
            raise BookAltered
        before = hashes[position - 2] if position > 1 else GENESIS
        return {
            "format": "daybook-proof-1", "tenant_id": tenant_id, "before": before.hex(), "event": exported(row),
            "path": [part.hex() for part in path(hashes, position - 1)], "checkpoint": taken.told(),
        }  # fmt: skip


def exported(row: tuple[Any, ...]) -> dict[str, Any]:
    """A stored event as a book is exported: everything that is hashed; times as PostgreSQL counts them, in microseconds
    and days since 2000-01-01; personal fields sealed as they are."""
    return {
        "position": row[0], "stream": row[1], "version": row[2], "topic": row[3], "class_version": row[4],
        "recorded": None if row[5] is None else struct.unpack(">q", bytes(row[5]))[0],
        "effective": None if row[6] is None else struct.unpack(">i", bytes(row[6]))[0],
        "actor": row[7], "correlation": row[8], "document": row[9], "data": row[10],
        "hash": bytes(row[11] or b"").hex(),
    }  # fmt: skip


def kept(db: psycopg.Connection[Any], tenant_id: UUID) -> list[Checkpoint]:
    """The checkpoints a book keeps of itself."""
    return [of_row(tenant_id, row) for row in db.execute(SIGNED, [tenant_id]).fetchall()]


def read_checkpoint(told: Any) -> Checkpoint:
    """An exported checkpoint, as the command line or as the API writes it. Raises ``NotACheckpoint``."""
    try:
        item = {name.replace("_", "").lower(): value for name, value in told.items()}
        return Checkpoint(
            UUID(str(item["tenantid"])), int(item["position"]), bytes.fromhex(item["chain"]),
            bytes.fromhex(item["root"]), datetime.fromisoformat(str(item["signedat"])),
            base64.b64decode(item["publickey"]), base64.b64decode(item["signature"]),
        )  # fmt: skip
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotACheckpoint from error


def of_row(tenant_id: UUID, row: tuple[Any, ...]) -> Checkpoint:
    position, chain, root, signed_at, public_key, signature = row
    return Checkpoint(
        tenant_id, position, bytes(chain), bytes(root), signed_at, bytes(public_key), bytes(signature)
    )  # fmt: skip
