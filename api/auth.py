"""Signing in and out. These routes take no access token."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from api.base import Routes, services_of
from api.body import parse, read_body
from api.call import answer
from application.base import Command, Model
from application.ports import TokenPair
from domain.values import Role

routes = Routes("Authentication")


Email = Annotated[
    str, Field(min_length=3, max_length=254, pattern="^[!-~]+@[!-~]+$", examples=["admin@sunrise.example"])
]
Slug = Annotated[
    str | None,
    Field(
        max_length=63, pattern="^[a-z0-9-]+$", examples=["sunrise"],
        description="The centre's slug; needed only when the e-mail is known in several",
    ),
]  # fmt: skip


class LogIn(Command):
    email: Email
    password: Annotated[str, Field(min_length=1, max_length=200, examples=["correct horse battery"])]
    tenant: Slug = None


RefreshToken = Annotated[
    str,
    Field(
        min_length=1, max_length=500, pattern="^[!-~]+$",
        examples=["01a202f4a27171fea60527a3620b03c1.y2uUwJ8nPzV0m4cQF1rXkH5tB9sLd7aE3gOi6vNZpRw"],
    ),
]  # fmt: skip


class RefreshTokens(Command):
    refresh_token: RefreshToken


class LogOut(Command):
    refresh_token: RefreshToken


class SignedIn(Model):
    """``accessToken`` goes into the Authorization header (Bearer); ``refreshToken`` gets the next pair, once."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
    user_id: UUID
    tenant_id: UUID
    tenant: str
    role: Role


class SignedOut(Model):
    success: bool


def signed_in(pair: TokenPair) -> dict[str, Any]:
    return {
        "access_token": pair.access_token, "refresh_token": pair.refresh_token, "token_type": "Bearer",
        "expires_in": pair.expires_in, "user_id": pair.claims.user_id, "tenant_id": pair.claims.tenant_id,
        "tenant": pair.tenant_slug, "role": pair.claims.role,
    }  # fmt: skip


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


@routes.open_post("/auth/login", LogIn, answers=SignedIn, refuses=(401, 409, 429))
async def log_in(request: Request) -> Response:
    """Sign in

    Answers a pair of tokens. With an e-mail that several centres know, name one in `tenant`."""
    body = parse(LogIn, await read_body(request), {})
    tokens = services_of(request).tokens
    return answer(signed_in(await tokens.sign_in(body.email, body.password, body.tenant, address_of(request))))


@routes.open_post("/auth/refresh", RefreshTokens, answers=SignedIn, refuses=(401,))
async def refresh_tokens(request: Request) -> Response:
    """Get the next pair of tokens

    A refresh token works once; used again, it signs its whole family out."""
    body = parse(RefreshTokens, await read_body(request), {})
    return answer(signed_in(await services_of(request).tokens.refresh(body.refresh_token, address_of(request))))


@routes.open_post("/auth/logout", LogOut, answers=SignedOut, refuses=())
async def log_out(request: Request) -> Response:
    """Sign out

    Revokes the refresh token's family. Signing out twice is fine."""
    body = parse(LogOut, await read_body(request), {})
    await services_of(request).tokens.sign_out(body.refresh_token, address_of(request))
    return answer({"success": True})
