"""A book and those who write in it, without HTTP: an ``EventStore`` over a test's database."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ParamSpec
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

import application.registry  # noqa: F401 - registers the handlers
from adapters.crypto import Keyring
from adapters.event_store import EventStore, UnitOfWork
from adapters.subject_keys import KeysAtHand
from application.base import HANDLERS, SYSTEM, Command, Context, Handling, Outcome, Result, execute
from application.billing import RecordPayment
from application.patients import RegisterPatient
from domain.billing import PatientLedger, ledger_id
from domain.tenancy import Tenant
from domain.values import PaymentMethod, Role
from tests.support.postgres import Database

MASTER = bytes(range(32))
NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
TODAY = date(2026, 11, 20)
P = ParamSpec("P")
Act = Callable[[UnitOfWork], Awaitable[Result]]


class Done(Result):
    """What a test's own command answers."""

    note: str = ""
    receipt_number: str | None = None


class Act_(Command):
    """Does what it is told."""

    act: Any


async def _act(command: Any, context: Context, book: Any) -> Result:
    result: Result = await command.act(book)
    return result


@contextmanager
def own_commands() -> Iterator[None]:
    """While this lasts, ``Desk.do`` works; before and after, the product's commands are all there are."""
    HANDLERS[Act_] = Handling(_act, "patients:write")
    try:
        yield
    finally:
        del HANDLERS[Act_]


def in_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an asynchronous test."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


@dataclass
class Desk:
    """What one process has: a pool, a memory, keys at hand. ``tenant_id`` is the centre it works for."""

    database: Database
    store: EventStore
    tenant_id: UUID
    appended: list[tuple[UUID, int]] = field(default_factory=list)

    def context(self, **given: Any) -> Context:
        settings: dict[str, Any] = {
            "tenant_id": self.tenant_id, "actor": SYSTEM, "role": Role.WORKSPACE_ADMIN, "now": NOW,
            "correlation": uuid7(), "new_id": uuid7, **given,
        }  # fmt: skip
        return Context(**settings)

    async def send(self, command: Command, **given: Any) -> Outcome:
        return await execute(command, self.context(**given), self.store)

    async def do(self, act: Act, **given: Any) -> Outcome:
        """Carry out ``act`` as a command: permission, retries, append."""
        return await self.send(Act_(act=act), **given)

    def unit(self, *, trust_memory: bool = False, **given: Any) -> UnitOfWork:
        return self.store.unit(self.context(**given), trust_memory=trust_memory)

    async def opened(self, *, trust_memory: bool = False, **given: Any) -> UnitOfWork:
        unit = self.unit(trust_memory=trust_memory, **given)
        await unit.open()
        return unit

    async def open_tenant(self, tenant_id: UUID | None = None) -> UUID:
        """Its event and its slug, without an administrator: hashing a password takes longer than most tests."""
        tenant_id = tenant_id or uuid7()
        slug = f"t{tenant_id.hex[-12:]}"

        async def open_it(book: UnitOfWork) -> Done:
            book.new(Tenant, tenant_id).open(name=slug, slug=slug)
            book.claim("slug", slug, tenant_id)
            return Done()

        await self.do(open_it, tenant_id=tenant_id)
        return tenant_id

    async def patient(self, **fields: Any) -> UUID:
        given = {
            "first_name": "Kiran", "last_name": "Das", "date_of_birth": date(2018, 4, 2), "guardian_name": "Meera Das",
            "guardian_phone": "+919800000001", **fields,
        }  # fmt: skip
        return UUID((await self.send(RegisterPatient(**given))).result["id"])

    async def pay(self, patient: UUID, amount: str = "100.00", **given: Any) -> Outcome:
        payment = RecordPayment(patient_id=patient, amount=Decimal(amount), method="CASH")
        return await self.send(payment, **given)

    async def ledger(self, patient: UUID) -> PatientLedger:
        """As stored, read anew."""
        unit = await self.opened()
        return await unit.read(PatientLedger, ledger_id(patient))


def take(
    ledger: PatientLedger, patient: UUID, amount: str = "100.00", payment: UUID | None = None,
    reference: str | None = None,
) -> None:  # fmt: skip
    """Decide a payment on a ledger."""
    ledger.record_payment(payment or uuid7(), patient, Decimal(amount), PaymentMethod.CASH, TODAY, reference=reference)


@asynccontextmanager
async def desk(
    database: Database, tenant_id: UUID | None = None, *, url: str | None = None, size: int = 8
) -> AsyncIterator[Desk]:
    """A desk, for a tenant opened now unless one is named. ``url`` leads it to the database another way."""
    appended: list[tuple[UUID, int]] = []
    async with AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]](
        url or database.url(), min_size=1, max_size=size, timeout=10, open=False, kwargs={"autocommit": True}
    ) as pool:
        store = EventStore(pool, KeysAtHand(Keyring(MASTER)), appended=lambda *moved: appended.append(moved))
        made = Desk(database, store, tenant_id or uuid7(), appended)
        if tenant_id is None:
            await made.open_tenant(made.tenant_id)
        yield made


def ask(database: Database, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """As superuser: for looking at what is stored, and for doing what no role may do."""
    with psycopg.connect(database.admin_url, autocommit=True) as db:
        cursor = db.execute(query.encode(), values)
        return cursor.fetchall() if cursor.description else []


def one(database: Database, query: str, *values: Any) -> Any:
    [[value]] = ask(database, query, *values)
    return value


def stored(database: Database, tenant_id: UUID) -> list[tuple[Any, ...]]:
    """(position, stream, version, topic, recorded_at, document) of every event."""
    return ask(
        database,
        "SELECT position, stream_id, version, topic, recorded_at, document FROM book.events"
        " WHERE tenant_id = %s ORDER BY position",
        tenant_id,
    )
