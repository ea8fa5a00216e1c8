"""A real broker for tests: the one that ``KAFKA_BOOTSTRAP_SERVERS`` names; else Apache Kafka in KRaft mode, where Java
and Maven are (``scripts/kafka.sh`` fetches it); else the broker that librdkafka carries, which forgets all at its end.
"""

from __future__ import annotations

import base64
import functools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from adapters.kafka.servers import KafkaServers, establish_topics
from tests.support.postgres import scratch_directory
from tests.support.system import wait_until

VARIABLE = "KAFKA_BOOTSTRAP_SERVERS"
SCRIPT = Path(__file__).parents[2] / "scripts" / "kafka.sh"
SETTINGS = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/log
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""
JAVA = ("java", "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp")
CHOICE = "DAYBOOK_TEST_BROKER"
START_SECONDS = 60
FETCH_SECONDS = 300


@functools.cache
def kind() -> str:
    """Which broker tests get: ``given``, ``apache`` or ``librdkafka``; ``DAYBOOK_TEST_BROKER`` insists on one."""
    if chosen := os.environ.get(CHOICE):
        return chosen
    if os.environ.get(VARIABLE):
        return "given"
    if shutil.which("java") and (shutil.which("mvn") or os.environ.get("DAYBOOK_KAFKA_JARS")) and jars():
        return "apache"
    return "librdkafka"


@functools.cache
def jars() -> str:
    """The folder that Apache Kafka runs from; empty where it cannot be had."""
    try:
        found = subprocess.run([SCRIPT], capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


def described() -> str:
    return {
        "given": f"the one at {os.environ.get(VARIABLE)}",
        "apache": "Apache Kafka in KRaft mode, started by the tests",
        "librdkafka": "librdkafka's, as there is no Java with Maven",
    }[kind()]


@dataclass
class Broker:
    """``servers`` names a topic that nobody else uses; ``fresh`` another one, made with its partitions."""

    servers: KafkaServers

    def fresh(self, partitions: int = 6) -> KafkaServers:
        servers = replace(self.servers, topic=f"test-{uuid4().hex[:12]}", partitions=partitions)
        if kind() != "librdkafka":  # which makes topics, of four partitions, when they are asked for
            establish_topics(servers)
        return servers

    def environment(self, servers: KafkaServers) -> dict[str, str]:
        """What a process under test is given."""
        found = {VARIABLE: ",".join(servers.addresses), "KAFKA_TOPIC": servers.topic}
        found["KAFKA_PARTITIONS"] = str(servers.partitions)
        return found | ({"KAFKA_API_VERSION": servers.api_version} if servers.api_version else {})


@dataclass
class ApacheKafka(Broker):
    """A process of our own, that can be stopped, killed and started again with what it had."""

    folder: Path = field(default_factory=Path)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def java(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        log = (self.folder / "broker.log").open("ab")
        return subprocess.Popen([*JAVA, f"{jars()}/*", *arguments], stdout=log, stderr=log, cwd=self.folder)

    def create(self) -> None:
        port = self.servers.addresses[0].rpartition(":")[2]
        settings = self.folder / "server.properties"
        settings.write_text(SETTINGS.format(port=port, controller=free_port(), folder=self.folder))
        # Sixteen bytes in base64; the first is 0, as a name that begins with a dash would be taken for an option.
        name = base64.urlsafe_b64encode(b"\0" + uuid4().bytes[1:]).decode().rstrip("=")
        formatting = self.java("kafka.tools.StorageTool", "format", "-t", name, "-c", str(settings))
        assert formatting.wait(START_SECONDS) == 0, (self.folder / "broker.log").read_text()[-2_000:]

    def start(self) -> None:
        self.process = self.java("kafka.Kafka", str(self.folder / "server.properties"))
        wait_until(self._answers, START_SECONDS)

    def stop(self, *, kill: bool = False) -> None:
        if self.process is not None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(START_SECONDS)
            self.process = None

    def _answers(self) -> bool:
        from kafka import KafkaAdminClient
        from kafka.errors import KafkaError

        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "broker.log").read_text()[-2_000:]
        try:
            admin = KafkaAdminClient(**self.servers.options | {"bootstrap_timeout_ms": 500})
        except KafkaError:
            return False
        admin.close()
        return True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def apache_kafka() -> Iterator[ApacheKafka]:
    """A broker of one's own, gone afterwards with all it had."""
    with tempfile.TemporaryDirectory(prefix="daybook-kafka-", dir=scratch_directory()) as folder:
        own = ApacheKafka(KafkaServers((f"127.0.0.1:{free_port()}",)), Path(folder))
        own.create()
        own.start()
        try:
            yield own
        finally:
            own.stop()


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """One broker per test process; tests take topics of their own."""
    if kind() == "given":
        yield Broker(KafkaServers(tuple(os.environ[VARIABLE].split(","))))
    elif kind() == "apache":
        with apache_kafka() as own:
            yield own
    else:
        from confluent_kafka import Producer

        carrier = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1})
        addresses = [f"{b.host}:{b.port}" for b in carrier.list_topics(timeout=10).brokers.values()]
        yield Broker(KafkaServers(tuple(addresses), api_version="2.3"))
        del carrier


@pytest.fixture
def own_broker(tmp_path: Path, broker: Broker) -> Iterator[ApacheKafka]:
    """The broker as something that a test may stop and kill: only where it is the tests' own process."""
    if not isinstance(broker, ApacheKafka):
        pytest.skip(f"the broker is {described()}: it cannot be killed and started again")
    yield broker
    if broker.process is None:
        broker.start()
