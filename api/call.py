"""One HTTP request, understood: who calls, what they sent, and how it is answered."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from fastapi import Request
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from application.base import Command, Context, Outcome, execute
from application.permissions import permit
from application.ports import Access, Claims, Services, Unauthorized
from domain.base import Forbidden, Missing, Refused
from domain.values import Role
from projections.query import Reader

CATCH_UP_SECONDS = 2.0
"""How long a command waits for the read models before it answers anyway."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_POSITION = re.compile(r"[0-9]{1,18}")
_CAMEL = lru_cache(maxsize=4096)(to_camel)


class BadHeader(Refused):
    """A request header is not understood."""

    code = "BAD_REQUEST"


class Call:
    """Made by ``api.base.Routes`` for each request. ``context`` says who, where and when."""

    def __init__(self, request: Request, services: Services, claims: Claims) -> None:
        self.request = request
        self.services = services
        self.claims = claims
        self.status = 200
        self.body = b""
        headers = request.headers
        self.context = Context(
            tenant_id=claims.tenant_id,
            actor=claims.user_id,
            role=claims.role,
            now=services.clock.now(),
            correlation=request.scope.get("correlation") or services.new_id(),
            new_id=services.new_id,
            actor_tenant=claims.tenant_id,
            signed_in_at=claims.signed_in_at,
            key=_checked(headers.get("idempotency-key"), _KEY, "Idempotency-Key"),
            if_match=_version(headers.get("if-match")),
        )

    @property
    def path(self) -> dict[str, UUID]:
        return {name: UUID(str(value)) for name, value in self.request.path_params.items()}

    @property
    def own(self) -> UUID | None:
        """In OWN scope the caller's id, to filter by; otherwise ``None``."""
        return self.context.actor if self.context.own_only else None

    def permit(self, permission: str) -> None:
        self.context = replace(self.context, scope=permit(self.context.role, permission))

    def may(self, permission: str) -> bool:
        """Whether the caller holds a further permission (in any scope), such as reading clinical text."""
        try:
            permit(self.context.role, permission)
        except Forbidden:
            return False
        return True

    @asynccontextmanager
    async def reading(self, tenant_id: UUID | None = None) -> AsyncIterator[Reader]:
        """A transaction on the caller's tenant (a super admin's may be on any). Honours ``X-Event-Position``: sees at
        least that much."""
        await self.caught_up()
        context = self.context if tenant_id is None else replace(self.context, tenant_id=tenant_id)
        async with self.services.reading(context) as reader:
            yield reader

    async def caught_up(self) -> None:
        """Wait until the read models show what ``X-Event-Position`` names, for a while."""
        wanted = _checked(self.request.headers.get("x-event-position"), _POSITION, "X-Event-Position")
        if wanted and self.context.role is not Role.SUPER_ADMIN:
            await self.services.positions.reached(self.context.tenant_id, int(wanted), CATCH_UP_SECONDS)

    @property
    def address(self) -> str:
        """Where the request came from; empty if that is not known."""
        return self.request.client.host if self.request.client else ""

    async def seen(self, action: Access, kind: str, *subjects: UUID) -> None:
        """Record in the access log that these records were read or exported, before the answer is sent."""
        await self.services.access_log.record(self.context, action, kind, *subjects, address=self.address)

    async def shows(self, kind: str, found: Iterable[dict[str, Any]], field: str) -> None:
        """Record as read every row of ``found`` whose clinical ``field`` (snake_case) is about to be shown: it has any,
        and ``?fields=`` does not leave it out."""
        wanted = self.request.query_params.get("fields")
        if wanted and _CAMEL(field) not in _names(wanted):
            return
        if subjects := [row["id"] for row in found if row[field]]:
            await self.seen(Access.READ, kind, *subjects)

    async def execute(
        self, command: Command, *, tenant_id: UUID | None = None, known: dict[str, Any] | None = None,
        then: Callable[[Outcome], Awaitable[dict[str, Any]]] | None = None,
    ) -> Response:  # fmt: skip
        """Carry the command out; answer when the read models show it (or at once: ``Prefer: respond-async``). What the
        answer lacks (null) is taken from ``known``, by its name in JSON. ``then`` is done once the command is, not at
        its repetition; the answer has what it returns (by names in JSON), the book does not: a secret may be in it."""
        context = replace(
            self.context,
            tenant_id=tenant_id or self.context.tenant_id,
            fingerprint=self.services.fingerprint(
                self.request.method.encode(), self.request.url.path.encode("utf-8", "replace"), self.body
            ),
        )
        outcome = await execute(command, context, self.services.store)
        headers = await self._settled(context.tenant_id, outcome)
        lacking = {name: value for name, value in (known or {}).items() if outcome.result.get(name) is None}
        told = await then(outcome) if then is not None and not outcome.replayed else {}
        return self.json({**outcome.result, **lacking, **told}, status=self.status, headers=headers)

    async def _settled(self, tenant_id: UUID, outcome: Outcome) -> dict[str, str]:
        headers = {"X-Event-Position": str(outcome.position)}
        if "respond-async" in self.request.headers.get("prefer", ""):
            headers["Preference-Applied"] = "respond-async"
        elif not await self.services.positions.reached(tenant_id, outcome.position, CATCH_UP_SECONDS):
            headers["X-Read-Models"] = "behind"
        if outcome.replayed:
            headers["Idempotency-Replayed"] = "true"
        return headers

    def found(self, data: dict[str, Any] | None) -> Response:
        """A single resource: 404 if absent, ``ETag`` from its version, 304 if the caller has it."""
        if data is None:
            raise Missing
        version, has = data.get("version"), self.request.headers.get("if-none-match", "")
        if version is not None and (has.strip() == "*" or f'"{version}"' in has):
            return Response(status_code=304, headers={"ETag": f'"{version}"'})
        return self.json(data)

    async def document(self, template: str, data: dict[str, Any], name: str) -> Response:
        """A PDF (``application.ports.Renderer``) to be saved as ``name``, which is plain ASCII without anything
        personal. Its ``ETag`` is made of its bytes; 304 if the caller has them."""
        pdf = await self.services.documents.pdf(template, data)
        tag = f'"{sha256(pdf).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Content-Disposition": f'attachment; filename="{name}"'}
        has = self.request.headers.get("if-none-match", "")
        if has.strip() == "*" or tag in has:
            return Response(status_code=304, headers={"ETag": tag})
        return Response(pdf, 200, headers, "application/pdf")

    def json(self, data: Any, *, status: int | None = None, headers: dict[str, str] | None = None) -> Response:
        """``data`` in camelCase; ``?fields=`` keeps only those of each resource."""
        headers = dict(headers or {})
        if isinstance(data, dict) and isinstance(data.get("version"), int):
            headers["ETag"] = f'"{data["version"]}"'
        body = camel(data)
        if (wanted := self.request.query_params.get("fields")) and self.request.method == "GET":
            body = _only(_names(wanted), body)
        return Response(msgspec.json.encode(body, enc_hook=str), status or self.status, headers, "application/json")


def answer(data: Any, status: int = 200) -> Response:
    """``data`` as JSON in camelCase."""
    return Response(msgspec.json.encode(camel(data), enc_hook=str), status, media_type="application/json")


def camel(data: Any) -> Any:
    if isinstance(data, dict):
        return {_CAMEL(k) if isinstance(k, str) else k: camel(v) for k, v in data.items()}
    if isinstance(data, list | tuple):
        return [camel(item) for item in data]
    return data


def _names(fields: str) -> set[str]:
    return {name.strip() for name in fields.split(",")}


def _only(names: set[str], body: Any) -> Any:
    if isinstance(body, dict) and isinstance(body.get("data"), list) and "pageSize" in body:
        return {**body, "data": [_only(names, item) for item in body["data"]]}
    if isinstance(body, dict):
        return {k: v for k, v in body.items() if k in names}
    return body


def authenticate(request: Request, services: Services) -> Claims:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized
    return services.tokens.read(token.strip())


def _checked(value: str | None, pattern: re.Pattern[str], name: str) -> str | None:
    if value is None or pattern.fullmatch(value):
        return value
    raise BadHeader(f"The header {name} is not valid", field=name)


def _version(value: str | None) -> int | None:
    if value is None or value.strip() == "*":
        return None
    tag = re.fullmatch(r'(?:W/)?"([0-9]{1,9})"', value.strip())
    if tag is None:
        raise BadHeader("The header If-Match wants an ETag of this API", field="If-Match")
    return int(tag[1])
