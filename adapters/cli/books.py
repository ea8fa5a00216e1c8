"""Commands on books: replay, events. What others share: finding a centre, a progress bar."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from adapters.cli.serving import installation
from adapters.settings import Settings, from_environment

console = Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON")]
TenantName = Annotated[str, typer.Option("--tenant", help="A centre's slug or id")]
TenantOption = Annotated[str | None, typer.Option("--tenant", help="A centre's slug or id (default: every centre)")]


@contextmanager
def bar(quiet: bool) -> Iterator[Progress]:
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=quiet or not console.is_terminal,
    ) as progress:  # fmt: skip
        yield progress


def find_tenant(settings: Settings, named: str) -> UUID:
    """A tenant by slug or id; exits with a message if there is none."""
    with psycopg.connect(settings.projector_url) as db:
        row = db.execute(
            "SELECT tenant_id FROM book.claims WHERE kind = 'slug' AND (value = %s OR tenant_id::text = %s)",
            [named, named],
        ).fetchone()
    if row is None:
        typer.echo(f"daybook: there is no centre {named}", err=True)
        raise typer.Exit(1)
    found: UUID = row[0]
    return found


def events(
    tenant: TenantName,
    kind: Annotated[str | None, typer.Option("--type", help="Only this type, such as billing.PaymentRecorded")] = None,
    after: Annotated[int, typer.Option(help="Only after this position")] = 0,
    limit: Annotated[int | None, typer.Option(help="Stop after so many")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as new ones come")] = False,
    as_json: AsJson = False,
) -> None:
    """Print a centre's events in order. Personal fields stay sealed."""
    statement = """SELECT position, recorded_at, effective_on, topic, stream_id, version, actor, document, data
        FROM book.events WHERE tenant_id = %s AND position > %s AND (%s::text IS NULL OR topic = %s)
        ORDER BY position LIMIT 1000"""
    shown = 0
    with installation() as env:
        settings = from_environment(env)
        tenant_id = find_tenant(settings, tenant)
        with psycopg.connect(settings.projector_url, autocommit=True) as db:
            db.execute("LISTEN daybook_appended")
            while limit is None or shown < limit:
                rows = db.execute(statement, [tenant_id, after, kind, kind]).fetchall()
                for row in rows[: None if limit is None else limit - shown]:
                    typer.echo(_line(row, as_json))
                    shown, after = shown + 1, row[0]
                if rows:
                    continue
                if not follow:
                    return
                for _ in db.notifies(timeout=1.0, stop_after=1):
                    pass


def _line(row: tuple[Any, ...], as_json: bool) -> str:
    position, recorded_at, effective_on, topic, stream_id, version, actor, document, data = row
    facts = json.loads(data)
    if "sealed" in facts:
        facts["sealed"] = "…"
    if as_json:
        return json.dumps(
            {
                "position": position, "recordedAt": recorded_at.isoformat(), "effectiveOn": effective_on.isoformat(),
                "type": topic, "streamId": str(stream_id), "version": version, "actor": str(actor),
                "document": document, "data": facts,
            }
        )  # fmt: skip
    # The end of an id: those made in one minute all begin alike.
    told = " ".join(f"{name}={value}" for name, value in facts.items())
    return f"{position:>7} {recorded_at:%Y-%m-%d %H:%M:%S} {topic:<32} {str(stream_id)[-12:]} v{version} {told}"


def replay(
    patient: Annotated[str, typer.Argument(help="The patient's id")],
    tenant: TenantOption = None,
    as_of: Annotated[str | None, typer.Option(help="Only what counts up to this date (YYYY-MM-DD)")] = None,
    known_at: Annotated[str | None, typer.Option(help="Only what was recorded up to this instant (ISO 8601)")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell a patient's money step by step: each entry, who made it and why, and the balances after it."""
    from adapters.cli.ledger import centre_of, names, tell

    until, known = day(as_of), an_instant(known_at)
    with installation() as env:
        settings = from_environment(env)
        url, patient_id = settings.projector_url, _id(patient)
        tenant_id = find_tenant(settings, tenant) if tenant else centre_of(url, patient_id)
        lines = tell(url, tenant_id, patient_id, until, known)
        named = {str(id_): name for id_, name in names(url, tenant_id).items()}
    if as_json:
        typer.echo(json.dumps(lines, default=str))
        return
    typer.echo(f"{'date':10} {'entry':15} {'document':24} {'owed':>12} {'credit':>12}  {'by':20}  postings")
    for line in lines:
        told = ", ".join(f"{_called(account, named)} {amount:+}" for account, amount in line["postings"].items())
        why = f"  ({line['reason']})" if line["reason"] else ""
        why += f"  [concerns {line['concerns']}]" if line["concerns"] else ""
        who = named.get(str(line["actor"]), str(line["actor"])[-12:])
        typer.echo(
            f"{line['effective_on']} {line['kind']:15} {line['document'] or '':24} {line['receivable']:>12}"
            f" {line['credit']:>12}  {who:20}  {told}{why}"
        )
    if not lines:
        typer.echo("nothing recorded")


def _called(account: str, named: dict[str, str]) -> str:
    kind, _, dimension = account.partition(":")
    return f"{kind}:{named.get(dimension, dimension)}" if dimension else kind


def day(given: str | None) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise typer.BadParameter("a date is YYYY-MM-DD") from None


def an_instant(given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        instant = datetime.fromisoformat(given)
    except ValueError:
        raise typer.BadParameter("an instant is ISO 8601, such as 2026-11-05T18:00:00+05:30") from None
    if instant.tzinfo is None:
        raise typer.BadParameter("an instant needs its zone: append Z or an offset such as +05:30")
    return instant


def _id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise typer.BadParameter("a patient is named by id") from None
