"""What a process is told by its environment, read once and checked before anything starts."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import os
import re
import socket
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.logs import LEVELS
from adapters.mail import Security, SmtpServer

if TYPE_CHECKING:
    from adapters.kafka.servers import KafkaServers
    from adapters.rate_limits import Limits

SHORTEST_SECRET = 32
FEWEST_CHARACTERS = 10
DATABASE_VARIABLES = (
    "DATABASE_URL", "PROJECTOR_DATABASE_URL", "REBUILD_DATABASE_URL", "MIGRATOR_DATABASE_URL", "RELAY_DATABASE_URL",
)  # fmt: skip
_KEY_BYTES, _CHECKPOINTS = 32, b"daybook checkpoints 1"


class BadSettings(Exception):
    """The environment is not fit to start with; the message says which variable and why."""


class Settings:
    """The environment, read with care. Each process needs its own part of it: asking for what is missing or unfit
    raises ``BadSettings``, and ``need`` asks before anything starts. Never printed: ``repr`` shows nothing.

    ``*_url`` are libpq URLs, one a role; a role without one of its own uses ``DATABASE_URL``.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)

    def __repr__(self) -> str:
        return "Settings(…)"

    def need(self, *names: str) -> None:
        for name in names:
            getattr(self, name)

    @property
    def app_url(self) -> str:
        return self._wanted("DATABASE_URL")

    @property
    def projector_url(self) -> str:
        return self._wanted("PROJECTOR_DATABASE_URL", "DATABASE_URL")

    @property
    def relay_url(self) -> str:
        return self._wanted("RELAY_DATABASE_URL", "DATABASE_URL")

    @property
    def rebuild_url(self) -> str:
        return self._wanted("REBUILD_DATABASE_URL", "MIGRATOR_DATABASE_URL", "DATABASE_URL")

    @property
    def migrator_url(self) -> str:
        return self._wanted("MIGRATOR_DATABASE_URL", "DATABASE_URL")

    @property
    def replica_url(self) -> str | None:
        return self._environ.get("REPLICA_DATABASE_URL") or None

    @property
    def master_key(self) -> bytes:
        """32 bytes that wrap everybody's keys."""
        return self._key("DAYBOOK_MASTER_KEY")

    @property
    def signing_key(self) -> bytes:
        """32 bytes, the key that checkpoints are signed with; made from the master key if there is none of its own."""
        own = "DAYBOOK_SIGNING_KEY"
        return self._key(own) if self._environ.get(own) else hmac.digest(self.master_key, _CHECKPOINTS, "sha256")

    @property
    def jwt_secret(self) -> str:
        secret = self._wanted("JWT_SECRET")
        if len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_CHARACTERS:
            raise BadSettings(
                "JWT_SECRET must be at least 32 characters and not a placeholder: try `openssl rand -hex 32`"
            )
        return secret

    @property
    def metrics_token(self) -> str | None:
        """What Prometheus shows at ``/metrics`` to be told of each centre; nobody is if there is none."""
        token = self._environ.get("DAYBOOK_METRICS_TOKEN") or None
        if token is not None and len(token) < SHORTEST_SECRET:
            raise BadSettings("DAYBOOK_METRICS_TOKEN must be at least 32 characters: try `openssl rand -hex 32`")
        return token

    @property
    def host(self) -> str:
        return self._environ.get("DAYBOOK_HOST", "127.0.0.1")

    @property
    def port(self) -> int:
        return self._number("DAYBOOK_PORT", 8000, 0, 65_535)

    @property
    def pool_size(self) -> int:
        """Database connections of one API process, for writing and again for reading."""
        return self._number("DAYBOOK_POOL_SIZE", 20, 1, 1_000)

    @property
    def most_streams(self) -> int:
        """Streams of announcements that are open in one API process."""
        return self._number("DAYBOOK_STREAMS", 10_000, 0, 1_000_000)

    @property
    def most_streams_each(self) -> int:
        """Of one person."""
        return self._number("DAYBOOK_STREAMS_EACH", 20, 1, 1_000_000)

    @property
    def redis_url(self) -> str | None:
        """Where several workers count requests together; each counts for itself without it."""
        url = self._environ.get("REDIS_URL") or None
        if url is not None and not re.match(r"rediss?://|redis\+unix://", url):
            raise BadSettings("REDIS_URL must be an address such as redis://127.0.0.1:6379/0")
        return url

    @property
    def rate_limits(self) -> Limits | None:
        """Requests in a time, by what they are counted for; ``None`` if DAYBOOK_RATE_LIMITS is ``off``."""
        from adapters.rate_limits import BadLimits, read_limits  # noqa: PLC0415 - only the API needs Redis's client

        try:
            return read_limits(self._environ.get("DAYBOOK_RATE_LIMITS", ""))
        except BadLimits as error:
            raise BadSettings(f"DAYBOOK_RATE_LIMITS: {error}") from error

    @property
    def trusted_proxies(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """Addresses or networks whose X-Forwarded-For says who the client is."""
        try:
            return [ipaddress.ip_network(text) for text in self._list("DAYBOOK_TRUSTED_PROXIES")]
        except ValueError as error:
            raise BadSettings("DAYBOOK_TRUSTED_PROXIES must be addresses or networks: 10.0.0.7, 10.1.0.0/16") from error

    @property
    def cors_origins(self) -> list[str]:
        """Other sites whose pages may call the API; none unless set."""
        origins = self._list("DAYBOOK_CORS_ORIGINS")
        for origin in origins:
            if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", origin):
                raise BadSettings("DAYBOOK_CORS_ORIGINS must be origins such as https://desk.example, without a path")
        return origins

    @property
    def log_level(self) -> str:
        level = self._environ.get("DAYBOOK_LOG_LEVEL", "INFO").upper()
        if level not in LEVELS:
            raise BadSettings(f"DAYBOOK_LOG_LEVEL must be one of {', '.join(LEVELS)}")
        return level

    @property
    def log_as_text(self) -> bool:
        """For people at a terminal; JSON lines otherwise."""
        kind = self._environ.get("LOG_FORMAT", "json").lower()
        if kind not in {"json", "text"}:
            raise BadSettings("LOG_FORMAT must be json or text")
        return kind == "text"

    @property
    def public_url(self) -> str:
        """Where browsers find Daybook, without a slash at its end: links in e-mails begin with it."""
        url = self._environ.get("DAYBOOK_PUBLIC_URL") or f"http://{self.host}:{self.port}"
        if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/-]*)?", url):
            raise BadSettings("DAYBOOK_PUBLIC_URL must be an address such as https://daybook.example")
        return url.rstrip("/")

    @property
    def smtp(self) -> SmtpServer | None:
        """The mail server; without ``SMTP_HOST`` there is none, and letters go to ``outbox``."""
        if not (host := self._environ.get("SMTP_HOST")):
            return None
        security = self._environ.get("SMTP_SECURITY", "starttls")
        if security not in typing.get_args(Security):
            raise BadSettings("SMTP_SECURITY must be starttls, tls or none")
        return SmtpServer(
            host, self._number("SMTP_PORT", 587, 1, 65_535), self.mail_from, self._environ.get("SMTP_USERNAME") or None,
            self._environ.get("SMTP_PASSWORD") or None, typing.cast("Security", security),
        )  # fmt: skip

    @property
    def sms(self) -> Any:
        """The provider of SMS: an account of it, or the folder that stands in for one."""
        from adapters.sms_settings import read_sms  # noqa: PLC0415 - only who sends needs a provider's SDK

        return read_sms(self._environ, self.outbox)

    @property
    def mail_from(self) -> str:
        sender = self._environ.get("MAIL_FROM", "Daybook <no-reply@daybook.invalid>")
        if not re.fullmatch(r"[^<>\r\n]*<[!-~]+@[!-~]+>|[!-~]+@[!-~]+", sender):
            raise BadSettings("MAIL_FROM must be an address such as Daybook <no-reply@daybook.example>")
        return sender

    @property
    def kafka(self) -> KafkaServers | None:
        """The brokers; without ``KAFKA_BOOTSTRAP_SERVERS`` there are none, and consumers read the books themselves."""
        from adapters.kafka.servers import PROTOCOLS, KafkaServers  # noqa: PLC0415 - for those who have Kafka

        if not (servers := self._list("KAFKA_BOOTSTRAP_SERVERS")):
            return None
        for server in servers:
            if not re.fullmatch(r"[A-Za-z0-9.\-\[\]:_]+:\d{1,5}", server):
                raise BadSettings("KAFKA_BOOTSTRAP_SERVERS must be addresses with ports: kafka-1:9092, kafka-2:9092")
        protocol = self._environ.get("KAFKA_SECURITY_PROTOCOL") or "PLAINTEXT"
        if protocol not in PROTOCOLS:
            raise BadSettings(f"KAFKA_SECURITY_PROTOCOL must be one of {', '.join(PROTOCOLS)}")
        topic = self._environ.get("KAFKA_TOPIC") or "daybook.events"
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,200}", topic):
            raise BadSettings("KAFKA_TOPIC must be letters, digits, dots, dashes and underscores")
        return KafkaServers(
            tuple(servers), topic, self._number("KAFKA_PARTITIONS", 12, 1, 10_000),
            self._number("KAFKA_REPLICATION_FACTOR", 1, 1, 10), protocol, self._environ.get("KAFKA_CA_FILE") or None,
            self._environ.get("KAFKA_SASL_MECHANISM") or None, self._environ.get("KAFKA_USERNAME") or None,
            self._environ.get("KAFKA_PASSWORD") or None, self._environ.get("KAFKA_API_VERSION") or None,
        )  # fmt: skip

    @property
    def member(self) -> str:
        """What this process is called among those of its role: kept over restarts, so that its share waits for it."""
        name = self._environ.get("DAYBOOK_MEMBER") or socket.gethostname()
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", name):
            raise BadSettings("DAYBOOK_MEMBER must be letters, digits, dots, dashes and underscores")
        return name

    @property
    def outbox(self) -> Path:
        """The folder that letters go to where there is no mail server."""
        return home(self._environ) / "outbox"

    @property
    def erasure_ledger(self) -> Path:
        """The file that lists who was erased: kept apart from the database and its backups, which it outlives."""
        given = self._environ.get("DAYBOOK_ERASURE_LEDGER")
        return Path(given) if given else home(self._environ) / "erasures.jsonl"

    def _wanted(self, *names: str) -> str:
        for name in names:
            if value := self._environ.get(name, ""):
                return value
        raise BadSettings(f"{names[0]} is not set")

    def _key(self, name: str) -> bytes:
        try:
            key = base64.b64decode(self._wanted(name), validate=True)
        except binascii.Error as error:
            raise BadSettings(f"{name} must be base64") from error
        if len(key) != _KEY_BYTES:
            raise BadSettings(f"{name} must be 32 bytes in base64: try `openssl rand -base64 32`")
        return key

    def _list(self, name: str) -> list[str]:
        return [part.strip() for part in self._environ.get(name, "").split(",") if part.strip()]

    def _number(self, name: str, default: int, least: int, most: int) -> int:
        value = self._environ.get(name, str(default))
        if not (value.isascii() and value.isdecimal() and least <= int(value[:10]) <= most):
            raise BadSettings(f"{name} must be a whole number from {least} to {most}")
        return int(value)


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    return Settings(environ)


def names_a_database(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody else's PostgreSQL is to be used, and not one of our own."""
    return any(environ.get(name) for name in DATABASE_VARIABLES)


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Where an embedded database and its secrets live: ``$DAYBOOK_HOME``, else ``.daybook`` here."""
    return Path(environ.get("DAYBOOK_HOME") or ".daybook").absolute()
