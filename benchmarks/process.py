"""A server under measurement: a child process, waited for, weighed and ended with its whole tree."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import psutil

from benchmarks.load import Target

GRACE = 10.0  # seconds for a clean stop before the tree is killed


@dataclass(frozen=True)
class Served:
    base_url: str
    pid: int
    ready_after: float  # seconds from spawning to the first good answer

    @property
    def memory_mb(self) -> float:
        """Resident memory of the process and all its children, in MB."""
        process = psutil.Process(self.pid)
        tree = [process, *process.children(recursive=True)]
        return float(sum(one.memory_info().rss for one in tree)) / 1e6


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], IO[str]]]:
    """Runs `command` until the block ends; the child and what it has printed."""
    with tempfile.TemporaryFile("w+") as output:
        child = subprocess.Popen(  # noqa: S603  # the commands are the benchmarks' own
            list(command), env={**os.environ, **(environment or {})}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield child, output
        finally:
            end(child)


@contextmanager
def serving(
    command: Sequence[str],
    port: int,
    probe: str,
    environment: Mapping[str, str] | None = None,
    patience: float = 60,
) -> Iterator[Served]:
    """Runs `command` until the block ends; enters it once `probe` answers 200 on `port`.

    :raises RuntimeError: with the end of its output, if it stops or stays silent for `patience` seconds.
    """
    base_url = f"http://127.0.0.1:{port}"
    begin = time.perf_counter()
    with running(command, environment) as (child, output):
        while not answers(base_url, probe):
            if child.poll() is not None or time.perf_counter() - begin > patience:
                output.seek(0)
                raise RuntimeError(f"{' '.join(command)} did not come up:\n{output.read()[-4000:]}")
            time.sleep(0.02)
        yield Served(base_url, child.pid, time.perf_counter() - begin)


def answers(base_url: str, probe: str) -> bool:
    target = Target.of(base_url)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=1)
    try:
        connection.request("GET", probe)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end(child: subprocess.Popen[bytes]) -> None:
    """Asks the child to stop and kills the rest of its tree: nothing may stay to slow the next run."""
    try:
        tree = psutil.Process(child.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        tree = []
    child.terminate()
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    for orphan in tree:
        try:
            orphan.kill()
        except psutil.NoSuchProcess:
            continue
