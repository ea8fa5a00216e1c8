"""The composition root: the one place where real things are put together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from uuid_utils.compat import uuid7

import application.registry  # noqa: F401 - registers the handlers
from adapters.access_log import BookAccessLog
from adapters.appending import LoginInvalid
from adapters.certificates import Certificates
from adapters.chain import ChainAuditor
from adapters.checkpoints import Checkpoints, Signer, of_row
from adapters.commanding import MachineClock
from adapters.crypto import Keyring
from adapters.erasure_ledger import AfterErasure, ErasureLedger
from adapters.event_store import EventStore, Unavailable
from adapters.event_stream import BookEvents
from adapters.health import DatabaseHealth
from adapters.history import StreamHistory
from adapters.mail import OutboxMailer, SmtpMailer
from adapters.measuring import EXHAUSTED, MeasuredConnection, Sampler, Waiting, measure_statements
from adapters.one_time_links import OneTimeLinks
from adapters.pdf import TypstRenderer
from adapters.positions import Positions
from adapters.projector import Projector
from adapters.rate_limits import Limiter
from adapters.settings import Settings
from adapters.streams import Streams
from adapters.subject_keys import KeysAtHand
from adapters.tokens import JwtTokens
from application.base import Context
from application.ports import Clock
from projections.query import Reader
from projections.registry import read_tables

POOL_WAIT = 3.0
"""Seconds a request waits for a connection before it is told to come back (503)."""
_ENTER = "BEGIN READ ONLY; SELECT book.enter(%s, %s, %s, %s, %s)"
"""Two statements in one round trip, which only the simple protocol takes: the values are quoted by ``ClientCursor``."""


class ReadSide:
    """Reading transactions over an SQLAlchemy engine: tenant set and login checked before the first query.

    The engine's connections are in autocommit, as the transaction is begun here. It is committed, though it wrote
    nothing: after a rollback psycopg forgets which statements it has prepared, and PostgreSQL parses and plans each of
    them again, which is half of what a dashboard takes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.waiting = Waiting()
        measure_statements(engine)

    @classmethod
    def at(cls, url: str, size: int) -> ReadSide:
        """Over a pool of its own of at most ``size`` connections."""

        async def connect() -> psycopg.AsyncConnection[Any]:
            return await psycopg.AsyncConnection.connect(
                url, autocommit=True, options="-c default_transaction_read_only=on"
            )

        return cls(
            create_async_engine(
                "postgresql+psycopg://", async_creator=connect, isolation_level="AUTOCOMMIT", pool_size=size,
                max_overflow=0, pool_timeout=POOL_WAIT, pool_pre_ping=False, pool_reset_on_return="rollback",
            )
        )  # fmt: skip

    async def close(self) -> None:
        await self.engine.dispose()

    def __call__(self, context: Context) -> AbstractAsyncContextManager[Reader]:
        return self._open(context)

    @asynccontextmanager
    async def _open(self, context: Context) -> AsyncIterator[Reader]:
        try:
            async with self.waiting.until_open(self.engine.connect()) as connection:
                who = [context.tenant_id, context.actor, context.actor_tenant, context.role.value, context.signed_in_at]
                driver: Any = (await connection.get_raw_connection()).driver_connection
                entering = psycopg.AsyncClientCursor(driver)
                await entering.execute(_ENTER, who)
                entering.nextset()
                if await entering.fetchone() != (True,):
                    raise LoginInvalid
                yield Reader(connection, context.tenant_id)
                await connection.commit()
        except PoolExhausted as error:
            EXHAUSTED.labels("read").inc()
            raise Unavailable from error
        except (OperationalError, psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable from error


class System:
    """Everything the API runs on. ``application.ports.Services`` is what it promises."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or MachineClock()
        self.keyring = Keyring(settings.master_key)
        kind: type[psycopg.AsyncConnection[tuple[Any, ...]]] = MeasuredConnection
        self.pool = AsyncConnectionPool(
            settings.app_url, connection_class=kind, min_size=2, max_size=settings.pool_size, timeout=POOL_WAIT,
            open=False, kwargs={"autocommit": True},
        )  # fmt: skip
        self.reading = ReadSide.at(settings.replica_url or settings.app_url, settings.pool_size)
        self.streams = Streams(
            self.pool, self.reading, self.clock, most=settings.most_streams, most_each=settings.most_streams_each
        )
        self.positions = Positions(settings.app_url, self.pool, heard=self.streams.moved)
        self.keys = KeysAtHand(self.keyring)
        erased = AfterErasure(self.pool, ErasureLedger(settings.erasure_ledger, self.keyring), settings.outbox)
        self.store = EventStore(self.pool, self.keys, appended=self.positions.appended, erased=erased)
        self.access_log = BookAccessLog(self.pool, self.clock, self.new_id)
        self.limiter = Limiter(settings.rate_limits, self.clock, settings.redis_url)
        self.trusted_proxies = settings.trusted_proxies
        self.tokens = JwtTokens(self.pool, self.keyring, settings.jwt_secret, self.clock, self.access_log, self.limiter)
        mailer = SmtpMailer(settings.smtp) if settings.smtp else OutboxMailer(settings.outbox, settings.mail_from)
        self.links = OneTimeLinks(self.pool, self.keyring, self.clock, mailer, self.limiter, site=settings.public_url)
        self.sampler = Sampler(self.pool, self.reading.engine, self.reading.waiting)
        self.metrics_token = settings.metrics_token
        self.auditor = ChainAuditor(self.pool, of_row)
        signer = Signer(settings.signing_key)
        self.checkpoints = Checkpoints(self.pool, signer, self.clock)
        self.certificates = Certificates(self.pool, signer)
        self.history = StreamHistory(self.pool, self.keys)
        self.events = BookEvents(self.pool, self.keys)
        self.documents = TypstRenderer()
        self.health = DatabaseHealth(self.pool, {t.name: t.definition for t in read_tables()})

    def new_id(self) -> UUID:
        return uuid7()

    def fingerprint(self, *parts: bytes) -> bytes:
        return self.keyring.fingerprint(*parts)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[System]:
        await self.pool.open()
        running = (self.positions.run(), self.sampler.run(), self.streams.run())
        tasks = [asyncio.create_task(each) for each in running]
        try:
            yield self
        finally:
            await self.links.stop()
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            await self.limiter.close()
            await self.reading.close()
            await self.pool.close()


def make_projector(settings: Settings) -> Any:
    """A maker of projectors for ``adapters.follower.follow``."""
    keys = KeysAtHand(Keyring(settings.master_key))
    return lambda db: Projector(db, read_tables(), keys)
