"""An installation of its own: what is done here concerns whole databases."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from adapters.embedded_postgres import PostgresServer
from tests.support.postgres import copied_database
from tests.support.system import RunningSystem, running_system, wait_until


@pytest.fixture(scope="package")
def house(postgres: PostgresServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with (
        copied_database(postgres, template) as database,
        running_system(database, tmp_path_factory.mktemp("house")) as running,
    ):
        running.start("notify")
        wait_until(lambda: begun(running), 60)  # of what was recorded before it began it tells nobody
        yield running


def begun(system: RunningSystem) -> bool:
    with psycopg.connect(system.database.admin_url) as db:
        return db.execute("SELECT 1 FROM delivery.consumers").fetchone() is not None
