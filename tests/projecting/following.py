"""A projector over a test's database, and what its rows look like."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg

from adapters.crypto import Keyring
from adapters.event_store import UnitOfWork
from adapters.follower import follow
from adapters.projector import Projector
from adapters.read_tables import establish
from adapters.rebuild import rebuild
from adapters.subject_keys import KeysAtHand
from application.base import Outcome, Result
from domain.billing import PatientLedger, ledger_id
from projections.base import ReadTable
from tests.book.desk import MASTER, Desk, Done, ask, take
from tests.projecting.tables import TABLES
from tests.support.postgres import Database

Rows = dict[str, list[tuple[Any, ...]]]


def keys() -> KeysAtHand:
    return KeysAtHand(Keyring(MASTER))


@dataclass
class ReadModels:
    """Read tables in a test's database."""

    database: Database
    tables: tuple[ReadTable[Any], ...] = TABLES

    def establish(self) -> None:
        with psycopg.connect(self.database.url("daybook_rebuild")) as db:
            establish(db, self.tables)

    @contextmanager
    def projector(self) -> Iterator[Projector]:
        with psycopg.connect(self.database.url("daybook_projector"), autocommit=True) as db:
            yield Projector(db, self.tables, keys())

    def drain(self) -> None:
        """Fold all there is."""
        with self.projector() as projector:
            while projector.advance():
                pass

    def rebuild(self, *, tenant_id: UUID | None = None, switch: bool = True, **options: Any) -> dict[str, Any]:
        url = self.database.url("daybook_rebuild")
        tables = options.pop("tables", self.tables)
        return rebuild(url, tables, keys(), tenant_id=tenant_id, switch=switch, **options)

    def differing(self) -> int:
        """Rows that a fold of the book up to the served positions has otherwise."""
        return sum(table["differing"] for table in self.rebuild(switch=False)["tables"].values())

    def rows(self, tenant_id: UUID | None = None) -> Rows:
        """Everything that is served, staleness included."""
        where = "WHERE tenant_id = %s" if tenant_id else "WHERE %s::uuid IS NULL"
        return {
            t.name: ask(self.database, f"SELECT * FROM reading.{t.name} t {where} ORDER BY t::text", tenant_id)
            for t in self.tables
        }

    def positions(self) -> dict[UUID, int]:
        return dict(ask(self.database, "SELECT tenant_id, position FROM reading.positions"))

    def heads(self) -> dict[UUID, int]:
        return dict(ask(self.database, "SELECT tenant_id, position FROM book.books"))

    def parked(self) -> list[tuple[Any, ...]]:
        """(tenant, projection, stream, position, error)"""
        return ask(
            self.database,
            "SELECT tenant_id, projection, stream_id, position, error FROM reading.parked ORDER BY 1, 2, 3, 4",
        )

    def progress(self) -> tuple[int, float, int]:
        """As the API asks: tenants behind, seconds, streams parked."""
        with psycopg.connect(self.database.url()) as db:
            [row] = db.execute("SELECT * FROM reading.progress()").fetchall()
        return row[0], row[1], row[2]

    @contextmanager
    def followed(self, *, followers: int = 1) -> Iterator[None]:
        """While this lasts, processes' worth of followers keep the rows up to date."""
        stopping = threading.Event()
        url = self.database.url("daybook_projector")
        threads = [
            threading.Thread(target=follow, args=(url, lambda db: Projector(db, self.tables, keys()), stopping))
            for _ in range(followers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stopping.set()
            for thread in threads:
                thread.join(10)
                assert not thread.is_alive()


async def pay(
    here: Desk, patient: UUID, reference: str | None = None, amount: str = "10.00", **context: Any
) -> Outcome:
    """A payment with a reference of any kind, straight from the ledger."""

    async def act(book: UnitOfWork) -> Result:
        ledger = await book.load(PatientLedger, ledger_id(patient))
        take(ledger, patient, amount, uuid4(), reference=reference)
        return Done()

    return await here.do(act, **context)


async def write_a_lot(here: Desk, patients: int = 3, turns: int = 5) -> list[UUID]:
    """Payments, names and voids, interleaved."""
    made = [await here.patient() for _ in range(patients)]

    async def change(patient: UUID, turn: int) -> None:
        async def act(book: UnitOfWork) -> Result:
            from domain.patients import Patient

            ledger, person = await book.load_all((PatientLedger, ledger_id(patient)), (Patient, patient))
            if turn % 3 == 2:
                ledger.void_payment(
                    next(i for i, s in ledger.sources.items() if not s.voided), "typed twice", on=book.today
                )
            take(ledger, patient, f"{turn + 1}.00", uuid4())
            if turn % 2:
                person.rename(f"Turn{turn}", "Das")
            return Done()

        await here.do(act)

    for turn in range(turns):
        await asyncio.gather(*[change(patient, turn) for patient in made])
    return made
