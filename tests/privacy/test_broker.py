"""A real broker keeps nothing about an erased patient: not in its messages, and not in the bytes of its log."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from adapters.kafka.publisher import make_producer
from consumers.relay import RELAY
from tests.book.desk import in_loop
from tests.delivery.lines import relaying
from tests.privacy.planting import BORN, CANARY, PHONE, Planted, until_sent
from tests.support.broker import ApacheKafka
from tests.support.system import RunningSystem, wait_until

WORDS = (CANARY, PHONE, BORN)


def _hits(folder: Path, words: tuple[str, ...]) -> int:
    """How often a broker's files say any of these words; it writes records as they are sent, uncompressed."""
    return sum(path.read_bytes().count(word.encode()) for path in folder.rglob("*") if path.is_file() for word in words)


def _relayed(house: RunningSystem, tenant_id: str) -> bool:
    query = """SELECT p.position >= b.position FROM book.books b JOIN delivery.positions p USING (tenant_id)
      WHERE p.consumer = %s AND b.tenant_id = %s"""
    with psycopg.connect(house.database.admin_url) as db:
        return db.execute(query, [RELAY, tenant_id]).fetchone() == (True,)


@in_loop
async def test_the_bytes_of_a_brokers_log_say_nothing_personal(house: RunningSystem, own_broker: ApacheKafka) -> None:
    planted = await asyncio.to_thread(Planted, house.new_centre())
    centre, log = planted.centre, own_broker.folder / "log"
    await asyncio.to_thread(until_sent, planted)
    servers = own_broker.fresh(3)
    before = _hits(log, (planted.patient,))
    async with relaying(house.database, servers):
        await asyncio.to_thread(wait_until, lambda: _relayed(house, centre.tenant_id), 60)
        await asyncio.to_thread(centre.post, f"/patients/{planted.patient}/erase", {"basis": "REQUESTED"})
        await asyncio.to_thread(wait_until, lambda: _relayed(house, centre.tenant_id), 60)
    told = _hits(log, (planted.patient,)) - before
    assert told >= 10, "what was told of them is there, by id"
    assert _hits(log, WORDS) == 0
    producer = make_producer(servers)
    said = f"{CANARY} {PHONE} {BORN} {datetime.now(UTC)}".encode()
    producer.send(servers.topic, key=b"control", value=said).get(10)
    producer.close()
    assert _hits(log, WORDS) == 3, "what is told is found"
