"""A centre into an archive: its book, its keys, and what stands beside the book."""

from __future__ import annotations

import csv
import io
import json
import os
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import sql

from adapters.book_file import looked_at
from adapters.checkpoints import kept
from adapters.crypto import Keyring
from adapters.moving.archive import Writer
from application.values import neutral
from projections.base import SCHEMA, ReadTable

NONCE = 12
ROWS: dict[str, tuple[str, ...]] = {
    "commands": ("key", "fingerprint", "result", "position", "documents", "recorded_at"),
    "document_numbers": ("series", "year", "last"),
    "logins": ("user_id", "password_hash", "role", "active", "valid_after"),
    "access_log": ("id", "at", "actor", "action", "subject", "address", "subject_kind", "correlation"),
    "checkpoints": ("position", "chain", "root", "peaks", "signed_at", "public_key", "signature"),
    "schedule_marks": ("job", "done", "at"),
}
"""What goes along of each table beside the book. A login's e-mail is kept hashed with the master key, and is worked out
anew from the book; so are ``claims``."""
LEFT_OUT = {
    "books": "its head is the book's last event",
    "events": "they are the book",
    "claims": "worked out anew: they are hashed with the master key",
    "subject_keys": "a member of its own, wrapped with the archive's key",
    "refresh_tokens": "people sign in again",
    "one_time_links": "they are asked for again",
}
"""Tables of the book's schema that do not go along as they are, and why."""


def write(
    archive: Writer, db: psycopg.Connection[Any], tenant_id: UUID, keyring: Keyring, folder: str = ""
) -> dict[str, Any]:
    """Write the centre's members below ``folder``, from the transaction that ``db`` is in, which is the application's
    and of one look. Returns what the manifest says of it: ``{"tenant_id", "position", "chain"}``."""
    db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
    head = db.execute("SELECT position, chain FROM book.books WHERE tenant_id = %s", [tenant_id]).fetchone()
    position, chain = head or (0, bytes(32))
    archive.add(f"{folder}book.ndjson", (line.encode() for line in looked_at(db, tenant_id)))
    exported = [taken.told() for taken in kept(db, tenant_id)]
    archive.add(f"{folder}checkpoints.json", [json.dumps(exported, default=str, indent=1).encode()])
    archive.add(f"{folder}keys.ndjson", _keys(db, tenant_id, keyring, archive.key))
    for table, columns in ROWS.items():
        archive.add_sealed(f"{folder}{table}.sealed", _rows(db, tenant_id, table, columns))
    return {"tenant_id": str(tenant_id), "position": position, "chain": bytes(chain).hex()}


def write_csv(
    archive: Writer, db: psycopg.Connection[Any], tenant_id: UUID, tables: tuple[ReadTable[Any], ...], *, personal: bool
) -> None:
    """The read models, a file each, for people and spreadsheets: nothing is read back from them."""
    for table in tables:
        shown = [c.name for c in table.columns if personal or c.name not in table.personal]
        archive.add(f"csv/{table.name}.csv", _csv(db, tenant_id, table, shown))


def _keys(db: psycopg.Connection[Any], tenant_id: UUID, keyring: Keyring, key: bytes) -> Iterator[bytes]:
    """Each person's key, wrapped with the archive's; of who was erased, when."""
    query = """SELECT subject_id, wrapped, created_at, destroyed_at FROM book.subject_keys WHERE tenant_id = %s
      ORDER BY subject_id"""
    for subject, wrapped, created_at, destroyed_at in db.execute(query, [tenant_id]):
        box = None
        if wrapped is not None:
            nonce = os.urandom(NONCE)
            own = keyring.unwrap(tenant_id, subject, bytes(wrapped))
            box = b64encode(nonce + AESGCM(key).encrypt(nonce, own, tenant_id.bytes + subject.bytes)).decode()
        told = {"subject": subject, "wrapped": box, "created_at": created_at, "destroyed_at": destroyed_at}
        yield json.dumps(told, default=str, separators=(",", ":")).encode() + b"\n"


def _rows(
    db: psycopg.Connection[Any], tenant_id: UUID, table: str, columns: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    query = sql.SQL("SELECT {} FROM book.{} WHERE tenant_id = %s").format(
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c)) for c in columns), sql.Identifier(table)
    )
    with db.cursor(name=f"rows_{table}") as cursor:
        cursor.itersize = 5_000
        for row in cursor.execute(query, [tenant_id]):
            yield dict(zip(columns, row, strict=True))


def _csv(db: psycopg.Connection[Any], tenant_id: UUID, table: ReadTable[Any], shown: list[str]) -> Iterator[bytes]:
    query = sql.SQL("SELECT {} FROM {} WHERE tenant_id = %s ORDER BY {}").format(
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c)) for c in shown),
        sql.Identifier(SCHEMA, table.name), sql.SQL(", ").join(map(sql.Identifier, table.key)),
    )  # fmt: skip
    numbers = {c.name for c in table.columns if str(c.type) in {"BIGINT", "NUMERIC(14, 2)"}}
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(shown)
    with db.cursor(name=f"csv_{table.name}") as cursor:
        cursor.itersize = 5_000
        for row in cursor.execute(query, [tenant_id]):
            lines.writerow([
                "" if value is None else value if name in numbers else neutral(value)
                for name, value in zip(shown, row, strict=True)
            ])  # fmt: skip
            if text.tell() > 1 << 20:
                yield text.getvalue().encode()
                text.seek(0)
                text.truncate()
    yield text.getvalue().encode()
