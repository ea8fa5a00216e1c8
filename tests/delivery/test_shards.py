"""Who reads which books: every shard by one process at a time, and who lost it moves nothing any more."""

from __future__ import annotations

import logging
import time
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.book_reader import SHARDS, BookReader, shard
from consumers.base import Interrupted, Message
from tests.book.desk import ask, desk, in_loop, one
from tests.support.postgres import Database

LEASE = 0.5


def reader(database: Database, consumer: str = "tests", lease: float = LEASE, *, from_start: bool = True) -> BookReader:
    return BookReader(database.url("daybook_relay"), consumer, lease=lease, from_start=from_start)


def settled(*readers: BookReader) -> None:
    """Let each look in turn until every shard has somebody, and nobody more than a fair share."""
    deadline = time.monotonic() + 10
    fair = -(-SHARDS // len(readers))
    while sum(len(each.fences) for each in readers) != SHARDS or max(len(each.fences) for each in readers) > fair:
        assert time.monotonic() < deadline
        for each in readers:
            each.read(10, 0.05)
            each.commit()


def position(database: Database, tenant: UUID) -> int:
    rows = ask(database, "SELECT position FROM delivery.positions WHERE tenant_id = %s AND consumer = 'tests'", tenant)
    return int(rows[0][0]) if rows else 0


def test_python_and_the_database_count_shards_alike(database: Database) -> None:
    tenants = [uuid7() for _ in range(200)]
    told = ask(database, "SELECT t, delivery.shard(t) FROM unnest(%s::uuid[]) t", tenants)
    assert {tenant: shard(tenant) for tenant in tenants} == dict(told)
    assert len({shard(tenant) for tenant in tenants}) > SHARDS // 2


def test_each_shard_has_one_holder_however_many_come_and_go(database: Database) -> None:
    alone = reader(database)
    settled(alone)
    others = [reader(database), reader(database)]
    settled(alone, *others)
    assert len(set().union(*(each.fences for each in (alone, *others)))) == SHARDS
    others[0].close()
    settled(alone, others[1])  # given up at once
    alone.close()
    others[1].close()
    assert one(database, "SELECT count(*) FROM delivery.leases WHERE holder IS NOT NULL") == 0


@in_loop
async def test_who_slept_over_its_lease_moves_nothing_and_begins_again(database: Database) -> None:
    async with desk(database) as here:
        await here.patient()
        sleeper, other = reader(database), reader(database)
        messages = sleeper.read(10, 1)
        assert here.tenant_id in {m.tenant_id for m in messages}
        deadline = time.monotonic() + 10
        taken: list[Message] = []
        while here.tenant_id not in {m.tenant_id for m in taken}:  # it waits for the lease to run out
            assert time.monotonic() < deadline
            taken = other.read(10, 0.1)
        with pytest.raises(Interrupted):
            sleeper.commit()
        assert position(database, here.tenant_id) == 0
        other.commit()
        reached = position(database, here.tenant_id)
        assert reached == taken[-1].position
        sleeper.rewind()
        sleeper.close()
        other.close()
        assert position(database, here.tenant_id) == reached


@in_loop
async def test_an_old_fence_counts_for_nothing_even_with_the_shard_back(database: Database) -> None:
    async with desk(database) as here:
        await here.patient()
        own = reader(database, lease=60)
        own.read(10, 1)
        number = shard(here.tenant_id)
        ask(database, "UPDATE delivery.leases SET fence = fence + 2 WHERE shard = %s", number)
        with pytest.raises(Interrupted):
            own.commit()
        assert position(database, here.tenant_id) == 0
        own.rewind()
        assert here.tenant_id in {m.tenant_id for m in own.read(10, 2)}
        own.commit()
        assert position(database, here.tenant_id) > 0
        own.close()


@in_loop
async def test_keeping_keeps_a_lease_longer_than_it_lasts(database: Database) -> None:
    async with desk(database) as here:
        await here.patient()
        busy, other = reader(database), reader(database)
        busy.read(10, 1)
        deadline = time.monotonic() + 3 * LEASE
        while time.monotonic() < deadline:
            busy.keep()
            assert here.tenant_id not in {m.tenant_id for m in other.read(10, 0.05)}
        busy.commit()
        assert position(database, here.tenant_id) > 0
        busy.close()
        other.close()


@in_loop
async def test_history_is_not_told_to_a_consumer_that_is_new_but_all_that_follows_is(database: Database) -> None:
    async with desk(database) as here:
        await here.patient()
        new = reader(database, from_start=False)
        assert new.read(10, 0.2) == []
        patient = await here.patient()
        assert [m.stream_id for m in new.read(10, 5)] == [patient]
        async with desk(database) as later:
            assert later.tenant_id in {m.tenant_id for m in new.read(10, 5)}
        new.close()


@in_loop
async def test_a_relay_that_is_new_begins_where_those_are_who_read_the_books_so_far(database: Database) -> None:
    async with desk(database) as here:
        old = reader(database, "notifications", from_start=False)
        old.read(10, 0.2)
        patient = await here.patient()  # which it has not handled yet
        relay = reader(database, "relay", from_start=False)
        assert patient in {m.stream_id for m in relay.read(10, 5)}
        old.close()
        relay.close()


@in_loop
async def test_a_book_that_cannot_be_read_on_stands_and_the_others_flow(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(database) as broken, desk(database) as sound:
        own = reader(database)
        settled(own)
        with psycopg.connect(database.admin_url) as db:
            db.execute(
                "INSERT INTO book.events SELECT tenant_id, position + 1, gen_random_uuid(), 1, 'later.SomethingNew', 1,"
                " recorded_at, effective_on, actor, correlation, NULL, '{\"name\": \"Kiran\"}', hash FROM book.events"
                " WHERE tenant_id = %s ORDER BY position DESC LIMIT 1", [broken.tenant_id],
            )  # fmt: skip
            db.execute("UPDATE book.books SET position = position + 1 WHERE tenant_id = %s", [broken.tenant_id])
        patient = await sound.patient()
        with caplog.at_level(logging.ERROR, "daybook.delivery"):
            found: list[Message] = []
            deadline = time.monotonic() + 10
            while patient not in {m.stream_id for m in found} or not caplog.records:
                assert time.monotonic() < deadline
                found += own.read(10, 0.1)
                own.commit()
        own.close()
        [stands] = [record.getMessage() for record in caplog.records if "stands before" in record.getMessage()]
        assert "Kiran" not in stands
        assert "UnknownEvent" in stands
        at = one(database, "SELECT position FROM book.books WHERE tenant_id = %s", broken.tenant_id)
        assert position(database, broken.tenant_id) == at - 1


def test_the_relays_role_has_no_key_and_changes_no_book(database: Database) -> None:
    with psycopg.connect(database.url("daybook_relay"), autocommit=True) as db:
        for statement in (
            "SELECT * FROM book.subject_keys", "SELECT * FROM book.logins", "DELETE FROM book.events",
            "UPDATE book.books SET position = 0", "SELECT * FROM reading.positions",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(statement.encode())


@in_loop
async def test_a_long_book_keeps_no_other_waiting(database: Database) -> None:
    async with desk(database) as long, desk(database) as short:
        for _ in range(60):
            await long.patient()
        patient = await short.patient()
        own = reader(database)
        settled_at = time.monotonic() + 10
        found: list[Message] = []
        while patient not in {m.stream_id for m in found}:
            assert time.monotonic() < settled_at
            found += own.read(40, 0.2)
            own.commit()
        assert len(found) <= 80, "it came to its turn before the long book was read to its end"
        while len(found) < 63:  # two centres opened, 61 patients
            assert time.monotonic() < settled_at
            found += own.read(40, 0.2)
            own.commit()
        assert len({(m.stream_id, m.version) for m in found}) == len(found)
        own.close()
