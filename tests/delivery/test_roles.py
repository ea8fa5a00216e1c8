"""The roles as they run, through Kafka: what happens over HTTP leads to notices, once; nobody is quoted on the way; and
letters that are dead can be looked at, tried again and given up."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from kafka import KafkaConsumer, TopicPartition

from adapters.embedded_postgres import PostgresServer
from adapters.kafka.dead_letters import KafkaDeadLetters
from adapters.kafka.servers import KafkaServers
from consumers.base import Message
from consumers.messages import decode
from tests.support.broker import Broker
from tests.support.postgres import copied_database
from tests.support.system import Centre, RunningSystem, running_system, wait_until

CANARIES = ("Qxchild", "Qxmother", "9867530977", "qxmail@family.example", "qxwritten", "Qxroad", "Qxnotes")
SECONDS = 60


@dataclass
class Site:
    system: RunningSystem
    servers: KafkaServers
    centre: Centre
    session: str

    def daybook(self, *arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "adapters.cli", *arguments]
        done = subprocess.run(command, env=self.system.environment, capture_output=True, text=True, timeout=60)  # noqa: PLW1510
        return done.returncode, done.stdout + done.stderr

    def records(self) -> list[Any]:
        """Everything that is in the topic of messages and in that of dead letters."""
        reader = KafkaConsumer(**self.servers.options, enable_auto_commit=False)
        places = [
            TopicPartition(topic, number)
            for topic in (self.servers.topic, self.servers.dead)
            for number in reader.partitions_for_topic(topic) or ()
        ]
        reader.assign(places)
        reader.seek_to_beginning(*places)
        ends = reader.end_offsets(places)
        found: list[Any] = []
        while any(reader.position(place) < ends[place] for place in places):
            found += [record for batch in reader.poll(500).values() for record in batch]
        reader.close()
        return found

    def notices(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.centre.get("/notifications", params={"pageSize": 100})["data"]
        return listed


@pytest.fixture(scope="module")
def site(
    postgres: PostgresServer, template: str, broker: Broker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """API, projector, relay and notify, with a broker between them; and a centre where things happened."""
    servers = broker.fresh()
    with (
        copied_database(postgres, template) as database,
        running_system(database, tmp_path_factory.mktemp("roles")) as system,
    ):
        system.environment |= {
            "DAYBOOK_LOG_LEVEL": "DEBUG", "SMS_PROVIDER": "console", **broker.environment(servers),
        }  # fmt: skip
        system.start("relay", "--from-start")
        system.start("notify")
        centre = system.new_centre()
        centre.put(f"/tenants/{centre.tenant_id}/settings", {"quietHoursEnabled": False})
        patient = centre.patient(
            firstName="Qxchild", guardianName="Qxmother", guardianPhone="+919867530977", medicalNotes="Qxnotes",
            guardianEmail="qxmail@family.example", address="1 Qxroad",
        )  # fmt: skip
        therapist, kind = centre.therapist(), centre.therapy_type()
        session = centre.session(patient, therapist, kind)["id"]
        other = centre.session(patient, therapist, kind, startTime="15:00")["id"]
        centre.post(f"/sessions/{other}/cancel", {"reason": "qxwritten"})
        paid = {"patientId": patient, "amount": "500.00", "method": "CASH", "reference": "qxwritten"}
        centre.post("/payments", paid, expect=201)
        made = Site(system, servers, centre, session)
        wanted = {"SESSION_BOOKED", "SESSION_CANCELLED", "PAYMENT_RECEIPT"}
        wait_until(lambda: wanted <= {notice["kind"] for notice in made.notices()}, SECONDS)
        yield made


def _told_of_booking(site: Site) -> Message:
    return next(
        message
        for record in site.records()
        if record.topic == site.servers.topic and record.value is not None
        if (message := decode(record.value)).type == "daybook.session.booked.v1"
        and str(message.stream_id) == site.session
    )


def _counts(site: Site) -> dict[tuple[Any, ...], int]:
    found: dict[tuple[Any, ...], int] = {}
    for notice in site.notices():
        place = (notice["kind"], notice["channel"], notice.get("sessionId"))
        found[place] = found.get(place, 0) + 1
    return found


def test_what_happens_is_told_of_once(site: Site) -> None:
    assert set(_counts(site).values()) == {1}


def test_letters_are_listed_tried_again_and_given_up(site: Site) -> None:
    before = _counts(site)
    message = _told_of_booking(site)

    async def die() -> None:
        letters = KafkaDeadLetters(site.servers)
        await letters.put("notifications", message, "ValueError")
        await letters.put("gone", message, "Invalid VALIDATION_ERROR")
        await letters.close()

    asyncio.run(die())
    assert site.daybook("dlq", "list")[1].strip().endswith("2 dead letters")
    letters = {letter["consumer"]: letter for letter in json.loads(site.daybook("dlq", "list", "--json")[1])}
    assert letters["notifications"]["type"] == "daybook.session.booked.v1"
    assert letters["gone"]["error"] == "Invalid VALIDATION_ERROR"

    assert site.daybook("dlq", "retry") == (2, "daybook: name the letters, or give --all\n")
    assert site.daybook("dlq", "retry", "nothing")[0] == 1
    assert site.daybook("dlq", "retry", letters["notifications"]["id"]) == (
        0, f"{letters['notifications']['id']}  handled\n",
    )  # fmt: skip
    assert _counts(site) == before, "it had its effect before, and has none again"

    status, told = site.daybook("dlq", "retry", "--all")
    assert (status, "there is no consumer gone any more" in told) == (1, True)
    assert site.daybook("dlq", "drop", letters["gone"]["id"]) == (0, f"{letters['gone']['id']}  dropped\n")
    assert site.daybook("dlq", "list")[1] == "0 dead letters\n"


def test_nobody_is_quoted_in_kafka_in_dead_letters_or_in_logs(site: Site) -> None:
    records = site.records()
    assert len(records) > 20
    for record in records:
        told = repr((record.key, record.value, record.headers))
        assert [canary for canary in CANARIES if canary.lower() in told.lower()] == []
    for role in ("relay", "notify", "api", "project"):
        log = (site.system.folder / f"{role}.log").read_text("utf-8").lower()
        assert [canary for canary in CANARIES if canary.lower() in log] == [], role
    with psycopg.connect(site.system.database.admin_url) as db:  # the control: it was there to be told
        assert db.execute("SELECT 1 FROM reading.patients WHERE first_name = 'Qxchild'").fetchone() is not None


def test_health_and_metrics_know_of_them(site: Site) -> None:
    wait_until(lambda: site.daybook("health", "relay") == (0, "relay: ok\n"), SECONDS)
    assert site.daybook("health", "notify") == (0, "notify: ok\n")
    with psycopg.connect(site.system.database.admin_url, autocommit=True) as db:
        wait_until(lambda: _measured(db).get(("delivery_behind", "notifications")) == 0, SECONDS)
        assert _measured(db)[("delivery_lag_seconds", "relay")] < 60
        assert _measured(db)[("dead_letters", "notifications")] == 0


def _measured(db: psycopg.Connection[Any]) -> dict[tuple[str, str], float]:
    return {(name, label): value for name, label, value in db.execute("SELECT * FROM delivery.measures()")}


def test_a_relay_without_kafka_says_what_is_missing(site: Site) -> None:
    without = {name: value for name, value in site.system.environment.items() if not name.startswith("KAFKA")}
    done = subprocess.run(
        [sys.executable, "-m", "adapters.cli", "relay"], env=without, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2, "daybook: KAFKA_BOOTSTRAP_SERVERS is not set: without a broker nothing is to be relayed",
    )  # fmt: skip


def test_they_stop_when_they_are_asked_to(site: Site) -> None:
    for role in ("notify", "relay"):
        process = site.system.processes.pop(role)
        process.terminate()
        assert process.wait(20) == 0, (site.system.folder / f"{role}.log").read_text()[-2_000:]
    with psycopg.connect(site.system.database.admin_url) as db:
        held = db.execute("SELECT count(*) FROM delivery.leases WHERE holder IS NOT NULL").fetchone()
    assert held == (0,)
