"""What happens to every request: who really sent it, a correlation id in and out, one line in the log, its time."""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.requests import ClientDisconnect

from api import errors, limits
from api.metrics import REQUESTS, SECONDS
from application.ports import Services

log = logging.getLogger("daybook.request")

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Networks = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]

GONE = 499
"""What is counted where the caller hung up while still sending: nobody's fault, and nobody is left to answer."""
FAULT = 500
QUIET = {"/healthz", "/readyz", "/metrics"}
"""Asked every few seconds by machines: logged at DEBUG."""
ENDLESS = {"/api/v1/stream"}
"""How long these take says nothing about how quick we are."""
_CORRELATION = re.compile(rb"[0-9a-fA-F-]{32,36}")
_ALWAYS = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]


class Around:
    def __init__(self, app: Asgi) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        services: Services = scope["app"].state.services
        scope["client"] = client_of(scope, services.trusted_proxies)
        correlation = scope["correlation"] = _given(scope) or services.new_id()
        status, answered = FAULT, False

        async def answer(message: MutableMapping[str, Any]) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                answered = True
                status = message["status"]
                headers = [*_ALWAYS, (b"x-correlation-id", str(correlation).encode()), *limits.headers(scope)]
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
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            _told(scope, route, status, seconds, correlation)
            scope.pop("daybook.call", None)  # it knows the request, which knows the scope: left to the collector
            REQUESTS.labels(scope["method"], route, status).inc()
            if route not in ENDLESS:
                SECONDS.labels(scope["method"], route).observe(seconds)


def _told(scope: Scope, route: str, status: int, seconds: float, correlation: UUID) -> None:
    """One line: the route's template, never the path, query or body, which may hold what somebody typed."""
    level = logging.ERROR if status >= FAULT and status != GONE else logging.INFO
    if route in QUIET:
        level = logging.DEBUG
    if not log.isEnabledFor(level):
        return
    call = scope.get("daybook.call")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    facts = {
        "method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1),
        "tenant": call and str(call.context.tenant_id), "actor": call and str(call.context.actor),
        "correlation": str(correlation),
    }  # fmt: skip
    log.log(level, "request", extra={"facts": facts})


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}


def client_of(scope: Scope, trusted: Networks) -> tuple[str, int] | None:
    """Who sent the request. ``X-Forwarded-For`` is believed as far as it was written by proxies we trust: the address
    before the first one that is not theirs is the client's; what stands further left may be anybody's invention."""
    peer: tuple[str, int] | None = scope.get("client")
    if peer is None or not trusted or not _within(peer[0], trusted):
        return peer
    given = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    for hop in reversed([part.strip() for part in given.decode("latin-1").split(",") if part.strip()]):
        if _address(hop) is None:
            return peer
        peer = hop, 0
        if not _within(hop, trusted):
            break
    return peer


def _within(address: str, networks: Networks) -> bool:
    parsed = _address(address)
    return parsed is not None and any(parsed in network for network in networks)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _given(scope: Scope) -> UUID | None:
    raw = next((value for name, value in scope["headers"] if name == b"x-correlation-id"), b"")
    try:
        return UUID(raw.decode()) if _CORRELATION.fullmatch(raw) else None
    except ValueError:
        return None
