"""The book: loading aggregates from it and appending what they decided. See adapters/schema/003_append.sql.

The ``eventsourcing`` library's recorder takes a table lock and a NOTIFY in each save and its repository reads one
stream a round trip, so this replaces both; aggregates, events and the upcasting convention are the library's.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any, TypeVar, cast
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.appending import AHEAD, Append, Beside, Erased, LoginInvalid, answer, refusal
from adapters.codec import EventType, event_type
from adapters.erasing import destroy_keys, forget
from adapters.measuring import appended
from adapters.memory import Memory
from adapters.passwords import hash_password, password_matches
from adapters.subject_keys import Keys, KeysAtHand
from adapters.turns import Turns
from application.base import AlreadyDone, Context, KeyReused, Login, Outcome, Result
from application.logins import SpentLink
from domain.base import Accounted, Aggregate, Event, Missing, Refused
from domain.tenancy import Tenant

A = TypeVar("A", bound=Aggregate)
Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_LOAD = "SELECT * FROM book.load(%s::uuid, %s::uuid[], %s::integer[])"
_ANSWERED = "SELECT * FROM book.answered(%s::uuid, %s::text)"
_OF_LOGIN = "SELECT password_hash FROM book.logins WHERE tenant_id = %s AND user_id = %s AND active"
_HOLDS = "SELECT book.login_holds(%s::uuid, %s::uuid, %s::text, %s::timestamptz)"
PATIENCE = 5.0
"""Seconds an append keeps asking a database that went away before it tells the caller."""


class Unavailable(Refused):
    """The database cannot be reached just now; nothing of this request was lost or half done. Try again."""

    code = "SERVICE_UNAVAILABLE"


class EventStore:
    """Opens units of work over a pool that connects as ``daybook_app``. ``erased`` hears whose keys were destroyed."""

    def __init__(
        self, pool: AsyncConnectionPool[Connection], keys: KeysAtHand, *, remember: int = 8_192,
        appended: Callable[[UUID, int], None] = lambda *_: None,
        erased: Callable[[UUID, Sequence[UUID]], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self.pool, self.keys = pool, keys
        self.memory = Memory(remember)
        self.turns = Turns()
        self.appended = appended
        self.erased = erased

    def unit(self, context: Context, *, trust_memory: bool) -> UnitOfWork:
        return UnitOfWork(self, context, trust_memory)


class UnitOfWork:
    """One command's loads, and the one append that ends it."""

    tenant: Tenant
    today: date

    def __init__(self, store: EventStore, context: Context, trust_memory: bool) -> None:
        self.store = store
        self.context = context
        self.trust_memory = trust_memory
        self.from_memory = False
        self._key = f"{context.actor.hex}:{context.key}" if context.key else f"once:{uuid4().hex}"
        self._unchecked = bool(context.key) or context.actor_tenant is not None
        self._own: dict[UUID, Aggregate] = {}
        self._shared: dict[UUID, tuple[Aggregate, int]] = {}
        self.beside = Beside()

    async def open(self) -> None:
        self.tenant = await self.read(Tenant, self.context.tenant_id)
        self.today = self.tenant.today(self.context.now) if self.tenant.exists else self.context.now.date()

    async def load(self, kind: type[A], stream_id: UUID) -> A:
        [aggregate] = await self.load_all((kind, stream_id))
        return aggregate  # type: ignore[no-any-return]

    async def load_all(self, *wanted: tuple[type[Aggregate], UUID]) -> list[Any]:
        behind: list[Aggregate] = []
        for kind, stream_id in wanted:
            if stream_id in self._own:
                continue
            place = (self.context.tenant_id, stream_id)
            await self.store.turns.take(place, self)
            known = self.store.memory.take(kind, place)
            if known is not None and self.trust_memory:
                self.from_memory = True
            else:
                behind.append(known := known or kind.blank(stream_id))
            self._own[stream_id] = self._dated(known)
        if behind:
            await self._catch_up(behind)
        return [_of(kind, self._own[stream_id]) for kind, stream_id in wanted]

    async def read(self, kind: type[A], stream_id: UUID) -> A:
        if stream_id in self._own:
            return _of(kind, self._own[stream_id])
        if stream_id not in self._shared:
            place = (self.context.tenant_id, stream_id)
            aggregate = self.store.memory.look(kind, place) if self.trust_memory else None
            if aggregate is not None:
                self.from_memory = True
            else:
                await self._catch_up([aggregate := kind.blank(stream_id)])
                if aggregate.exists:
                    self.store.memory.share(self.context.tenant_id, aggregate)
            self._shared[stream_id] = (aggregate, aggregate.version)
        return _of(kind, self._shared[stream_id][0])

    def new(self, kind: type[A], stream_id: UUID) -> A:
        self._own[stream_id] = aggregate = self._dated(kind.blank(stream_id))
        return aggregate

    def _dated(self, aggregate: A) -> A:
        if isinstance(aggregate, Accounted):  # the append verifies that the settings are still so
            aggregate.keep_out_of(self.tenant.settings.closed_through)
        return aggregate

    def claim(self, kind: str, value: str, holder: UUID) -> None:
        self.beside.claims.append((kind, value, holder))

    def release(self, kind: str, holder: UUID) -> None:
        self.beside.releases.append((kind, holder))

    def put_login(self, login: Login) -> None:
        self.beside.logins.append(login)

    def spend_link(self, link: SpentLink) -> None:
        self.beside.spent.append(link)

    async def password_fits(self, user_id: UUID, password: str) -> bool:
        tenant_id = self.context.tenant_id
        try:
            async with self.store.pool.connection() as db, db.transaction():
                await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
                row = await (await db.execute(_OF_LOGIN, [tenant_id, user_id])).fetchone()
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable from error
        return await asyncio.to_thread(password_matches, password, row[0] if row else None)

    async def hash_password(self, password: str) -> str:
        return await asyncio.to_thread(hash_password, password)

    def abandon(self) -> None:
        """Return what was only looked at; forget what was changed and not saved, and all of it after a defect:
        an aggregate may have been left half-way through an event."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, Refused):
            self._own.clear()
        for aggregate in self._own.values():
            if not aggregate.pending_events and aggregate.exists:
                self.store.memory.keep(self.context.tenant_id, aggregate)
        self._own.clear()
        self.store.turns.leave(self)

    async def _catch_up(self, aggregates: Sequence[Aggregate]) -> None:
        tenant_id = self.context.tenant_id
        by_id = {aggregate.id: aggregate for aggregate in aggregates}
        try:
            async with self.store.pool.connection() as db:
                rows = await self._load(db, list(by_id), [a.version for a in aggregates])
                kinds = [event_type(row[2]) for row in rows]
                subjects = [k.subject_of(r[0], r[5]) for k, r in zip(kinds, rows, strict=True) if k.personal]
                keys = self.store.keys.at_hand(tenant_id, subjects)
                if not keys.keys() >= set(subjects):
                    async with db.transaction():
                        await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
                        keys = await self.store.keys.fetch(db, tenant_id, subjects)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable from error
        for kind, (stream_id, version, _, class_version, effective_on, data) in zip(kinds, rows, strict=True):
            if kind.aggregate is not type(by_id[stream_id]):
                raise Missing  # the id of something else: a user's is no patient's
            event = kind.decode(tenant_id, stream_id, version, class_version, effective_on, data, keys.get)
            event.mutate(by_id[stream_id])

    async def _load(self, db: Connection, streams: list[UUID], after: list[int]) -> list[tuple[Any, ...]]:
        """The events of the streams. The first time, in the same round trip: whether the actor's login holds, as
        otherwise a refusal would tell a stranger something, and whether this very command was carried out before."""
        asked = self.context
        load = [asked.tenant_id, streams, after]
        if not self._unchecked:
            return await (await db.execute(_LOAD, load)).fetchall()
        async with db.pipeline():
            if asked.actor_tenant is not None:
                who = [asked.actor, asked.actor_tenant, asked.role, asked.signed_in_at]
                holds = await db.execute(_HOLDS, who)
            if asked.key:
                answered = await db.execute(_ANSWERED, [asked.tenant_id, self._key])
            loaded = await db.execute(_LOAD, load)
        if asked.actor_tenant is not None and await holds.fetchone() != (True,):
            raise LoginInvalid
        if asked.key and (row := await answered.fetchone()):
            if bytes(row[0]) != asked.fingerprint:
                raise KeyReused
            raise AlreadyDone(answer(row[1], row[2], row[3], replayed=True))
        self._unchecked = False
        return await loaded.fetchall()

    async def commit(self, result: Result) -> Outcome:
        """Append everything that was decided. Raises VersionConflict, Taken, KeyReused, LoginInvalid, Unavailable."""
        for aggregate, _ in self._shared.values():
            if aggregate.pending_events:
                self.store.memory.forget((self.context.tenant_id, aggregate.id))
                raise TypeError(f"{type(aggregate).__name__} was read, not loaded, and then changed")
        changed = [a for a in self._own.values() if a.pending_events]
        events = [cast(Event, e) for a in changed for e in a.pending_events]
        kinds = [event_type(type(e).TOPIC) for e in events]  # type: ignore[attr-defined]
        deadline = asyncio.get_running_loop().time() + PATIENCE
        pause = 0.05
        while True:
            try:
                return await self._append(result, changed, events, kinds)
            except (psycopg.OperationalError, PoolTimeout) as error:
                # Perhaps it was stored and only the answer was lost: the same key will tell.
                if asyncio.get_running_loop().time() + pause > deadline:
                    raise Unavailable from error
                await asyncio.sleep(pause)
                pause = min(pause * 2, 0.5)
            except psycopg.Error as error:
                if error.diag.message_detail == AHEAD:
                    self._own.clear()  # the database lost what it had acknowledged, and we remember it
                refused = refusal(error)
                if isinstance(refused, Erased):
                    for kind, event in zip(kinds, events, strict=True):
                        self.store.keys.forget(self.context.tenant_id, kind.subject(event))
                raise refused from error

    async def _append(
        self, result: Result, changed: list[Aggregate], events: list[Event], kinds: list[EventType]
    ) -> Outcome:
        subjects = {kind.subject(e) for kind, e in zip(kinds, events, strict=True) if kind.personal}
        request = Append(
            self.context, self._key, self.tenant, self.today, result.model_dump_json(by_alias=True), events, kinds,
            self._guards(), subjects,
        )  # fmt: skip
        fresh: dict[UUID, bytes] = {}
        erased = [kind.erased(e) for kind, e in zip(kinds, events, strict=True) if kind.erases]
        async with self.store.pool.connection() as db:
            if subjects or self.beside or erased:
                async with db.transaction():
                    await db.execute("SELECT set_config('app.tenant', %s, true)", [str(self.context.tenant_id)])
                    keys, fresh = await self._keys_for(db, subjects)
                    outcome = await request.run(db, keys.get)
                    if not outcome.replayed:
                        await self.beside.write(db, self.context, self.store.keys.keyring, fresh)
                        await destroy_keys(db, self.context.tenant_id, erased, self.context.now)
            else:
                outcome = await request.run(db, lambda _: None)
        if not outcome.replayed:  # otherwise nothing was written, these keys neither
            for subject, key in fresh.items():
                self.store.keys.put(self.context.tenant_id, subject, key)
            appended(self.context.tenant_id, (kind.topic for kind in kinds))
            await forget(self.store, self.context.tenant_id, erased)
        self._settle(changed, outcome)
        return outcome

    def _guards(self) -> dict[UUID, int]:
        """Every stream this command looked at or changes, at the version it saw."""
        guards = {stream_id: version for stream_id, (_, version) in self._shared.items()}
        return guards | {a.id: a.version - len(a.pending_events) for a in self._own.values()}

    async def _keys_for(self, db: Connection, subjects: set[UUID]) -> tuple[Keys, dict[UUID, bytes]]:
        """A key for every subject, and those of them made now, which are stored with the events."""
        keys = await self.store.keys.fetch(db, self.context.tenant_id, subjects)
        if None in keys.values():
            raise Erased
        fresh = {subject: self.store.keys.keyring.new_subject_key() for subject in subjects - keys.keys()}
        return keys | fresh, fresh

    def _settle(self, changed: list[Aggregate], outcome: Outcome) -> None:
        """What was changed is now what is stored (or, for a repetition, is to be read again)."""
        for aggregate in changed:
            aggregate.pending_events.clear()
            place = (self.context.tenant_id, aggregate.id)
            self.store.memory.unshare(place)
            if outcome.replayed:
                self._own.pop(aggregate.id, None)
        if not outcome.replayed:
            self.store.appended(self.context.tenant_id, outcome.position)


def _of(kind: type[A], aggregate: Aggregate) -> A:
    if type(aggregate) is not kind:
        raise Missing  # held as something else by this very command: the centre's own id, say, is no patient's
    return aggregate
