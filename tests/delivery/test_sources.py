"""What a source promises, asked of both: the books themselves, and Kafka with a relay before it."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from application.patients import ChangePatient
from consumers.base import Message, Source
from tests.book.desk import Desk, desk, in_loop, stored
from tests.delivery.conftest import OpenLine
from tests.delivery.lines import REGISTERED, RENAMED, facts, gather
from tests.support.postgres import Database


async def _rename(at: Desk, patient: UUID, name: str) -> None:
    await at.send(ChangePatient(patient_id=patient, first_name=name))


def _of(messages: list[Message], *patients: UUID) -> list[Message]:
    return [m for m in messages if m.stream_id in patients]


@in_loop
async def test_every_fact_comes_and_those_of_a_stream_in_order(database: Database, line: OpenLine) -> None:
    async with line(database) as way, desk(database) as here, desk(database) as elsewhere:
        patients = []
        for n in range(20):
            at = here if n % 2 else elsewhere
            patients.append(await at.patient())
            for name in ("Ira", "Isha", "Ila"):
                await _rename(at, patients[-1], name)
        source = way.source()
        found = await gather(source, lambda all: len(facts(_of(all, *patients))) == 80)
        await source.close()
    for patient in patients:
        assert [version for _, version in facts(_of(found, patient))] == [1, 2, 3, 4]
    assert {m.type for m in _of(found, *patients)} == {REGISTERED, RENAMED}
    assert {m.tenant_id for m in found} == {here.tenant_id, elsewhere.tenant_id}
    by_fact = {(stream, version): (position, at) for position, stream, version, _, at, _ in [
        *stored(database, here.tenant_id), *stored(database, elsewhere.tenant_id)]}  # fmt: skip
    assert {(m.stream_id, m.version): (m.position, m.recorded_at) for m in found}.items() <= by_fact.items()


@in_loop
async def test_what_is_not_committed_comes_again_to_whoever_is_next(database: Database, line: OpenLine) -> None:
    async with line(database) as way, desk(database) as here:
        first, second = await here.patient(), await here.patient()
        source = way.source()
        assert await gather(source, lambda all: {first, second} <= {m.stream_id for m in all})
        await source.close()
        again = way.source()
        found = await gather(again, lambda all: {first, second} <= {m.stream_id for m in all})
        await again.commit()
        await again.close()
        assert set(facts(_of(found, first, second))) == {(first, 1), (second, 1)}

        third = await here.patient()
        last = way.source()
        found = await gather(last, lambda all: third in {m.stream_id for m in all})
        assert _of(found, first, second) == []
        await last.close()


@in_loop
async def test_rewinding_goes_back_to_the_commit_and_not_further(database: Database, line: OpenLine) -> None:
    async with line(database) as way, desk(database) as here:
        first = await here.patient()
        source = way.source()
        await gather(source, lambda all: first in {m.stream_id for m in all})
        await source.commit()
        second, third = await here.patient(), await here.patient()
        polled = await gather(source, lambda all: {second, third} <= {m.stream_id for m in all})
        await source.rewind()
        again = await gather(source, lambda all: {second, third} <= {m.stream_id for m in all})
        assert _of(again, first) == []
        assert sorted(facts(polled)) == sorted(facts(again))
        await source.commit()
        fourth = await here.patient()
        assert facts(await gather(source, bool)) == [(fourth, 1)]
        await source.close()


@in_loop
async def test_one_commit_is_for_all_that_was_polled(database: Database, line: OpenLine) -> None:
    async with line(database) as way, desk(database) as here:
        source = way.source()
        first = await here.patient()
        await gather(source, lambda all: first in {m.stream_id for m in all})
        second = await here.patient()
        await gather(source, lambda all: second in {m.stream_id for m in all})
        await source.commit()
        await source.close()
        third = await here.patient()
        other = way.source()
        found = await gather(other, lambda all: third in {m.stream_id for m in all})
        assert _of(found, first, second) == []
        await other.close()


@in_loop
async def test_consumers_do_not_take_from_each_other(database: Database, line: OpenLine) -> None:
    async with line(database) as way, desk(database) as here:
        patient = await here.patient()

        async def reads(source: Source) -> None:
            await gather(source, lambda all: patient in {m.stream_id for m in all})
            await source.commit()
            await source.close()

        await asyncio.gather(reads(way.source("one")), reads(way.source("other")))


@in_loop
async def test_a_poll_without_messages_ends_in_time(database: Database, line: OpenLine) -> None:
    async with line(database) as way, desk(database) as here:
        source = way.source()
        patient = await here.patient()
        await gather(source, lambda all: patient in {m.stream_id for m in all})
        async with asyncio.timeout(5):
            assert list(await source.poll(10, 0.1)) == []
        await source.close()


@pytest.mark.parametrize("most", [1, 3])
@in_loop
async def test_a_poll_answers_no_more_than_asked_for_and_misses_none(
    database: Database, line: OpenLine, most: int
) -> None:
    async with line(database) as way, desk(database) as here:
        patients = {await here.patient() for _ in range(10)}
        source = way.source()
        found: set[UUID] = set()
        async with asyncio.timeout(30):
            while not patients <= found:
                batch = await source.poll(most, 0.2)
                assert len(batch) <= most
                found |= {m.stream_id for m in batch}
                await source.commit()
        await source.close()
