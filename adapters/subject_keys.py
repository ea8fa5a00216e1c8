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


Keys = dict[UUID, bytes | None]


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
        self._known.move_to_end((tenant_id, subject))
        while len(self._known) > self._size:
            self._known.popitem(last=False)

    def forget(self, tenant_id: UUID, subject: UUID) -> None:
        self._known.pop((tenant_id, subject), None)

    def at_hand(self, tenant_id: UUID, subjects: Iterable[UUID]) -> Keys:
        """The keys that are remembered now. Whoever decodes uses this answer, not the memory, which forgets."""
        held = {subject: self.get(tenant_id, subject) for subject in subjects}
        return {subject: key for subject, (known, key) in held.items() if known}

    async def fetch(
        self, db: psycopg.AsyncConnection[Any], tenant_id: UUID, subjects: Iterable[UUID], *, shown: bool = False
    ) -> Keys:
        """The existing keys of ``subjects``; a person without one is absent, one whose key was destroyed ``None``.
        The connection's transaction is the tenant's already. ``shown``: somebody is shown what they open, so memory is
        not asked: another process may have destroyed one a moment ago."""
        wanted = set(subjects)
        held = {} if shown else self.at_hand(tenant_id, wanted)
        if wanted := wanted - held.keys():
            held |= self._learn(tenant_id, await (await db.execute(_FIND, [tenant_id, list(wanted)])).fetchall())
        return held

    def fetch_now(self, db: psycopg.Connection[Any], tenant_id: UUID, subjects: Iterable[UUID]) -> Keys:
        """The same over a blocking connection of a role that sees every tenant."""
        wanted = set(subjects)
        held = self.at_hand(tenant_id, wanted)
        if wanted := wanted - held.keys():
            held |= self._learn(tenant_id, db.execute(_FIND, [tenant_id, list(wanted)]).fetchall())
        return held

    def _learn(self, tenant_id: UUID, rows: Iterable[tuple[Any, ...]]) -> Keys:
        found: Keys = {}
        for subject, wrapped in rows:
            key = None if wrapped is None else self.keyring.unwrap(tenant_id, subject, bytes(wrapped))
            found[subject] = key
            self.put(tenant_id, subject, key)
        return found
