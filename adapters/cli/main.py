"""``daybook``: one command for those who run it. Each subcommand explains itself with ``--help``."""

from __future__ import annotations

import sys

import psycopg
import typer

from adapters.cli import (
    auditing,
    books,
    delivery,
    exporting,
    health,
    moving,
    parking,
    rebuilding,
    roles,
    serving,
    status,
    tenants,
)
from adapters.settings import BadSettings
from domain.base import Refused

app = typer.Typer(
    name="daybook", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False,
    help="Runs therapy centres on an append-only book: bookings, money, progress.\n\n"
    "On a fresh machine: `daybook serve --demo` starts everything, with a database of its own. On many machines: one "
    "role each (`api`, `project`, `maintain`, `notify`, `schedule`, `relay`), pointed at PostgreSQL by the environment "
    "(README).",
)  # fmt: skip
app.command()(serving.serve)
app.command()(serving.migrate)
app.command()(roles.api)
app.command()(roles.project)
app.command()(rebuilding.maintain)
app.command()(delivery.relay)
app.command()(delivery.notify)
app.command()(delivery.schedule)
app.command()(health.health)
app.command()(roles.openapi)
app.command()(tenants.demo)
tenants.app.command("export")(moving.export_tenant)
tenants.app.command("import")(moving.import_tenant)
app.add_typer(tenants.app, name="tenant")
app.command()(status.status)
app.command()(rebuilding.rebuild)
app.add_typer(rebuilding.rebuilds, name="rebuilds")
app.add_typer(parking.parked, name="parked")
app.command()(books.replay)
app.command()(auditing.verify)
app.command()(auditing.checkpoint)
app.command()(books.events)
app.command()(exporting.export)
app.command()(moving.backup)
app.command()(moving.restore)
app.command("erase-again")(moving.erase_again)
app.add_typer(delivery.dead, name="dlq")


def main() -> None:
    try:
        app()
    except BadSettings as error:
        typer.echo(f"daybook: {error}", err=True)
        sys.exit(2)
    except Refused as refusal:
        typer.echo(f"daybook: {refusal}", err=True)
        sys.exit(1)
    except psycopg.OperationalError as error:
        typer.echo(f"daybook: the database does not answer: {str(error).strip().splitlines()[0]}", err=True)
        sys.exit(1)
