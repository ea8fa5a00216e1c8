"""How often somebody may ask: counted for each user and their centre, and for each address where nobody signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from api import errors
from api.call import authenticate
from application.ports import Allowance, Bucket, Claims, Services, TooMany, Unauthorized

__all__ = ["admit", "headers"]

COSTLY = re.compile(r"/(?:reports|export|exports)(?:/|$)|/export$|/audit/(?:verify|proof)$|/rebuild$")
"""Route templates that make the database work hard: fewer of these than of the others."""
_SCOPE = "daybook.allowance"


async def admit(scope: Scope, template: str) -> Response | None:
    """Count this request. A response (429) if it is one too many."""
    request = Request(scope)
    services: Services = request.app.state.services
    strictest: Allowance | None = None
    for bucket, key in _buckets(request, services, template):
        allowance = await services.limiter.count(bucket, key)
        if allowance is None:
            return None
        if strictest is None or not allowance.granted or allowance.remaining < strictest.remaining:
            scope[_SCOPE] = strictest = allowance
        if not allowance.granted:  # the rest is not counted: who is over their own limit uses up nobody else's
            return await errors.on_refused(request, TooMany(allowance.reset))
    return None


def headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """``RateLimit-*`` of the limit that is nearest: how many in its window, how many are left, seconds to the next."""
    allowance: Allowance | None = scope.get(_SCOPE)
    if allowance is None:
        return []
    told = {"limit": allowance.limit, "remaining": allowance.remaining, "reset": allowance.reset}
    return [(f"ratelimit-{name}".encode(), str(value).encode()) for name, value in told.items()]


def _buckets(request: Request, services: Services, template: str) -> Iterator[tuple[Bucket, str]]:
    claims = _claims(request, services)
    if claims is None:
        yield Bucket.ADDRESS, request.client.host if request.client else ""
        return
    if COSTLY.search(template):
        yield Bucket.COSTLY, claims.user_id.hex
    yield Bucket.USER, claims.user_id.hex
    yield Bucket.TENANT, claims.tenant_id.hex


def _claims(request: Request, services: Services) -> Claims | None:
    try:
        return authenticate(request, services)
    except Unauthorized:
        return None
