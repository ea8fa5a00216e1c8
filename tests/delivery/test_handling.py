"""What a loop does with messages: each effect once, poison set aside, outages waited out, no message lost at a stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

import consumers.base as loop
from application.base import execute
from consumers.base import Effect, Handling, Interrupted, Message, Source, Work, run
from domain.base import Invalid
from tests.book.desk import Desk, desk, in_loop, one
from tests.delivery.conftest import OpenLine
from tests.delivery.lines import Cashier, FromBooks, gather, handling
from tests.support.postgres import Database

_LEDGERS = "SELECT count(*) FROM book.events WHERE topic = 'billing.PaymentRecorded'"


async def until(what: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.01)


async def working(
    work: Work, source: Source, *, until_: Callable[[], bool], beside: Coroutine[None, None, None] | None = None
) -> None:
    """Run the loop until something is true."""
    stopping = asyncio.Event()
    task = asyncio.create_task(run(work, source, stopping))
    try:
        if beside is not None:
            await beside
        await until(lambda: until_() or task.done())
    finally:
        stopping.set()
        await task


async def credit(at: Desk, patient: UUID) -> Decimal:
    return (await at.ledger(patient)).credit


@in_loop
async def test_every_message_has_its_effect_once_even_if_it_comes_again(database: Database, line: OpenLine) -> None:
    async with line(database) as way, desk(database) as here:
        patients = [await here.patient() for _ in range(10)]
        work = handling(Cashier(), here.store, way.dead())
        first = way.source("cashier")
        messages = await gather(first, lambda all: set(patients) <= {m.stream_id for m in all})
        await work.all(messages)
        await first.close()  # as if it had been killed before the commit
        await working(work, way.source("cashier"), until_=lambda: work.tally.repeated >= len(patients))
        assert [await credit(here, patient) for patient in patients] == [Decimal("1.00")] * 10
    assert one(database, _LEDGERS) == 10


class WithoutKey(Handling):
    """The control: the same effects, without the record of having had them."""

    async def once(self, message: Message) -> None:
        for effect in await self.consumer.handle(message):
            context = self._context(message, effect)
            await execute(effect.command, replace(context, key=None), self._store)
        self.tally.handled += 1


@in_loop
async def test_without_the_key_the_same_would_double(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        way = FromBooks(database)
        work = handling(Cashier(), here.store, way.dead(), kind=WithoutKey)
        source = way.source()
        messages = await gather(source, lambda all: patient in {m.stream_id for m in all})
        await source.close()
        await work.all(messages)
        await work.all(messages)
        assert await credit(here, patient) == Decimal("2.00")


@in_loop
async def test_poison_goes_to_the_dead_letters_and_the_rest_flows_on(
    database: Database, line: OpenLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "PAUSES", (0.01, 0.02, 0.03))
    async with line(database) as way, desk(database) as here:
        patients = [await here.patient() for _ in range(6)]
        poison = {patients[1]: ValueError("Kiran cannot be read"), patients[3]: Invalid("Kiran is refused")}
        cashier = Cashier(fails=lambda m: poison.get(m.stream_id))
        dead = way.dead()
        work = handling(cashier, here.store, dead)
        await working(work, way.source("cashier"), until_=lambda: work.tally.handled >= 4 and work.tally.dead >= 2)
        paid = {patient for patient in patients if await credit(here, patient) == 1}
        assert paid == set(patients) - poison.keys()
        tries = [m.stream_id for m in cashier.tried]
        assert [tries.count(patient) for patient in poison] == [4, 4]

        letters = await dead.outstanding("cashier")
        assert {(letter.message.stream_id, letter.error) for letter in letters} == {
            (patients[1], "ValueError"), (patients[3], "Invalid VALIDATION_ERROR"),
        }  # fmt: skip
        assert "Kiran" not in repr(letters)
        assert list(await dead.outstanding("another")) == []

        await dead.put("cashier", letters[0].message, letters[0].error)
        assert len(await dead.outstanding()) == 2, "twice is once"
        await dead.settle(letters[0])
        assert [letter.message for letter in await dead.outstanding()] == [letters[1].message]
        await dead.settle(letters[1])
        assert list(await dead.outstanding()) == []


class Away(Interrupted):
    pass


@in_loop
async def test_an_outage_is_waited_out_and_makes_no_dead_letters(database: Database, line: OpenLine) -> None:
    async with line(database) as way, desk(database) as here:
        patients = [await here.patient() for _ in range(5)]
        outage = [6]

        def away(message: Message) -> Exception | None:
            outage[0] -= 1
            return Away() if outage[0] >= 0 else None

        work = handling(Cashier(fails=away), here.store, way.dead())
        await working(work, way.source("cashier"), until_=lambda: work.tally.handled >= len(patients))
        assert work.tally.interrupted >= 1
        assert work.tally.dead == 0
        assert [await credit(here, patient) for patient in patients] == [Decimal("1.00")] * 5


class Slow(Cashier):
    """Begins, and ends when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.going_on = asyncio.Event(), asyncio.Event()

    async def handle(self, message: Message) -> Sequence[Effect]:
        effects = await super().handle(message)
        self.begun.set()
        await self.going_on.wait()
        return effects


@in_loop
async def test_what_is_in_hand_is_finished_and_committed_at_a_stop(database: Database, line: OpenLine) -> None:
    slow = Slow()
    async with line(database) as way, desk(database) as here:
        patient = await here.patient()
        work = handling(slow, here.store, way.dead())
        stopping = asyncio.Event()
        task = asyncio.create_task(run(work, way.source("cashier"), stopping))
        async with asyncio.timeout(20):
            await slow.begun.wait()
            stopping.set()
            slow.going_on.set()
            await task
        assert await credit(here, patient) == Decimal("1.00")
        later = await here.patient()
        source = way.source("cashier")
        found = await gather(source, lambda all: later in {m.stream_id for m in all})
        assert patient not in {m.stream_id for m in found}
        await source.close()


class CommitsFirst:
    """The control: a source that forgets what it has answered before it was handled."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def poll(self, most: int, timeout: float) -> Sequence[Message]:
        messages = await self._source.poll(most, timeout)
        await self._source.commit()
        return messages

    async def commit(self) -> None: ...

    async def rewind(self) -> None: ...

    async def close(self) -> None:
        await self._source.close()


class Killed(BaseException):
    pass


@pytest.mark.parametrize("commits_first", [False, True])
@in_loop
async def test_a_crash_before_the_effect_loses_nothing_unless_the_commit_came_first(
    database: Database, line: OpenLine, commits_first: bool
) -> None:
    async with line(database) as way, desk(database) as here:
        patient = await here.patient()

        def crash(_: Message) -> Exception | None:
            raise Killed

        source: Source = way.source("cashier")
        with suppress(Killed):
            await run(
                handling(Cashier(fails=crash), here.store, way.dead()),
                CommitsFirst(source) if commits_first else source, asyncio.Event(),
            )  # fmt: skip
        other = await here.patient()
        work = handling(Cashier(), here.store, way.dead())
        await working(work, way.source("cashier"), until_=lambda: work.tally.handled >= (1 if commits_first else 2))
        assert await credit(here, other) == 1
        assert await credit(here, patient) == (0 if commits_first else 1)
