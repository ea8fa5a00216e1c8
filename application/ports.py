"""What the application and the API need from outside, as Protocols. ``adapters`` has the real things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Protocol
from uuid import UUID

from application.auditing import Certificates, Checkpoints, Events
from application.base import Context, Store
from application.logins import Purpose
from application.stream import Streams
from domain.base import Refused
from domain.values import Role


class Unauthorized(Refused):
    """Sign in first: the token is missing, malformed, expired or revoked."""

    code = "UNAUTHORIZED"


class WrongCredentials(Unauthorized):
    """E-mail or password is wrong."""

    code = "UNAUTHORIZED"


class WhichTenant(Refused):
    """That e-mail exists in several centres; name one."""

    code = "TENANT_REQUIRED"


class TooMany(Refused):
    """Too many requests; try again later."""

    code = "TOO_MANY_REQUESTS"

    def __init__(self, retry_after: int) -> None:
        super().__init__(retryAfter=retry_after)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified access token says."""

    user_id: UUID
    tenant_id: UUID
    role: Role
    signed_in_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TokenPair:
    access_token: str
    refresh_token: str
    expires_in: int
    """Seconds until the access token expires."""
    claims: Claims
    tenant_slug: str


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""


class Tokens(Protocol):
    def read(self, token: str) -> Claims:
        """Verify an access token. Raises Unauthorized."""

    async def sign_in(self, email: str, password: str, slug: str | None, address: str) -> TokenPair:
        """Raises WrongCredentials, WhichTenant (the password fits in several), TooMany: after too many tries of an
        account or from an address, whether or not anybody signs in with that e-mail, and whatever the password."""

    async def sign_in_again(self, claims: Claims) -> TokenPair:
        """A fresh pair, of a new family, for somebody whose earlier tokens were all ended by what they just did."""

    async def refresh(self, refresh_token: str, address: str) -> TokenPair:
        """Rotate. A token used twice revokes its whole family. Raises Unauthorized."""

    async def sign_out(self, refresh_token: str, address: str) -> None: ...


class Reading(Protocol):
    """A transaction on the read models of one tenant; a ``projections.query.Reader`` is what it yields."""

    def __call__(self, context: Context) -> AbstractAsyncContextManager[Any]: ...


class Positions(Protocol):
    async def reached(self, tenant_id: UUID, position: int, timeout: float) -> bool:
        """Wait until the read models have seen ``position``; whether they have, within ``timeout`` seconds."""


class Health(Protocol):
    async def ready(self) -> dict[str, Any]:
        """``{"ready": bool, "degraded": bool, "checks": {...}}``: database, read tables, lag, parked streams."""

    async def measures(self) -> dict[str, Any]:
        """What is exported to be watched: ``{"database_up": False}``, or with it ``lag_seconds``, ``tenants_behind``,
        ``outdated`` (read tables), ``parked`` and ``parked_seconds`` (by projection), ``table_lag`` (seconds by
        projection), ``tenant_table_lag`` (by projection and tenant), ``rebuilds`` (by state), ``lagging`` (seconds by
        tenant, of the worst few), ``active_users`` (by tenant), ``schedule_silence`` (seconds), and by consumer
        ``delivery_lag`` (seconds), ``delivery_behind`` (messages) and ``dead_letters``."""


class Auditor(Protocol):
    async def verify(self, tenant_id: UUID) -> dict[str, Any]:
        """Recompute the tenant's hash chain: ``{"verified", "events", "position", "head", "problems"}``."""


class History(Protocol):
    async def of(
        self, context: Context, streams: Sequence[UUID], *, clinical: bool, before: int | None = None, limit: int = 100,
        naming: UUID | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """The events of some streams, newest first: ``{"data": [...], "next": position | None, "clinical": [...]}``.
        ``clinical`` names the streams of which clinical text is told: such reading is recorded. ``naming``: only events
        whose facts have this id among them."""


class Access(StrEnum):
    """What the access log records. Changes are not among them: those are events."""

    LOG_IN = "login"
    LOG_IN_FAILED = "login-failed"
    LOG_IN_THROTTLED = "login-throttled"
    """The last failure before an account is left alone for a while; what is tried after it is not recorded."""
    LOG_OUT = "logout"
    REFRESH_REUSED = "refresh-reused"
    READ = "read"
    """Clinical text was shown: medical notes, session notes, a progress report."""
    EXPORT = "export"
    """Data left in bulk, as a file."""


class AccessLog(Protocol):
    """Who looked at what. Append-only; it holds ids and addresses, never what was seen."""

    async def record(
        self, context: Context, action: Access, subject_kind: str | None = None, *subjects: UUID, address: str = ""
    ) -> None:
        """Write one entry for each of ``subjects`` (one without a subject if there are none): ``await
        log.record(context, Access.READ, "patient", patient_id)``. When it returns, the entries are committed: call it
        before the answer leaves, and nothing is ever shown unrecorded. Entries that wait at the same time share one
        transaction. Raises a refusal (503) if they cannot be written. ``api.call.Call.seen`` does this for routes."""

    async def note(
        self, tenant_id: UUID, actor: UUID | None, action: Access, *, address: str = "", correlation: UUID | None = None
    ) -> None:
        """The same for what happens before there is a context: signing in and out."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail in plain text, to one address."""

    to: str
    subject: str
    text: str


class NotSent(Exception):
    """The letter could not be handed over; nobody has received it. The message names no address."""


class Mailer(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand the letter over for delivery. Raises ``NotSent``. May be sent to again at once."""


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """Whom a one-time link belongs to, and what is stored of it."""

    tenant_id: UUID
    user_id: UUID
    role: Role
    token_hash: bytes


class Links(Protocol):
    """One-time links, sent by e-mail: an invitation works for 7 days, a password reset for 1 hour, each once. A newer
    link, a new password or e-mail, and signing out everywhere end the earlier ones."""

    async def invite(self, tenant_id: UUID, user_id: UUID, *, email: str, name: str, centre: str) -> bool:
        """Send a fresh link; whether the mail could be handed over."""

    async def ask_reset(self, email: str, slug: str | None, address: str) -> None:
        """Send a link to every account that signs in with this e-mail (in the centre ``slug``, if given). Returns alike
        and as soon for an e-mail that nobody has, or that was sent enough. Raises TooMany for an address that asks too
        often."""

    async def look(self, token: str, purpose: Purpose) -> LinkHolder:
        """Whose link this is. Raises ``LinkInvalid`` if it does not hold. Does not use it up: the command does."""


class Bucket(StrEnum):
    """What is counted apart, by the name its limit is set under."""

    USER = "user"
    TENANT = "tenant"
    COSTLY = "costly"
    """Reports, exports, verification, rebuilding: by user, besides ``USER``."""
    ADDRESS = "address"
    """Requests without a valid sign-in."""
    LOGIN = "login"
    """Tries of one account's password."""
    LOGIN_ADDRESS = "login-address"
    LETTERS = "letters"
    """Password links to one e-mail address."""
    LETTERS_ADDRESS = "letters-address"
    STREAM = "stream"
    """Streams of announcements that a user opens."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Where a window stands after counting one more: ``reset`` is in whole seconds, at least 1."""

    limit: int
    remaining: int
    reset: int
    granted: bool


class Limiter(Protocol):
    async def count(self, bucket: Bucket, key: str) -> Allowance | None:
        """Count one more for ``key`` in its present window. ``None``: limits are lifted."""

    async def forget(self, bucket: Bucket, key: str) -> None:
        """Start the present window of ``key`` anew."""


class Renderer(Protocol):
    async def pdf(self, template: str, data: Mapping[str, Any]) -> bytes:
        """``data`` (plain JSON values; amounts and dates already written for people) set by the template of that name,
        ``adapters/documents/<template>.typ``, as a PDF. Text of ``data`` is shown as it is and never interpreted. Equal
        input makes equal bytes. Every template takes ``centre`` (``{"name", "lines"?: [text]}``) and ``title``, and may
        be given ``subtitle``, ``issued``, ``reference`` and ``void``; ``listing`` sets a table.

        Does not block the loop. Raises refusals: DOCUMENT_TOO_LARGE (409), SERVICE_UNAVAILABLE (503; it took too
        long)."""


class Services(Protocol):
    """What the API is given at its start: the composition root's promise."""

    store: Store
    clock: Clock
    tokens: Tokens
    reading: Reading
    positions: Positions
    health: Health
    auditor: Auditor
    checkpoints: Checkpoints
    certificates: Certificates
    history: History
    events: Events
    access_log: AccessLog
    links: Links
    documents: Renderer
    limiter: Limiter
    streams: Streams
    trusted_proxies: Sequence[IPv4Network | IPv6Network]
    """Whose ``X-Forwarded-For`` is believed."""
    metrics_token: str | None
    """Whoever shows it is told of each centre in ``/metrics``."""

    def new_id(self) -> UUID: ...

    def fingerprint(self, *parts: bytes) -> bytes:
        """A keyed hash of a request: it is stored, and a body may hold a password."""
