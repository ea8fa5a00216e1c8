"""What auditors need from outside, as Protocols: the book as a stream of events, and its signed heads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from application.base import Context


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events of a book are wanted. ``type`` is one type or a feature's name, ``aggregate`` a kind of aggregate,
    ``from_`` (included) and ``to`` (not) are instants of recording, ``after`` and ``before`` are positions."""

    type: str | None = None
    aggregate: str | None = None
    stream_id: UUID | None = None
    actor: UUID | None = None
    from_: datetime | None = None
    to: datetime | None = None
    after: int | None = None
    before: int | None = None
    newest_first: bool = False
    money_only: bool = False


class Events(Protocol):
    async def page(self, context: Context, wanted: EventFilter, limit: int) -> dict[str, Any]:
        """Events in the order of their positions, clinical text redacted: ``{"data": [...], "next": position | None,
        "head": position}``. ``next`` is the last position of a full page. An erased person's fields are null."""


class Checkpoints(Protocol):
    """Signed heads of books, as they are exported: ``{"format", "tenant_id", "position", "chain", "root", "signed_at",
    "key_id", "public_key", "signature"}``."""

    async def of(self, tenant_id: UUID, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
        """A book's, the latest first; only those before a position."""

    async def proof(self, tenant_id: UUID, position: int) -> dict[str, Any]:
        """That one event is in the book as it was last signed: ``{"format", "tenant_id", "before", "event", "path",
        "checkpoint"}``. Raises ``Missing``."""


class Certificates(Protocol):
    async def of(self, tenant_id: UUID, person: UUID) -> dict[str, Any] | None:
        """The certificate of a person's erasure, signed, by its names in JSON; ``None`` if they were not erased. Raises
        a refusal (KEY_NOT_DESTROYED, 409) if the book tells of an erasure and the key is still there."""
