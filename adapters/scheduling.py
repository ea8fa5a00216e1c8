"""The clock's part of an installation, put together: what a schedule asks, the chores, and the role that runs them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg_pool import PoolTimeout

from adapters.checkpoints import BookAltered, Checkpoint, Checkpoints, Signer
from adapters.commanding import CommandSide
from adapters.crypto import Keyring
from adapters.erasure_ledger import ErasureLedger, MendLedger
from adapters.event_store import Unavailable
from adapters.settings import Settings
from adapters.system import ReadSide
from application.base import PLATFORM, SYSTEM, Context
from application.ports import Clock
from consumers.schedule import EVERY, Centre, Chore, Scheduler, Starting, keep_ticking
from consumers.schedule.facts import Marks
from domain.tenancy import NoticePolicy
from domain.values import Channel, NoticeKind, Role
from projections import rescheduling, schedule

__all__ = ["BookFacts", "Purge", "Sign", "keep_schedule", "scheduling"]

log = logging.getLogger("daybook.schedule")

CONNECTIONS = 4
KEPT = {
    "commands": timedelta(days=90), "refresh_tokens": timedelta(days=7), "one_time_links": timedelta(days=30),
}  # fmt: skip
"""How long answers to commands are kept to be given again, and what signs in after it has expired."""
AT_A_TIME = 5_000
_MARK = """INSERT INTO book.schedule_marks AS m (tenant_id, job, done, at) VALUES (%s, %s, %s, %s)
  ON CONFLICT (tenant_id, job) DO UPDATE SET done = greatest(m.done, excluded.done), at = excluded.at"""


class BookFacts:
    """``consumers.schedule.Facts`` from the read models."""

    def __init__(self, side: CommandSide, reading: ReadSide) -> None:
        self._side = side
        self._reading = reading

    async def centres(self) -> Sequence[Centre]:
        async with self._reading(self._platform()) as db:
            return [_centre(row) for row in await schedule.centres(db)]

    async def marks(self) -> Marks:
        async with self._reading(self._platform()) as db:
            return {(row["tenant_id"], row["job"]): row["done"] for row in await schedule.last_done(db)}

    async def mark(self, tenant_id: UUID, job: str, done: str, now: datetime) -> None:
        try:
            async with self._side.pool.connection() as db, db.transaction():
                await db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant_id)])
                await db.execute(_MARK, [tenant_id, job, done, now])
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable from error

    async def caught_up(self, centre: Centre, seconds: float) -> bool:
        return await self._side.positions.reached(centre.id, centre.position, seconds)

    async def starting(self, centre: Centre, after: datetime, upto: datetime) -> Sequence[Starting]:
        async with self._reading(self._of(centre)) as db:
            found = await schedule.starting(db, after, upto)
        return [Starting(row["id"], row["patient_id"], row["starts_at"], row["told_at"]) for row in found]

    async def next_start(self, centre: Centre, after: datetime) -> datetime | None:
        async with self._reading(self._of(centre)) as db:
            return await schedule.next_start(db, after)

    async def asked_for(self, centre: Centre, notice_ids: Collection[UUID]) -> Collection[UUID]:
        async with self._reading(self._of(centre)) as db:
            return await schedule.asked_for(db, notice_ids)

    async def owing(self, centre: Centre, on: date) -> Sequence[UUID]:
        async with self._reading(self._of(centre)) as db:
            return await schedule.owing(db, on)

    async def expired(self, centre: Centre, now: datetime) -> Sequence[UUID]:
        # What was recorded at the last round is looked at again only when the read models show it.
        async with self._reading(self._of(centre)) as db:
            return await rescheduling.expired(db, now=now)

    async def next_expiry(self, centre: Centre, now: datetime) -> datetime | None:
        async with self._reading(self._of(centre)) as db:
            return await schedule.next_expiry(db, now)

    def _of(self, centre: Centre) -> Context:
        return self._context(centre.id, Role.WORKSPACE_ADMIN)

    def _platform(self) -> Context:
        return self._context(PLATFORM, Role.SUPER_ADMIN)

    def _context(self, tenant_id: UUID, role: Role) -> Context:
        new_id = self._side.new_id
        return Context(tenant_id, SYSTEM, role, self._side.clock.now(), new_id(), new_id)


def _centre(row: dict[str, Any]) -> Centre:
    chosen = {NoticeKind(each["kind"]): tuple(map(Channel, each["channels"])) for each in row["notices"]}
    policy = NoticePolicy(
        reminder_hours_before=row["reminder_hours_before"], dues_reminder_day=row["dues_reminder_day"], channels=chosen
    )  # fmt: skip
    return Centre(row["id"], ZoneInfo(row["timezone"]), policy, row["created_at"], row["position"])


class Purge:
    """Once a day: what stands beside the books and has served its time."""

    name = "purge"

    def __init__(self, side: CommandSide) -> None:
        self._side = side

    def period(self, now: datetime) -> str:
        return now.date().isoformat()

    async def run(self, now: datetime) -> None:
        async with self._side.pool.connection() as db:
            for kind, kept in KEPT.items():
                count = AT_A_TIME
                while count == AT_A_TIME:
                    found = await db.execute("SELECT book.purge(%s, %s, %s)", [kind, now - kept, AT_A_TIME])
                    (count,) = await found.fetchone() or (0,)
                    if count:
                        log.info("purged %d of %s", count, kind)


class Sign:
    """Once a day: every book's head is verified as far as it is new, and signed."""

    name = "checkpoints"

    def __init__(self, checkpoints: Checkpoints) -> None:
        self._checkpoints = checkpoints

    def period(self, now: datetime) -> str:
        return now.date().isoformat()

    async def run(self, now: datetime) -> None:  # noqa: ARG002 - it is signed with the time of signing
        signed = await self._checkpoints.sign_all()
        for tenant_id, made in signed.items():
            if isinstance(made, BookAltered):
                log.error("the book of %s was altered: its head is not signed", tenant_id)
        log.info("signed %d books", sum(isinstance(made, Checkpoint) for made in signed.values()))


@asynccontextmanager
async def scheduling(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Scheduler]:
    """A scheduler over connections of its own."""
    async with CommandSide(settings, clock).running() as side:
        reading = ReadSide.at(settings.app_url, CONNECTIONS)
        signing = Checkpoints(side.pool, Signer(settings.signing_key), side.clock)
        ledger = ErasureLedger(settings.erasure_ledger, Keyring(settings.master_key))
        chores: list[Chore] = [Purge(side), Sign(signing), MendLedger(side.pool, ledger, settings.outbox)]
        try:
            yield Scheduler(BookFacts(side, reading), side.store, side.clock, side.new_id, chores)
        finally:
            await reading.close()


async def keep_schedule(settings: Settings, stopping: asyncio.Event, every: float = EVERY) -> None:
    """Until told to stop. Survives the loss of the database."""
    async with scheduling(settings) as scheduler:
        await keep_ticking(scheduler.tick, stopping, every)
        if scheduler.tally.asked:
            asked = ", ".join(f"{what} {count}" for what, count in scheduler.tally.asked.items())
            log.info("asked for %s", asked)
