"""``daybook parked``: streams that a read table could not follow, and what to do about them."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any
from uuid import UUID

import psycopg
import typer

from adapters.cli.books import AsJson
from adapters.cli.serving import installation
from adapters.settings import Settings, from_environment
from application.base import Outcome, execute
from application.rebuilding import RetryParkedStream, SkipParkedEvent

parked = typer.Typer(
    no_args_is_help=True,
    help="Parked streams: an event of theirs could not be applied to a read table. Everything else flows on.\n\n"
    "Look at one (`show`), mend what is wrong and `retry`, or `skip` the event, with a reason that the book keeps.",
)
Which = Annotated[str, typer.Argument(help="A parked stream, by the id that `list` shows")]
_LIST = """SELECT p.id, p.tenant_id, p.projection, p.stream_id, p.position, p.version, p.topic, p.error, p.parked_at
  FROM reading.parked p WHERE %s::text IS NULL OR p.id::text LIKE %s ORDER BY p.parked_at"""
_EVENT = """SELECT class_version, recorded_at, effective_on, actor, correlation, document, data FROM book.events
  WHERE tenant_id = %s AND position = %s"""


@parked.command("list")
def list_parked(as_json: AsJson = False) -> None:
    """Streams that stand still, the longest first: for which table, at which event, and the kind of error."""
    with installation() as env:
        rows = _rows(from_environment(env))
    if as_json:
        typer.echo(json.dumps(rows, default=str))
        return
    for row in rows:
        typer.echo(
            f"{row['id']}  {row['parked_at']:%Y-%m-%d %H:%M:%S}  {row['projection']:<24} {row['topic']:<32}"
            f" at {row['position']:>7} of {row['tenant_id']}  {row['error']}"
        )
    typer.echo(f"{len(rows)} parked streams")


@parked.command()
def show(which: Which, as_json: AsJson = False) -> None:
    """A parked stream with the event that it stands at, as it is stored. What is sealed in it stays so."""
    with installation() as env:
        settings = from_environment(env)
        row = _one(settings, which)
        with psycopg.connect(settings.projector_url) as db:
            cursor = db.execute(_EVENT, [row["tenant_id"], row["position"]])
            names = [column.name for column in cursor.description or ()]
            found = cursor.fetchone()
    event = dict(zip(names, found, strict=True)) if found else {}
    if as_json:
        typer.echo(json.dumps({**row, "event": event}, default=str))
        return
    for name, value in {**row, **event}.items():
        typer.echo(f"{name:14} {_short(value)}")


@parked.command()
def retry(which: Which) -> None:
    """Apply its events again: rebuilds the table for the one centre. What still cannot be applied is parked again."""
    with installation() as env:
        settings = from_environment(env)
        row = _one(settings, which)
        outcome = asyncio.run(_send(settings, row, RetryParkedStream(**_of(row))))
        _told(settings, outcome)


@parked.command()
def skip(
    which: Which, reason: Annotated[str, typer.Option(help="Why the event may be passed over; kept in the book")]
) -> None:
    """Pass over the event that it stands at, and go on with those after it. Later rebuilds pass over it, too."""
    with installation() as env:
        settings = from_environment(env)
        row = _one(settings, which)
        outcome = asyncio.run(_send(settings, row, SkipParkedEvent(**_of(row), reason=reason)))
        _told(settings, outcome)


async def _send(settings: Settings, row: dict[str, Any], command: RetryParkedStream | SkipParkedEvent) -> Outcome:
    from adapters.cli.tenants import system_context
    from adapters.system import System

    async with System(settings).running() as system:
        outcome = await execute(command, system_context(system, row["tenant_id"]), system.store)
        await system.positions.reached(row["tenant_id"], outcome.position, 10.0)
    return outcome


def _told(settings: Settings, outcome: Outcome) -> None:
    """Do it here, unless somebody else does rebuilds already."""
    from adapters.cli.rebuilding import maintainer_of
    from adapters.rebuilding.jobs import Jobs
    from adapters.rebuilding.maintaining import hear

    rebuild_id = UUID(outcome.result["id"])
    with Jobs.at(settings.rebuild_url) as jobs:
        hear(jobs.db)
        if jobs.try_lock():
            maintainer = maintainer_of(settings, jobs)
            job = jobs.get(rebuild_id)
            if job.state == "WAITING":
                maintainer.do(job)
        state = jobs.get(rebuild_id).state
    typer.echo(f"rebuild {rebuild_id}  {state}")
    if state == "FAILED":
        raise typer.Exit(1)


def _of(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "parked_id": row["id"], "projection": row["projection"], "stream": row["stream_id"], "position": row["position"]
    }  # fmt: skip


def _one(settings: Settings, which: str) -> dict[str, Any]:
    rows = _rows(settings, which.replace("%", "").replace("_", ""))
    if len(rows) != 1:
        typer.echo(f"daybook: {'several streams are' if rows else 'no parked stream is'} {which}", err=True)
        raise typer.Exit(1)
    return rows[0]


def _rows(settings: Settings, which: str | None = None) -> list[dict[str, Any]]:
    with psycopg.connect(settings.projector_url) as db:
        cursor = db.execute(_LIST, [which, f"{which}%"])
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _short(value: Any) -> str:
    text = str(value)
    if text.startswith("{") and '"sealed"' in text:
        facts = json.loads(text)
        text = json.dumps({**facts, "sealed": "…"}, ensure_ascii=False)
    return text if len(text) <= 2_000 else text[:2_000] + "…"  # noqa: PLR2004
