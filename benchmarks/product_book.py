"""The product's event store as P2 and P3 drive it: its append by SQL and by Python, and a history to rebuild from."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

import application.registry  # noqa: F401  # registers what the registries below are asked for
from adapters.codec import event_type
from adapters.crypto import Keyring
from adapters.rebuild import rebuild
from adapters.settings import Settings
from adapters.subject_keys import KeysAtHand
from adapters.system import System
from application.base import SYSTEM, Context, Result
from benchmarks.baselines.plain_insert import PAYLOAD, TENANTS
from benchmarks.database import Cluster
from benchmarks.history import Charged, Fact, identity
from benchmarks.product import install
from domain.base import Event
from domain.billing import Part, PatientLedger, ledger_id
from domain.values import ZERO, PaymentMethod, Role
from projections.registry import read_tables

TOPIC = "billing.PaymentRecorded"
SHA_256 = bytes(32)  # the length is what matters: neither appending nor projecting asks what a fingerprint says
# One event in a stream of its own, with everything that the product sends along: the key of the request, its
# fingerprint, its answer, and the version of the stream it was decided on. Numbers make the ids, since pgbench has no
# other type and gen_random_uuid opens a file at each call.
APPEND = f"""\\set tenant random(100, {99 + TENANTS})
\\set stream random(100000000000, 999999999999)
SELECT * FROM book.append(
    ('00000000-0000-7000-8000-000000000' || :tenant)::uuid, '{SYSTEM}', NULL, 'WORKSPACE_ADMIN', NULL, '{SYSTEM}',
    clock_timestamp(), :stream::text, '\\x{"ab" * 32}', '{PAYLOAD}',
    ARRAY[('00000000-0000-7000-8000-' || :stream)::uuid], '{{0}}', ARRAY[('00000000-0000-7000-8000-' || :stream)::uuid],
    '{{1}}', '{{{TOPIC}}}', '{{1}}', '{{2026-01-15}}', ARRAY['{PAYLOAD}'], '{{NULL}}', '', '{{}}');
"""  # noqa: S608  # our own constants


def append_script(cluster: Cluster) -> tuple[str, str]:
    """P2: a database to append to as the application's role, and the pgbench script of one append."""
    return install(cluster, "append_script").environment["DATABASE_URL"], APPEND


class Store:
    """P2: the Python store with as many writers as the library's recorder is given, tasks of one event loop."""

    def __init__(self, cluster: Cluster, seconds: float, writers: int) -> None:
        self._settings = install(cluster, "append_one").settings
        self._seconds = seconds
        self._writers = writers

    def run(self) -> float:
        """Commits a second, one new event each, every event in a stream of its own."""
        return asyncio.run(self._run())

    async def _run(self) -> float:
        tenants = cycle(identity("tenant", number) for number in range(TENANTS))
        async with System(self._settings).running() as system:
            for _ in range(TENANTS):  # opens connections and prepares statements, uncounted
                await self._append(system, next(tenants))
            begin = time.perf_counter()
            deadline = begin + self._seconds
            done = 0

            async def write() -> None:
                nonlocal done
                while time.perf_counter() < deadline:
                    await self._append(system, next(tenants))
                    done += 1

            await asyncio.gather(*(write() for _ in range(self._writers)))
            return done / (time.perf_counter() - begin)

    @staticmethod
    async def _append(system: System, tenant_id: UUID) -> None:
        now = system.clock.now()
        context = Context(
            tenant_id, SYSTEM, Role.WORKSPACE_ADMIN, now, SYSTEM, system.new_id, key=uuid4().hex, fingerprint=SHA_256
        )
        unit = system.store.unit(context, trust_memory=True)
        await unit.open()
        ledger = unit.new(PatientLedger, uuid4())
        ledger.decide(
            PatientLedger.CreditBroughtForward, on=now.date(), patient_id=ledger.id, payment_id=system.new_id(),
            amount=Decimal(1250), received_on=now.date(), reference=None,
        )  # fmt: skip
        await unit.commit(Result())


def as_event(fact: Fact) -> Event:
    """The fact as the product records it: a session is charged on booking, a payment settles one charge in full."""
    head = {"originator_id": ledger_id(fact.patient_id), "originator_version": fact.version}
    if isinstance(fact, Charged):
        return PatientLedger.SessionCharged(
            **head, patient_id=fact.patient_id, charge_id=fact.charge_id, session_id=fact.session_id,
            therapy_type_id=fact.tenant_id, amount=fact.amount, due_on=fact.due_on, earned=False,
        )  # fmt: skip
    return PatientLedger.PaymentRecorded(
        **head, patient_id=fact.patient_id, payment_id=fact.payment_id, amount=fact.amount,
        method=PaymentMethod(fact.method), received_on=fact.received_on, reference=None,
        parts=(Part(fact.payment_id, fact.charge_id, fact.amount),), credit=ZERO,
    )  # fmt: skip


def fill(settings: Settings, facts: Iterable[Fact]) -> None:
    """A book of these, read tables taken for built. By COPY, as the superuser: no role of the product may write events
    but by the append function."""
    heads: dict[UUID, int] = {}
    now = datetime.now(UTC)
    copy_events = sql.SQL("COPY book.events FROM STDIN (FORMAT binary)")
    with psycopg.connect(settings.migrator_url) as db:
        with db.cursor().copy(copy_events) as copy:
            copy.set_types(
                ("uuid", "int8", "uuid", "int4", "text", "int2", "timestamptz", "date", "uuid", "uuid", "text",
                 "text", "bytea")
            )  # fmt: skip
            for fact in facts:
                event = as_event(fact)
                kind = event_type(type(event).TOPIC)  # type: ignore[attr-defined]
                position = heads[fact.tenant_id] = heads.get(fact.tenant_id, 0) + 1
                on = fact.due_on if isinstance(fact, Charged) else fact.received_on
                document = f"{kind.series}/2025-26/{position:06}" if kind.series else None
                copy.write_row(
                    (fact.tenant_id, position, event.originator_id, event.originator_version, kind.topic,
                     kind.version, now, on, SYSTEM, SYSTEM, document, kind.encode(event, fact.tenant_id, None),
                     SHA_256)
                )  # fmt: skip
        books = [list(heads), list(heads.values())]
        db.execute("INSERT INTO book.books (tenant_id, position) SELECT * FROM unnest(%s::uuid[], %s::int8[])", books)
        db.execute("INSERT INTO reading.positions SELECT t, p FROM unnest(%s::uuid[], %s::int8[]) u (t, p)", books)
    with psycopg.connect(settings.migrator_url, autocommit=True) as db:
        db.execute("VACUUM ANALYZE book.events")


class Rebuild:
    """P3: a book full of history, all of whose read tables are built and served once before anything is counted."""

    def __init__(self, cluster: Cluster, facts: Iterable[Fact], events: int) -> None:
        self._settings = install(cluster, "rebuild_all").settings
        self._events = events
        fill(self._settings, facts)
        self.tables = len(read_tables())
        self.run()

    def run(self) -> float:
        """Events a second, from the first read to the switch of the last table, in one process."""
        begin = time.perf_counter()
        report = self._rebuild()
        seconds = time.perf_counter() - begin
        if report["events"] != self._events:
            raise RuntimeError(f"{report['events']} of {self._events} events were rebuilt")
        return self._events / seconds

    def one_tenant(self) -> tuple[float, int]:
        """Seconds for one centre's rows of all tables, and how many tables had anybody else's rows touched."""
        tenant = identity("tenant", 0)
        before = self._others(tenant)
        begin = time.perf_counter()
        self._rebuild(tenant_id=tenant)
        seconds = time.perf_counter() - begin
        after = self._others(tenant)
        return seconds, sum(before[name] != after[name] for name in before)

    def raw_copy(self) -> float:
        """Events a second if nothing were folded: the book copied out, and the rows it folds to copied into tables
        without keys, in one process."""
        with psycopg.connect(self._settings.migrator_url) as db, tempfile.TemporaryDirectory() as folder:
            for table in read_tables():
                name = sql.Identifier("reading", table.name)
                with Path(folder, table.name).open("wb") as file:
                    _copy_out(db, sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(name), file.write)
                like = sql.SQL("CREATE TEMPORARY TABLE {} (LIKE {})").format(sql.Identifier(f"raw_{table.name}"), name)
                db.execute(like)
            begin = time.perf_counter()
            _copy_out(db, sql.SQL("COPY book.events TO STDOUT (FORMAT binary)"), len)
            for table in read_tables():
                into = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(f"raw_{table.name}"))
                with db.cursor().copy(into) as copy, Path(folder, table.name).open("rb") as file:
                    while read := file.read(1 << 18):
                        copy.write(read)
            seconds = time.perf_counter() - begin
            db.rollback()
        return self._events / seconds

    def _rebuild(self, **options: Any) -> dict[str, Any]:
        keys = KeysAtHand(Keyring(self._settings.master_key))
        return rebuild(self._settings.rebuild_url, read_tables(), keys, **options)

    def _others(self, tenant: UUID) -> dict[str, Any]:
        """Where the rows of everybody else are stored, and by which transaction."""
        asked = "SELECT count(*), sum(hashtext(ctid::text || xmin::text)) FROM {} WHERE tenant_id <> %s"
        with psycopg.connect(self._settings.rebuild_url) as db:
            return {
                table.name: db.execute(
                    sql.SQL(asked).format(sql.Identifier("reading", table.name)), [tenant]
                ).fetchone()
                for table in read_tables()
            }


def _copy_out(db: psycopg.Connection[Any], statement: sql.Composed | sql.SQL, each: Callable[[bytes], Any]) -> None:
    with db.cursor().copy(statement) as copy:
        for read in copy:
            each(bytes(read))


class LargeRebuild:
    """P9: the same of more events than memory would hold, by ``daybook rebuild`` in a process of its own."""

    def __init__(self, cluster: Cluster, facts: Iterable[Fact], name: str = "rebuild_large") -> None:
        installed = install(cluster, name)
        self._environment = installed.environment
        fill(installed.settings, facts)

    def run(self) -> tuple[float, float, int]:
        """Seconds, the most memory that it ever had (MB), events."""
        begin = time.perf_counter()
        command = [sys.executable, "-m", "adapters.cli", "rebuild", "all", "--json"]
        with tempfile.TemporaryFile() as told:
            child = subprocess.Popen(command, env={**os.environ, **self._environment}, stdout=told)  # noqa: S603
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                raise RuntimeError(f"the rebuild ended with {child.returncode}")
            told.seek(0)
            report = json.load(told)
        return time.perf_counter() - begin, usage.ru_maxrss * 1024 / 1e6, report["events"]
