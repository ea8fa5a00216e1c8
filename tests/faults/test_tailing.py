"""12 writers over 8 tenants, a reader at their heels, transactions that stall, a VACUUM all the while."""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.appending import Beside
from adapters.event_store import UnitOfWork
from adapters.projector import _NEXT
from application.base import Result
from domain.billing import PatientLedger, ledger_id
from tests.book.desk import Desk, Done, ask, desk, in_loop, take
from tests.support.postgres import Database

TENANTS, WRITERS, PATIENTS = 8, 12, 6
SEED = int(os.environ.get("DAYBOOK_SEED", "20261120"))
_SLOW = "SET vacuum_cost_delay = '5ms'; SET vacuum_cost_limit = 20"
_BLOCKED = """SELECT count(*) FROM pg_stat_activity a WHERE a.usename = 'daybook_app'
  AND a.datname = current_database() AND %s = ANY (pg_blocking_pids(a.pid))"""


@dataclass
class Tail:
    """Reads on from where it is, some events at a time, in a transaction each, as a projector or a relay does."""

    database: Database
    seen: dict[UUID, list[int]] = field(default_factory=lambda: defaultdict(list))
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        chance = random.Random(SEED)
        with psycopg.connect(self.database.url("daybook_projector"), autocommit=True) as db:
            last = False
            while not last:
                last = self.stop.is_set()  # and then once more, to the end
                while self._step(db, chance.choice([1, 3, 50])):
                    pass

    def _step(self, db: psycopg.Connection[Any], limit: int) -> int:
        tenants = [row[0] for row in db.execute("SELECT tenant_id FROM book.books")]
        at = [self.seen[tenant][-1] if self.seen[tenant] else 0 for tenant in tenants]
        rows = db.execute(_NEXT, [tenants, at, limit]).fetchall()
        for row in rows:
            self.seen[row[0]].append(row[1])
        return len(rows)


@dataclass
class Vacuum:
    """Without a pause, and slowly. Counts how often it was looked at and found in an append's way."""

    database: Database
    stop: threading.Event = field(default_factory=threading.Event)
    rounds: int = 0
    looks: int = 0
    blocked: int = 0

    def run(self) -> None:
        with psycopg.connect(self.database.admin_url, autocommit=True) as db, ThreadPoolExecutor(1) as watching:
            db.execute(_SLOW)
            watcher = watching.submit(self._watch, db.info.backend_pid)
            while not self.stop.is_set():
                for table in ("events", "books", "commands", "claims"):
                    db.execute(f"VACUUM (FREEZE, INDEX_CLEANUP ON) book.{table}".encode())
                self.rounds += 1
            watcher.result()

    def _watch(self, pid: int) -> None:
        with psycopg.connect(self.database.admin_url, autocommit=True) as db:
            while not self.stop.is_set():
                [[blocked]] = db.execute(_BLOCKED, [pid]).fetchall()
                self.blocked += blocked
                self.looks += 1
                self.stop.wait(0.01)


@contextmanager
def beside(*workers: Tail | Vacuum) -> Iterator[None]:
    with ThreadPoolExecutor(len(workers)) as pool:
        jobs = [pool.submit(worker.run) for worker in workers]
        try:
            yield
        finally:
            for worker in workers:
                worker.stop.set()
        for job in jobs:
            job.result(60)


async def _write(database: Database, monkeypatch: pytest.MonkeyPatch, each: int) -> float:
    """12 writers, each on tenants of its choice; every fifth append stalls before its commit. Answers the longest
    wait of an append in seconds."""
    chance = random.Random(SEED)
    stored = Beside.write
    slowest = 0.0

    async def stalling(self: Beside, *given: Any) -> None:
        await stored(self, *given)
        if chance.random() < 0.2:
            await asyncio.sleep(chance.uniform(0, 0.05))

    monkeypatch.setattr(Beside, "write", stalling)
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk(database, size=3)) for _ in range(TENANTS)]
        patients = [[await asked.patient() for _ in range(PATIENTS)] for asked in desks]

        async def writer() -> None:
            nonlocal slowest
            for _ in range(each):
                number = chance.randrange(TENANTS)
                began = asyncio.get_running_loop().time()
                await _pay(desks[number], chance.choice(patients[number]))
                slowest = max(slowest, asyncio.get_running_loop().time() - began)

        await asyncio.gather(*[writer() for _ in range(WRITERS)])
    return slowest


async def _pay(asked: Desk, patient: UUID) -> None:
    async def act(book: UnitOfWork) -> Result:
        take(await book.load(PatientLedger, ledger_id(patient)), patient)
        book.claim("file", uuid4().hex, patient)  # makes it a transaction of several statements, which can stall
        return Done()

    await asked.do(act)


async def _tail(database: Database, monkeypatch: pytest.MonkeyPatch, each: int) -> None:
    tail, vacuum = Tail(database), Vacuum(database)
    with beside(tail, vacuum):
        slowest = await _write(database, monkeypatch, each)
    written: dict[UUID, list[int]] = defaultdict(list)
    for tenant, position in ask(database, "SELECT tenant_id, position FROM book.events ORDER BY 1, 2"):
        written[tenant].append(position)
    missed = sum(len(set(positions) - set(tail.seen[tenant])) for tenant, positions in written.items())
    disordered = sum(new != old + 1 for seen in tail.seen.values() for old, new in zip([0, *seen], seen, strict=False))
    print(
        f"seed {SEED}: {sum(map(len, written.values()))} events, missed {missed}, out of order {disordered};"
        f" {vacuum.rounds} VACUUMs, in the way {vacuum.blocked} of {vacuum.looks} looks; slowest append {slowest:.3f} s"
    )
    assert len(written) == TENANTS
    assert sum(map(len, written.values())) == WRITERS * each + (1 + PATIENTS) * TENANTS
    assert (missed, disordered, vacuum.blocked) == (0, 0, 0)
    assert vacuum.rounds >= 1
    assert vacuum.looks > 10


@in_loop
async def test_a_tailing_reader_misses_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await _tail(database, monkeypatch, each=15)


@pytest.mark.faults
@pytest.mark.timeout(900)
@in_loop
async def test_a_tailing_reader_misses_nothing_for_long(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await _tail(database, monkeypatch, each=1_000)


def test_a_reader_of_one_global_sequence_misses_some(database: Database) -> None:
    """The control: numbers drawn from a sequence become visible out of order, and a tail at them skips what is late."""
    ask(database, "CREATE TABLE public.naive (id bigserial PRIMARY KEY, writer int)")
    chance = random.Random(SEED)
    stop = threading.Event()
    seen: list[int] = []

    def write(number: int) -> None:
        with psycopg.connect(database.admin_url) as db:
            for _ in range(15):
                db.execute("INSERT INTO public.naive (writer) VALUES (%s)", [number])
                if chance.random() < 0.2:
                    db.execute("SELECT pg_sleep(%s)", [chance.uniform(0, 0.05)])
                db.commit()

    def read() -> None:
        with psycopg.connect(database.admin_url, autocommit=True) as db:
            last = False
            while not last:
                last = stop.is_set()
                after = seen[-1] if seen else 0
                seen.extend(row[0] for row in db.execute("SELECT id FROM naive WHERE id > %s ORDER BY id", [after]))

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        reading = pool.submit(read)
        for job in [pool.submit(write, n) for n in range(WRITERS)]:
            job.result()
        stop.set()
        reading.result()
    assert WRITERS * 15 - len(set(seen)) > 0


def test_an_append_that_locks_its_table_is_blocked_by_a_vacuum(database: Database) -> None:
    """The control of the control: this VACUUM is seen to be in the way of who takes the lock that others take."""
    vacuum = Vacuum(database)
    with (
        psycopg.connect(database.admin_url, autocommit=True) as admin,
        psycopg.connect(database.url()) as db,
    ):
        admin.execute("GRANT UPDATE ON book.claims TO daybook_app")
        admin.execute(
            "INSERT INTO book.claims SELECT gen_random_uuid(), 'x', g::text, gen_random_uuid()"
            " FROM generate_series(1, 20000) g"
        )
        with beside(vacuum):
            deadline = time.monotonic() + 20
            while not vacuum.blocked and time.monotonic() < deadline:
                db.execute("LOCK TABLE book.claims IN EXCLUSIVE MODE")
                db.rollback()
        assert vacuum.blocked > 0
