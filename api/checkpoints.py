"""Signed heads of the book, and the proof that one event is in it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.base import Routes
from api.call import Call
from api.filters import Digits, Position
from application.base import Model

routes = Routes("Audit")


class CheckpointView(Model):
    """At ``position`` the chain was ``chain`` and the Merkle tree over all hashes (RFC 6962) had this ``root``; signed
    (Ed25519) with the key of ``key_id``. Keep it elsewhere: what is signed cannot be rewritten unseen."""

    format: str
    tenant_id: UUID
    position: int
    chain: str
    root: str
    signed_at: datetime
    key_id: str
    public_key: str
    signature: str


class CheckpointsView(Model):
    """The latest first. ``next`` is the ``before`` of the next page, null on the last."""

    data: list[CheckpointView]
    next: int | None


class SealedEventView(Model):
    """A stored event as it is hashed: times as PostgreSQL counts them (microseconds and days since 2000-01-01),
    personal fields sealed."""

    position: int
    stream: UUID
    version: int
    topic: str
    class_version: int
    recorded: int
    effective: int
    actor: UUID
    correlation: UUID
    document: str | None
    data: str
    hash: str


class ProofView(Model):
    """``path`` leads from the event's hash to the root of the checkpoint, the lowest first."""

    format: str
    tenant_id: UUID
    before: str
    event: SealedEventView
    path: list[str]
    checkpoint: CheckpointView


@routes.get("/audit/checkpoints", may="audit:verify", answers=CheckpointsView, refuses=(503,))
async def list_checkpoints(
    call: Call,
    before: Annotated[Position | None, Query(description="Only checkpoints before this position")] = None,
    limit: Annotated[int, Query(ge=1, le=100), Digits] = 50,
) -> Response:
    """Signed checkpoints of the book

    To be kept elsewhere and shown to `scripts/verify_book.py` with an export of the book."""
    async with call.reading():  # checks that the login still holds
        pass
    found = await call.services.checkpoints.of(call.context.tenant_id, limit, before)
    return call.json({"data": found, "next": found[-1]["position"] if len(found) == limit else None})


@routes.get("/audit/proof", may="audit:verify", answers=ProofView, refuses=(404, 409, 503))
async def prove_event(
    call: Call, position: Annotated[Position, Query(description="Which event of the book", examples=[1])]
) -> Response:
    """Prove that one event is in the signed book

    Without showing any other: `scripts/verify_book.py --proof` checks it. 404 until a checkpoint covers the event."""
    async with call.reading():  # checks that the login still holds
        pass
    return call.json(await call.services.checkpoints.proof(call.context.tenant_id, position))
