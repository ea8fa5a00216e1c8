"""A centre's book as its auditors read it: every event in order, filtered, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.codec import EVENT_TYPES, EventType, UnknownEvent, event_type
from adapters.crypto import Sealed
from adapters.event_store import Unavailable
from adapters.history import REDACTED
from adapters.subject_keys import Keys, KeysAtHand
from application.auditing import EventFilter
from application.base import Context

MONEY = ("accounting.", "billing.", "expenses.", "tenancy.Books")
"""What an accountant may read: the types that begin so."""
_COLUMNS = """position, stream_id, version, topic, class_version, recorded_at, effective_on, actor, correlation,
    document, data, hash"""
_HEAD = "SELECT coalesce((SELECT position FROM book.books WHERE tenant_id = %s), 0)"
_UNREADABLE = (UnknownEvent, Sealed, msgspec.MsgspecError, ValueError, TypeError, KeyError)


class BookEvents:
    """Reads over the pool of ``daybook_app``; each page is a short transaction of its own."""

    def __init__(self, pool: AsyncConnectionPool[Any], keys: KeysAtHand) -> None:
        self._pool = pool
        self._keys = keys

    async def page(self, context: Context, wanted: EventFilter, limit: int) -> dict[str, Any]:
        """``{"data": [...], "next": position | None, "head": position}``: see ``application.ports.Events``."""
        tenant = context.tenant_id
        try:
            async with self._pool.connection() as db, db.transaction():
                await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
                [head] = await (await db.execute(_HEAD, [tenant])).fetchone() or (0,)
                query, values = _query(tenant, wanted, limit)
                rows = await (await db.execute(query, values)).fetchall()
                keys = await self._keys.fetch(db, tenant, _subjects(rows), shown=True)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable from error
        data = [_told(tenant, row, keys) for row in rows]
        return {"data": data, "next": rows[-1][0] if len(rows) == limit else None, "head": head}


def _query(tenant: UUID, wanted: EventFilter, limit: int) -> tuple[bytes, list[Any]]:
    where, values = ["tenant_id = %s"], [tenant]

    def only(condition: str, *given: Any) -> None:
        where.append(condition)
        values.extend(given)

    only("position > %s", wanted.after or 0)
    if wanted.before is not None:
        only("position < %s", wanted.before)
    if wanted.from_ is not None:
        only("position > (SELECT book.position_before(%s, %s))", tenant, wanted.from_)
    if wanted.to is not None:
        only("position <= (SELECT book.position_before(%s, %s))", tenant, wanted.to)
    if wanted.type is not None:
        only("topic = ANY(%s)", [topic for topic in _topics() if _is(topic, wanted.type)] or [wanted.type])
    if wanted.aggregate is not None:
        only("topic = ANY(%s)", [kind.topic for kind in EVENT_TYPES.values() if _kind(kind) == wanted.aggregate])
    if wanted.stream_id is not None:
        only("stream_id = %s", wanted.stream_id)
    if wanted.actor is not None:
        only("actor = %s", wanted.actor)
    if wanted.money_only:
        only("topic ^@ ANY(%s)", list(MONEY))
    order = "DESC" if wanted.newest_first else "ASC"
    text = f"SELECT {_COLUMNS} FROM book.events WHERE {' AND '.join(where)} ORDER BY position {order} LIMIT %s"  # noqa: S608 - our own words
    return text.encode(), [*values, limit]


def _topics() -> Iterable[str]:
    return EVENT_TYPES


def _is(topic: str, wanted: str) -> bool:
    """Its very name, or that of its feature: ``billing`` is every type of billing."""
    return topic == wanted or topic.startswith(f"{wanted}.")


def _kind(kind: EventType) -> str:
    return str(kind.aggregate.TOPIC)  # type: ignore[attr-defined]


def _subjects(rows: Sequence[tuple[Any, ...]]) -> list[UUID]:
    subjects = []
    for row in rows:
        kind = EVENT_TYPES.get(row[3])
        if kind is not None and kind.personal:
            try:
                subjects.append(kind.subject_of(row[1], row[10]))
            except _UNREADABLE:
                continue
    return subjects


def _told(tenant: UUID, row: tuple[Any, ...], keys: Keys) -> dict[str, Any]:
    (
        position, stream_id, version, topic, class_version, recorded_at, effective_on, actor, correlation, document,
        data, chained,
    ) = row  # fmt: skip
    kind = EVENT_TYPES.get(topic)
    return {
        "position": position, "aggregate": None if kind is None else _kind(kind), "stream_id": stream_id,
        "version": version, "type": topic, "recorded_at": recorded_at, "effective_on": effective_on, "actor": actor,
        "correlation": correlation, "document": document,
        "data": _facts(tenant, stream_id, version, topic, class_version, effective_on, data, keys),
        "hash": bytes(chained).hex(),
    }  # fmt: skip


def _facts(
    tenant: UUID, stream_id: UUID, version: int, topic: str, class_version: int, effective_on: Any, data: str,
    keys: Keys,
) -> dict[str, Any] | None:  # fmt: skip
    """What it says, clinical text redacted; ``None`` for an event that this release cannot read. Whoever looks for what
    was tampered with is shown the rest of the book all the same."""
    try:
        kind = event_type(topic)
        event = kind.decode(tenant, stream_id, version, class_version, effective_on, data, keys.get)
    except _UNREADABLE:
        return None
    facts = {name: getattr(event, name) for name in kind.names}
    facts |= {name: REDACTED for name in kind.clinical if facts[name]}
    told: dict[str, Any] = msgspec.to_builtins(facts, enc_hook=str)
    return told
