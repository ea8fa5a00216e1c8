"""``daybook serve --reload``: for whoever works on Daybook itself. The database stays, everything else starts anew."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import typer

STOP_SECONDS = 20
LOOK_EVERY = 0.3
PACKAGES = ("domain", "application", "projections", "adapters", "api", "consumers")
SUFFIXES = {".py", ".sql", ".typ"}


def files() -> dict[Path, int]:
    """When each file that Daybook is made of was last written."""
    root = Path(__file__).parents[2]
    found = {}
    for package in PACKAGES:
        for path in (root / package).rglob("*"):
            if path.suffix in SUFFIXES:
                try:
                    found[path] = path.stat().st_mtime_ns
                except FileNotFoundError:  # an editor replaces a file by removing it first
                    continue
    return found


def keep_running(arguments: list[str], env: dict[str, str], stopping: threading.Event) -> None:
    """``daybook serve`` in a process of its own, started anew whenever a file has changed. It brings schema and read
    tables to the new code by itself. One that ends by itself, on a mistake in the code say, waits for the next change.
    """
    command = [sys.executable, "-m", "adapters.cli", "serve", *arguments]
    while not stopping.is_set():
        known = files()
        # A session of its own: Ctrl-C reaches us alone, and we stop it in order.
        with subprocess.Popen(command, env=env, start_new_session=True) as child:  # noqa: S603
            changed = _until_changed(known, child, stopping)
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    child.kill()
        for path in changed:
            typer.echo(f"changed: {path.relative_to(Path(__file__).parents[2])}")


def _until_changed(
    known: dict[Path, int], child: subprocess.Popen[bytes], stopping: threading.Event
) -> list[Path]:  # fmt: skip
    ended = False
    while not stopping.wait(LOOK_EVERY):
        now = files()
        if now != known:
            return sorted(path for path in now.keys() | known.keys() if now.get(path) != known.get(path))
        if not ended and child.poll() is not None:
            ended = True
            typer.echo("daybook: it ended; waiting for a change", err=True)
    return []
