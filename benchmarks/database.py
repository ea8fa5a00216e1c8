"""The PostgreSQL that product and baselines share: the product's own embedded cluster, a database for each.

The same server, settings and disk on both sides, or the ratios would compare machines. Nothing is tuned here:
`fsync` and `synchronous_commit` stay on, because an acknowledged payment must survive a crash on either side.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from adapters.embedded_postgres import PostgresServer, remove_cluster, start_server


@dataclass(frozen=True)
class Cluster:
    server: PostgresServer

    @property
    def url(self) -> str:
        """Of the maintenance database, as superuser."""
        return self.server.url()

    def create(self, name: str) -> str:
        """A fresh, empty database; the URL to reach it. One of that name that exists is dropped first."""
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(drop)
        self.server.ensure_database(name)
        return self.server.url(name)

    @property
    def version(self) -> str:
        with psycopg.connect(self.url) as connection:
            major, minor = divmod(connection.info.server_version, 10_000)
        return f"{major}.{minor}"


@contextmanager
def embedded() -> Iterator[Cluster]:
    """A new cluster as the product would start it, in a temporary place and gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="daybook-bench-"))
    try:
        with start_server(home) as server:
            yield Cluster(server)
    finally:
        remove_cluster(home)


def execute(url: str, statements: LiteralString) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements)


def pgbench(cluster: Cluster, url: str, script: str, seconds: float, clients: int = 16) -> float:
    """Runs one pgbench script from `clients` connections with prepared statements; transactions a second.

    :raises RuntimeError: if any transaction failed, since a rate of failures is no rate.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        whole_seconds = str(max(1, round(seconds)))
        options = [
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={clients}",
            "--jobs=2",
            f"--time={whole_seconds}",
        ]
        command = [str(cluster.server.programs / "pgbench"), *options, f"--file={file.name}", url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own words
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    failed = re.search(r"failed transactions: (\d+)", done.stdout)
    if done.returncode or rate is None or (failed and int(failed[1])):
        raise RuntimeError(f"pgbench failed: {done.stderr.strip() or done.stdout.strip()}")
    return float(rate[1])
