"""The stored events of some streams, as a person may read them: who, when, what; private text redacted if need be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from psycopg_pool import AsyncConnectionPool

from adapters.codec import EventType, event_type
from adapters.subject_keys import Keys, KeysAtHand
from application.base import Context

REDACTED = "[redacted]"
LONGEST = 500

_EVENTS = """SELECT position, stream_id, version, topic, class_version, recorded_at, effective_on, actor, correlation,
    document, data FROM book.events WHERE tenant_id = %s AND stream_id = ANY(%s) AND position < %s
    AND (%s::text IS NULL OR strpos(data, %s) > 0)
  ORDER BY position DESC LIMIT %s"""


class StreamHistory:
    def __init__(self, pool: AsyncConnectionPool[Any], keys: KeysAtHand) -> None:
        self._pool = pool
        self._keys = keys

    async def of(
        self, context: Context, streams: Sequence[UUID], *, clinical: bool, before: int | None = None, limit: int = 100,
        naming: UUID | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Newest first: ``{"data": [...], "next": position | None, "clinical": [stream ids]}``. Without ``clinical``,
        clinical text is redacted; with it, the answer names the streams of which some is told. An erased person's
        fields are null."""
        limit, named = min(limit, LONGEST), naming and str(naming)
        async with self._pool.connection() as db, db.transaction():
            await db.execute("SELECT set_config('app.tenant', %s, true)", [str(context.tenant_id)])
            rows = await (
                await db.execute(_EVENTS, [context.tenant_id, list(streams), before or 2**62, named, named, limit])
            ).fetchall()
            kinds = [event_type(row[3]) for row in rows]
            subjects = [k.subject_of(r[1], r[10]) for k, r in zip(kinds, rows, strict=True) if k.personal]
            keys = await self._keys.fetch(db, context.tenant_id, subjects, shown=True)
        data = [self._told(context, kind, row, clinical, keys) for kind, row in zip(kinds, rows, strict=True)]
        told = {
            event["stream_id"]
            for kind, event in zip(kinds, data, strict=True)
            if clinical and any(event["data"][name] for name in kind.clinical)
        }
        return {"data": data, "next": rows[-1][0] if len(rows) == limit else None, "clinical": sorted(told)}

    def _told(
        self, context: Context, kind: EventType, row: tuple[Any, ...], clinical: bool, keys: Keys
    ) -> dict[str, Any]:
        (
            position,
            stream_id,
            version,
            topic,
            class_version,
            recorded_at,
            effective_on,
            actor,
            correlation,
            document,
            data,
        ) = row
        event = kind.decode(context.tenant_id, stream_id, version, class_version, effective_on, data, keys.get)
        facts = {name: getattr(event, name) for name in kind.names}
        if not clinical:
            facts |= {name: REDACTED for name in kind.clinical if facts[name]}
        return {
            "position": position, "stream_id": stream_id, "version": version, "type": topic,
            "recorded_at": recorded_at, "effective_on": effective_on, "actor": actor, "correlation": correlation,
            "document": document, "data": msgspec.to_builtins(facts, enc_hook=str),
        }  # fmt: skip
