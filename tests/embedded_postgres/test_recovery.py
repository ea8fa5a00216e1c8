"""The embedded cluster after a crash: killed, half killed, or with remains that name a stranger."""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import psycopg
import pytest

from adapters.embedded_postgres import PostgresServer, remove_cluster, start_server
from adapters.embedded_postgres.account import server_account
from adapters.embedded_postgres.process import accepts, lives_in, socket_file, wait_until
from tests.embedded_postgres.asking import one, write


def test_sigkill_takes_every_process_and_what_was_committed_is_there_afterwards(home: Path) -> None:
    with start_server(home) as server:
        write(server, "CREATE TABLE kept (n int)")
        pid = server.pid
        assert pid is not None
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        for n in range(3):
            write(server, f"INSERT INTO kept VALUES ({n})")
            server.sigkill()
            assert server.pid is None
            assert not accepts(server.socket_dir)
            with pytest.raises(psycopg.OperationalError):
                one(server, "SELECT 1")
            server.start()
        assert [process for process in family if lives_in(process, server.data)] == []
        assert one(server, "SELECT array_agg(n ORDER BY n) FROM kept") == [0, 1, 2]


def test_a_killed_postmaster_is_replaced_although_its_backends_linger(home: Path) -> None:
    with start_server(home) as server:
        pid = server.pid
        assert pid is not None
        lingering = psutil.Process(pid).children()
        for backend in lingering:
            backend.suspend()  # so that it cannot notice
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: server.pid is None, 5)
        server.start()
        assert one(server, "SELECT 1") == 1
        assert [backend for backend in lingering if lives_in(backend, server.data)] == []


@pytest.mark.parametrize("remains", ["pid of another process", "empty", "half"])
def test_a_stale_postmaster_file_does_not_prevent_a_start(home: Path, remains: str) -> None:
    with start_server(home) as server:
        write(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        left = (server.data / "postmaster.pid").read_text()
        server.sigkill()
    # As after a container's restart: the old pid is taken by somebody who is alive, under the same account.
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, user=_owner(server)) as innocent:
        reused = left.replace(left.splitlines()[0], str(innocent.pid), 1)
        text = {"pid of another process": reused, "empty": "", "half": left[:10]}[remains]
        (server.data / "postmaster.pid").write_text(text)
        lock = socket_file(server.data.parent)
        lock.with_name(lock.name + ".lock").write_text(f"{innocent.pid}\n")
        with start_server(home) as again:
            assert one(again, "SELECT answer FROM kept") == 42
        assert innocent.poll() is None
        innocent.communicate()


def test_removing_a_crashed_cluster_leaves_no_process_and_no_shared_memory(home: Path) -> None:
    memory = Path("/dev/shm")
    server = start_server(home)
    pid = server.pid
    assert pid is not None
    mapped = {Path(m.path) for m in psutil.Process(pid).memory_maps() if m.path.startswith(f"{memory}/PostgreSQL")}
    backends = psutil.Process(pid).children()
    for backend in backends:
        backend.suspend()  # the worst case: nobody notices that the postmaster is gone
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: server.pid is None, 5)
    remove_cluster(home)
    assert [backend for backend in backends if backend.is_running() and backend.status() != "zombie"] == []
    assert [path for path in mapped if path.exists()] == []
    assert not home.exists()


def _owner(server: PostgresServer) -> int:
    return server_account(server.data.parent).uid
