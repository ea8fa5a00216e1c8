"""Appending: what was read is what is true, all or nothing, in one gap-free order for each tenant."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.event_store import UnitOfWork
from application.base import VersionConflict
from application.billing import RefundPayment
from domain.billing import PatientLedger, ledger_id
from domain.patients import Patient
from domain.tenancy import Tenant
from tests.book.desk import NOW, Desk, Done, ask, desk, in_loop, one, stored, take
from tests.support.postgres import Database


@in_loop
async def test_of_two_that_read_the_same_version_one_is_refused_and_leaves_nothing(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        first, second = await here.opened(), await here.opened()
        for unit in (first, second):
            take(await unit.load(PatientLedger, ledger_id(patient)), patient)
        await first.commit(Done())
        before = (
            ask(database, "SELECT * FROM book.books ORDER BY 1"),
            ask(database, "SELECT * FROM book.document_numbers"),
        )
        with pytest.raises(VersionConflict):
            await second.commit(Done())
        assert (await here.ledger(patient)).version == 1
        after = (
            ask(database, "SELECT * FROM book.books ORDER BY 1"),
            ask(database, "SELECT * FROM book.document_numbers"),
        )
        assert after == before


@in_loop
async def test_a_stream_that_was_only_read_must_not_have_changed(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        for change_it in (True, False):
            unit = await here.opened()
            await unit.read(Patient, patient)
            take(await unit.load(PatientLedger, ledger_id(patient)), patient)
            other = await here.opened()
            (await other.load(Patient, patient if change_it else await here.patient())).deactivate()
            await other.commit(Done())
            if change_it:
                with pytest.raises(VersionConflict):
                    await unit.commit(Done())
            else:
                await unit.commit(Done())
        assert (await here.ledger(patient)).version == 1


@in_loop
async def test_a_stream_that_was_seen_not_to_exist_must_not_have_begun(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        looking = await here.opened()
        assert not (await looking.read(PatientLedger, ledger_id(patient))).exists
        (await looking.load(Patient, patient)).deactivate()
        await here.pay(patient)
        with pytest.raises(VersionConflict):
            await looking.commit(Done())
        new = await here.opened()
        take(new.new(PatientLedger, ledger_id(patient)), patient)
        with pytest.raises(VersionConflict):
            await new.commit(Done())


@in_loop
async def test_several_aggregates_are_saved_together_or_not_at_all(database: Database) -> None:
    async with desk(database) as here:
        patients = [await here.patient() for _ in range(3)]
        unit = await here.opened()
        for patient, ledger in zip(
            patients, await unit.load_all(*[(PatientLedger, ledger_id(p)) for p in patients]), strict=True
        ):
            take(ledger, patient)
            take(ledger, patient)
        await here.pay(patients[-1])
        with pytest.raises(VersionConflict):
            await unit.commit(Done())
        assert [(await here.ledger(p)).version for p in patients] == [0, 0, 1]

        async def pay_all(book: UnitOfWork) -> Done:
            for patient in patients:
                take(await book.load(PatientLedger, ledger_id(patient)), patient)
            return Done()

        outcome = await here.do(pay_all)
        assert [(await here.ledger(p)).version for p in patients] == [1, 1, 2]
        assert outcome.position == stored(database, here.tenant_id)[-1][0]


@in_loop
async def test_an_aggregate_that_was_read_may_not_be_changed(database: Database) -> None:
    async with desk(database) as here:
        unit = await here.opened()
        (await unit.read(Tenant, here.tenant_id)).rename("Other")
        with pytest.raises(TypeError, match="read, not loaded"):
            await unit.commit(Done())
        again = await here.opened(trust_memory=True)
        assert again.tenant.settings.name != "Other"


@in_loop
async def test_numbers_and_positions_have_no_gaps_however_many_write_at_once(database: Database) -> None:
    """3 tenants, 2 processes each, 12 writers each; a third of the attempts fail after deciding."""
    async with desk(database, size=12) as a, desk(database, size=12) as b, desk(database, size=12) as c:
        async with (
            desk(database, a.tenant_id) as a2,
            desk(database, b.tenant_id) as b2,
            desk(database, c.tenant_id) as c2,
        ):
            results = await asyncio.gather(*[_busy(*pair) for pair in ((a, a2), (b, b2), (c, c2))])
        for here, (paid, refunded) in zip((a, b, c), results, strict=True):
            events = stored(database, here.tenant_id)
            assert [row[0] for row in events] == list(range(1, len(events) + 1))
            for series, count in (("RECEIPT", paid), ("REFUND", refunded)):
                for year in ("2026-27", "2027-28"):
                    drawn = [row[5] for row in events if row[5] and row[5].startswith(f"{series}/{year}")]
                    assert drawn == [f"{series}/{year}/{n:06}" for n in range(1, len(drawn) + 1)]
                assert sum(1 for row in events if row[5] and row[5].startswith(series)) == count


async def _busy(one_process: Desk, another: Desk) -> tuple[int, int]:
    chance = random.Random(7)
    patients = [await one_process.patient() for _ in range(3)]
    counts = [0, 0]

    async def writer(number: int) -> None:
        here = (one_process, another)[number % 2]
        for turn in range(5):
            year = NOW + timedelta(days=366 * ((number + turn) % 2))
            patient = chance.choice(patients)
            if turn % 3 == 2:
                with pytest.raises(ZeroDivisionError):
                    await here.do(lambda book, patient=patient: _fail(book, patient), now=year)  # type: ignore[misc]
                continue
            paid = await here.pay(patient, now=year)
            counts[0] += 1
            if turn == 3:
                refund = RefundPayment(
                    payment_id=paid.result["id"], patient_id=patient, amount=Decimal("1.00"), method="CASH", reason="x"
                )
                await here.send(_of(refund, paid.result["id"], patient), now=year)
                counts[1] += 1

    await asyncio.gather(*[writer(n) for n in range(12)])
    return counts[0], counts[1]


def _of(refund: RefundPayment, payment: str, patient: UUID) -> RefundPayment:
    return refund.model_copy(update={"payment_id": UUID(payment), "patient_id": patient})


async def _fail(book: UnitOfWork, patient: UUID) -> Done:
    take(await book.load(PatientLedger, ledger_id(patient)), patient)
    raise ZeroDivisionError


@in_loop
async def test_the_millionth_receipt_of_a_year_has_a_number_of_its_own(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        await here.pay(patient)
        ask(database, "UPDATE book.document_numbers SET last = 999998 WHERE tenant_id = %s", here.tenant_id)
        numbers = [(await here.pay(patient)).result["receiptNumber"] for _ in range(3)]
        assert numbers == ["RECEIPT/2026-27/999999", "RECEIPT/2026-27/1000000", "RECEIPT/2026-27/1000001"]


@in_loop
async def test_recorded_times_never_go_back_whatever_the_clocks_say(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        chance = random.Random(3)
        clocks = [NOW + timedelta(seconds=chance.uniform(-3600, 3600)) for _ in range(30)]
        await asyncio.gather(*[here.pay(patient, now=clock) for clock in clocks])
        times = [row[4] for row in stored(database, here.tenant_id)]
        assert all(earlier <= later for earlier, later in pairwise(times))
        assert times[-1] == max(clocks)
        # A clock is believed, not invented: what happens later than anything before is recorded when it happened.
        later = datetime(2026, 12, 1, tzinfo=UTC)
        await here.pay(patient, now=later)
        assert stored(database, here.tenant_id)[-1][4] == later


@in_loop
async def test_who_when_and_why_is_on_every_event(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        actor, correlation = uuid7(), uuid7()
        await here.pay(patient, actor=actor, correlation=correlation)
        last = "SELECT actor, correlation, effective_on FROM book.events WHERE tenant_id = %s ORDER BY position DESC"
        assert ask(database, last, here.tenant_id)[:1] == [(actor, correlation, NOW.date())]


@in_loop
async def test_a_command_that_decides_nothing_writes_no_event(database: Database) -> None:
    async with desk(database) as here:
        position = one(database, "SELECT position FROM book.books WHERE tenant_id = %s", here.tenant_id)

        async def look(book: UnitOfWork) -> Done:
            await book.load(Tenant, here.tenant_id)
            return Done(note="looked")

        outcome = await here.do(look, key="k", fingerprint=b"f")
        assert (outcome.position, outcome.result["note"]) == (position, "looked")
        assert (await here.do(look, key="k", fingerprint=b"f")).replayed
        assert one(database, "SELECT position FROM book.books WHERE tenant_id = %s", here.tenant_id) == position
