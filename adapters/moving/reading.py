"""A centre out of an archive into a database that does not know it: checked first, then stored in one transaction."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import sql

from adapters.book_file import verified
from adapters.checkpoints import read_checkpoint
from adapters.codec import EVENT_TYPES
from adapters.crypto import Keyring
from adapters.moving.archive import ArchiveAltered, Reader
from adapters.moving.deriving import Derived
from adapters.moving.writing import NONCE, ROWS
from domain.base import Clash

_EPOCH = date(2000, 1, 1)
_STAGE = """CREATE TEMP TABLE moving_events (position bigint, stream uuid, version integer, topic text,
    class_version smallint, recorded bigint, effective integer, actor uuid, correlation uuid, document text, data text,
    hash text) ON COMMIT DROP"""
_STORE = """INSERT INTO book.events (tenant_id, position, stream_id, version, topic, class_version, recorded_at,
    effective_on, actor, correlation, document, data, hash)
  SELECT %s, position, stream, version, topic, class_version,
         timestamptz '2000-01-01 00:00:00+00' + recorded * interval '1 microsecond', date '2000-01-01' + effective,
         actor, correlation, document, data, decode(hash, 'hex')
    FROM moving_events ORDER BY position"""
_HEAD = """INSERT INTO book.books (tenant_id, position, chain, recorded_at)
  SELECT tenant_id, position, hash, recorded_at FROM book.events WHERE tenant_id = %s ORDER BY position DESC LIMIT 1"""
_FIELDS = (
    "position", "stream", "version", "topic", "class_version", "recorded", "effective", "actor", "correlation",
    "document", "data", "hash",
)  # fmt: skip


class AlreadyHere(Clash):
    """This centre is here already: an archive is read into a database that does not know it."""

    code = "TENANT_EXISTS"


class SlugTaken(Clash):
    """Another centre here has that short name."""

    code = "DUPLICATE"


class LaterRelease(Clash):
    """The archive holds events of a later release than this one. Update first."""

    code = "LATER_RELEASE"


def check(archive: Reader, told: dict[str, Any], folder: str = "") -> int:
    """Hold the book against its hashes, its checkpoints, what the manifest says (``told``) and what this release knows.
    Returns how many events it has. Raises ``ArchiveAltered``, ``LaterRelease``."""
    signed = [read_checkpoint(each) for each in archive.json(f"{folder}checkpoints.json")]
    found = verified(archive.lines(f"{folder}book.ndjson"), signed=signed)
    if found.found or (str(found.tenant_id), found.position, found.head.hex()) != (
        told["tenant_id"], told["position"], told["chain"]
    ):  # fmt: skip
        raise ArchiveAltered("The book in the archive does not verify.", problems=found.problems[:3])
    unknown = {
        f"{event['topic']} version {event['class_version']}"
        for event in _events(archive, folder)
        if event["topic"] not in EVENT_TYPES or event["class_version"] > EVENT_TYPES[event["topic"]].version
    }
    if unknown:
        raise LaterRelease(events=sorted(unknown)[:10])
    return found.events


def load(archive: Reader, db: psycopg.Connection[Any], tenant_id: UUID, keyring: Keyring, folder: str = "") -> None:
    """Store the centre, in the caller's transaction, the application's. Raises ``AlreadyHere``, ``SlugTaken``."""
    db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
    for table in ("books", "events", "subject_keys", "claims"):
        if db.execute(_any(table), [tenant_id]).fetchone():
            raise AlreadyHere
    keys = _keys(archive, db, tenant_id, keyring, folder)
    derived = Derived(tenant_id, keys.get)
    db.execute(_STAGE)
    with db.cursor() as cursor, cursor.copy(f"COPY moving_events ({', '.join(_FIELDS)}) FROM STDIN") as copy:
        for event in _events(archive, folder):
            copy.write_row([event[name] for name in _FIELDS])
            effective = _EPOCH + timedelta(days=event["effective"])
            derived.add(
                UUID(event["stream"]), event["version"], event["topic"], event["class_version"], effective,
                event["data"],
            )  # fmt: skip
    db.execute(_STORE, [tenant_id])
    db.execute(_HEAD, [tenant_id])
    db.execute("DROP TABLE moving_events")
    _claims(db, tenant_id, keyring, derived)
    emails = derived.emails()
    for table, columns in ROWS.items():
        rows = archive.rows(f"{folder}{table}.sealed")
        if table == "logins":
            _rows(db, tenant_id, table, (*columns, "email_key"), _logins(rows, emails, keyring))
        else:
            _rows(db, tenant_id, table, columns, rows)


def _any(table: str) -> sql.Composed:
    return sql.SQL("SELECT 1 FROM book.{} WHERE tenant_id = %s LIMIT 1").format(sql.Identifier(table))


def _events(archive: Reader, folder: str) -> Iterator[dict[str, Any]]:
    lines = archive.lines(f"{folder}book.ndjson")
    next(lines)
    return map(json.loads, lines)


def _keys(
    archive: Reader, db: psycopg.Connection[Any], tenant_id: UUID, keyring: Keyring, folder: str
) -> dict[UUID, bytes | None]:
    """Each person's key, wrapped anew; the keys themselves, to work out what is derived from the book."""
    keys: dict[UUID, bytes | None] = {}
    with db.cursor() as cursor:
        for line in archive.lines(f"{folder}keys.ndjson"):
            told = json.loads(line)
            subject, own, wrapped = UUID(told["subject"]), None, None
            if told["wrapped"] is not None:
                raw = b64decode(told["wrapped"])
                try:
                    own = AESGCM(archive.key).decrypt(raw[:NONCE], raw[NONCE:], tenant_id.bytes + subject.bytes)
                except InvalidTag as error:
                    raise ArchiveAltered(member=f"{folder}keys.ndjson") from error
                wrapped = keyring.wrap(tenant_id, subject, own)
            keys[subject] = own
            cursor.execute(
                "INSERT INTO book.subject_keys (tenant_id, subject_id, wrapped, created_at, destroyed_at)"
                " VALUES (%s, %s, %s, %s, %s)",
                [tenant_id, subject, wrapped, told["created_at"], told["destroyed_at"]],
            )  # fmt: skip
    return keys


def _claims(db: psycopg.Connection[Any], tenant_id: UUID, keyring: Keyring, derived: Derived) -> None:
    statement = (
        "INSERT INTO book.claims (tenant_id, kind, value, holder) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
    )
    with db.cursor() as cursor:
        for kind, value, holder in derived.claims(keyring):
            cursor.execute(statement, [tenant_id, kind, value, holder])
            if kind == "slug" and cursor.rowcount != 1:
                raise SlugTaken(slug=value)


def _logins(rows: Iterator[dict[str, Any]], emails: dict[UUID, str], keyring: Keyring) -> Iterator[dict[str, Any]]:
    for row in rows:
        email = emails.get(UUID(row["user_id"]))
        if email is not None:
            yield {**row, "email_key": "\\x" + keyring.blind("login", email).hex()}


def _rows(
    db: psycopg.Connection[Any], tenant_id: UUID, table: str, columns: tuple[str, ...], rows: Iterator[dict[str, Any]]
) -> None:
    """By way of a table without row security, which COPY refuses; texts become what the columns are."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    stage, target = sql.Identifier(f"moving_{table}"), sql.SQL("book.{}").format(sql.Identifier(table))
    empty = "CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WHERE false"
    db.execute(sql.SQL(empty).format(stage, names, target))
    with db.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(stage, names)) as copy:
        for row in rows:
            copy.write_row([row[c] for c in columns])
    db.execute(
        sql.SQL("INSERT INTO {} (tenant_id, {}) SELECT %s, {} FROM {}").format(target, names, names, stage), [tenant_id]
    )
    db.execute(sql.SQL("DROP TABLE {}").format(stage))
