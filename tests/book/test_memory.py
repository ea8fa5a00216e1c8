"""Memory makes commands quick and never decides: stale, wrong or poisoned, the book has the last word."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from adapters.event_store import UnitOfWork
from adapters.memory import Memory
from application.base import Busy, Result
from domain.base import Refused
from domain.billing import PatientLedger, ledger_id
from domain.patients import Patient
from domain.tenancy import Tenant
from tests.book.desk import Desk, Done, ask, desk, in_loop, stored, take
from tests.support.postgres import Database


async def _set_active(here: Desk, patient: UUID, active: bool) -> None:
    async def act(book: UnitOfWork) -> Result:
        found = await book.load(Patient, patient)
        found.reactivate() if active else found.deactivate()
        return Done()

    await here.do(act)


@in_loop
async def test_two_processes_never_decide_on_what_they_remember(database: Database) -> None:
    async with desk(database) as here, desk(database, here.tenant_id) as there:
        patient = await here.patient()
        for turn in range(20):
            await (here, there)[turn % 2].pay(patient)
        await asyncio.gather(*[(here, there)[turn % 2].pay(patient) for turn in range(20)])
        ledger = await here.ledger(patient)
        assert (ledger.version, str(ledger.credit)) == (40, "4000.00")


@in_loop
async def test_a_refusal_from_memory_is_decided_again_on_the_book(database: Database) -> None:
    async with desk(database) as here, desk(database, here.tenant_id) as there:
        patient = await here.patient()
        decided: list[bool] = []

        async def must_be_active(book: UnitOfWork) -> Result:
            found = await book.load(Patient, patient)
            decided.append(found.active)
            if not found.active:
                raise Refused("Inactive.")
            take(await book.load(PatientLedger, ledger_id(patient)), patient)
            return Done()

        await _set_active(here, patient, False)
        with pytest.raises(Refused):
            await here.do(must_be_active)  # here remembers, rightly
        await _set_active(there, patient, True)
        decided.clear()
        await here.do(must_be_active)
        assert decided == [False, True]
        # And an approval from memory is not believed either.
        await _set_active(there, patient, False)
        decided.clear()
        with pytest.raises(Refused):
            await here.do(must_be_active)
        assert decided == [True, False]
        assert (await here.ledger(patient)).version == 1


@in_loop
async def test_settings_that_were_only_read_are_verified_too(database: Database) -> None:
    async with desk(database) as here, desk(database, here.tenant_id) as there:
        patient = await here.patient()
        await here.pay(patient)

        async def rename(book: UnitOfWork) -> Result:
            (await book.load(Tenant, here.tenant_id)).rename("Renamed")
            return Done()

        await there.do(rename)
        seen: list[str] = []

        async def look(book: UnitOfWork) -> Result:
            seen.append(book.tenant.settings.name)
            take(await book.load(PatientLedger, ledger_id(patient)), patient)
            return Done()

        await here.do(look)
        assert seen[-1] == "Renamed"
        assert len(seen) == 2


@in_loop
async def test_a_handler_that_broke_half_way_leaves_nothing_in_memory(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        await here.pay(patient)

        async def break_it(book: UnitOfWork) -> Result:
            ledger = await book.load(PatientLedger, ledger_id(patient))
            ledger.sources.clear()  # as an event that is half applied would
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await here.do(break_it)
        unit = await here.opened(trust_memory=True)
        assert len((await unit.load(PatientLedger, ledger_id(patient))).sources) == 1


@in_loop
async def test_a_process_that_remembers_more_than_the_book_has_starts_again_from_the_book(database: Database) -> None:
    """A failover to a replica that had not heard of the last commits: acknowledged, and gone."""
    async with desk(database) as here:
        patient = await here.patient()
        for _ in range(3):
            await here.pay(patient)
        _forget_last(database, here.tenant_id, 2)
        await here.pay(patient)  # writes what it remembers
        assert [row[2] for row in stored(database, here.tenant_id) if row[5]] == [1, 2]
        _forget_last(database, here.tenant_id, 1)

        async def look(book: UnitOfWork) -> Result:
            await book.load(PatientLedger, ledger_id(patient))
            (await book.load(Patient, patient)).deactivate()
            return Done()

        await here.do(look)  # only looks at it
        assert (await here.ledger(patient)).version == 1


def _forget_last(database: Database, tenant_id: UUID, events: int) -> None:
    ask(
        database,
        "DELETE FROM book.events WHERE tenant_id = %s AND position > (SELECT position FROM book.books"
        " WHERE tenant_id = %s) - %s",
        tenant_id, tenant_id, events,
    )  # fmt: skip
    ask(
        database,
        "UPDATE book.books b SET (position, chain) = (SELECT position, hash FROM book.events e"
        " WHERE e.tenant_id = b.tenant_id ORDER BY position DESC LIMIT 1) WHERE tenant_id = %s",
        tenant_id,
    )


@in_loop
async def test_endless_conflicts_end(database: Database) -> None:
    async with desk(database) as here, desk(database, here.tenant_id) as there:
        patient = await here.patient()
        tries = 0

        async def always_late(book: UnitOfWork) -> Result:
            nonlocal tries
            tries += 1
            take(await book.load(PatientLedger, ledger_id(patient)), patient)
            await there.pay(patient)
            return Done()

        with pytest.raises(Busy):
            await here.do(always_late)
        assert (await here.ledger(patient)).version == tries == 40


@in_loop
async def test_only_one_command_at_a_time_has_an_instance(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        await here.pay(patient)
        one, two = await here.opened(trust_memory=True), await here.opened(trust_memory=True)
        assert await one.load(PatientLedger, ledger_id(patient)) is not await two.load(
            PatientLedger, ledger_id(patient)
        )


def test_memory_is_bounded() -> None:
    memory = Memory(10)
    people = [Patient.blank(UUID(int=n + 1)) for n in range(100)]
    for person in people:
        memory.keep(UUID(int=0), person)
        memory.share(UUID(int=0), person)
    kept = [p for p in people if memory.look(Patient, (UUID(int=0), p.id)) is not None]
    assert kept == people[-10:]
    assert [p for p in people if memory.take(Patient, (UUID(int=0), p.id)) is not None] == people[-10:]
    assert memory.take(Patient, (UUID(int=0), people[-1].id)) is None
