"""The ASGI application: routes, errors, correlation, metrics, compression."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect

from api import (
    access_log,
    account,
    auth,
    availability,
    billing,
    catalogue,
    errors,
    expenses,
    openapi,
    operations,
    patients,
    rescheduling,
    scheduling,
    staff,
    tenancy,
)
from api.base import PREFIX
from api.dispatch import Dispatch
from api.metrics import REQUESTS, SECONDS
from application.ports import Services

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Lifespan = Callable[[], AbstractAsyncContextManager[Services]]

GONE = 499
"""What is counted where the caller hung up while still sending: nobody's fault, and nobody is left to answer."""
FEATURES = (
    auth,
    tenancy,
    staff,
    account,
    patients,
    catalogue,
    availability,
    scheduling,
    rescheduling,
    billing,
    expenses,
    access_log,
    operations,
)

_CORRELATION = re.compile(rb"[0-9a-fA-F-]{32,36}")


class Around:
    """What happens to every request: a correlation id in and out, and its time measured by route template."""

    def __init__(self, app: Asgi) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        given = next((v for k, v in scope["headers"] if k == b"x-correlation-id"), b"")
        correlation = _uuid(given)
        if correlation is not None:
            scope["correlation"] = correlation
        status, answered = 500, False

        async def answer(message: MutableMapping[str, Any]) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                answered = True
                status = message["status"]
                headers = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]
                call = scope.get("daybook.call")
                if named := correlation or (call and call.context.correlation):
                    headers.append((b"x-correlation-id", str(named).encode()))
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in headers if h[0] not in present)]
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except ClientDisconnect:
            status = GONE
        except Exception as error:
            # Answered here: further out, the server would log the error's own text and drop the connection.
            if answered:
                raise
            response = await errors.on_fault(Request(scope), error)
            await response(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            scope.pop("daybook.call", None)  # it knows the request, which knows the scope: left to the collector
            REQUESTS.labels(scope["method"], route, status).inc()
            SECONDS.labels(scope["method"], route).observe(time.perf_counter() - started)


def _uuid(raw: bytes) -> UUID | None:
    try:
        return UUID(raw.decode()) if _CORRELATION.fullmatch(raw) else None
    except ValueError:
        return None


def create_app(lifespan: Lifespan) -> FastAPI:
    """``lifespan`` opens the services the application runs on, and closes them."""

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
    app.router.middleware_stack = Dispatch(app.router)
    errors.install(app)
    bodies = {(PREFIX + path, method): c for f in FEATURES for (path, method), c in f.routes.bodies.items()}
    app.openapi = lambda: openapi.describe(app, bodies)  # type: ignore[method-assign]
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(Around)
    return app
