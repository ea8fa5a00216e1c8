"""For those who run and audit Daybook: health, metrics, verification, how far the read models are."""

from __future__ import annotations

import hmac
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import PlainTextResponse, Response

from api.base import Routes, services_of
from api.call import Call, answer
from api.metrics import exposition
from application.base import Model

routes = Routes("Operations")
probes = APIRouter(tags=["Operations"])


class Problem(Model):
    position: int
    problem: str


class VerificationView(Model):
    """``verified`` is true only if every hash of the book was recomputed just now and fits, and every checkpoint that
    the book keeps is signed and of this very history."""

    tenant_id: UUID
    verified: bool
    events: int
    position: int
    head: str
    checkpoints: int
    problem_count: int
    problems: list[Problem]


@routes.get("/audit/verify", may="audit:verify", answers=VerificationView, refuses=(503,))
async def verify_book(call: Call) -> Response:
    """Verify that nothing in the book was altered

    Recomputes the hash chain over every event of your centre, holds it against the signed checkpoints, and names each
    break."""
    async with call.reading():  # checks that the login still holds
        pass
    return call.json(await call.services.auditor.verify(call.context.tenant_id))


class AliveView(Model):
    alive: bool


class ReadyView(Model):
    """Not ready (503): the database or a read table is missing. Degraded: ready, and something wants a look."""

    ready: bool
    degraded: bool
    checks: dict[str, Any]


NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": ReadyView, "description": "Not ready"}}
TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


@probes.get("/healthz", operation_id="alive", summary="Is the process alive", response_model=AliveView)
async def alive() -> Response:
    return answer({"alive": True})


@probes.get(
    "/readyz", operation_id="ready", summary="Can it serve: database, read tables, lag, parked streams",
    response_model=ReadyView, responses=NOT_READY,
)  # fmt: skip
async def ready(request: Request) -> Response:
    state: dict[str, Any] = await services_of(request).health.ready()
    return answer(state, 200 if state["ready"] else 503)


@probes.get(
    "/metrics", operation_id="metrics", summary="Prometheus metrics", response_class=PlainTextResponse, responses=TEXT
)  # fmt: skip
async def metrics(request: Request) -> Response:
    """What is counted by centre is told only to whoever sends the installation's metrics token as a bearer: that a
    centre exists is nobody else's business."""
    services = services_of(request)
    wanted, given = services.metrics_token, request.headers.get("authorization", "")
    tenants = wanted is not None and hmac.compare_digest(given.encode(), f"Bearer {wanted}".encode())
    return Response(exposition(await services.health.measures(), tenants=tenants), media_type=CONTENT_TYPE_LATEST)
