"""``daybook serve``: everything on one machine, in one process tree."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from adapters import settings as environment
from adapters.cli.roles import Port, built_client
from adapters.database import migrate as migrate_database
from adapters.embedded_postgres import PostgresServer, start_server
from adapters.own_secrets import own_secrets
from adapters.read_tables import establish
from projections.registry import read_tables

DATABASE = "daybook"
START_SECONDS = 60
STOP_SECONDS = 10
ROLE_OF = {
    "DATABASE_URL": "daybook_app",
    "PROJECTOR_DATABASE_URL": "daybook_projector",
    "REBUILD_DATABASE_URL": "daybook_rebuild",
    "RELAY_DATABASE_URL": "daybook_relay",
    "MIGRATOR_DATABASE_URL": "postgres",
}


def prepare(migrator_url: str, rebuild_url: str) -> list[str]:
    """Bring schema and read tables to this release. Returns the read tables that want a rebuild."""
    migrate_database(migrator_url)
    with psycopg.connect(rebuild_url) as db:
        db.execute("SET ROLE daybook_rebuild")  # whoever we are, the read tables are theirs
        return establish(db, read_tables())


def migrate() -> None:
    """Bring the database named by the environment to this release's schema. Safe to run at any time."""
    settings = environment.from_environment()
    outdated = prepare(settings.migrator_url, settings.rebuild_url)
    typer.echo("schema is up to date" + (f"; to rebuild: {', '.join(outdated)}" if outdated else ""))


@contextmanager
def installation() -> Iterator[dict[str, str]]:
    """The environment of this installation's processes: as given, or an embedded PostgreSQL with secrets of its own."""
    if environment.names_a_database():
        yield dict(os.environ)
        return
    home = environment.home()
    server: PostgresServer
    with start_server(home) as server:
        server.ensure_database(DATABASE)
        prepare(server.url(DATABASE), server.url(DATABASE, ROLE_OF["REBUILD_DATABASE_URL"]))
        yield {
            **os.environ,
            **own_secrets(home),
            **{name: server.url(DATABASE, role) for name, role in ROLE_OF.items()},
        }


def serve(
    port: Port = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default: $DAYBOOK_HOST or 127.0.0.1)")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Make a demo centre, if there is no centre yet")] = False,
    reload: Annotated[bool, typer.Option("--reload", help="Start anew whenever Daybook's own code changes")] = False,
) -> None:
    """Run Daybook on this machine: database (embedded unless DATABASE_URL is set), API, projector, rebuilds, scheduler,
    notifications (by way of Kafka if KAFKA_BOOTSTRAP_SERVERS is set). Ctrl-C stops all."""
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    began = time.monotonic()
    with installation() as env:
        if sys.stderr.isatty():  # somebody is looking: lines to read rather than to parse
            env.setdefault("LOG_FORMAT", "text")
        settings = environment.from_environment(env)
        settings.need("app_url", "master_key", "jwt_secret", "port", "kafka", "member")
        kept_here = _kept_here(settings)
        if reload:
            from adapters.cli.reloading import keep_running

            again = ["--port", str(settings.port if port is None else port), *(["--demo"] if demo else [])]
            keep_running([*again, *(["--host", host] if host else [])], env, stopping)
            return
        outdated = prepare(settings.migrator_url, settings.rebuild_url)
        if outdated:
            typer.echo(f"to rebuild in the background: {', '.join(outdated)}")
        ready = environment.home() / "api.address"
        ready.parent.mkdir(parents=True, exist_ok=True)
        ready.unlink(missing_ok=True)
        arguments = ["--ready-file", str(ready)]
        arguments += ["--port", str(port)] if port is not None else []
        arguments += ["--host", host] if host is not None else []
        roles: dict[str, list[str]] = {"project": [], "api": arguments, "notify": []}
        if settings.kafka is not None:
            roles["relay"] = []
        with _running(roles, env) as children:
            lines = []
            if demo:
                from adapters.cli.tenants import ensure_demo

                lines = ensure_demo(settings)
            address = _wait_ready(ready, children, stopping)
            if address is not None:
                typer.echo(f"\nDaybook answers at {address} after {time.monotonic() - began:.1f} s")
                pages = "no pages: the browser client is not built" if built_client() is None else f"{address}/"
                typer.echo(f"  in a browser     {pages}")
                typer.echo(f"  API description  {address}/api/v1/openapi.json")
                typer.echo(f"  health, metrics  {address}/readyz  {address}/metrics")
                for kept in kept_here:
                    typer.echo(f"  {kept:<16} {settings.outbox} (there is no provider for it)")
                for line in lines:
                    typer.echo(line)
                typer.echo("\nCtrl-C stops everything; the data stays.")
                for role in ("maintain", "schedule"):  # last: nobody waits for them
                    children[role] = _started(role, [], env)
                _watch(children, stopping)
    typer.echo("stopped")


def _kept_here(settings: environment.Settings) -> list[str]:
    """What is sent to nobody, but becomes files in the outbox."""
    from adapters.sms_settings import ConsoleFolder

    told = ["e-mail"] if settings.smtp is None else []
    return [*told, "SMS"] if isinstance(settings.sms, ConsoleFolder) else told


def _started(role: str, arguments: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "adapters.cli", role, *arguments]
    # A session of its own: Ctrl-C reaches us alone, and we stop the others in order.
    return subprocess.Popen(command, env=env, start_new_session=True)  # noqa: S603


@contextmanager
def _running(roles: dict[str, list[str]], env: dict[str, str]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for role, arguments in roles.items():
            children[role] = _started(role, arguments, env)
        yield children
    finally:
        for child in reversed(children.values()):
            if child.poll() is None:
                child.terminate()
        for child in reversed(children.values()):
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait_ready(ready: Path, children: dict[str, subprocess.Popen[bytes]], stopping: threading.Event) -> str | None:
    deadline = time.monotonic() + START_SECONDS
    while not ready.exists():
        for role, child in children.items():
            if child.poll() is not None:
                raise typer.Exit(_failed(role, child))
        if stopping.wait(0.02) or time.monotonic() > deadline:
            return None
    return ready.read_text()


def _watch(children: dict[str, subprocess.Popen[bytes]], stopping: threading.Event) -> None:
    while not stopping.wait(0.2):
        for role, child in children.items():
            if child.poll() is not None:
                raise typer.Exit(_failed(role, child))


def _failed(role: str, child: subprocess.Popen[bytes]) -> int:
    typer.echo(f"daybook: the {role} process ended with status {child.returncode}", err=True)
    return 1
