"""The connection dies between commit and reply: whoever asks again hears the first answer, nothing happens twice."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import pytest

import adapters.event_store
from adapters.embedded_postgres.process import PORT, socket_file
from adapters.event_store import Unavailable, UnitOfWork
from application.base import Result
from domain.billing import PatientLedger, ledger_id
from domain.patients import Guardian, Patient
from tests.book.desk import TODAY, Desk, Done, desk, in_loop, one, stored, take
from tests.support.postgres import Database


class Wire:
    """A relay on the way to the database. With ``cut_at`` set to n it lets through n requests and n - 1 replies, keeps
    the next reply back (what the server did, it did) and cuts every connection; with 0 the next request is lost."""

    def __init__(self, folder: Path) -> None:
        self.url = ""
        self.folder = folder
        self.cut_at: int | None = None
        self.again: Callable[[], int] | None = None
        self.cuts = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._jobs: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Path) -> None:
        up_reader, up_writer = await asyncio.open_unix_connection(target)
        self._writers |= {writer, up_writer}
        for job in (self._carry(reader, up_writer, asking=True), self._carry(up_reader, writer, asking=False)):
            task = asyncio.create_task(job)
            self._jobs.add(task)
            task.add_done_callback(self._jobs.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, asking: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if self.cut_at is not None and not asking:
                    self.cut_at -= 1
                if self.cut_at == 0:
                    self.cut_at = self.again() if self.again else None
                    self.cut()
                    return
                writer.write(data)
                await writer.drain()
        writer.close()

    def cut(self) -> None:
        self.cuts += 1
        for writer in self._writers:
            writer.close()
        self._writers.clear()


@asynccontextmanager
async def wire(database: Database) -> AsyncIterator[Wire]:
    with tempfile.TemporaryDirectory(prefix="wire") as folder:
        relay = Wire(Path(folder))
        target = socket_file(database.server.socket_dir)
        server = await asyncio.start_unix_server(
            lambda reader, writer: relay.serve(reader, writer, target), socket_file(relay.folder)
        )
        relay.url = f"postgresql://daybook_app@/{database.name}?host={folder}&port={PORT}"
        try:
            yield relay
        finally:
            relay.cut()
            server.close()


def _receipts(database: Database, tenant_id: UUID) -> int:
    return len([row for row in stored(database, tenant_id) if row[5]])


@pytest.mark.parametrize("key", ["k-1", None])
@pytest.mark.parametrize("when", ["after the commit", "before the request"])
@in_loop
async def test_the_answer_is_found_again(database: Database, when: str, key: str | None) -> None:
    async with (
        desk(database) as direct,
        wire(database) as relay,
        desk(database, direct.tenant_id, url=relay.url, size=1) as here,
    ):
        patient = await direct.patient()
        await here.pay(patient)

        async def pay(book: UnitOfWork) -> Result:
            take(await book.load(PatientLedger, ledger_id(patient)), patient)
            if relay.cuts == 0:
                relay.cut_at = 1 if when == "after the commit" else 0
            return Done(note="paid")

        outcome = await here.do(pay, key=key, fingerprint=b"f")
        assert relay.cuts == 1
        assert outcome.replayed == (when == "after the commit")
        assert outcome.result == {"note": "paid", "receiptNumber": "RECEIPT/2026-27/000002"}
        assert (await direct.ledger(patient)).version == 2
        if key:
            again = await direct.do(pay, key=key, fingerprint=b"f")
            assert (again.result, again.replayed) == (outcome.result, True)
        # The book was not left locked, nor the memory ahead or behind.
        await here.pay(patient)
        await direct.pay(patient)
        assert [row[0] for row in stored(database, here.tenant_id)] == list(range(1, 7))


@in_loop
async def test_who_gave_up_waiting_gets_the_first_answer_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.event_store, "PATIENCE", 0.0)
    async with (
        desk(database) as direct,
        wire(database) as relay,
        desk(database, direct.tenant_id, url=relay.url, size=1) as here,
    ):
        patient = await direct.patient()

        async def pay(book: UnitOfWork) -> Result:
            take(await book.load(PatientLedger, ledger_id(patient)), patient)
            if relay.cuts == 0:
                relay.cut_at = 1
            return Done()

        with pytest.raises(Unavailable):
            await here.do(pay, key="k-1", fingerprint=b"f")
        for asked in (here, direct):
            outcome = await _after_reconnecting(asked, pay)
            assert (outcome["receiptNumber"], _receipts(database, here.tenant_id)) == ("RECEIPT/2026-27/000001", 1)


async def _after_reconnecting(asked: Desk, pay: Callable[[UnitOfWork], object]) -> dict[str, object]:
    """A pool may hand out several dead connections before it has replaced them all."""
    for _ in range(50):
        with suppress(Unavailable):
            outcome = await asked.do(pay, key="k-1", fingerprint=b"f")  # type: ignore[arg-type]
            assert outcome.replayed
            return outcome.result
    raise AssertionError("never answered")


@in_loop
async def test_a_command_with_rows_beside_the_book_survives_it_wherever_it_is_cut(database: Database) -> None:
    """Keys and claims are written in the same transaction: all there, or none. Cut at each of its replies."""
    replayed = []
    async with (
        desk(database) as direct,
        wire(database) as relay,
        desk(database, direct.tenant_id, url=relay.url, size=1) as here,
    ):
        for number in range(1, 12):
            person = UUID(int=number)

            async def register(book: UnitOfWork, number: int = number, person: UUID = person) -> Result:
                patient = book.new(Patient, person)
                patient.register(
                    first_name="Kiran", last_name="Das", date_of_birth=TODAY,
                    guardian=Guardian("Meera", "+919800000001"), today=TODAY,
                )  # fmt: skip
                book.claim("file", f"file {number}", person)
                if relay.cuts == number - 1:
                    relay.cut_at = number - 1
                return Done(note="registered")

            outcome = await here.do(register, key=f"k-{number}", fingerprint=b"")
            assert outcome.result["note"] == "registered"
            replayed.append(outcome.replayed)
            if relay.cuts < number:
                break
            assert one(database, "SELECT count(*) FROM book.subject_keys WHERE wrapped IS NOT NULL") == number
            assert one(database, "SELECT count(*) FROM book.claims WHERE kind = 'file'") == number
            unit = await direct.opened()
            assert (await unit.read(Patient, person)).first_name == "Kiran"
        # The last reply that was kept back was the commit's: only that command had happened.
        assert len(replayed) > 5
        assert replayed[-2:] == [True, False]
        assert not any(replayed[:-2])


@in_loop
async def test_connections_that_die_at_random_under_load_lose_and_double_nothing(database: Database) -> None:
    seed = int(os.environ.get("DAYBOOK_SEED", "20261120"))
    chance = random.Random(seed)
    async with (
        wire(database) as one_way,
        wire(database) as other_way,
        desk(database) as direct,
        desk(database, direct.tenant_id, url=one_way.url, size=4) as here,
        desk(database, direct.tenant_id, url=other_way.url, size=4) as there,
    ):
        patient = await direct.patient()
        for relay in (one_way, other_way):
            relay.again = lambda: chance.randint(4, 40)
            relay.cut_at = relay.again()
        acknowledged: list[str] = []

        def cuts() -> int:
            return one_way.cuts + other_way.cuts

        async def client(number: int) -> None:
            turn = 0
            # How many requests share a round trip differs from run to run: it goes on until enough was survived.
            while turn < 12 or cuts() <= 10:
                turn += 1
                outcome = None
                while outcome is None:
                    with suppress(Unavailable):
                        outcome = await (here, there)[number % 2].pay(patient, key=f"{number}/{turn}", fingerprint=b"f")
                acknowledged.append(outcome.result["receiptNumber"])

        await asyncio.gather(*[client(n) for n in range(8)])
        for relay in (one_way, other_way):
            relay.again = relay.cut_at = None
        paid = len(acknowledged)
        print(f"seed {seed}: {paid} payments, {cuts()} cuts")
        assert cuts() > 10
        assert paid == len(set(acknowledged)) >= 96
        assert (await direct.ledger(patient)).version == paid
        assert one(database, "SELECT last FROM book.document_numbers WHERE tenant_id = %s", here.tenant_id) == paid
