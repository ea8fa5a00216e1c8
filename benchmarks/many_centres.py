"""A book of very many centres, for P6: one centre lives through the product's own commands, the others are its
likeness.

Ids are moved by a mask of each centre's own, consistently, so that everything that refers to something still does;
what is sealed is sealed anew with keys of its own. The events go in by COPY, as the superuser, and the read tables are
filled by the product's rebuild.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from adapters.codec import EventType, event_type
from adapters.crypto import Keyring, seal, unseal
from adapters.demo import PASSWORD, SLUG, make_demo
from adapters.rebuild import rebuild
from adapters.subject_keys import KeysAtHand
from benchmarks.database import Cluster
from benchmarks.product import Installation, install
from projections.registry import read_tables

EMAIL = f"admin@{SLUG}.example"
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_MASK = (1 << 60) - 1  # of the random end of a UUIDv7: version, variant and time stay
_EVENTS = """SELECT position, stream_id, version, topic, class_version, recorded_at, effective_on, actor, correlation,
    document, data FROM book.events WHERE tenant_id = %s ORDER BY position"""
_TYPES = ("uuid", "int8", "uuid", "int4", "text", "int2", "timestamptz", "date", "uuid", "uuid", "text", "text",
          "bytea")  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One of the original centre. ``parts`` is its text cut at the ids, which stand at the odd places."""

    row: tuple[Any, ...]
    kind: EventType
    parts: tuple[Any, ...]
    subject: UUID | None
    private: bytes | None


@dataclass(frozen=True)
class Centre:
    """``mask`` turns ids of the original into this centre's."""

    slug: str
    mask: int

    def of(self, identity: UUID) -> UUID:
        return UUID(int=identity.int ^ self.mask)


@dataclass(frozen=True)
class Book:
    installation: Installation
    centres: tuple[Centre, ...]
    events: int


def fill(cluster: Cluster, name: str, tenants: int) -> Book:
    """A database of ``tenants`` centres that have all lived the demo centre's weeks, with its read tables built."""
    installation = install(cluster, name)
    settings = installation.settings
    asyncio.run(make_demo(settings))
    keyring = Keyring(settings.master_key)
    centres = tuple(Centre(f"{SLUG}-{n}", secrets.randbits(60) & _MASK) for n in range(1, tenants))
    with psycopg.connect(settings.migrator_url) as db:
        row = db.execute("SELECT tenant_id FROM book.claims WHERE kind = 'slug' AND value = %s", [SLUG]).fetchone()
        assert row is not None
        tenant_id: UUID = row[0]
        events = list(_original(db, keyring, tenant_id))
        _copy(db, keyring, tenant_id, events, centres)
    with psycopg.connect(settings.migrator_url, autocommit=True) as db:
        db.execute("VACUUM ANALYZE")
    rebuild(settings.rebuild_url, read_tables(), KeysAtHand(keyring))
    with psycopg.connect(settings.migrator_url, autocommit=True) as db:
        db.execute("VACUUM ANALYZE")
    return Book(installation, (Centre(SLUG, 0), *centres), len(events) * tenants)


def _original(db: psycopg.Connection[Any], keyring: Keyring, tenant_id: UUID) -> Iterator[Event]:
    keys = KeysAtHand(keyring)
    for row in db.execute(_EVENTS, [tenant_id]).fetchall():
        _, stream_id, version, topic, _, _, _, _, _, _, data = row
        kind = event_type(topic)
        facts = json.loads(data)
        subject, private = None, None
        if box := facts.pop("sealed", None):
            subject = kind.subject_of(stream_id, data)
            key = keys.fetch_now(db, tenant_id, [subject])[subject]
            assert key is not None
            private = unseal(key, box, _place(tenant_id, stream_id, version))
        text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        ids = [UUID(found) for found in _ID.findall(text)]
        yield Event(row, kind, tuple(_woven(_ID.split(text), ids)), subject, private)


def _woven(texts: Sequence[str], ids: Sequence[UUID]) -> Iterator[Any]:
    for text, identity in zip(texts, ids, strict=False):
        yield text
        yield identity
    yield texts[-1]


def _place(tenant_id: UUID, stream_id: UUID, version: int) -> bytes:
    return tenant_id.bytes + stream_id.bytes + version.to_bytes(4, "big")


def _copy(
    db: psycopg.Connection[Any], keyring: Keyring, tenant_id: UUID, events: Sequence[Event], centres: Sequence[Centre]
) -> None:
    keys: list[tuple[UUID, UUID, bytes]] = []
    with db.cursor().copy(sql.SQL("COPY book.events FROM STDIN (FORMAT binary)")) as copy:
        copy.set_types(_TYPES)
        for centre in centres:
            for row in _likeness(keyring, tenant_id, events, centre, keys):
                copy.write_row(row)
    with db.cursor().copy(sql.SQL("COPY book.subject_keys (tenant_id, subject_id, wrapped) FROM STDIN")) as copy:
        for key in keys:
            copy.write_row(key)
    tenants = [centre.of(tenant_id) for centre in centres]
    db.execute(
        "INSERT INTO book.books (tenant_id, position) SELECT t, %s FROM unnest(%s::uuid[]) t", [len(events), tenants]
    )
    # As far as a follower would have come: a rebuild folds just so much, and of the original too.
    db.execute("INSERT INTO reading.positions SELECT tenant_id, position FROM book.books")
    for centre in centres:  # what signing in asks for
        db.execute(
            "INSERT INTO book.claims VALUES (%s, 'slug', %s, %s)",
            [centre.of(tenant_id), centre.slug, centre.of(tenant_id)],
        )
    logins = db.execute(
        "SELECT tenant_id, user_id, email_key, password_hash, role, active FROM book.logins WHERE tenant_id = %s",
        [tenant_id],
    ).fetchall()
    with db.cursor().copy(
        sql.SQL("COPY book.logins (tenant_id, user_id, email_key, password_hash, role, active) FROM STDIN")
    ) as copy:
        for centre in centres:
            for tenant, user, *rest in logins:
                copy.write_row((centre.of(tenant), centre.of(user), *rest))


def _likeness(
    keyring: Keyring, tenant_id: UUID, events: Sequence[Event], centre: Centre, keys: list[tuple[UUID, UUID, bytes]]
) -> Iterator[tuple[Any, ...]]:
    tenant, made = centre.of(tenant_id), dict[UUID, bytes]()
    for event in events:
        position, stream, version, topic, class_version, recorded, on, actor, correlation, document, _ = event.row
        data = "".join(part if isinstance(part, str) else str(centre.of(part)) for part in event.parts)
        stream_id = centre.of(stream)
        if event.subject is not None and event.private is not None:
            subject = centre.of(event.subject)
            if subject not in made:
                made[subject] = keyring.new_subject_key()
                keys.append((tenant, subject, keyring.wrap(tenant, subject, made[subject])))
            box = seal(made[subject], event.private, _place(tenant, stream_id, version))
            data = f'{data[:-1]}{"," if len(data) > len("{}") else ""}"sealed":"{box}"}}'
        yield (
            tenant, position, stream_id, version, topic, class_version, recorded, on, centre.of(actor),
            centre.of(correlation), document, data, bytes(32),
        )  # fmt: skip


__all__ = ["EMAIL", "PASSWORD", "Book", "Centre", "fill"]
