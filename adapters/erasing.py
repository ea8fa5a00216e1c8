"""What an append does beside its events when one of them erases a person, and what a process forgets after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

if TYPE_CHECKING:
    from adapters.event_store import EventStore

_DESTROY = """INSERT INTO book.subject_keys (tenant_id, subject_id, destroyed_at) VALUES (%s, %s, %s)
  ON CONFLICT (tenant_id, subject_id) DO UPDATE SET wrapped = NULL, destroyed_at = excluded.destroyed_at"""


async def destroy_keys(
    db: psycopg.AsyncConnection[Any], tenant_id: UUID, people: Sequence[UUID], now: datetime
) -> None:
    """Erase: from this commit on nobody can open what was sealed for them. Somebody of whom nothing was sealed gets a
    destroyed key, so that nothing will be. The connection's transaction is the append's."""
    for person in people:
        await db.execute(_DESTROY, [tenant_id, person, now])


async def forget(store: EventStore, tenant_id: UUID, people: Sequence[UUID]) -> None:
    """Neither keys, nor what was folded with them; and whoever keeps the ledger of erasures hears of it."""
    for person in people:
        store.keys.put(tenant_id, person, None)
    if people:
        store.memory.forget_tenant(tenant_id)
        if store.erased is not None:
            await store.erased(tenant_id, people)
