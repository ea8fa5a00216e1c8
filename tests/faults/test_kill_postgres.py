"""kill -9 of PostgreSQL while payments are recorded over HTTP: nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from adapters.chain import verify
from adapters.crypto import Keyring
from adapters.database import migrate
from adapters.embedded_postgres import remove_cluster, start_server
from adapters.rebuild import rebuild
from adapters.subject_keys import KeysAtHand
from projections.registry import read_tables
from tests.book.desk import MASTER
from tests.faults.payers import Payers, Sent
from tests.support.postgres import TEMPLATE, Database, build_template, copied_database, scratch_directory
from tests.support.system import RunningSystem, running_system, wait_until

SEED = int(os.environ.get("DAYBOOK_SEED", "20261120"))
KILLS = int(os.environ.get("DAYBOOK_KILLS", "30"))
# What a commit left in memory when it was acknowledged dies with the server; without these settings the WAL writer
# would have written most of it by then.
CARELESS = {
    "synchronous_commit": "off", "wal_writer_delay": "10s", "wal_writer_flush_after": "1GB", "wal_buffers": "64MB",
}  # fmt: skip


@dataclass
class Count:
    tried: int = 0
    acknowledged: int = 0
    unanswered: int = 0
    lost: int = 0
    doubled: int = 0
    answered_otherwise: int = 0
    kills: int = 0


@contextmanager
def killable(settings: Mapping[str, str] | None = None) -> Iterator[RunningSystem]:
    """An installation on a cluster of its own that may be killed without hurting anybody."""
    home = scratch_directory() / f"daybook-kill-{uuid4().hex[:12]}"
    folder = Path(tempfile.mkdtemp(prefix="daybook-kill-"))
    try:
        with start_server(home, settings) as server:
            template = build_template(server, TEMPLATE, migrate)
            with copied_database(server, template) as database, running_system(database, folder) as system:
                yield system
    finally:
        remove_cluster(home)
        shutil.rmtree(folder)


def _payments(database: Database) -> Counter[str]:
    with psycopg.connect(database.admin_url) as db:
        rows = db.execute(
            "SELECT data::jsonb ->> 'payment_id' FROM book.events WHERE topic = 'billing.PaymentRecorded'"
        ).fetchall()
    return Counter(row[0] for row in rows)


def _lost(database: Database, acknowledged: list[Sent]) -> set[str]:
    there = _payments(database)
    return {sent.key for sent in acknowledged if sent.answer is not None and sent.answer["id"] not in there}


def kill_database(system: RunningSystem) -> None:
    system.database.server.sigkill()
    system.database.server.start()


def kill_api(system: RunningSystem) -> None:
    system.processes["api"].kill()
    system.processes["api"].wait()
    system.start_api()


def run(
    system: RunningSystem, kills: int, kill: Callable[[RunningSystem], None] = kill_database, *,
    forgetful: bool = False, centres: int = 3, between: tuple[int, int] = (20, 60),
) -> tuple[Count, Payers]:  # fmt: skip
    """Payments, and a kill after every so many of them. Counts what is missing after each recovery."""
    chance = random.Random(SEED)
    payers = Payers([system.new_centre() for _ in range(centres)], SEED, forgetful=forgetful)
    count = Count()
    lost: set[str] = set()
    with psycopg.connect(system.database.admin_url, autocommit=True) as db:
        db.execute("CHECKPOINT")  # so that even the careless database keeps the centres themselves
    payers.start()
    try:
        for _ in range(kills):
            more = len(payers.acknowledged) + chance.randint(*between)
            wait_until(lambda more=more: len(payers.acknowledged) >= more, 60)
            time.sleep(chance.uniform(0, 0.02))  # the moment is chance, not the hundredth acknowledgement
            acknowledged = payers.acknowledged
            kill(system)
            lost |= _lost(system.database, acknowledged)
            count.kills += 1
    finally:
        payers.finish()
    count.lost = len(lost | _lost(system.database, payers.acknowledged))
    return _judge(system, payers, count), payers


def _judge(system: RunningSystem, payers: Payers, count: Count) -> Count:
    there = _payments(system.database)
    wanted = Counter(sent.answer["id"] for sent in payers.sent if sent.answer is not None)
    count.tried, count.acknowledged = len(payers.sent), len(payers.acknowledged)
    count.unanswered = sum(sent.tries > 1 for sent in payers.sent)
    count.doubled = sum((there - wanted).values())
    with system.client() as http:
        for sent in payers.sent:
            if sent.tries > 1 or sent is payers.sent[0]:
                count.answered_otherwise += payers.ask(http, sent) != sent.answer
    print(f"\nseed {SEED}: {count}; answers {dict(payers.statuses)}")
    return count


def _must_be_sound(system: RunningSystem, payers: Payers, count: Count) -> None:
    database = system.database
    assert (count.lost, count.doubled, count.answered_otherwise) == (0, 0, 0)
    assert count.tried == count.acknowledged
    assert count.unanswered >= count.kills // 3  # else the kills came when nobody was waiting
    assert set(payers.statuses) <= {"201", "503", "ConnectError", "ReadError", "RemoteProtocolError"}
    for centre in payers.centres:
        mine = [sent for sent in payers.sent if sent.centre is centre and sent.answer]
        numbers = sorted(str(sent.answer["receiptNumber"]) for sent in mine if sent.answer)
        assert [int(number.rpartition("/")[2]) for number in numbers] == list(range(1, len(mine) + 1))
        assert centre.get("/audit/verify")["verified"] is True
        wait_until(lambda c=centre, mine=mine: c.get("/payments", params={"pageSize": 1})["total"] == len(mine), 30)
    with psycopg.connect(database.admin_url, autocommit=True) as db:
        for [tenant] in db.execute("SELECT tenant_id FROM book.books").fetchall():
            *_, found = verify(db, tenant)
            assert found.found == 0
    report = rebuild(database.url("daybook_rebuild"), read_tables(), KeysAtHand(Keyring(MASTER)), switch=False)
    assert sum(table["differing"] for table in report["tables"].values()) == 0


def test_two_kills_lose_and_double_nothing() -> None:
    with killable() as system:
        count, payers = run(system, 2, centres=1, between=(8, 16))
        _must_be_sound(system, payers, count)


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_many_kills_lose_and_double_nothing() -> None:
    with killable() as system:
        count, payers = run(system, KILLS)
        assert count.kills == KILLS >= 10
        _must_be_sound(system, payers, count)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_kills_of_the_api_lose_and_double_nothing() -> None:
    with killable() as system:
        count, payers = run(system, 10, kill_api)
        assert count.kills == 10
        _must_be_sound(system, payers, count)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_clients_that_forget_their_keys_pay_twice() -> None:
    """The control: what keeps a payment from being made twice is the key, and doubles would be counted."""
    with killable() as system:
        count, _ = run(system, 10, kill_api, forgetful=True)
        assert count.lost == 0
        assert count.doubled > 0


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_database_that_does_not_wait_for_its_log_loses_what_it_acknowledged() -> None:
    """The control: the same clients, kills and counting find a database that acknowledges too early."""
    with killable(CARELESS) as system:
        count, _ = run(system, 4)
        assert count.lost > 0
