"""The embedded cluster: durable, private, shared by processes, kept across restarts."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from adapters.embedded_postgres import (
    EmbeddedPostgresError,
    PostgresServer,
    default_home,
    remove_cluster,
    start_server,
)
from adapters.embedded_postgres.account import Account
from adapters.embedded_postgres.process import Lease, socket_file
from tests.embedded_postgres.asking import one, write

OTHER_PROCESS = """
import sys
from pathlib import Path
import psycopg
from adapters.embedded_postgres import start_server

server = start_server(Path(sys.argv[1]))
with psycopg.connect(server.url()) as connection:
    print(server.pid, flush=True)
sys.stdin.read()
print(server.close(), flush=True)
"""


def other_process(home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_fresh_home_is_ready_in_seconds_durable_and_off_the_network(home: Path) -> None:
    began = time.monotonic()
    with start_server(home) as server:
        took = time.monotonic() - began
        assert one(server, "SELECT current_setting('server_version_num')::int / 10000") == 18
        assert [one(server, f"SHOW {name}") for name in ("fsync", "full_page_writes")] == ["on", "on"]
        assert one(server, "SHOW synchronous_commit") == "on"
        assert one(server, "SHOW data_checksums") == "on"
        assert one(server, "SHOW listen_addresses") == ""
        assert one(server, "SHOW max_connections") == "100"
        postmaster = psutil.Process(server.pid)
        assert [c for c in postmaster.net_connections("all") if c.family.name != "AF_UNIX"] == []
        assert server.data.stat().st_mode & 0o077 == 0
    assert took < 10  # 0.7 s alone on two cores; the margin is for a machine that does other things too


def test_connecting_goes_by_the_account_and_any_role(home: Path) -> None:
    with start_server(home) as server:
        write(server, "CREATE ROLE daybook_app LOGIN")
        server.ensure_database("odd name/?&")
        server.ensure_database("odd name/?&")
        assert one(server, "SELECT current_database()", "odd name/?&", "daybook_app") == "odd name/?&"
        assert one(server, "SELECT current_user", user="daybook_app") == "daybook_app"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another account")
def test_another_account_is_turned_away_by_the_server_itself(home: Path) -> None:
    with start_server(home) as server:
        # Even with every file permission thrown open, peer authentication refuses.
        for path in (home, server.socket_dir, socket_file(server.socket_dir)):
            path.chmod(0o777)
        psql = [shutil.which("psql", path=str(server.programs)) or "", "-Atc", "SELECT 1", server.url()]
        refused = subprocess.run(
            psql,
            check=False,
            user="nobody",
            group="nogroup",
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
        )
    assert refused.returncode != 0
    assert "Peer authentication failed" in refused.stderr


def test_a_second_process_attaches_and_the_last_to_leave_stops_it(home: Path) -> None:
    server = start_server(home)
    with other_process(home) as other:
        assert read_line(other) == str(server.pid)
        assert server.close() is False
        assert server.pid is not None
        output, _ = other.communicate("")
    assert output.strip() == "True"
    assert server.pid is None


def test_a_process_that_was_killed_does_not_count_as_using_it(home: Path) -> None:
    server = start_server(home)
    with other_process(home) as other:
        assert read_line(other)
        other.kill()
    assert server.close() is True
    assert server.pid is None


def test_many_processes_at_once_get_the_same_server(home: Path) -> None:
    processes = [other_process(home) for _ in range(6)]
    pids = {read_line(process) for process in processes}
    stopped = [process.communicate("")[0].strip() for process in processes]
    assert len(pids) == 1
    assert stopped.count("True") == 1
    assert PostgresServer(home).pid is None


def test_handles_of_one_process_are_counted_apart(home: Path) -> None:
    servers: list[PostgresServer] = []
    threads = [threading.Thread(target=lambda: servers.append(start_server(home))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [server.close() for server in servers] == [False, False, False, True]


def test_data_outlive_a_stop_and_settings_belong_to_whoever_starts_it(home: Path) -> None:
    with start_server(home) as server:
        write(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    with start_server(home, {"synchronous_commit": "off"}) as server:
        assert one(server, "SELECT answer FROM kept") == 42
        assert one(server, "SHOW synchronous_commit") == "off"
        with start_server(home) as attached:
            assert one(attached, "SHOW synchronous_commit") == "off"


def test_an_interrupted_first_start_leaves_nothing_half_made(home: Path) -> None:
    (home / "postgres" / "initdb-interrupted" / "data").mkdir(parents=True)
    (home / "postgres" / "initdb-interrupted" / "data" / "PG_VERSION").write_text("18\n")
    with start_server(home) as server:
        assert one(server, "SELECT 1") == 1


def test_a_server_that_cannot_start_says_why_and_frees_its_place(home: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        start_server(home, {"no_such_setting": "1"})
    with start_server(home) as server:
        assert one(server, "SELECT 1") == 1


def test_a_deep_or_unusual_home_gets_its_socket_elsewhere(home: Path) -> None:
    deep = home / "a folder, with a comma" / ("x" * 100)
    with start_server(deep) as server:
        assert len(os.fsencode(socket_file(server.socket_dir))) <= 103
        assert server.socket_dir.stat().st_mode & 0o077 == 0
        assert one(server, "SELECT 1") == 1
        elsewhere = server.socket_dir
    assert elsewhere != server.data.parent
    elsewhere.rmdir()


def test_a_home_that_a_shell_would_misread_is_refused(home: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="plainer"):
        start_server(home / "$(touch pwned)")


def test_the_home_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAYBOOK_HOME", "books")
    assert default_home() == tmp_path / "books"
    monkeypatch.delenv("DAYBOOK_HOME")
    assert default_home() == tmp_path / ".daybook"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_below_a_closed_folder_gets_its_cluster_where_the_account_can_go(home: Path) -> None:
    home.mkdir(mode=0o700)
    inner = home / "inner"
    try:
        with start_server(inner) as server:
            assert (inner / "postgres").is_symlink()
            assert one(server, "SELECT 1") == 1
            write(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert home.stat().st_mode & 0o777 == 0o700  # unlike the wheel's own class, which opens every parent
        with start_server(inner) as server:
            assert one(server, "SELECT answer FROM kept") == 42
    finally:
        remove_cluster(inner)


def test_reach_is_read_from_the_folders_permissions(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    stranger = Account("stranger", uid=os.getuid() + 4242, gid=os.getgid() + 4242, separate=True)
    assert not stranger.can_enter(closed)
    assert Account("me", os.getuid(), os.getgid(), separate=False).can_enter(closed)


def test_a_lease_asks_who_else_is_there(tmp_path: Path) -> None:
    mine, yours = Lease(tmp_path / "users"), Lease(tmp_path / "users")
    mine.take()
    yours.take()
    assert mine.release() is False
    assert yours.release() is True
    assert yours.release() is False
