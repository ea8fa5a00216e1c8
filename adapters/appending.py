"""The append itself: one function call that writes events, idempotency record, chain and receipt numbers; and the few
rows beside the book (keys, claims, logins) that must be true at the same instant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from adapters.codec import EventType
from adapters.crypto import Keyring
from application.base import Context, KeyReused, Login, Outcome, Taken, VersionConflict
from application.logins import LinkInvalid, SpentLink
from domain.base import Clash, Event, Refused
from domain.tenancy import Tenant

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_APPEND = """SELECT * FROM book.append(
  %s::uuid, %s::uuid, %s::uuid, %s::text, %s::timestamptz, %s::uuid, %s::timestamptz, %s::text, %s::bytea, %s::text,
  %s::uuid[], %s::integer[], %s::uuid[], %s::integer[], %s::text[], %s::smallint[], %s::date[],
  %s::text[], %s::text[], %s::text, %s::uuid[])"""
AHEAD = "ahead"
"""The detail of a version conflict in which we remember more than the database has: it lost acknowledged commits."""
_NEW_KEY = "INSERT INTO book.subject_keys (tenant_id, subject_id, wrapped) VALUES (%s, %s, %s)"
_CLAIM = """INSERT INTO book.claims (tenant_id, kind, value, holder) VALUES (%s, %s, %s, %s)
  ON CONFLICT (tenant_id, kind, value) DO NOTHING"""
_HOLDER = "SELECT holder FROM book.claims WHERE tenant_id = %s AND kind = %s AND value = %s"
_RELEASE = "DELETE FROM book.claims WHERE tenant_id = %s AND kind = %s AND holder = %s"
_LOGIN_EXISTS = "SELECT 1 FROM book.logins WHERE tenant_id = %(tenant)s AND user_id = %(user)s"
_LOGIN = """INSERT INTO book.logins (tenant_id, user_id, email_key, password_hash, role, active)
  VALUES (%(tenant)s, %(user)s, %(email)s, %(hash)s, %(role)s, coalesce(%(active)s, true))"""
_LOGIN_CHANGED = """UPDATE book.logins SET email_key = coalesce(%(email)s, email_key),
  password_hash = coalesce(%(hash)s, password_hash), role = coalesce(%(role)s, role),
  active = coalesce(%(active)s, active), valid_after = CASE WHEN %(revoke)s THEN %(now)s ELSE valid_after END
  WHERE tenant_id = %(tenant)s AND user_id = %(user)s"""
_SPEND = """UPDATE book.one_time_links SET used_at = %(now)s
  WHERE tenant_id = %(tenant)s AND token_hash = %(hash)s AND user_id = %(user)s AND purpose = %(purpose)s
    AND used_at IS NULL AND revoked_at IS NULL AND expires_at > %(now)s"""
_END_LINKS = """UPDATE book.one_time_links SET revoked_at = %(now)s
  WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND used_at IS NULL AND revoked_at IS NULL"""
_REVOKE = """UPDATE book.refresh_tokens SET revoked_at = %(now)s
  WHERE tenant_id = %(tenant)s AND user_id = %(user)s AND revoked_at IS NULL"""


class LoginInvalid(Refused):
    """Your login has been disabled or its role has changed. Sign in again."""

    code = "UNAUTHORIZED"


class Erased(Clash):
    """This person's data was erased; nothing personal can be recorded about them any more."""

    code = "ERASED"


@dataclass(frozen=True, slots=True)
class Append:
    """What one command wants to write."""

    context: Context
    key: str
    tenant: Tenant
    today: date
    result: str
    events: Sequence[Event]
    kinds: Sequence[EventType]
    guards: dict[UUID, int]
    subjects: Collection[UUID]

    async def run(self, db: Connection, key_of: Callable[[UUID], bytes | None]) -> Outcome:
        """One round trip. psycopg errors carry the refusals of ``book.append``; see ``refusal``."""
        context, events, kinds = self.context, self.events, self.kinds
        series = [kind.series for kind in kinds]
        year = self.tenant.financial_year(self.today) if any(series) else ""
        row = await (
            await db.execute(
                _APPEND,
                [
                    context.tenant_id,
                    context.actor,
                    context.actor_tenant,
                    context.role,
                    context.signed_in_at,
                    context.correlation,
                    context.now,
                    self.key,
                    context.fingerprint,
                    self.result,
                    _array(map(str, self.guards)),
                    _array(map(str, self.guards.values())),
                    _array(str(e.originator_id) for e in events),
                    _array(str(e.originator_version) for e in events),
                    _array(k.topic for k in kinds),
                    _array(str(k.version) for k in kinds),
                    _array((e.effective_on or self.today).isoformat() for e in events),
                    _array(
                        _quoted(k.encode(e, context.tenant_id, key_of(k.subject(e)) if k.personal else None))
                        for k, e in zip(kinds, events, strict=True)
                    ),
                    _array(name or "NULL" for name in series),
                    year,
                    _array(map(str, self.subjects)),
                ],
            )
        ).fetchone()
        if row is None:
            raise AssertionError("book.append answers one row")
        position, replayed, result, documents = row
        return answer(result, position, documents, replayed=replayed)


def _array(items: Iterable[str]) -> str:
    """An array in PostgreSQL's text form: psycopg's own takes a quarter of an append's time to find the types."""
    return "{" + ",".join(items) + "}"


def _quoted(item: str) -> str:
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass
class Beside:
    """Rows that are not events but must be written with them: who may sign in, which values are taken."""

    claims: list[tuple[str, str, UUID]] = field(default_factory=list)
    releases: list[tuple[str, UUID]] = field(default_factory=list)
    logins: list[Login] = field(default_factory=list)
    spent: list[SpentLink] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.claims or self.releases or self.logins or self.spent)

    async def write(self, db: Connection, context: Context, keyring: Keyring, fresh: dict[UUID, bytes]) -> None:
        tenant_id = context.tenant_id
        for subject, key in fresh.items():
            await db.execute(_NEW_KEY, [tenant_id, subject, keyring.wrap(tenant_id, subject, key)])
        for kind, holder in self.releases:
            await db.execute(_RELEASE, [tenant_id, kind, holder])
        for kind, value, holder in self.claims:
            stored = value if kind == "slug" else keyring.blind(f"claim {tenant_id} {kind}", value).hex()
            await db.execute(_CLAIM, [tenant_id, kind, stored, holder])
            if await (await db.execute(_HOLDER, [tenant_id, kind, stored])).fetchone() != (holder,):
                raise Taken(f"That {kind} is taken already", field=kind)
        for link in self.spent:
            used = {"tenant": tenant_id, "hash": link.token_hash, "user": link.user_id, "purpose": link.purpose,
                    "now": context.now}  # fmt: skip
            if (await db.execute(_SPEND, used)).rowcount != 1:
                raise LinkInvalid
        for login in self.logins:
            email = keyring.blind("login", login.email) if login.email is not None else None
            row = {
                "tenant": tenant_id, "user": login.user_id, "email": email, "hash": login.password_hash,
                "role": login.role, "active": login.active, "revoke": login.revoke_tokens, "now": context.now,
            }  # fmt: skip
            known = await (await db.execute(_LOGIN_EXISTS, row)).fetchone()
            await db.execute(_LOGIN_CHANGED if known else _LOGIN, row)
            if login.revoke_tokens:
                await db.execute(_REVOKE, row)
            if login.revoke_tokens or login.email is not None or login.password_hash is not None:
                await db.execute(_END_LINKS, row)


def answer(result: str, position: int, documents: list[str], *, replayed: bool) -> Outcome:
    """The outcome from what is stored, the same the first time and at every repetition."""
    body: dict[str, Any] = msgspec.json.decode(result)
    if documents:
        body["receiptNumber"] = documents[0]
    return Outcome(body, position, replayed=replayed)


def refusal(error: psycopg.Error) -> Exception:
    """What a database error means to the caller; the error itself where it means nothing."""
    if error.sqlstate == "DB001":
        return VersionConflict()
    if error.sqlstate == "DB002":
        return KeyReused()
    if error.sqlstate == "DB003":
        return LoginInvalid()
    if error.sqlstate == "DB004":
        return Erased()
    if isinstance(error, psycopg.errors.UniqueViolation):
        constraint = error.diag.constraint_name or ""
        if constraint in {"events_pkey", "subject_keys_pkey", "logins_pkey"}:
            return VersionConflict()
        if constraint == "claims_slug":
            return Taken("That slug is taken already", field="slug")
    return error
