"""Signing in: argon2id passwords, short JWTs, rotating refresh tokens that are stored hashed."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import psycopg
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.crypto import Keyring
from adapters.passwords import password_matches
from application.base import PLATFORM
from application.ports import (
    Access,
    AccessLog,
    Bucket,
    Claims,
    Clock,
    Limiter,
    TokenPair,
    TooMany,
    Unauthorized,
    WhichTenant,
    WrongCredentials,
)
from domain.values import Role

ACCESS_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(days=7)
REUSE_GRACE = timedelta(seconds=10)
"""Two tabs may refresh with the same token at once; later than this, a second use is a theft."""
ALGORITHM = "HS256"
AUDIENCE = "daybook"
_KNOWN_TOKENS = 10_000

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class JwtTokens:
    """Access tokens are verified without the database; whether the login still holds is asked where it counts: in the
    append, and at the start of each reading transaction."""

    def __init__(
        self,
        pool: AsyncConnectionPool[Connection],
        keyring: Keyring,
        secret: str,
        clock: Clock,
        log: AccessLog,
        limiter: Limiter,
    ) -> None:
        self._pool = pool
        self._keyring = keyring
        self._secret = secret
        self._clock = clock
        self._log = log
        self._limiter = limiter
        self._verified: OrderedDict[str, tuple[float, Claims]] = OrderedDict()

    def read(self, token: str) -> Claims:
        now = self._clock.now()
        known = self._verified.get(token)
        if known is not None and now.timestamp() < known[0]:
            return known[1]
        try:
            said = jwt.decode(
                token, self._secret, algorithms=[ALGORITHM], audience=AUDIENCE,
                options={"require": ["exp", "iat", "sub", "aud"], "verify_exp": False, "verify_iat": False,
                         "verify_nbf": False},
            )  # fmt: skip
            expires, starts = float(said["exp"]), float(said.get("nbf", said["iat"]))
            claims = Claims(
                UUID(said["sub"]), UUID(said["tenant"]), Role(said["role"]),
                datetime.fromtimestamp(said["signedInAt"] / 1_000_000, UTC), datetime.fromtimestamp(expires, UTC),
            )  # fmt: skip
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise Unauthorized from error
        # Times are judged by our clock, which tests can set; the library would ask the machine's.
        if said.get("type") != "access" or not starts <= now.timestamp() < expires:
            raise Unauthorized
        self._verified[token] = (expires, claims)
        if len(self._verified) > _KNOWN_TOKENS:
            self._verified.popitem(last=False)
        return claims

    async def sign_in(self, email: str, password: str, slug: str | None, address: str) -> TokenPair:
        key = self._keyring.blind("login", email)
        # Counted before the password is looked at: of a hundred tries at once, ten are looked at.
        for bucket, whose in ((Bucket.LOGIN_ADDRESS, address), (Bucket.LOGIN, key.hex())):
            allowance = await self._limiter.count(bucket, whose)
            if allowance is not None and not allowance.granted:
                raise TooMany(allowance.reset)
        async with self._pool.connection() as db:
            found = await (await db.execute("SELECT * FROM book.find_logins(%s, %s)", [key, slug])).fetchall()
        # Every candidate's password is checked (one dummy when there is none), so an answer's time says nothing.
        fitting = [
            row for row in found or [(None,) * 6]
            if await asyncio.to_thread(password_matches, password, row[3]) and row[5]
        ]  # fmt: skip
        if not fitting:
            # An unknown e-mail is the platform's to know of; and it takes as long as a known one.
            last = allowance is not None and not allowance.remaining
            action = Access.LOG_IN_THROTTLED if last else Access.LOG_IN_FAILED
            for tenant_id in {row[0] for row in found} or {PLATFORM}:
                await self._log.note(tenant_id, None, action, address=address)
            raise WrongCredentials
        if len(fitting) > 1:
            raise WhichTenant(tenants=sorted(row[2] for row in fitting))
        await self._limiter.forget(Bucket.LOGIN, key.hex())
        tenant_id, user_id, tenant_slug, _, role, _ = fitting[0]
        pair = await self._issue(tenant_id, user_id, tenant_slug, Role(role), uuid7(), self._clock.now())
        await self._log.note(tenant_id, user_id, Access.LOG_IN, address=address)
        return pair

    async def sign_in_again(self, claims: Claims) -> TokenPair:
        slug = await self._slug(claims.tenant_id)
        now = self._clock.now()
        return await self._issue(claims.tenant_id, claims.user_id, slug, claims.role, uuid7(), now)

    async def _slug(self, tenant_id: UUID) -> str:
        async with self._pool.connection() as db, db.transaction():
            await _enter(db, tenant_id)
            found = await db.execute(
                "SELECT value FROM book.claims WHERE tenant_id = %s AND kind = 'slug'", [tenant_id]
            )
            row = await found.fetchone()
        if row is None:
            raise Unauthorized
        return str(row[0])

    async def refresh(self, refresh_token: str, address: str) -> TokenPair:
        tenant_id, hashed = _taken_apart(refresh_token)
        now = self._clock.now()
        theft = False
        async with self._pool.connection() as db, db.transaction():
            await _enter(db, tenant_id)
            row = await (
                await db.execute(
                    """SELECT t.user_id, t.family, t.issued_at, t.expires_at, t.used_at, t.revoked_at,
                         l.role, l.active AND l.valid_after <= t.issued_at, c.value
                       FROM book.refresh_tokens t
                       JOIN book.logins l USING (tenant_id, user_id)
                       JOIN book.claims c ON c.tenant_id = t.tenant_id AND c.kind = 'slug'
                      WHERE t.tenant_id = %s AND t.token_hash = %s""",
                    [tenant_id, hashed],
                )
            ).fetchone()
            if row is None:
                raise Unauthorized
            user_id, family, _, expires_at, used_at, revoked_at, role, holds, slug = row
            if revoked_at or expires_at <= now or not holds:
                raise Unauthorized
            taken = await db.execute(
                "UPDATE book.refresh_tokens SET used_at = %s"
                " WHERE tenant_id = %s AND token_hash = %s AND used_at IS NULL",
                [now, tenant_id, hashed],
            )
            if taken.rowcount == 0:
                used = used_at or now
                theft = now - used > REUSE_GRACE
            if theft:
                await _revoke(db, tenant_id, family, now)
        if theft:
            await self._log.note(tenant_id, user_id, Access.REFRESH_REUSED, address=address)
            raise Unauthorized
        return await self._issue(tenant_id, user_id, slug, Role(role), family, now)

    async def sign_out(self, refresh_token: str, address: str) -> None:
        try:
            tenant_id, hashed = _taken_apart(refresh_token)
        except Unauthorized:
            return
        async with self._pool.connection() as db, db.transaction():
            await _enter(db, tenant_id)
            row = await (
                await db.execute(
                    "SELECT user_id, family FROM book.refresh_tokens WHERE tenant_id = %s AND token_hash = %s",
                    [tenant_id, hashed],
                )
            ).fetchone()
            if row is None:
                return
            await _revoke(db, tenant_id, row[1], self._clock.now())
        await self._log.note(tenant_id, row[0], Access.LOG_OUT, address=address)

    async def _issue(
        self, tenant_id: UUID, user_id: UUID, slug: str, role: Role, family: UUID, now: datetime
    ) -> TokenPair:
        refresh = f"{tenant_id.hex}.{secrets.token_urlsafe(32)}"
        async with self._pool.connection() as db, db.transaction():
            await _enter(db, tenant_id)
            await db.execute(
                "INSERT INTO book.refresh_tokens (tenant_id, token_hash, user_id, family, issued_at, expires_at)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                [tenant_id, _hash(refresh), user_id, family, now, now + REFRESH_LIFE],
            )
        claims = Claims(user_id, tenant_id, role, now)
        access = jwt.encode(
            {
                "sub": str(user_id), "tenant": str(tenant_id), "role": role, "type": "access", "aud": AUDIENCE,
                "iat": int(now.timestamp()), "exp": int((now + ACCESS_LIFE).timestamp()), "jti": uuid7().hex,
                "signedInAt": int(now.timestamp() * 1_000_000),
            },
            self._secret, algorithm=ALGORITHM,
        )  # fmt: skip
        return TokenPair(access, refresh, int(ACCESS_LIFE.total_seconds()), claims, slug)


async def _enter(db: Connection, tenant_id: UUID) -> None:
    await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])


async def _revoke(db: Connection, tenant_id: UUID, family: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE book.refresh_tokens SET revoked_at = %s WHERE tenant_id = %s AND family = %s AND revoked_at IS NULL",
        [now, tenant_id, family],
    )


def _taken_apart(token: str) -> tuple[UUID, bytes]:
    tenant, _, secret = token.partition(".")
    try:
        return UUID(tenant), _hash(token) if secret else b""
    except ValueError as error:
        raise Unauthorized from error


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
