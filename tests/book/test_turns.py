"""Commands on one stream go one after the other; nobody waits for ever, nobody is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from adapters.event_store import UnitOfWork
from adapters.turns import Turns
from domain.billing import ledger_id
from tests.book.desk import desk, in_loop
from tests.support.postgres import Database

TENANT = UUID(int=0)
ONE, TWO = (TENANT, UUID(int=1)), (TENANT, UUID(int=2))
SOON = 5.0


class Unit:
    pass


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@in_loop
async def test_first_come_first_served() -> None:
    turns, order = Turns(60), list[int]()

    async def work(number: int) -> None:
        unit = Unit()
        await turns.take(ONE, unit)
        order.append(number)
        await asyncio.sleep(0)
        assert order[-1] == number  # nobody came between
        turns.leave(unit)

    await asyncio.wait_for(asyncio.gather(*map(work, range(50))), SOON)
    assert order == list(range(50))
    assert [turns._holder, turns._held, turns._queues, turns._awaited] == [{}, {}, {}, {}]


@in_loop
async def test_a_circle_is_not_waited_in() -> None:
    turns, a, b, c = Turns(60), Unit(), Unit(), Unit()
    three = (TENANT, UUID(int=3))
    for place, unit in ((ONE, a), (TWO, b), (three, c)):
        await turns.take(place, unit)
    waiting = [asyncio.create_task(turns.take(TWO, a)), asyncio.create_task(turns.take(three, b))]
    await settle()
    await asyncio.wait_for(turns.take(ONE, c), SOON)  # c -> a -> b -> c
    turns.leave(c)
    turns.leave(b)
    await asyncio.wait_for(asyncio.gather(*waiting), SOON)


@in_loop
async def test_who_has_just_been_handed_a_stream_does_not_wait_for_itself() -> None:
    turns, first, second, third = Turns(60), Unit(), Unit(), Unit()
    await turns.take(ONE, first)
    waiting = asyncio.create_task(turns.take(ONE, second))
    await settle()
    turns.leave(first)  # the second has it now, and its task has not run yet
    last = asyncio.create_task(turns.take(ONE, third))
    await asyncio.wait_for(waiting, SOON)
    turns.leave(second)
    await asyncio.wait_for(last, SOON)


@in_loop
async def test_who_gives_up_waiting_is_passed_over() -> None:
    turns, first, gone, last = Turns(60), Unit(), Unit(), Unit()
    await turns.take(ONE, first)
    giving_up = asyncio.create_task(turns.take(ONE, gone))
    waiting = asyncio.create_task(turns.take(ONE, last))
    await settle()
    giving_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await giving_up
    turns.leave(gone)
    assert not waiting.done()
    turns.leave(first)
    await asyncio.wait_for(waiting, SOON)


@in_loop
async def test_nobody_waits_for_a_command_that_hangs() -> None:
    turns, hanging = Turns(0.01), Unit()
    await turns.take(ONE, hanging)
    await asyncio.wait_for(turns.take(ONE, Unit()), SOON)
    turns.leave(hanging)
    assert [turns._holder, turns._queues] == [{}, {}]


@pytest.mark.parametrize("in_turn", [True, False])
@in_loop
async def test_a_hundred_payments_on_one_long_ledger(
    database: Database, monkeypatch: pytest.MonkeyPatch, in_turn: bool
) -> None:
    """Each is decided once on what the one before it left. The control: without turns most are decided in vain."""
    async with desk(database) as here:
        patient = await here.patient()
        for _ in range(30):
            await here.pay(patient)
        read = 0
        load: Callable[..., Awaitable[Any]] = UnitOfWork._load

        async def counting(self: UnitOfWork, db: Any, streams: list[UUID], after: list[int]) -> Any:
            nonlocal read
            rows = await load(self, db, streams, after)
            read += sum(row[0] == ledger_id(patient) for row in rows)
            return rows

        async def at_once(place: Any, unit: Any) -> None:
            return None

        monkeypatch.setattr(UnitOfWork, "_load", counting)
        if not in_turn:
            monkeypatch.setattr(here.store.turns, "take", at_once)
        outcomes = await asyncio.gather(*(here.pay(patient) for _ in range(100)), return_exceptions=True)
        failed = [error for error in outcomes if isinstance(error, BaseException)]
        if in_turn:
            assert failed == []
            assert read == 0
            assert (await here.ledger(patient)).version == 130
        else:
            assert read > 1_000
