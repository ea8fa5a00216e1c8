"""From a payment to its receipt by SMS, through relay, Kafka, consumer, worker and provider; each of ours killed
anywhere and the broker with them: whoever is to be told is told, once. The long run is in tests/faults."""

from __future__ import annotations

import asyncio
import functools
import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from adapters.embedded_postgres import PostgresServer
from tests.delivery.chaos import Processes, disturb, processes
from tests.notices.counted import Counted, counting
from tests.support.broker import ApacheKafka, Broker
from tests.support.postgres import copied_database
from tests.support.system import Centre, RunningSystem, running_system, wait_until

SEED = int(os.environ.get("DAYBOOK_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
STEP, STEPS = 400, 30
"""Seconds by which the clock is put on, and how often at most, until the fate of every notice is known: a lease is 2
minutes, a provider is believed after 5, a failed try is repeated after an hour."""
LEAST = 25
"""Payments, however quickly everybody is killed."""
_STATUSES = "SELECT status, count(*) FROM reading.notices WHERE tenant_id = %s GROUP BY status"


@dataclass
class Paying:
    """Payments over HTTP until it is stopped; ``receipts``: the numbers of those that were acknowledged."""

    centre: Centre
    threads: int
    pause: float
    receipts: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        with ThreadPoolExecutor(self.threads) as people:
            paying = [people.submit(self._pay) for _ in range(self.threads)]
            try:
                yield
            finally:
                self.stopped.set()
        for one in paying:
            one.result()

    def _pay(self) -> None:
        patient = self.centre.patient()
        while not self.stopped.wait(self.pause):
            paid: dict[str, Any] = {"patientId": patient, "amount": "10.00", "method": "CASH"}
            self.receipts.append(self.centre.post("/payments", paid, expect=201)["receiptNumber"])


@dataclass
class Told:
    """What came of it: receipts due, texts that the provider has, those that it has twice, keys that it saw twice, and
    how many notices are in each state."""

    due: int
    missed: int
    twice: int
    keys: int
    statuses: dict[str, int]


def _statuses(system: RunningSystem, centre: Centre) -> dict[str, int]:
    with psycopg.connect(system.database.admin_url) as db:
        return {status: count for status, count in db.execute(_STATUSES, [centre.tenant_id]).fetchall()}


def _all_asked_for(system: RunningSystem, centre: Centre, due: int) -> bool:
    return sum(_statuses(system, centre).values()) >= due


def _settle(system: RunningSystem, centre: Centre, found: Processes, kind: str, folder: Path) -> None:
    """Put the clock on, with nobody in the middle of anything, until every notice has an end."""
    for step in range(1, STEPS + 1):
        before = _statuses(system, centre)
        if before.keys() <= {"SENT", "FAILED"}:
            return
        found.leave("one")
        (folder / "ahead").write_text(str(step * STEP))
        found.start(kind, "one")
        wait_until(functools.partial(_idle, system, step * STEP), 60)


def _idle(system: RunningSystem, ahead: int) -> bool:
    """Nothing is due on that clock."""
    query = "SELECT count(*) FROM reading.notice_work WHERE at <= now() + make_interval(secs => %s)"
    with psycopg.connect(system.database.admin_url) as db:
        return db.execute(query, [ahead]).fetchone() == (0,)


def tell(
    postgres: PostgresServer, template: str, folder: Path, broker: Broker, *, kind: str = "notify", kills: int,
    outages: int = 0, outage: float = 2.0, threads: int = 2, pause: float = 0.1, mute: float = 0.1,
) -> Told:  # fmt: skip
    servers, own = broker.fresh(), broker if isinstance(broker, ApacheKafka) else None
    (folder / "ahead").write_text("0")
    with (
        copied_database(postgres, template) as database, running_system(database, folder) as system,
        counting(SEED, mute) as counted,
        processes(
            database, broker, servers, "tests.notices.killable", str(folder), COUNTED_URL=counted.url,
            DAYBOOK_HOME=str(folder),
        ) as found,
    ):  # fmt: skip
        kinds = {"relay": "relay", "one": kind, "two": kind}
        for name, what in kinds.items():
            found.start(what, name)
        centre = _receipts_by_sms(system)
        paying = Paying(centre, threads, pause)
        with paying.going_on():
            asyncio.run(disturb(found, kinds, kills, random.Random(SEED), own, outages if own else 0, outage))
            wait_until(lambda: len(paying.receipts) >= LEAST, 60)
        wait_until(lambda: _all_asked_for(system, centre, len(paying.receipts)), 120)
        found.leave("two")
        _settle(system, centre, found, kind, folder)
        return _told(paying.receipts, counted, _statuses(system, centre))


def _receipts_by_sms(system: RunningSystem) -> Centre:
    centre = system.new_centre()
    wanted = [{"kind": "PAYMENT_RECEIPT", "channels": ["SMS"]}]
    centre.put(f"/tenants/{centre.tenant_id}/settings", {"quietHoursEnabled": False, "notices": wanted})
    return centre


def _told(receipts: list[str], counted: Counted, statuses: dict[str, int]) -> Told:
    times = [sum(count for text, count in counted.texts.items() if f"Receipt {number}." in text) for number in receipts]
    return Told(
        len(receipts), times.count(0), sum(count > 1 for count in times),
        sum(count > 1 for count in counted.keys.values()), statuses,
    )  # fmt: skip


def test_every_receipt_arrives_once_whoever_is_killed(
    postgres: PostgresServer, template: str, tmp_path: Path, broker: Broker
) -> None:
    told = tell(postgres, template, tmp_path, broker, kills=6, outages=1)
    print(f"seed {SEED}: {told}")
    assert (told.missed, told.twice, told.keys) == (0, 0, 0), f"DAYBOOK_SEED={SEED}"
    assert told.statuses == {"SENT": told.due}, f"DAYBOOK_SEED={SEED}"


def test_it_would_show_if_a_worker_guessed(
    postgres: PostgresServer, template: str, tmp_path: Path, broker: Broker
) -> None:
    told = tell(postgres, template, tmp_path, broker, kind="guess", kills=1, mute=0.5)
    print(f"guessing, seed {SEED}: {told}")
    assert told.twice > 0, f"DAYBOOK_SEED={SEED}"
