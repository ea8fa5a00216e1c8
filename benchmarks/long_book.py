"""One centre's book of a million entries, chained as the product chains it, for P5 and P7."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from adapters.book_file import row_bytes
from adapters.chain import GENESIS, link
from adapters.cli.tenants import system_context
from adapters.codec import event_type
from adapters.crypto import Keyring
from adapters.rebuild import rebuild
from adapters.settings import Settings
from adapters.subject_keys import KeysAtHand
from adapters.system import System
from api.accounting.journal import ask, written
from application.accounting import JournalFormat
from application.base import SYSTEM
from benchmarks.database import Cluster
from benchmarks.history import DAYS, FIRST_DAY, METHODS, PRICES, Charged, Fact, Paid, identity
from benchmarks.product import install
from benchmarks.product_book import as_event
from domain.tenancy import Tenant
from projections.registry import read_tables

TENANT = identity("tenant", 0)
FREQUENT = identity("patient", 0)
OF_ONE = 10_000  # entries of one patient's ledger
TABLES = {"journal", "expense_entries", "tenants", "therapy_types"}
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_TYPES = (
    "uuid", "int8", "uuid", "int4", "text", "int2", "timestamptz", "date", "uuid", "uuid", "text", "text", "bytea",
)  # fmt: skip


def entries(count: int) -> Iterator[Fact]:
    """``count`` facts of one centre: one patient has ``OF_ONE`` of them, the others twenty each."""
    number = 0
    for patient in range(count):
        rounds = OF_ONE // 2 if patient == 0 else 10
        for turn in range(rounds):
            if 2 * number >= count:
                return
            patient_id, charge_id = identity("patient", patient), identity("charge", number)
            amount, on = PRICES[number % len(PRICES)], FIRST_DAY + timedelta(days=number % DAYS)
            yield Charged(TENANT, patient_id, 2 * turn + 1, charge_id, identity("session", number), amount, on)
            method, payment = METHODS[number % len(METHODS)], identity("payment", number)
            yield Paid(TENANT, patient_id, 2 * turn + 2, payment, charge_id, amount, method, on)
            number += 1


class LongBook:
    """A database with that book, its chain computed as the product does."""

    def __init__(self, cluster: Cluster, count: int, name: str) -> None:
        self.settings: Settings = install(cluster, name).settings
        self.count = count
        self.days = [FIRST_DAY + timedelta(days=day) for day in range(DAYS)]
        self._fill()

    def _fill(self) -> None:
        before, now = GENESIS, datetime.now(UTC)
        with psycopg.connect(self.settings.migrator_url) as db:
            position = 0
            with db.cursor().copy(sql.SQL("COPY book.events FROM STDIN (FORMAT binary)")) as copy:
                copy.set_types(_TYPES)
                for position, (event, on) in enumerate(self._events(), 1):
                    kind = event_type(type(event).TOPIC)
                    document = f"{kind.series}/2025-26/{position:06}" if kind.series else None
                    told = {
                        "position": position, "stream": str(event.originator_id), "version": event.originator_version,
                        "topic": kind.topic, "class_version": kind.version,
                        "recorded": (now - _EPOCH) // timedelta(microseconds=1),
                        "effective": (on - _EPOCH.date()).days, "actor": str(SYSTEM), "correlation": str(SYSTEM),
                        "document": document, "data": kind.encode(event, TENANT, None),
                    }  # fmt: skip
                    row = row_bytes(TENANT, told)
                    assert row is not None
                    before = link(before, row)
                    copy.write_row((
                        TENANT, position, event.originator_id, event.originator_version, kind.topic, kind.version, now,
                        on, SYSTEM, SYSTEM, document, told["data"], before,
                    ))  # fmt: skip
            head = [TENANT, position, before, now]
            db.execute("INSERT INTO book.books (tenant_id, position, chain, recorded_at) VALUES (%s, %s, %s, %s)", head)
            db.execute("INSERT INTO reading.positions VALUES (%s, %s)", head[:2])
            self.events = position
        with psycopg.connect(self.settings.migrator_url, autocommit=True) as db:
            db.execute("VACUUM ANALYZE book.events")

    def _events(self) -> Iterator[tuple[Any, date]]:
        opened = Tenant.TenantOpened(
            originator_id=TENANT,
            originator_version=1,
            name="Long",
            slug="long",
            timezone="Asia/Kolkata",
            currency="INR",
        )
        yield opened, FIRST_DAY
        for fact in entries(self.count):
            yield as_event(fact), fact.due_on if isinstance(fact, Charged) else fact.received_on

    def build(self) -> None:
        """Fold what ledgers are read from."""
        tables = [table for table in read_tables() if table.name in TABLES]
        rebuild(self.settings.rebuild_url, tables, KeysAtHand(Keyring(self.settings.master_key)))
        with psycopg.connect(self.settings.rebuild_url, autocommit=True) as db:
            db.execute("VACUUM ANALYZE reading.journal")

    @asynccontextmanager
    async def reading(self) -> Any:
        """Opens reading transactions, as the API's requests have them."""
        async with System(self.settings).running() as system:
            yield partial(system.reading, system_context(system, TENANT))

    async def export(self, to: Path) -> float:
        """The journal for hledger; seconds it took."""
        begin = time.perf_counter()
        async with self.reading() as reading:
            async with reading() as db:
                asked = await ask(db, None, None)
            with to.open("wb") as file:
                async for part in written(reading, asked, JournalFormat.HLEDGER, self.days[-1]):
                    file.write(part)
        return time.perf_counter() - begin


__all__ = ["FREQUENT", "OF_ONE", "TENANT", "LongBook"]
