"""The product as the benchmarks run it: its own processes, over a database prepared as `daybook serve` does."""

from __future__ import annotations

import asyncio
import base64
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from adapters.cli.serving import ROLE_OF, prepare
from adapters.cli.tenants import open_platform
from adapters.settings import Settings, from_environment
from benchmarks.database import Cluster
from benchmarks.process import Served, free_port, running, serving

DAYBOOK = (sys.executable, "-m", "adapters.cli")
EMAIL = "root@platform.example"


@dataclass(frozen=True)
class Site:
    """A running Daybook on a fresh database, rate limits lifted, projector in a process of its own."""

    served: Served  # the API process
    email: str  # of a SUPER_ADMIN
    password: str


@dataclass(frozen=True)
class Installation:
    """A database with schema and read tables, and what each of the product's processes is told of it."""

    environment: dict[str, str]

    @property
    def settings(self) -> Settings:
        return from_environment(self.environment)


def install(cluster: Cluster, name: str) -> Installation:
    """The product's schema in a fresh database of that name, with secrets of its own."""
    migrator_url = cluster.create(name)
    environment = {variable: cluster.server.url(name, role) for variable, role in ROLE_OF.items()}
    prepare(migrator_url, environment["REBUILD_DATABASE_URL"])
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return Installation(
        {**environment, "DAYBOOK_MASTER_KEY": key, "JWT_SECRET": secrets.token_hex(32), "DAYBOOK_RATE_LIMITS": "off"}
    )


@contextmanager
def site(cluster: Cluster) -> Iterator[Site]:
    """P1, P4, P9: API and projector, each a process, on a database of their own; every check on."""
    installation = install(cluster, "site")
    password = f"Aa1!{secrets.token_urlsafe(16)}"
    asyncio.run(open_platform(installation.settings, EMAIL, password))
    port = free_port()
    with (
        running([*DAYBOOK, "project"], installation.environment),
        serving([*DAYBOOK, "api", "--port", str(port)], port, "/readyz", installation.environment) as served,
    ):
        yield Site(served, EMAIL, password)


def serve_command(port: int) -> list[str]:
    """P8: all of the product in one process tree, with the demo centre, as `make run` starts it."""
    return [*DAYBOOK, "serve", "--demo", "--port", str(port)]
