"""What is running on a data directory: the lock files PostgreSQL leaves, and the processes behind them."""

import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

PORT = 5432  # only a part of the socket's name: nothing listens on TCP
_READY_LINE = 7
_SOCKET_LINE = 4


@dataclass(frozen=True)
class PostmasterFile:
    """What ``postmaster.pid`` says. It may be half written, and the process it names be gone or another."""

    pid: int | None
    socket_dir: Path | None
    ready: bool

    @classmethod
    def read(cls, data: Path) -> "PostmasterFile | None":
        try:
            lines = [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
        except FileNotFoundError:
            return None
        lines += [""] * (_READY_LINE + 1 - len(lines))
        return cls(
            pid=int(lines[0]) if lines[0].isdigit() else None,
            socket_dir=Path(lines[_SOCKET_LINE]) if lines[_SOCKET_LINE] else None,
            ready=lines[_READY_LINE] == "ready",
        )


def socket_file(socket_dir: Path) -> Path:
    return socket_dir / f".s.PGSQL.{PORT}"


def accepts(socket_dir: Path) -> bool:
    """Whether a postmaster listens there, even in another container that shares the folder, not the pids."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(5)
        try:
            probe.connect(str(socket_file(socket_dir)))
        except OSError:
            return False
        return True


def lives_in(process: psutil.Process, data: Path) -> bool:
    """Whether this process is a PostgreSQL of that data directory: each of them works inside it.

    The name counts too, or a shell left standing in that folder would pass for one, and be killed.
    """
    try:
        if not process.name().startswith("postgres") or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return Path(process.cwd()) == data
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def postmaster(data: Path) -> psutil.Process | None:
    seen = PostmasterFile.read(data)
    if seen is None or seen.pid is None or not psutil.pid_exists(seen.pid):
        return None
    try:
        process = psutil.Process(seen.pid)
    except psutil.NoSuchProcess:
        return None
    return process if lives_in(process, data) else None


def kill_all(data: Path, seconds: float = 10) -> None:
    """SIGKILL the postmaster, if any, then every process it leaves behind, and return when none is left."""
    head = postmaster(data)
    if head is not None:
        _kill(head)  # first, so that it cannot replace the others

    def none_left() -> bool:
        left = [process for process in psutil.process_iter() if lives_in(process, data)]
        for process in left:
            _kill(process)
        return not left

    if not wait_until(none_left, seconds):
        raise TimeoutError(f"processes of {data} survived SIGKILL for {seconds} s")


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask until it holds; false if it never did before the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Lease:
    """A shared ``flock``: held by everyone who uses the cluster, gone by itself with a process that dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def take(self) -> None:
        if self._fd is None:
            self._fd = _open(self._path)
            fcntl.flock(self._fd, fcntl.LOCK_SH)

    def release(self) -> bool:
        """Give it up; true if nobody else holds one. Call under the mutex, or the answer ages at once."""
        if self._fd is None:
            return False
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        finally:
            os.close(self._fd)
            self._fd = None


@contextmanager
def mutex(path: Path) -> Iterator[None]:
    """One process (and one thread) at a time starts or stops the cluster."""
    fd = _open(path)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _open(path: Path) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if os.geteuid() == 0:  # `sudo daybook verify` must not lock out the account that owns the home
        home = path.parent.stat()
        os.fchown(fd, home.st_uid, home.st_gid)
    return fd
