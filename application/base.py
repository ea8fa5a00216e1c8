"""The one door: a command, who sends it, and how it is carried out. HTTP, Kafka and the clock all come through here.

``execute`` checks the permission, opens the tenant's book, runs the handler, and appends every event that the
handler's aggregates decided, in one transaction with the idempotency record. A handler only loads and calls;
whatever it loaded and changed is saved.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

from application.logins import Login as Login  # noqa: PLC0414 - handlers find it here
from application.logins import SpentLink
from application.permissions import Scope, permit
from domain.base import NIL, Aggregate, Clash, Invalid, Missing, Refused
from domain.tenancy import Tenant
from domain.values import Role, amount, unprintable

A = TypeVar("A", bound=Aggregate)
C = TypeVar("C", bound="Command")

SYSTEM = UUID("00000000-0000-7000-8000-000000000001")
"""The actor of what no person did: schedules, the demo, the command line."""
PLATFORM = UUID("00000000-0000-7000-8000-000000000002")
"""The tenant that super admins belong to. It has no patients."""


class Model(BaseModel):
    """JSON in camelCase; unknown fields are refused; text is taken as sent, checked by its field."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, allow_inf_nan=False
    )


class Command(Model):
    """A request to change something, named by an imperative. The HTTP body is the command."""


class Result(Model):
    """What a command answers. ``receipt_number`` is filled in from the book, where one was drawn."""


def _money(value: object) -> object:
    try:
        return amount(value)
    except Invalid as refusal:
        raise ValueError(str(refusal)) from None


Money = Annotated[
    Decimal,
    BeforeValidator(_money),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,2})?$"},
                {"type": "number", "minimum": 0, "maximum": 9999999999.99, "multipleOf": 0.01},
            ],
            "examples": ["1250.00"],
        },
        mode="validation",
    ),
    WithJsonSchema(
        {"type": "string", "pattern": r"^-?[0-9]{1,12}\.[0-9]{2}$", "examples": ["1250.00"]}, mode="serialization"
    ),
]
"""A non-negative amount, ``Decimal`` to two places. In: string or number. Out: string."""


def _checked(*, multiline: bool, blank: bool = False) -> Callable[[str], str]:
    def check(value: str) -> str:
        stripped = value.strip()
        if not (stripped or blank):
            raise ValueError("This cannot be empty")
        if any(unprintable(c) and not (multiline and c in "\n\t") for c in stripped):
            raise ValueError("Text may not contain control characters")
        return stripped

    return check


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_checked(multiline=False))]
"""One line of text: 1 to 200 characters after trimming, no control characters."""
Note = Annotated[str, Field(max_length=20_000), AfterValidator(_checked(multiline=True, blank=True))]
"""Running text up to 20,000 characters; line breaks and tabs are fine, other control characters are not."""
Reason = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_checked(multiline=True))]
"""Why something exceptional was done: 1 to 500 characters."""

FromPath = Annotated[UUID, SkipJsonSchema(), Field(default=NIL, validation_alias="\0path", repr=False)]
"""A command field that comes from the route's path, never from the body (where its name is unknown, so refused)."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, for which tenant, and when. Never read from a body.

    ``now`` is aware UTC. ``key`` is the caller's Idempotency-Key and ``fingerprint`` the hash of the request that came
    with it. ``actor_tenant`` is where the actor's login lives (``None``: no person, nothing to check).
    """

    tenant_id: UUID
    actor: UUID
    role: Role
    now: datetime
    correlation: UUID
    new_id: Callable[[], UUID]
    actor_tenant: UUID | None = None
    signed_in_at: datetime | None = None
    key: str | None = None
    fingerprint: bytes = b""
    if_match: int | None = None
    scope: Scope = Scope.ALL

    @property
    def own_only(self) -> bool:
        return self.scope is Scope.OWN

    def must_match(self, aggregate: Aggregate) -> None:
        """Honour ``If-Match``: refuse if the record is not at the version the caller saw."""
        if self.if_match is not None and aggregate.version != self.if_match:
            raise StaleVersion

    def must_own(self, owner: UUID) -> None:
        """In OWN scope, what belongs to somebody else does not exist."""
        if self.own_only and owner != self.actor:
            raise Missing


class Book(Protocol):
    """One command's view of a tenant's book: a unit of work."""

    context: Context
    tenant: Tenant
    today: date

    async def load(self, kind: type[A], stream_id: UUID) -> A:
        """The aggregate, to be changed. Blank (version 0) if the stream has no events."""

    async def load_all(self, *wanted: tuple[type[Aggregate], UUID]) -> list[Any]:
        """Several aggregates in one round trip, in the order asked for."""

    async def read(self, kind: type[A], stream_id: UUID) -> A:
        """The aggregate, to be looked at only. May come from memory; the append verifies that it still is so."""

    def new(self, kind: type[A], stream_id: UUID) -> A:
        """A blank aggregate without looking: the append fails if the stream exists."""

    def claim(self, kind: str, value: str, holder: UUID) -> None:
        """Reserve a value that must be unique in the tenant (``Clash`` at commit if another holder has it)."""

    def release(self, kind: str, holder: UUID) -> None:
        """Give up what ``holder`` has claimed of this kind. Runs before the claims of the same command."""

    def put_login(self, login: Login) -> None:
        """Write a login. A new e-mail or password, and signing out everywhere, end the person's one-time links."""

    def spend_link(self, link: SpentLink) -> None:
        """Use a one-time link up. Raises ``LinkInvalid`` at the commit if it does not hold (any more)."""

    async def password_fits(self, user_id: UUID, password: str) -> bool:
        """Whether this is the person's password now."""

    async def hash_password(self, password: str) -> str: ...


class Unit(Book, Protocol):
    """A book as ``execute`` sees it."""

    from_memory: bool

    async def open(self) -> None: ...
    async def commit(self, result: Result) -> Outcome: ...
    def abandon(self) -> None: ...


class Store(Protocol):
    def unit(self, context: Context, *, trust_memory: bool) -> Unit: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """``result`` is the JSON body (camelCase); ``position`` the book's head after the command."""

    result: dict[str, Any]
    position: int
    version: int | None = None
    replayed: bool = False


class VersionConflict(Exception):
    """Somebody else changed a stream that this command read or wrote. Run the handler again."""


class AlreadyDone(Exception):
    """This command was carried out before; here is what was answered then."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class KeyReused(Invalid):
    """This Idempotency-Key came before with a different request."""

    code = "IDEMPOTENCY_KEY_REUSED"


class Busy(Refused):
    """Too many changes to the same record at once; try again."""

    code = "SERVICE_UNAVAILABLE"


class StaleVersion(Refused):
    """The record has changed since you read it."""

    code = "PRECONDITION_FAILED"


class Taken(Clash):
    """Another record of this tenant has that value."""

    code = "DUPLICATE"


Handler = Callable[[Any, Context, Book], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Handling:
    handler: Handler
    may: str


HANDLERS: dict[type[Command], Handling] = {}


def handles(command: type[C], *, may: str) -> Callable[[Handler], Handler]:
    """Register the handler of a command and the permission it needs."""

    def register(handler: Handler) -> Handler:
        if command in HANDLERS:
            raise TypeError(f"{command.__name__} has a handler already")
        HANDLERS[command] = Handling(handler, may)
        return handler

    return register


ATTEMPTS = 40
"""64 clients after one slot settle in a few rounds; more than this means something else is wrong."""


async def execute(command: Command, context: Context, store: Store) -> Outcome:
    """Carry out a command once: permission, handler, append. Retries on conflict, never on refusal.

    The first attempt may decide on aggregates kept in memory; the append verifies their versions. A refusal that was
    decided on memory alone is decided again on the stored state before it is believed.
    """
    handling = HANDLERS[type(command)]
    context = replace(context, scope=permit(context.role, handling.may))
    trust_memory = True
    for _ in range(ATTEMPTS):
        unit = store.unit(context, trust_memory=trust_memory)
        try:
            await unit.open()
            return await unit.commit(await handling.handler(command, context, unit))
        except AlreadyDone as done:
            return done.outcome
        except VersionConflict:
            trust_memory = False
        except Refused:
            if not unit.from_memory:
                raise
            trust_memory = False
        finally:
            unit.abandon()
    raise Busy
