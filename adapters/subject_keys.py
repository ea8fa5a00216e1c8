"""Each person's key: found, made on first use, remembered for a while."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import psycopg

from adapters.crypto import Keyring

_FIND = "SELECT subject_id, wrapped FROM book.subject_keys WHERE tenant_id = %s AND subject_id = ANY(%s)"
REMEMBERED_SECONDS = 300.0
"""An erased person's key may linger in the memory of a running process for this long, never on disk."""


class KeysAtHand:
    """A bounded, short-lived memory of unwrapped keys. ``None`` means destroyed."""

    def __init__(self, keyring: Keyring, size: int = 20_000) -> None:
        self.keyring = keyring
        self._size = size
        self._known: OrderedDict[tuple[UUID, UUID], tuple[float, bytes | None]] = OrderedDict()

    def get(self, tenant_id: UUID, subject: UUID) -> tuple[bool, bytes | None]:
        """Whether the key is at hand, and the key."""
        known = self._known.get((tenant_id, subject))
        if known is None or known[0] < time.monotonic():
            return False, None
        return True, known[1]

    def put(self, tenant_id: UUID, subject: UUID, key: bytes | None) -> None:
        self._known[tenant_id, subject] = (time.monotonic() + REMEMBERED_SECONDS, key)
        while len(self._known) > self._size:
            self._known.popitem(last=False)

    def forget(self, tenant_id: UUID, subject: UUID) -> None:
        self._known.pop((tenant_id, subject), None)

    def missing(self, tenant_id: UUID, subjects: Iterable[UUID]) -> list[UUID]:
        return [s for s in dict.fromkeys(subjects) if not self.get(tenant_id, s)[0]]

    def learn(self, tenant_id: UUID, rows: Iterable[tuple[Any, ...]]) -> None:
        for subject, wrapped in rows:
            key = None if wrapped is None else self.keyring.unwrap(tenant_id, subject, bytes(wrapped))
            self.put(tenant_id, subject, key)

    async def fetch(self, db: psycopg.AsyncConnection[Any], tenant_id: UUID, subjects: Iterable[UUID]) -> None:
        """Bring the existing keys of ``subjects`` to hand. The connection's transaction is the tenant's already."""
        if wanted := self.missing(tenant_id, subjects):
            self.learn(tenant_id, await (await db.execute(_FIND, [tenant_id, wanted])).fetchall())

    def fetch_now(self, db: psycopg.Connection[Any], tenant_id: UUID, subjects: Iterable[UUID]) -> None:
        """The same over a blocking connection of a role that sees every tenant."""
        if wanted := self.missing(tenant_id, subjects):
            self.learn(tenant_id, db.execute(_FIND, [tenant_id, wanted]).fetchall())
