"""One-time links: drawn, stored hashed, mailed, looked at. ``adapters.appending`` uses them up with the command."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.crypto import Keyring
from adapters.event_store import Unavailable
from application import letters
from application.logins import LinkInvalid, Purpose
from application.ports import Bucket, Clock, Letter, Limiter, LinkHolder, Mailer, NotSent, TooMany
from domain.values import Role

log = logging.getLogger("daybook.links")

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

LIFE = {Purpose.INVITATION: timedelta(days=7), Purpose.RESET: timedelta(hours=1)}
PAGE = {Purpose.INVITATION: "accept-invitation", Purpose.RESET: "reset-password"}
"""The browser's page that takes the link. The token stands behind ``#``: browsers send that to no server, so it is in
no server's log."""
STOP_SECONDS = 5.0
_TRIES = 3
_PAUSE = 2.0

_ENTER = "SELECT set_config('app.tenant', %s, true)"
_END = """UPDATE book.one_time_links SET revoked_at = %(now)s WHERE tenant_id = %(tenant)s AND user_id = %(user)s
  AND purpose = %(purpose)s AND used_at IS NULL AND revoked_at IS NULL"""
_NEW = """INSERT INTO book.one_time_links (tenant_id, token_hash, user_id, purpose, issued_at, expires_at)
  VALUES (%(tenant)s, %(hash)s, %(user)s, %(purpose)s, %(now)s, %(until)s)"""
_LOOK = """SELECT k.user_id, l.role FROM book.one_time_links k
  JOIN book.logins l USING (tenant_id, user_id)
  WHERE k.tenant_id = %s AND k.token_hash = %s AND k.purpose = %s AND k.used_at IS NULL AND k.revoked_at IS NULL
    AND k.expires_at > %s AND l.active"""


class OneTimeLinks:
    """``site`` is where browsers find Daybook, without a slash at its end."""

    def __init__(
        self,
        pool: AsyncConnectionPool[Connection],
        keyring: Keyring,
        clock: Clock,
        mailer: Mailer,
        limiter: Limiter,
        *,
        site: str,
    ) -> None:
        self._pool = pool
        self._keyring = keyring
        self._clock = clock
        self._mailer = mailer
        self._limiter = limiter
        self._site = site
        self._sending: set[asyncio.Task[None]] = set()

    async def invite(self, tenant_id: UUID, user_id: UUID, *, email: str, name: str, centre: str) -> bool:
        try:
            link = await self._issue(tenant_id, user_id, Purpose.INVITATION)
            await self._mailer.send(letters.invitation(email, name, centre, link))
        except (NotSent, psycopg.OperationalError, PoolTimeout) as error:
            log.warning("an invitation was not sent: %s", _told(error))
            return False
        return True

    async def ask_reset(self, email: str, slug: str | None, address: str) -> None:
        asked = await self._limiter.count(Bucket.LETTERS_ADDRESS, address)
        if asked is not None and not asked.granted:
            raise TooMany(asked.reset)
        key = self._keyring.blind("login", email)
        sent = await self._limiter.count(Bucket.LETTERS, key.hex())
        if sent is not None and not sent.granted:
            return
        try:
            async with self._pool.connection() as db:
                found = await (
                    await db.execute(
                        "SELECT tenant_id, user_id, slug, active FROM book.find_logins(%s, %s)",
                        [key, slug],
                    )
                ).fetchall()
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable from error
        for tenant_id, user_id, centre, active in found:
            if active:
                self._soon(tenant_id, user_id, partial(letters.password_reset, email, centre))

    async def look(self, token: str, purpose: Purpose) -> LinkHolder:
        tenant, _, secret = token.partition(".")
        try:
            tenant_id = UUID(tenant)
        except ValueError:
            raise LinkInvalid from None
        hashed = _hash(token)
        try:
            async with self._pool.connection() as db, db.transaction():
                await db.execute(_ENTER, [str(tenant_id)])
                row = await (await db.execute(_LOOK, [tenant_id, hashed, purpose, self._clock.now()])).fetchone()
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable from error
        if row is None or not secret:
            raise LinkInvalid
        return LinkHolder(tenant_id, row[0], Role(row[1]), hashed)

    async def stop(self) -> None:
        """Let letters that are under way be handed over, for a few seconds."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=STOP_SECONDS)
        for task in self._sending:
            task.cancel()

    def _soon(self, tenant_id: UUID, user_id: UUID, letter: Callable[[str], Letter]) -> None:
        """In the background: an answer that came later for known people would tell them from unknown ones."""
        task = asyncio.create_task(self._reset(tenant_id, user_id, letter))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _reset(self, tenant_id: UUID, user_id: UUID, letter: Callable[[str], Letter]) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                await self._mailer.send(letter(await self._issue(tenant_id, user_id, Purpose.RESET)))
            except (NotSent, psycopg.OperationalError, PoolTimeout) as error:
                log.warning("a password link was not sent (try %d of %d): %s", attempt, _TRIES, _told(error))
                await asyncio.sleep(_PAUSE * attempt)
            else:
                return

    async def _issue(self, tenant_id: UUID, user_id: UUID, purpose: Purpose) -> str:
        """A fresh link; earlier ones of the same purpose end."""
        token = f"{tenant_id.hex}.{secrets.token_urlsafe(32)}"
        now = self._clock.now()
        row = {"tenant": tenant_id, "hash": _hash(token), "user": user_id, "purpose": purpose, "now": now,
               "until": now + LIFE[purpose]}  # fmt: skip
        async with self._pool.connection() as db, db.transaction():
            await db.execute(_ENTER, [str(tenant_id)])
            await db.execute(_END, row)
            await db.execute(_NEW, row)
        return f"{self._site}/{PAGE[purpose]}#token={token}"


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _told(error: Exception) -> str:
    """Of our own errors what they say; of others the class only, as they may quote an address."""
    return str(error) if isinstance(error, NotSent) else type(error).__name__
