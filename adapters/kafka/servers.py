"""Where the brokers are, how they are talked to, and the topics that there must be."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from consumers.base import Interrupted

log = logging.getLogger("daybook.delivery")

PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
DEAD: Final = ".dead"
RETENTION_MS: Final = 14 * 24 * 3_600 * 1_000
"""What a consumer may be away for without missing anything."""
BOOTSTRAP_MS: Final = 5_000
_WITH_INSYNC: Final = 3
"""Replicas from which on two of them must have a message before it is acknowledged."""


@dataclass(frozen=True, slots=True)
class KafkaServers:
    """``topic`` is where messages go; the dead ones go to ``topic.dead``. ``api_version`` ("2.3") spares asking the
    broker, for those that do not answer that question."""

    addresses: tuple[str, ...]
    topic: str = "daybook.events"
    partitions: int = 12
    replication: int = 1
    protocol: str = "PLAINTEXT"
    ca_file: str | None = None
    mechanism: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    api_version: str | None = None

    @property
    def dead(self) -> str:
        return self.topic + DEAD

    @property
    def options(self) -> dict[str, Any]:
        """What every client is given."""
        options: dict[str, Any] = {
            "bootstrap_servers": list(self.addresses), "client_id": "daybook", "security_protocol": self.protocol,
            "bootstrap_timeout_ms": BOOTSTRAP_MS, "request_timeout_ms": 10_000, "reconnect_backoff_max_ms": 1_000,
        }  # fmt: skip
        if self.ca_file:
            options["ssl_cafile"] = self.ca_file
        if self.mechanism:
            options |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        if self.api_version:
            options["api_version"] = tuple(map(int, self.api_version.split(".")))
        return options


def establish_topics(servers: KafkaServers) -> list[str]:
    """Make the topics that are missing; answers their names. Those that are there stay as their operator has them: with
    another number of partitions, a stream's messages would no longer be all in one. Raises ``Interrupted``."""
    insync = {"min.insync.replicas": "2"} if servers.replication >= _WITH_INSYNC else {}
    wanted: dict[str, dict[str, Any]] = {
        servers.topic: {
            "num_partitions": servers.partitions,
            "configs": {"cleanup.policy": "delete", "retention.ms": str(RETENTION_MS), **insync},
        },
        # The newest record of a key says whether a letter is outstanding, so older ones may go.
        servers.dead: {"num_partitions": 1, "configs": {"cleanup.policy": "compact", **insync}},
    }
    made = []
    try:
        admin = KafkaAdminClient(**servers.options)
        try:
            there = set(admin.list_topics())
            for name, options in wanted.items():
                if name in there:
                    continue
                try:
                    admin.create_topics(
                        {name: {"replication_factor": servers.replication, **options}}, wait_for_metadata=True
                    )
                    made.append(name)
                except TopicAlreadyExistsError:
                    pass  # somebody else was starting, too
        finally:
            admin.close()
    except KafkaError as error:
        raise Interrupted from error
    return made
