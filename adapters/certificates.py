"""Certificates of erasure: what was destroyed, when, by whom, and where the book tells of it; signed.

A certificate is read off the book and nothing is stored of it: the book does not change, so it is the same at each
asking, and so is its signature (Ed25519, the key of checkpoints) as long as the key is. docs/privacy.md specifies it.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.chain import GENESIS
from adapters.checkpoints import Signer, key_id
from adapters.codec import EVENT_TYPES, event_type
from application.base import SYSTEM
from domain.base import Clash

FORMAT = "daybook-erasure-1"
_STATEMENT = b"daybook erasure 1\n"
_ERASURE = """SELECT e.position, e.version, e.topic, e.class_version, e.effective_on, e.recorded_at, e.actor,
    e.document, e.data, e.hash,
    (SELECT b.hash FROM book.events b WHERE b.tenant_id = e.tenant_id AND b.position = e.position - 1)
  FROM book.events e WHERE e.tenant_id = %s AND e.stream_id = %s AND e.topic = ANY(%s)
  ORDER BY e.version DESC LIMIT 1"""
_KEY = "SELECT destroyed_at FROM book.subject_keys WHERE tenant_id = %s AND subject_id = %s AND wrapped IS NULL"
_ABOUT = """SELECT topic, count(*) FILTER (WHERE sealed), count(*) FILTER (WHERE NOT sealed) FROM (
    SELECT topic, strpos(data, '"sealed":') > 0 AND ({sealed}) AS sealed FROM book.events
     WHERE tenant_id = %(tenant)s AND position <= %(position)s
       AND (stream_id = %(person)s OR strpos(data, %(named)s) > 0)) about
  GROUP BY topic ORDER BY topic"""


class KeyNotDestroyed(Clash):
    """The book tells of an erasure, but the key is still there: this installation was tampered with, or restored."""

    code = "KEY_NOT_DESTROYED"


class Certificates:
    """Reads over the pool of ``daybook_app``."""

    def __init__(self, pool: AsyncConnectionPool[Any], signer: Signer) -> None:
        self._pool = pool
        self._signer = signer

    async def of(self, tenant_id: UUID, person: UUID) -> dict[str, Any] | None:
        """The certificate of a person's erasure, signed; ``None`` if they were not erased. Raises
        ``KeyNotDestroyed``."""
        erasing = [topic for topic, kind in EVENT_TYPES.items() if kind.erases]
        async with self._pool.connection() as db, db.transaction():
            await db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
            row = await (await db.execute(_ERASURE, [tenant_id, person, erasing])).fetchone()
            if row is None:
                return None
            if await (await db.execute(_KEY, [tenant_id, person])).fetchone() is None:
                raise KeyNotDestroyed
            query, values = _about(tenant_id, person, row[0])
            counts = await (await db.execute(query, values)).fetchall()
        return signed(told(tenant_id, person, row, counts, self._signer.public_key), self._signer)


def told(
    tenant_id: UUID, person: UUID, row: tuple[Any, ...], counts: list[tuple[str, int, int]], public_key: bytes
) -> dict[str, Any]:
    """What is certified. Everything in it is text, a number, a truth value or null, or made of these."""
    position, version, topic, class_version, effective_on, recorded_at, actor, number, data, chain, before = row
    event: Any = event_type(topic).decode(
        tenant_id, person, version, class_version, effective_on, data, lambda _: None
    )  # fmt: skip
    return {
        "format": FORMAT, "number": number, "tenant_id": str(tenant_id), "patient_id": str(person),
        "erased_at": _at(recorded_at), "erased_by": None if actor == SYSTEM else str(actor),
        "basis": event.basis and str(event.basis),
        "first_erased_at": event.first_erased_at and _at(event.first_erased_at), "first_number": event.first_number,
        "destroyed": [{"type": topic, "events": sealed} for topic, sealed, _ in counts if sealed],
        "destroyed_events": sum(sealed for _, sealed, _ in counts),
        "kept": [{"type": topic, "events": plain} for topic, _, plain in counts if plain],
        "kept_events": sum(plain for _, _, plain in counts),
        "position": position, "chain_before": bytes(before or GENESIS).hex(), "chain_after": bytes(chain).hex(),
        "key_id": key_id(public_key), "public_key": base64.b64encode(public_key).decode(),
    }  # fmt: skip


def statement(certificate: dict[str, Any]) -> bytes:
    """What is signed: the certificate without its signature as JSON, names sorted, without blanks, in UTF-8."""
    said = {name: value for name, value in certificate.items() if name != "signature"}
    return _STATEMENT + json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signed(certificate: dict[str, Any], signer: Signer) -> dict[str, Any]:
    # As it is answered: in camelCase, so that whoever checks it has to rename nothing.
    answered = {_camel(name): value for name, value in certificate.items()}
    return {**answered, "signature": base64.b64encode(signer.sign(statement(answered))).decode()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _at(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _about(tenant_id: UUID, person: UUID, position: int) -> tuple[bytes, dict[str, Any]]:
    """The question which events are about the person, and in which of them something was sealed for them."""
    values: dict[str, Any] = {"tenant": tenant_id, "person": person, "position": position, "named": str(person)}
    topics: dict[str, list[str]] = defaultdict(list)
    for kind in EVENT_TYPES.values():
        if kind.personal:
            subject = kind.event_class.SUBJECT
            topics[subject].append(kind.topic)
            if kind.event_class.SUBJECT_BEFORE:
                topics[kind.event_class.SUBJECT_BEFORE].append(kind.topic)
    conditions = []
    for n, (subject, named) in enumerate(sorted(topics.items())):
        values |= {f"topics{n}": named, f"subject{n}": f'"{subject}":"{person}"'}
        whose = "stream_id = %(person)s" if subject == "originator_id" else f"strpos(data, %(subject{n})s) > 0"
        conditions.append(f"(topic = ANY(%(topics{n})s) AND {whose})")
    return _ABOUT.format(sealed=" OR ".join(conditions)).encode(), values
