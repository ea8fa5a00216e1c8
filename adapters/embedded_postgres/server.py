"""Start, share and stop the embedded cluster."""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from adapters.embedded_postgres.account import (
    MAJOR,
    Account,
    EmbeddedPostgresError,
    programs,
    server_account,
    system_home,
)
from adapters.embedded_postgres.process import (
    PORT,
    Lease,
    PostmasterFile,
    accepts,
    kill_all,
    mutex,
    postmaster,
    socket_file,
    wait_until,
)

SUPERUSER = "postgres"
LONGEST_SOCKET_PATH = 103  # bytes: macOS allows 104 with the closing NUL, Linux 108
LONGEST_LOG = 5_000_000
START_SECONDS = 120  # recovery after a crash may read a gigabyte of WAL

# Durable first; the rest suits a small machine that also runs the application. `ALTER SYSTEM` overrides it.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than our short queries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # An error's DETAIL quotes rows and its STATEMENT quotes literals: personal data has no place in a log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


def default_home() -> Path:
    """``$DAYBOOK_HOME``, else ``.daybook`` in the working directory: each checkout has its own book."""
    return Path(os.environ.get("DAYBOOK_HOME") or ".daybook").absolute()


def start_server(home: Path | None = None, settings: Mapping[str, str] | None = None) -> "PostgresServer":
    """Start the cluster kept in ``home``, or attach to it if it runs. Leave it with ``close`` or a ``with``.

    ``settings`` are added to ``SETTINGS`` if this call starts it. Raises EmbeddedPostgresError.
    """
    server = PostgresServer(home or default_home(), settings)
    server.start()
    return server


class PostgresServer:
    """A handle on the cluster of one home. Handles do not depend on each other, in one process or many."""

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home = home.absolute()
        self._settings = {**SETTINGS, **(settings or {})}
        self._mutex = self.home / "postgres.lock"
        self._lease = Lease(self.home / "postgres.users")
        self._root = self.home / "postgres"
        self._account: Account = server_account(self._root)
        self.programs = Path()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def data(self) -> Path:
        """The data directory; one per major version, so that an upgrade finds the old one untouched."""
        return self._root / str(MAJOR)

    @property
    def log(self) -> Path:
        return self._root / "server.log"

    @property
    def socket_dir(self) -> Path:
        seen = PostmasterFile.read(self.data)
        return seen.socket_dir if seen and seen.socket_dir else self._socket_dir()

    @property
    def pid(self) -> int | None:
        process = postmaster(self.data)
        return process.pid if process else None

    def url(self, dbname: str = SUPERUSER, user: str = SUPERUSER) -> str:
        """A libpq URL over the socket. It names host and port, so no ``PG*`` variable leads it elsewhere."""
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://{quote(user, safe='')}@/{quote(dbname, safe='')}?host={host}&port={PORT}"

    def ensure_database(self, name: str) -> None:
        """Create the database unless it exists; several processes may ask at once."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            try:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return

    def start(self) -> None:
        """Make the cluster run, also after ``stop``, ``sigkill`` or a crash. Nothing if it runs already."""
        if not self.home.exists():
            self.home.mkdir(parents=True, exist_ok=True)  # another process may be as early as we are
            self.home.chmod(0o711 if self._account.separate else 0o700)
        with mutex(self._mutex):
            self._settle()
            self._lease.take()
            try:
                if not self._alive():
                    self._launch()
                self._wait_ready()
            except BaseException:
                self._lease.release()
                raise

    def close(self) -> bool:
        """Leave. Whoever leaves last stops the cluster; true if that was us. A second call does nothing."""
        with mutex(self._mutex):
            last = self._lease.release()
            if last and self._alive():
                self._pg_ctl("stop", "-m", "fast")
        return last

    def stop(self) -> None:
        """Stop the cluster in good order, no matter who else uses it; ``start`` brings it back."""
        with mutex(self._mutex):
            if self._alive():
                self._pg_ctl("stop", "-m", "fast")

    def sigkill(self) -> None:
        """Kill every process of the cluster with SIGKILL, as a loss of power would; ``start`` recovers."""
        kill_all(self.data)

    def _settle(self) -> None:
        """Find or make the folder of the cluster, where the account can reach it."""
        if not self._root.exists():
            self._root.unlink(missing_ok=True)  # a link whose target was removed by hand
            if self._account.can_enter(self.home):
                self._root.mkdir()
            else:
                self._root.symlink_to(tempfile.mkdtemp(prefix="cluster-", dir=system_home()))
        self._root = self._root.resolve()
        self._account.own(self._root, 0o700)
        if re.search(r'["$`\\\n]', str(self._root)):
            raise EmbeddedPostgresError(f"{self._root}: pg_ctl hands paths to a shell; use a plainer DAYBOOK_HOME")
        self.programs = programs(self._account)

    def _alive(self) -> bool:
        return postmaster(self.data) is not None or (self.data.exists() and accepts(self.socket_dir))

    def _launch(self) -> None:
        if not self.data.exists():
            self._initialise()
        self._clear_remains()
        self._write("pg_hba.conf", "local all all peer map=daybook\nlocal replication all peer map=daybook\n")
        names = [self._account.name, *(["root"] if self._account.separate else [])]
        self._write("pg_ident.conf", "".join(f'daybook "{name}" all\n' for name in names))
        settings = {**self._settings, "unix_socket_directories": str(self._socket_dir())}
        lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
        self._write("daybook.conf", "".join(lines))
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        try:
            self._pg_ctl("start", "-l", str(self.log))
        except EmbeddedPostgresError as error:
            raise EmbeddedPostgresError(f"{error}\n{self._log_tail()}") from None

    def _initialise(self) -> None:
        """``initdb`` next door, then rename: an interrupted one leaves no half-made cluster."""
        with tempfile.TemporaryDirectory(prefix="initdb-", dir=self._root) as scratch:
            self._account.own(Path(scratch), 0o700)
            fresh = Path(scratch) / "data"
            # PostgreSQL's own collation sorts alike on every machine and never changes with the C library.
            locale = [
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ]
            command = [self.programs / "initdb", "-D", fresh, "-U", SUPERUSER, "--auth=peer", *locale]
            self._account.run(command, cwd=self._root)
            with (fresh / "postgresql.conf").open("a") as configuration:
                configuration.write("include_if_exists = 'daybook.conf'\n")
            fresh.rename(self.data)

    def _clear_remains(self) -> None:
        """Remove what a crash left, knowing (we hold the mutex and nothing answers) that no postmaster lives.

        PostgreSQL would do most of this itself, but takes any process that has the old pid by now, as is the
        rule after a container's restart, for its predecessor and refuses to start.
        """
        kill_all(self.data)  # backends that have not yet noticed that their postmaster is gone
        remains = socket_file(self._socket_dir())
        for path in (self.data / "postmaster.pid", remains, remains.with_name(remains.name + ".lock")):
            path.unlink(missing_ok=True)

    def _wait_ready(self) -> None:
        def ready() -> bool:
            seen = PostmasterFile.read(self.data)
            return (seen is not None and seen.ready) or not self._alive()

        if not wait_until(ready, START_SECONDS) or not self._alive():
            raise EmbeddedPostgresError(f"PostgreSQL did not become ready\n{self._log_tail()}")

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        wait = ["-w", "-s", "-t", str(START_SECONDS)]
        command = [self.programs / "pg_ctl", action, "-D", self.data, *wait, *arguments]
        self._account.run(command, cwd=self._root)

    def _socket_dir(self) -> Path:
        """The cluster's own folder or, where that is too long for a socket or needs quoting, one in /tmp."""
        path = str(self._root)
        fits = len(os.fsencode(socket_file(self._root))) <= LONGEST_SOCKET_PATH
        if fits and re.fullmatch(r"[\w./-]+", path, re.ASCII):
            return self._root
        name = f"daybook-{self._account.uid}-{hashlib.sha256(path.encode()).hexdigest()[:12]}"
        private = Path("/tmp") / name  # noqa: S108 - checked below; $TMPDIR may itself be too long
        try:
            private.mkdir(mode=0o700)
            self._account.own(private, 0o700)
        except FileExistsError:
            seen = private.lstat()
            if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != self._account.uid or seen.st_mode & 0o077:
                raise EmbeddedPostgresError(f"{private} belongs to somebody else; remove it") from None
        return private

    def _write(self, name: str, text: str) -> None:
        fresh = self.data / f"{name}.new"
        fresh.write_text(text)
        self._account.own(fresh, 0o600)
        fresh.replace(self.data / name)

    def _log_tail(self) -> str:
        if not self.log.exists():
            return f"{self.log} is missing"
        return f"{self.log}:\n" + "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


def remove_cluster(home: Path) -> None:
    """Stop the cluster of a home, whoever uses it, and delete all its data, wherever it was put."""
    if (home / "postgres" / str(MAJOR) / "postmaster.pid").exists():
        with start_server(home) as server:  # one that crashed lets go of its shared memory by starting again
            server.stop()
    shutil.rmtree((home / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
