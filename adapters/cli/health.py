"""``daybook health``: what a container's health check runs. It needs no tool in the image but ourselves."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from adapters.rebuilding.jobs import REBUILD_LOCK
from application.base import PLATFORM

PATIENCE = 5
LAG_ALARM_SECONDS = 60.0
_DELIVERY = "SELECT label, value FROM delivery.measures() WHERE name = 'delivery_lag_seconds'"
_LOOKED = "SELECT extract(epoch FROM clock_timestamp() - at) FROM book.schedule_marks WHERE job = 'look'"
_STALLED = """SELECT count(*) FROM reading.rebuilds WHERE state = 'WAITING' AND asked_at < now() - interval '1 minute'
  AND NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted)"""
_PROGRESS = "SELECT lag_seconds FROM reading.progress()"


class Role(StrEnum):
    API = "api"
    PROJECT = "project"
    MAINTAIN = "maintain"
    RELAY = "relay"
    NOTIFY = "notify"
    SCHEDULE = "schedule"


def health(
    role: Annotated[Role | None, typer.Argument(help="Whose health (default: of this container's process)")] = None,
) -> None:
    """Exit 0 if the role that runs here does its work, else 1: the API is ready, or no book waits for the projector."""
    from adapters.settings import from_environment

    settings = from_environment()
    role = role or _running()
    if role is None:  # migrate, rebuild: they end by themselves, and say how
        typer.echo("no role to ask")
        return
    if role is Role.API:
        problem = _not_ready(f"http://127.0.0.1:{settings.port}/readyz")
    elif role is Role.PROJECT:
        problem = _behind(settings.projector_url)
    elif role is Role.MAINTAIN:
        problem = _stalled(settings.projector_url)
    elif role is Role.SCHEDULE:
        problem = _unscheduled(settings.app_url)
    else:
        problem = _undelivered(settings.relay_url, relay=role is Role.RELAY)
    if problem:
        typer.echo(f"{role}: {problem}")
        raise typer.Exit(1)
    typer.echo(f"{role}: ok")


def _running() -> Role | None:
    """The role of process 1, or of the one that it started if an init stands before it."""
    for process in (Path("/proc/1"), *sorted(Path("/proc").glob("[0-9]*"))):
        try:
            words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        roles = [word for word in words if word in set(Role)]
        if roles and process.name != str(os.getpid()) and any("daybook" in word for word in words):
            return Role(roles[0])
    return None


def _not_ready(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE):  # noqa: S310 - our own address
            return None
    except urllib.error.HTTPError as error:
        return f"answers {error.code}"
    except OSError as error:
        return f"does not answer ({error})"


def _behind(url: str) -> str | None:
    """The projector serves nothing, so what counts is that no book has been waiting for long."""
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE) as db:
            row = db.execute(_PROGRESS).fetchone()
    except psycopg.Error as error:
        return f"no database ({type(error).__name__})"
    lag = float(row[0]) if row else 0.0
    return f"books have been waiting for {lag:.0f} s" if lag > LAG_ALARM_SECONDS else None


def _stalled(url: str) -> str | None:
    """Whether a rebuild waits that nobody takes up."""
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE) as db:
            row = db.execute(_STALLED, [REBUILD_LOCK]).fetchone()
    except psycopg.Error as error:
        return f"no database ({type(error).__name__})"
    return f"{row[0]} rebuilds wait and nobody works on one" if row and row[0] else None


def _unscheduled(url: str) -> str | None:
    """Whether any scheduler has looked lately."""
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE) as db, db.transaction():
            db.execute("SELECT set_config('app.tenant', %s, true)", [str(PLATFORM)])
            row = db.execute(_LOOKED).fetchone()
    except psycopg.Error as error:
        return f"no database ({type(error).__name__})"
    if row is None:
        return "nobody has looked yet"
    return f"nobody has looked for {row[0]:.0f} s" if row[0] > LAG_ALARM_SECONDS else None


def _undelivered(url: str, *, relay: bool) -> str | None:
    """The relay is asked for its own lag, ``notify`` for that of the consumers that read the books."""
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE) as db:
            lags: dict[str, float] = dict(db.execute(_DELIVERY).fetchall())
    except psycopg.Error as error:
        return f"no database ({type(error).__name__})"
    lag = max((seconds for consumer, seconds in lags.items() if (consumer == "relay") is relay), default=0.0)
    return f"messages have been waiting for {lag:.0f} s" if lag > LAG_ALARM_SECONDS else None
