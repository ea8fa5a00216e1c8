"""Counting, in this process and in a real Redis: one contract for both, and what happens when Redis goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from adapters import rate_limits
from adapters.rate_limits import BadLimits, Limiter, LocalCounters, network_of, read_limits
from application.ports import Bucket
from tests.edge.redis_server import RedisServer

T = TypeVar("T")
Work = Callable[[Limiter], Awaitable[T]]


class SetClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture(params=["local", "redis"])
def place(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("redis").url if request.param == "redis" else None


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def run(work: Work[T], clock: SetClock, place: str | None, limits: str = "user=3/minute, login=2/15 minutes") -> T:
    async def running() -> T:
        limiter = Limiter(read_limits(limits), clock, place)
        try:
            return await work(limiter)
        finally:
            await limiter.close()

    return asyncio.run(running())


def test_so_many_in_a_window_and_not_one_more(clock: SetClock, place: str | None) -> None:
    async def work(limiter: Limiter) -> list[tuple[int, int, int, bool]]:
        told = []
        for at in (0, 10, 20, 59.2, 60):
            clock.at = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC) + timedelta(seconds=at)
            allowance = await limiter.count(Bucket.USER, f"window {place}")
            assert allowance is not None
            told.append((allowance.limit, allowance.remaining, allowance.reset, allowance.granted))
        return told

    assert run(work, clock, place) == [
        (3, 2, 60, True), (3, 1, 50, True), (3, 0, 40, True), (3, 0, 1, False), (3, 2, 60, True),
    ]  # fmt: skip


def test_keys_and_buckets_are_apart_and_one_can_be_forgotten(clock: SetClock, place: str | None) -> None:
    async def work(limiter: Limiter) -> list[bool]:
        told = []
        for bucket, key in [(Bucket.LOGIN, "a")] * 3 + [(Bucket.LOGIN, "b"), (Bucket.USER, "a")]:
            allowance = await limiter.count(bucket, f"{key} {place}")
            told.append(allowance is not None and allowance.granted)
        await limiter.forget(Bucket.LOGIN, f"a {place}")
        allowance = await limiter.count(Bucket.LOGIN, f"a {place}")
        return [*told, allowance is not None and allowance.granted]

    assert run(work, clock, place) == [True, True, False, True, True, True]


def test_of_a_hundred_at_once_so_many_pass(clock: SetClock, place: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PATIENCE", 20.0)  # this is about counting, on however busy a machine

    async def work(limiter: Limiter) -> int:
        answers = await asyncio.gather(*(limiter.count(Bucket.USER, f"many {place}") for _ in range(100)))
        return sum(allowance is not None and allowance.granted for allowance in answers)

    assert run(work, clock, place) == 3


def test_several_processes_count_together_in_redis_and_apart_without(clock: SetClock, place: str | None) -> None:
    async def work(_: Limiter) -> int:
        passed = 0
        for _worker in range(3):  # each of its own, as after a restart or in another process
            limiter = Limiter(read_limits("user=3/minute"), clock, place)
            for _request in range(2):
                allowance = await limiter.count(Bucket.USER, f"together {place}")
                passed += allowance is not None and allowance.granted
            await limiter.close()
        return passed

    assert run(work, clock, place) == (6 if place is None else 3)


def test_redis_going_away_neither_refuses_nor_opens_everything(
    redis: RedisServer, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "PAUSE", 0.0)

    async def work(limiter: Limiter) -> tuple[list[bool], list[bool]]:
        async def tries(key: str) -> list[bool]:
            answers = [await limiter.count(Bucket.USER, key) for _ in range(5)]
            return [allowance is not None and allowance.granted for allowance in answers]

        redis.stop()
        away = await tries("away")
        await limiter.forget(Bucket.USER, "away")
        redis.start()
        return away, await tries("back")

    before = rate_limits.UNREACHABLE._value.get()
    away, back = run(work, clock, redis.url)
    assert away == back == [True, True, True, False, False]
    assert rate_limits.UNREACHABLE._value.get() >= before + 5
    assert [key for key in redis.stored() if "back" in key]
    assert not [key for key in redis.stored() if "away" in key]


def test_nothing_is_counted_when_limits_are_off(clock: SetClock) -> None:
    assert run(lambda limiter: limiter.count(Bucket.USER, "x"), clock, None, "off") is None


def test_local_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "MOST_KEYS", 100)

    async def flood() -> tuple[int, int]:
        counters = LocalCounters()
        for number in range(1_000):
            await counters.incr(f"key {number}", 60)
        return len(counters._counts), await counters.get("key 999")

    kept, last = asyncio.run(flood())
    assert kept <= 101
    assert last == 1


@pytest.mark.parametrize("text", ["users=5/minute", "user", "user=", "user=many", "user=5/fortnight", "user=-1/minute"])
def test_limits_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(BadLimits):
        read_limits(text)


def test_the_numbers_are_those_that_were_asked_for() -> None:
    limits = read_limits("")
    assert limits is not None
    assert str(limits[Bucket.USER]) == "100 per 1 minute"
    assert str(limits[Bucket.TENANT]) == "1000 per 1 minute"
    assert limits[Bucket.COSTLY].amount < limits[Bucket.USER].amount


@pytest.mark.parametrize(
    ("address", "place"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("::ffff:192.0.2.7", "192.0.2.7"),
     ("", ""), ("unix", "unix")],
)  # fmt: skip
def test_what_is_one_place(address: str, place: str) -> None:
    assert network_of(address) == place
