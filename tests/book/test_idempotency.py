"""The same request twice is one effect and one answer, whichever process it reaches and whenever."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from adapters.event_store import UnitOfWork
from application.base import KeyReused, Result
from application.billing import VoidPayment
from domain.base import Refused
from domain.billing import PatientLedger, ledger_id
from domain.patients import Guardian, Patient
from tests.book.desk import TODAY, Desk, Done, desk, in_loop, one, stored
from tests.support.postgres import Database

SAME: dict[str, Any] = {"key": "k-1", "fingerprint": b"the same body"}


@in_loop
async def test_the_same_key_gets_the_same_answer_from_this_process_and_from_a_new_one(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        first = await here.pay(patient, **SAME)
        again = await here.pay(patient, **SAME)
        assert (first.replayed, again.replayed) == (False, True)
        assert (again.result, again.position) == (first.result, first.position)
        # Later changes do not change what was answered.
        voiding = VoidPayment(reason="typed twice").model_copy(
            update={"payment_id": UUID(first.result["id"]), "patient_id": patient}
        )
        await here.send(voiding)
        async with desk(database, here.tenant_id) as new_process:
            once_more = await new_process.pay(patient, **SAME)
        assert (once_more.result, once_more.position, once_more.replayed) == (first.result, first.position, True)
        assert len([row for row in stored(database, here.tenant_id) if row[5]]) == 1


@in_loop
async def test_another_body_under_the_same_key_is_refused_and_writes_nothing(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        await here.pay(patient, **SAME)
        before = stored(database, here.tenant_id)
        for asked in (here, await _warm(here, patient)):
            with pytest.raises(KeyReused):
                await asked.pay(patient, "7.00", key="k-1", fingerprint=b"another body")
        async with desk(database, here.tenant_id) as new_process:
            with pytest.raises(KeyReused):
                await new_process.pay(patient, "7.00", key="k-1", fingerprint=b"another body")
        assert len(stored(database, here.tenant_id)) == len(before) + 1  # what _warm recorded


async def _warm(here: Desk, patient: UUID) -> Desk:
    await here.pay(patient)
    return here


@in_loop
async def test_another_tenant_and_another_actor_may_use_the_same_key(database: Database) -> None:
    async with desk(database) as here, desk(database) as elsewhere:
        patient, foreign = await here.patient(), await elsewhere.patient()
        outcomes = [
            await here.pay(patient, **SAME),
            await here.pay(patient, actor=uuid7(), **SAME),
            await elsewhere.pay(foreign, **SAME),
            await here.pay(patient, key="k-2", fingerprint=b"the same body"),
            await here.pay(patient),
            await here.pay(patient),
        ]
        assert not any(outcome.replayed for outcome in outcomes)
        assert len({outcome.result["id"] for outcome in outcomes}) == 6


@in_loop
async def test_fifty_at_once_are_one_effect_and_one_answer(database: Database) -> None:
    async with desk(database, size=10) as here, desk(database, here.tenant_id, size=10) as there:
        patient = await here.patient()
        outcomes = await asyncio.gather(
            *[(here, there)[n % 2].pay(patient, **SAME) for n in range(50)],
            *[(here, there)[n % 2].pay(patient, key=f"other {n}", fingerprint=b"") for n in range(6)],
        )
        same, others = outcomes[:50], outcomes[50:]
        assert len({str(outcome.result) for outcome in same}) == 1
        assert [outcome.replayed for outcome in same].count(False) == 1
        assert {outcome.replayed for outcome in others} == {False}
        assert (await here.ledger(patient)).version == 7
        assert one(database, "SELECT last FROM book.document_numbers WHERE tenant_id = %s", here.tenant_id) == 7


@in_loop
async def test_a_retry_is_answered_even_if_the_rules_would_refuse_it_by_now(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()

        async def once_only(book: UnitOfWork) -> Result:
            found = await book.load(Patient, patient)
            if not found.active:
                raise Refused("It is done already.")
            found.deactivate()
            return Done(note="done")

        first = await here.do(once_only, **SAME)
        again = await here.do(once_only, **SAME)  # the memory alone would say no
        assert (again.result, again.replayed) == (first.result, True)
        with pytest.raises(Refused):
            await here.do(once_only, key="another", fingerprint=b"")


@in_loop
async def test_a_refusal_is_not_an_answer_to_keep(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()

        async def if_active(book: UnitOfWork) -> Result:
            found = await book.load(Patient, patient)
            if found.active:
                raise Refused("Not yet.")
            found.reactivate()
            return Done()

        with pytest.raises(Refused):
            await here.do(if_active, **SAME)

        async def deactivate(book: UnitOfWork) -> Result:
            (await book.load(Patient, patient)).deactivate()
            return Done()

        await here.do(deactivate)
        assert not (await here.do(if_active, **SAME)).replayed


@in_loop
async def test_a_repetition_leaves_no_key_behind_that_was_never_stored(database: Database) -> None:
    """Two processes make a person's first key at once; the one whose command proves a repetition must drop its own."""
    person = uuid7()

    async with desk(database) as here, desk(database, here.tenant_id) as there:
        together = asyncio.Barrier(2)

        async def register(book: UnitOfWork) -> Result:
            patient = await book.load(Patient, person)
            patient.register(
                first_name="Kiran", last_name="Das", date_of_birth=TODAY, guardian=Guardian("Meera", "+919800000001"),
                today=TODAY,
            )  # fmt: skip
            if not together.broken:
                await together.wait()
            return Done()

        outcomes = await asyncio.gather(here.do(register, **SAME), there.do(register, **SAME))
        await together.abort()
        assert sorted(outcome.replayed for outcome in outcomes) == [False, True]
        for number, asked in enumerate((here, there)):

            async def rename(book: UnitOfWork, name: str = f"Name{number}") -> Result:
                (await book.load(Patient, person)).rename(name, "Das")
                return Done()

            await asked.do(rename)
            async with desk(database, here.tenant_id) as new_process:
                unit = await new_process.opened()
                assert (await unit.read(Patient, person)).first_name == f"Name{number}"


@in_loop
async def test_a_repetition_wakes_nobody(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        first = await here.pay(patient, **SAME)
        assert here.appended[-1] == (here.tenant_id, first.position)
        said = len(here.appended)
        await here.pay(patient, **SAME)
        assert len(here.appended) == said
        assert (await (await here.opened()).read(PatientLedger, ledger_id(patient))).version == 1
