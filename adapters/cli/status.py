"""``daybook status``: how the read models of this installation are."""

from __future__ import annotations

import json
from typing import Annotated, Any

import psycopg
import typer

from adapters.cli.books import AsJson, TenantOption, find_tenant
from adapters.cli.serving import installation
from adapters.settings import from_environment
from application.base import PLATFORM
from projections.registry import read_tables

_LAGS = """SELECT l.tenant_id, c.value AS slug, l.projection, l.read_position, l.head, l.lag_seconds FROM book.lags() l
  LEFT JOIN book.claims c ON c.tenant_id = l.tenant_id AND c.kind = 'slug'
  WHERE %s::uuid IS NULL OR l.tenant_id = %s ORDER BY l.lag_seconds DESC, l.head - l.read_position DESC"""
_DEFINITIONS = "SELECT name, definition, built_at FROM reading.definitions"
_PARKED = """SELECT projection, count(*), min(parked_at) FROM reading.parked
  WHERE skipped_by IS NULL AND (%s::uuid IS NULL OR tenant_id = %s) GROUP BY projection"""
_WORK = """SELECT id, state, phase, done, total, rate, names FROM reading.rebuilds
  WHERE state IN ('WAITING', 'RUNNING', 'PAUSED', 'FAILED') AND asked_at > now() - interval '7 days'
  ORDER BY asked_at"""


def status(
    tenant: TenantOption = None,
    worst: Annotated[int, typer.Option(help="How many of the centres furthest behind", min=0)] = 10,
    as_json: AsJson = False,
) -> None:
    """How far behind read tables are, in seconds, by table and by centre; what is parked, and what is being rebuilt."""
    with installation() as env:
        settings = from_environment(env)
        whose = find_tenant(settings, tenant) if tenant else None
        with psycopg.connect(settings.projector_url) as db:
            db.execute("SELECT set_config('app.tenant', %s, true)", [str(PLATFORM)])
            lags = db.execute(_LAGS, [whose, whose]).fetchall()
            served = {name: (definition, at) for name, definition, at in db.execute(_DEFINITIONS).fetchall()}
            parked = {name: (count, since) for name, count, since in db.execute(_PARKED, [whose, whose]).fetchall()}
            work = db.execute(_WORK).fetchall()
    tables = _tables(lags, served, parked)
    behind = [row for row in lags if row[4] > row[3]][:worst]
    if as_json:
        names = ("tenant", "slug", "projection", "position", "head", "lagSeconds")
        typer.echo(json.dumps(
            {"projections": tables, "centres": [dict(zip(names, row, strict=True)) for row in behind],
             "rebuilds": [{"id": row[0], "state": row[1], "phase": row[2], "done": row[3], "total": row[4],
                           "rate": row[5], "names": row[6]} for row in work]}, default=str,
        ))  # fmt: skip
        return
    for table in tables:
        notes = [] if table["current"] else ["to rebuild"]
        notes += [] if table["followed"] else ["not followed until then"]
        notes += [f"{table['parked']} parked"] if table["parked"] else []
        typer.echo(f"{table['name']:28} {table['lagSeconds']:>10.1f} s behind  {', '.join(notes)}".rstrip())
    for row in behind:
        typer.echo(
            f"{row[1] or row[0]}: {row[4] - row[3]:,} events, {row[5]:.1f} s behind"
            + (f" ({row[2]})" if row[2] else "")
        )
    for id_, state, phase, done, total, rate, names in work:
        left = f", {max(total - done, 0) / rate:,.0f} s left" if rate and state == "RUNNING" else ""
        what = f"{len(names) or 'all'} tables"
        typer.echo(f"rebuild {id_} of {what}: {state} {phase or ''} {done:,} of {total:,}{left}")
    if "*" in parked:
        typer.echo(f"{parked['*'][0]} streams that nobody can read: daybook parked list")
    if not behind and not parked:
        typer.echo("nothing is behind, nothing is parked")


def _tables(lags: list[Any], served: dict[str, Any], parked: dict[str, Any]) -> list[dict[str, Any]]:
    held: dict[str | None, float] = {}
    for _, _, projection, _, _, seconds in lags:
        held[projection] = max(held.get(projection, 0.0), seconds)
    return [
        {
            "name": table.name,
            "lagSeconds": round(held.get(table.name, held.get(None, 0.0)), 3),
            "current": table.name in served and served[table.name][0] == table.definition,
            "followed": table.name not in held,
            "builtAt": served[table.name][1] if table.name in served else None,
            "parked": parked.get(table.name, (0, None))[0] + parked.get("*", (0, None))[0],
        }
        for table in read_tables()
    ]
