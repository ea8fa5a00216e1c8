"""Real PostgreSQL for tests: one durable cluster per run, a fresh migrated database per test.

The cluster is shared by all xdist workers (each attaches, the last to leave stops it) and removed by the main
process. ``fsync`` stays on, but it lives in memory where there is room: measured on one machine, a copy of a
template of 60 tables took 16 ms there and 90 to 750 ms on disk. Killing PostgreSQL looks the same from both,
as the kernel keeps what was written either way. ``DAYBOOK_TEST_DIR`` names another place, such as a disk.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from adapters.embedded_postgres import PostgresServer, remove_cluster, start_server

HOME_VARIABLE = "DAYBOOK_TEST_CLUSTER"  # how the main process tells its workers where
TEMPLATE = "daybook_template"
MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3  # containers get 64 MB by default, which is not enough
CONNECTIONS = {"max_connections": "400"}
"""Each worker has several installations at once, and their pools keep what they have opened: of the 100 that one
installation gets, two workers were seen to need all, and whoever asked next was told 503."""
TURNED_AWAY = ("sorry, too many clients already", "remaining connection slots are reserved")
_REFUSED = pytest.StashKey[str]()
ROLE_OF = {
    "DATABASE_URL": "daybook_app",
    "PROJECTOR_DATABASE_URL": "daybook_projector",
    "REBUILD_DATABASE_URL": "daybook_rebuild",
    "RELAY_DATABASE_URL": "daybook_relay",
    "MIGRATOR_DATABASE_URL": "daybook_migrator",
}


@dataclass(frozen=True)
class Database:
    """A database of its own for one test. ``url`` takes the role to connect as."""

    server: PostgresServer
    name: str

    def url(self, user: str = "daybook_app") -> str:
        return self.server.url(self.name, user)

    @property
    def admin_url(self) -> str:
        """As superuser: for arranging and for looking, never for what is under test."""
        return self.server.url(self.name)

    @property
    def environment(self) -> dict[str, str]:
        """What a process under test is given, role by role."""
        return {variable: self.url(role) for variable, role in ROLE_OF.items()}


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[HOME_VARIABLE] = str(scratch_directory() / f"daybook-tests-{uuid.uuid4().hex[:12]}")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        home = Path(os.environ.pop(HOME_VARIABLE))
        remove_cluster(home)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What failed or passed where the cluster had no connection left says nothing: such a run fails, and says why."""
    log = Path(os.environ[HOME_VARIABLE]) / "postgres" / "server.log"
    if hasattr(session.config, "workerinput") or not log.exists():
        return
    lines = log.read_text("utf-8", "replace").splitlines()
    if count := sum(any(words in line for words in TURNED_AWAY) for line in lines):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
        session.config.stash[_REFUSED] = f"PostgreSQL turned {count} connections away: {CONNECTIONS} is too few"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if told := config.stash.get(_REFUSED, None):
        terminalreporter.write_line(told, red=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The run's cluster."""
    with start_server(Path(os.environ[HOME_VARIABLE]), CONNECTIONS) as server:
        yield server


@pytest.fixture(scope="session")
def template(postgres: PostgresServer) -> str:
    """The name of a migrated, closed database to copy from."""
    from adapters.database import migrate

    return build_template(postgres, TEMPLATE, migrate)


@pytest.fixture
def database(postgres: PostgresServer, template: str) -> Iterator[Database]:
    """A fresh migrated database, gone after the test."""
    with copied_database(postgres, template) as copy:
        yield copy


@pytest.fixture(scope="module")
def shared_database(postgres: PostgresServer, template: str) -> Iterator[Database]:
    """One migrated database for the tests of a module, where each makes a tenant of its own."""
    with copied_database(postgres, template) as copy:
        yield copy


def scratch_directory() -> Path:
    """Where clusters of tests are put."""
    chosen = os.environ.get("DAYBOOK_TEST_DIR")
    if chosen:
        return Path(chosen)
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM:
        return MEMORY
    return Path(tempfile.gettempdir())


def build_template(server: PostgresServer, name: str, prepare: Callable[[str], object]) -> str:
    """Create the database ``name``, prepared by ``prepare(admin_url)``, unless a worker already did."""
    building = f"{name}_building"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        connection.execute(_statement("DROP DATABASE IF EXISTS {} WITH (FORCE)", building))
        connection.execute(_statement("CREATE DATABASE {}", building))
        prepare(server.url(building))
        # Closed before it gets its name: nobody can copy it half-made, and no connection can block a copy.
        connection.execute(_statement("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", building))
        connection.execute(_statement("ALTER DATABASE {} RENAME TO {}", building, name))
    return name


@contextmanager
def copied_database(server: PostgresServer, template: str) -> Iterator[Database]:
    """A copy of ``template``, dropped afterwards even if something still holds a connection to it."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(_statement("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template))
        connection.execute(  # a copy does not inherit what was granted on the database itself
            "UPDATE pg_database SET datacl = original.datacl FROM pg_database original"
            " WHERE pg_database.datname = %s AND original.datname = %s",
            [name, template],
        )
    try:
        yield Database(server, name)
    finally:
        server.start()  # a fault test may have left it dead
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(_statement("DROP DATABASE {} WITH (FORCE)", name))


def _statement(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))
