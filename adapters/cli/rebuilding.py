"""Rebuilding read tables from the command line, and looking after rebuilds that others began."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.cli.books import AsJson, TenantOption, bar, find_tenant
from adapters.cli.serving import installation
from adapters.crypto import Keyring
from adapters.rebuild import Progress, Stopped
from adapters.rebuild import rebuild as rebuild_tables
from adapters.rebuilding.jobs import OVER, Jobs
from adapters.rebuilding.maintaining import Maintainer, hear
from adapters.rebuilding.maintaining import maintain as keep_rebuilding
from adapters.rebuilding.returning import NothingKept, OfAnotherRelease
from adapters.settings import Settings, from_environment
from adapters.subject_keys import KeysAtHand
from domain.rebuilding import Wanted
from projections.base import ReadTable
from projections.registry import read_tables

rebuilds = typer.Typer(
    no_args_is_help=True,
    help="Rebuilds of read tables, whoever began them: list them, pause, resume, cancel, roll back.\n\n"
    "They are recorded, so a rebuild that was paused, or whose process died, goes on where it was.",
)
Which = Annotated[str, typer.Argument(help="A rebuild, by the id that `list` shows (its beginning or end will do)")]
_SAID = {kind.__name__: " ".join(str(kind.__doc__).split()) for kind in (NothingKept, OfAnotherRelease)}
_LIST = """SELECT id, state, wanted, why, names, of_tenant, phase, done, total, rate, asked_at, finished_at, error,
    tables
  FROM reading.rebuilds ORDER BY asked_at DESC LIMIT %s"""
_FIND = "SELECT id FROM reading.rebuilds WHERE id::text LIKE %s OR id::text LIKE %s LIMIT 2"
_DIFFERENCES = """SELECT tenant_id, projection, kind, key, columns FROM reading.rebuild_differences
  WHERE rebuild_id = %s ORDER BY projection, tenant_id, key"""


def _named(names: list[str] | None) -> list[ReadTable[Any]]:
    tables = {table.name: table for table in read_tables()}
    if not names or names == ["all"]:
        return list(tables.values())
    unknown = [name for name in names if name not in tables]
    if unknown:
        typer.echo(f"daybook: no read table {', '.join(unknown)}; there are: {', '.join(tables)}", err=True)
        raise typer.Exit(2)
    return [tables[name] for name in names]


@contextmanager
def shown(quiet: bool) -> Iterator[Any]:
    """A progress bar with rate and time left; what it yields is told each step."""
    with bar(quiet) as progress:
        task = progress.add_task("rebuilding", total=None, rate="")

        def seen(state: Progress) -> None:
            speed = progress.tasks[0].speed
            progress.update(
                task, total=state.total, completed=state.folded, description=state.phase,
                rate=f"{speed:,.0f}/s" if speed else "",
            )  # fmt: skip

        yield seen


def rebuild(
    names: Annotated[list[str] | None, typer.Argument(help="Read tables, or `all` (default: all)")] = None,
    tenant: TenantOption = None,
    workers: Annotated[
        int, typer.Option(min=1, max=32, help="Processes that fold; more than one helps with many centres and cores")
    ] = 1,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare with the served rows; exit 1 if any differ")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar")] = False,
    as_json: AsJson = False,
) -> None:
    """Fold read tables anew from the book, beside the served ones, compare, and switch to them at once.

    Reads and commands go on meanwhile. Says how many rows differ from those that were served (0 is the promise);
    `daybook rebuilds differences` names them. Ctrl-C pauses it, as `daybook rebuilds pause` does from elsewhere;
    `daybook rebuilds resume` goes on, also after a crash. What was served before is kept: `daybook rebuilds rollback`.
    """
    tables = _named(names)
    with installation() as env, shown(quiet) as seen:
        settings = from_environment(env)
        try:
            report = rebuild_tables(
                settings.rebuild_url, tables, KeysAtHand(Keyring(settings.master_key)), workers=workers,
                tenant_id=find_tenant(settings, tenant) if tenant else None, seen=seen, switch=not check,
            )  # fmt: skip
        except (Stopped, KeyboardInterrupt) as stopped:
            what = "paused; `daybook rebuilds resume` goes on"
            if isinstance(stopped, Stopped) and stopped.wanted == Wanted.CANCEL:
                what = "cancelled; what is served is as it was"
            typer.echo(f"daybook: {what}", err=True)
            raise typer.Exit(1) from None
    differing = sum(max(table["differing"], 0) for table in report["tables"].values())
    if as_json:
        typer.echo(json.dumps({**report, "id": str(report["id"]), "differing": differing}))
    elif not quiet:
        _tell(report, differing)
    if check and differing:
        raise typer.Exit(1)


def _tell(report: dict[str, Any], differing: int) -> None:
    for name, table in report["tables"].items():
        found = f"{table['differing']:>8,} differing" if table["differing"] >= 0 else "  of another shape before"
        typer.echo(f"{name:28} {table['rows']:>10,} rows {found}")
    typer.echo(f"{report['events']:,} events folded, {differing} rows differ from those served")
    if differing:
        typer.echo(f"daybook rebuilds differences {report['id']}")


@rebuilds.command("list")
def list_rebuilds(
    limit: Annotated[int, typer.Option(help="How many, the latest first")] = 20, as_json: AsJson = False
) -> None:
    """What was rebuilt, is being rebuilt, or waits to be."""
    with installation() as env, Jobs.at(from_environment(env).rebuild_url) as jobs:
        cursor = jobs.db.execute(_LIST, [limit])
        columns = [column.name for column in cursor.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    if as_json:
        typer.echo(json.dumps(rows, default=str))
        return
    for row in rows:
        done = f"{100 * row['done'] / row['total']:.0f} %" if row["total"] else "-"
        what = ", ".join(row["names"]) if 0 < len(row["names"]) < 4 else f"{len(row['names']) or 'all'} tables"  # noqa: PLR2004
        whose = f" of {row['of_tenant']}" if row["of_tenant"] else ""
        due = row["wanted"] != Wanted.RUN and row["state"] not in {"PAUSED", "CANCELLED", "ROLLED_BACK"}
        note = row["error"] or (f"to {row['wanted'].lower()}" if due else "")
        typer.echo(f"{row['id']}  {row['asked_at']:%Y-%m-%d %H:%M:%S}  {row['state']:<11} {done:>5}  {row['why']:<12}"
                   f" {what}{whose}  {note}")  # fmt: skip
    if not rows:
        typer.echo("nothing was rebuilt yet")


@rebuilds.command()
def differences(which: Which, as_json: AsJson = False) -> None:
    """Which rows a rebuild had otherwise than those that were served, and in which columns; never what they said."""
    with installation() as env, Jobs.at(from_environment(env).rebuild_url) as jobs:
        found = jobs.db.execute(_DIFFERENCES, [_found(jobs, which)]).fetchall()
    if as_json:
        names = ("tenant", "projection", "kind", "key", "columns")
        typer.echo(json.dumps([dict(zip(names, row, strict=True)) for row in found], default=str))
        return
    for tenant, projection, kind, key, columns in found:
        typer.echo(f"{projection:28} {kind:8} {tenant} {key} {', '.join(columns)}")
    typer.echo(f"{len(found)} listed (at most 100 of a table and centre)")


@rebuilds.command()
def pause(which: Which) -> None:
    """Let a rebuild rest, wherever it runs. What it has done stays."""
    _decide(which, Wanted.PAUSE)


@rebuilds.command()
def cancel(which: Which) -> None:
    """Give a rebuild up. What is served stays as it is."""
    _decide(which, Wanted.CANCEL)


@rebuilds.command()
def resume(which: Which, quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar")] = False) -> None:
    """Go on with a rebuild that was paused, has failed, or whose process died; here, unless another one is quicker."""
    _decide(which, Wanted.RUN, quiet=quiet)


@rebuilds.command()
def rollback(which: Which) -> None:
    """Serve again what was served before this rebuild, brought up to date.

    It is kept until the next rebuild of the table, a week at most, and not beyond an erasure."""
    _decide(which, Wanted.ROLLBACK)


def _decide(which: str, wanted: Wanted, *, quiet: bool = True) -> None:
    """Record what is wanted; if nobody works on rebuilds now, do it here."""
    with installation() as env, shown(quiet) as seen:
        settings = from_environment(env)
        with Jobs.at(settings.rebuild_url) as jobs:
            hear(jobs.db)
            job = jobs.get(_found(jobs, which))
            if job.state in {"CANCELLED", "ROLLED_BACK"} or (wanted is Wanted.ROLLBACK) is not (job.state == "DONE"):
                typer.echo(f"daybook: it is {job.state}", err=True)
                raise typer.Exit(1)
            jobs.want(job.id, wanted)
            if jobs.try_lock():
                maintainer = maintainer_of(settings, jobs, seen)
                now = jobs.get(job.id)
                if wanted is not Wanted.PAUSE:
                    maintainer.do(now)
                elif now.state == "RUNNING":
                    jobs.end(now, "PAUSED")
            now = jobs.get(job.id)
            error = jobs.db.execute("SELECT error FROM reading.rebuilds WHERE id = %s", [job.id]).fetchone()
    typer.echo(
        f"{job.id}  {now.state}" + ("" if now.state in OVER or now.state == "PAUSED" else f", to {wanted.lower()}")
    )
    if error and error[0]:
        typer.echo(f"daybook: {_SAID.get(error[0], error[0])}", err=True)
        raise typer.Exit(1)


def maintainer_of(settings: Settings, jobs: Jobs, seen: Any = lambda _: None) -> Maintainer:
    """Who does rebuilds in this process; ``jobs`` holds the lock."""
    jobs.heed = partial(hear, jobs.db)
    keys = KeysAtHand(Keyring(settings.master_key))
    return Maintainer(settings.rebuild_url, jobs, read_tables(), keys, lambda _, progress: seen(progress))


def _found(jobs: Jobs, which: str) -> UUID:
    wanted = which.replace("%", "").replace("_", "")
    rows = jobs.db.execute(_FIND, [f"{wanted}%", f"%{wanted}"]).fetchall()
    if len(rows) != 1 or not wanted:
        typer.echo(f"daybook: {'several rebuilds are' if rows else 'there is no rebuild'} {which}", err=True)
        raise typer.Exit(1)
    found: UUID = rows[0][0]
    return found


def maintain() -> None:
    """Do the rebuilds that are asked for over the API, go on with those whose process died, and rebuild what a release
    makes otherwise, in the background. Any number may run: one works, the others stand by."""
    from adapters.cli.roles import logs

    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    with installation() as env:
        settings = from_environment(env)
        logs(settings)
        settings.need("rebuild_url", "master_key")
        keep_rebuilding(settings.rebuild_url, read_tables(), KeysAtHand(Keyring(settings.master_key)), stopping)
