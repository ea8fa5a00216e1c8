"""Fifty posts with one key at once, over HTTP: one payment, one answer, also after the process is another one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.access.world import ADMIN, World
from tests.support.system import RunningSystem

AT_ONCE = 50
KEY = {"Idempotency-Key": "one-payment-only"}


@pytest.fixture(scope="module")
def own_system(system: RunningSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """Another API process on the same books, which may be restarted without anybody else noticing."""
    folder = Path(tmp_path_factory.mktemp("restarted"))
    own = RunningSystem(system.database, folder, {**system.environment, "DAYBOOK_HOME": str(folder)})
    try:
        own.start_api()
        yield own
    finally:
        own.stop()


@pytest.fixture(scope="module")
def centres(own_system: RunningSystem) -> Iterator[tuple[World, World]]:
    with own_system.client() as client:
        one, other = (World(own_system.new_centre(), client, mark) for mark in ("One", "Other"))
        one.user("ACCOUNTANT", "ACCOUNTANT")
        for world in (one, other):
            world.ids["patient"] = world.patient()
        yield one, other


def payment(world: World, amount: str = "1250.00") -> bytes:
    return json.dumps({"patientId": world.ids["patient"], "amount": amount, "method": "UPI"}).encode()


def post(world: World, body: bytes, client: httpx.Client, headers: dict[str, str] = KEY, who: str = ADMIN) -> Any:
    sent = {"Authorization": f"Bearer {world.centre.token(who)}", "Content-Type": "application/json", **headers}
    return client.post("/payments", content=body, headers=sent)


def at_once(world: World, bodies: list[bytes]) -> list[httpx.Response]:
    """Each on a connection of its own, all at the same time."""
    with ThreadPoolExecutor(len(bodies)) as pool, world.centre.system.client() as client:
        world.centre.token(ADMIN)
        return list(pool.map(lambda body: post(world, body, client), bodies))


def payments(world: World) -> int:
    total: int = world.send("GET", "/payments")["total"]
    return total


def receipts(world: World) -> list[str]:
    """The receipt numbers of the centre's book."""
    with psycopg.connect(world.centre.system.database.admin_url) as db:
        rows = db.execute(
            "SELECT document FROM book.events WHERE tenant_id = %s AND document IS NOT NULL ORDER BY position",
            [world.centre.tenant_id],
        ).fetchall()
    return [row[0] for row in rows]


@pytest.fixture(scope="module")
def answers(centres: tuple[World, World]) -> list[httpx.Response]:
    """What fifty posts of one payment, at once and with one key, were answered. They are one payment."""
    one, other = centres
    before, others = (payments(one), len(receipts(one))), other.state()
    answers = at_once(one, [payment(one)] * AT_ONCE)
    assert (payments(one), len(receipts(one))) == (before[0] + 1, before[1] + 1)
    assert other.state() == others
    return answers


def test_fifty_at_once_are_one_payment(answers: list[httpx.Response]) -> None:
    assert [answer.status_code for answer in answers] == [201] * AT_ONCE
    assert len({answer.content for answer in answers}) == 1
    replayed = [answer for answer in answers if "Idempotency-Replayed" in answer.headers]
    assert len(replayed) == AT_ONCE - 1
    print(f"\n{AT_ONCE} posts at once with one key: {AT_ONCE - len(replayed)} effect")


def test_another_body_under_that_key_is_refused(centres: tuple[World, World], answers: list[httpx.Response]) -> None:
    one, _ = centres
    before = one.state()
    refused = at_once(one, [payment(one, f"{n}.00") for n in range(1, 11)])
    codes = {(answer.status_code, answer.json()["error"]["code"]) for answer in refused}
    assert codes == {(422, "IDEMPOTENCY_KEY_REUSED")}
    assert one.state() == before


def test_the_same_key_of_somebody_else_is_another(
    own_system: RunningSystem, centres: tuple[World, World], answers: list[httpx.Response]
) -> None:
    """In another centre, and of a colleague in this one."""
    one, other = centres
    with own_system.client() as client:
        others = [post(other, payment(other), client), post(one, payment(one), client, who="ACCOUNTANT")]
    for answer in others:
        assert answer.status_code == 201
        assert "Idempotency-Replayed" not in answer.headers
    assert len({answer.json()["id"] for answer in (*others, answers[0])}) == 3


def test_another_process_knows_it_too(
    own_system: RunningSystem, centres: tuple[World, World], answers: list[httpx.Response]
) -> None:
    """The memory of keys is the book's."""
    own_system.stop()
    own_system.start_api()
    one, other = centres
    with own_system.client() as client:
        one.client = other.client = client
        before = payments(one), receipts(one), one.state()
        again = at_once(one, [payment(one)] * AT_ONCE)
        [refused] = at_once(one, [payment(one, "7.00")])
        assert (payments(one), receipts(one), one.state()) == before
    assert [answer.status_code for answer in again] == [201] * AT_ONCE
    assert {answer.content for answer in again} == {answers[0].content}
    assert refused.status_code == 422


def test_without_a_key_fifty_are_fifty(centres: tuple[World, World]) -> None:
    """The control: what makes them one is the key."""
    world = centres[1]
    with world.centre.system.client() as client, ThreadPoolExecutor(10) as pool:
        world.client = client
        before = payments(world)
        answers = list(pool.map(lambda _: post(world, payment(world), client, {}), range(AT_ONCE)))
        assert [answer.status_code for answer in answers] == [201] * AT_ONCE
        assert len({answer.json()["receiptNumber"] for answer in answers}) == AT_ONCE
        assert payments(world) == before + AT_ONCE
    drawn = [int(number.rsplit("/", 1)[1]) for number in receipts(world)]
    assert drawn == list(range(1, len(drawn) + 1))  # and numbered without a gap
