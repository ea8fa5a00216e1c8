"""The ASGI application: routes, errors, what stands around them, compression."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

from api import (
    access_log,
    account,
    accounting,
    auth,
    availability,
    billing,
    catalogue,
    checkpoints,
    erasures,
    errors,
    events,
    expenses,
    limits,
    notices,
    openapi,
    operations,
    patients,
    progress,
    rebuilding,
    reports,
    rescheduling,
    scheduling,
    series,
    staff,
    stream,
    tenancy,
    therapist,
)
from api.around import Around
from api.base import PREFIX
from api.dispatch import Dispatch
from api.site import Site
from application.ports import Services

Lifespan = Callable[[], AbstractAsyncContextManager[Services]]

FEATURES = (
    auth,
    account,
    tenancy,
    staff,
    patients,
    erasures,
    catalogue,
    availability,
    series,  # before scheduling, which would take its paths for ids of sessions
    scheduling,
    rescheduling,
    progress,
    billing,
    expenses,
    accounting,
    reports,
    therapist,
    notices,
    access_log,
    events,
    checkpoints,
    stream,
    rebuilding,
    operations,
)

METHODS = ("GET", "POST", "PUT", "DELETE")
ASKED = (
    "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID", "Prefer",
    "X-Correlation-Id", "X-Event-Position",
)  # fmt: skip
TOLD = (
    "Content-Disposition", "ETag", "Idempotency-Replayed", "Preference-Applied", "RateLimit-Limit",
    "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "X-Correlation-Id", "X-Event-Position", "X-Read-Models",
)  # fmt: skip
"""Headers that a page of another site may send, and those it may read."""


class Gzip(GZipMiddleware):
    """Not for streams: they are not compressed, and what would compress them takes 250 kB of memory each."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == stream.PATH:
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(lifespan: Lifespan, *, origins: Sequence[str] = (), site: Path | None = None) -> FastAPI:
    """``lifespan`` opens the services the application runs on, and closes them. ``origins`` are the other sites whose
    pages a browser lets call this API. ``site`` is the folder of the built browser client, if it is to be served."""

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        async with lifespan() as services:
            app.state.services = services
            yield

    app = FastAPI(
        title="Daybook", version="1", lifespan=opened, docs_url=None, redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json", redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # asked for at each request; /metrics is ours
        description="Bookings, money and clinical progress of therapy centres, on an append-only book.",
    )  # fmt: skip
    for feature in FEATURES:
        app.router.routes.extend(feature.routes.router.routes)  # an included router would try all its routes twice
    app.router.routes.extend(operations.probes.routes)
    app.router.middleware_stack = Dispatch(app.router, limits.admit)
    errors.install(app)
    bodies = {(PREFIX + path, method): c for f in FEATURES for (path, method), c in f.routes.bodies.items()}
    app.openapi = lambda: openapi.describe(app, bodies)  # type: ignore[method-assign]
    app.add_middleware(Gzip, minimum_size=1_000)
    if site is not None:
        app.add_middleware(Site, folder=site)
    app.add_middleware(Around)
    if origins:
        # No credentials: who calls is told by a header that the page's own code sets, never by a cookie.
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=METHODS, allow_headers=ASKED, expose_headers=TOLD,
            max_age=600,
        )  # fmt: skip
    return app
