"""Centres with a large random past, written through the aggregates and folded as a rebuild folds it: many entries, on
both axes of time, without the price of a request for each."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from adapters.system import ReadSide
from api.accounting.journal import ask, written
from application.accounting import JournalFormat
from domain.base import Refused
from domain.billing import ChargeKind, PatientLedger, ledger_id
from domain.catalogue import TherapyType
from domain.expenses import Details, Expense, ExpenseCategory
from domain.values import PaymentMethod
from projections.accounting import trial
from projections.registry import read_tables
from tests.book.desk import NOW, Desk, Done, desk, own_commands
from tests.projecting.following import ReadModels
from tests.support.postgres import Database

FIRST, DAYS = NOW.date(), 500
METHODS = [method for method in PaymentMethod if method is not PaymentMethod.OPENING]
TABLES = ("journal", "expense_entries", "tenants", "therapy_types", "users")
NASTY = [
    "=1+1", 'he said "no"; date:2020-01-01', "[2020-01-01] | x", "line\nbreak", "back\\slash", "नमस्ते 😀",
]  # fmt: skip


@dataclass
class Writer:
    """Random commands on one centre. What the rules refuse is left out, as at the desk."""

    desk: Desk
    chance: random.Random
    patients: list[UUID] = field(default_factory=list)
    types: list[UUID] = field(default_factory=list)
    expenses: list[UUID] = field(default_factory=list)
    at: datetime = NOW
    """When the next command is carried out; every command a little later."""

    @property
    def today(self) -> date:
        return self.at.date()

    async def open(self) -> None:
        self.patients = [uuid7() for _ in range(4)]
        for name in ("Speech", "Play: date:2020-01-01"):
            type_id = uuid7()

            async def add(book: Any, type_id: UUID = type_id, name: str = name) -> Done:
                book.new(TherapyType, type_id).add(name=name, default_duration=60, default_cost=Decimal(800))
                return Done()

            await self.desk.do(add, now=self.at)
            self.types.append(type_id)

    async def write(self, commands: int) -> None:
        await self.open()
        for _ in range(commands):
            self.at += timedelta(minutes=self.chance.randint(1, 60 * 24 * DAYS * 2 // commands))
            await self.desk.do(self.spend if self.chance.random() < 0.15 else self.move, now=self.at)

    def amount(self) -> Decimal:
        return Decimal(self.chance.choice([1, 33, 500, 80_000, self.chance.randint(1, 500_000)])).scaleb(-2)

    def day(self) -> date:
        """Today, mostly; else up to forty days ago."""
        return self.today - timedelta(days=self.chance.choice([0, 0, self.chance.randint(0, 40)]))

    async def move(self, book: Any) -> Done:
        """Up to four things on one ledger, in one transaction."""
        patient = self.chance.choice(self.patients)
        ledger = await book.load(PatientLedger, ledger_id(patient))
        for _ in range(self.chance.randint(1, 4)):
            before = len(ledger.pending_events)
            try:
                self._one(ledger, patient)
            except Refused:
                assert len(ledger.pending_events) == before
        return Done()

    def _one(self, ledger: PatientLedger, patient: UUID) -> None:
        chance, on = self.chance, self.day()
        charge = chance.choice(list(ledger.charges)) if ledger.charges else uuid7()
        paid = chance.choice(list(ledger.sources)) if ledger.sources else uuid7()
        auto, why, method = chance.random() < 0.8, chance.choice(NASTY), chance.choice(METHODS)
        kind = chance.choice(self.types)
        paying = partial(ledger.record_payment, uuid7(), patient, self.amount(), auto_apply=auto)
        charging: dict[str, Any] = {"due_on": on, "on": on, "auto_apply": auto}
        steps: list[tuple[int, Callable[[], None]]] = [
            (8, partial(ledger.charge_session, uuid7(), patient, kind, self.amount(), earned=chance.random() < 0.3,
                        **charging)),
            (8, partial(paying, method, on)),
            (5, partial(ledger.earn, charge, on=on)),
            (2, partial(ledger.reverse_charge, charge, why, on=on, auto_apply=auto)),
            (2, partial(ledger.void_payment, paid, why, on=self.today, auto_apply=auto)),
            (2, partial(ledger.refund, uuid7(), paid, Decimal(1), method, why, on=self.today)),
            (2, partial(ledger.write_off, uuid7(), charge, Decimal(1), why, on=self.today)),
            (1, partial(ledger.charge_fee, charge, patient, ChargeKind.NO_SHOW, self.amount(), **charging)),
            (1, partial(paying, PaymentMethod.OPENING, on)),
        ]  # fmt: skip
        [step] = chance.choices([step for _, step in steps], [weight for weight, _ in steps])
        step()

    async def spend(self, book: Any) -> Done:
        details = Details(
            self.chance.choice(list(ExpenseCategory)), self.amount(), self.day(), self.chance.choice(METHODS)
        )
        what = self.chance.random()
        if what < 0.6 or not self.expenses:
            self.expenses.append(uuid7())
            book.new(Expense, self.expenses[-1]).record(details, today=self.today)
            return Done()
        expense = await book.load(Expense, self.chance.choice(self.expenses))
        try:
            expense.amend(details, today=self.today) if what < 0.85 else expense.void("twice")
        except Refused:
            assert not expense.pending_events
        return Done()


@dataclass
class Books:
    """A centre's folded books, to be asked."""

    desk: Desk
    writer: Writer
    side: ReadSide

    @property
    def reading(self) -> Any:
        return partial(self.side, self.desk.context())

    async def journal(self, form: JournalFormat, as_of: date | None = None, known_at: datetime | None = None) -> str:
        async with self.reading() as db:
            asked = await ask(db, as_of, known_at)
        return b"".join([part async for part in written(self.reading, asked, form, self.writer.today)]).decode()

    async def balance(self, as_of: date, account: str, known_at: datetime | None = None, **of: Any) -> Decimal:
        """An account's balance in the trial balance."""
        async with self.reading() as db:
            found = await trial.trial_balance(db, as_of=as_of, known_at=known_at)
        return sum(
            (
                line["balance"]
                for line in found["accounts"]
                if line["account"] == account and all(line[k] == v for k, v in of.items())
            ),
            Decimal("0.00"),
        )


def fold(database: Database) -> None:
    """Follow the book to its end."""
    models = ReadModels(database, tuple(table for table in read_tables() if table.name in TABLES))
    models.establish()
    models.drain()


@asynccontextmanager
async def random_books(database: Database, seeds: list[int], commands: int) -> AsyncIterator[list[Books]]:
    """One centre for each seed, all in one database."""
    side = ReadSide.at(database.url(), 4)
    async with AsyncExitStack() as stack:
        stack.enter_context(own_commands())
        made = []
        for seed in seeds:
            here = await stack.enter_async_context(desk(database))
            writer = Writer(here, random.Random(seed))
            await writer.write(commands)
            made.append(Books(here, writer, side))
        fold(database)
        try:
            yield made
        finally:
            await side.close()
