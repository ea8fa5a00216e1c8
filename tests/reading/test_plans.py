"""No query without an index that starts with the tenant: every statement that every read sends, explained by PostgreSQL
where each table holds a hundred times what one centre has."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa

from adapters.cli.roles import make_app
from adapters.embedded_postgres import PostgresServer
from adapters.measuring import MeasuredConnection
from adapters.settings import from_environment
from tests.access.described import Field, Route, described
from tests.access.sweep import may
from tests.access.world import ADMIN, KINDS, World, new_world, value_for
from tests.reading.plans import ROWS, crowd, first_columns, objections, plan_of
from tests.rebuilding.stages import a_rebuild_that_differed
from tests.support.postgres import Database, copied_database
from tests.support.system import running_system

TABLE = re.compile(r"\b(FROM|JOIN) (book|reading)\.\w+\b(?!\()")
FILTERS = {("/access-log", "subjectKind"): "patient"}
"""Values for filters that their schema alone does not tell how to fill."""
PEOPLE = (ADMIN, "THERAPIST")


@dataclass
class Seen:
    """Statements that name a table of ours: the read that sent each first, and with what parameters."""

    statements: dict[str, tuple[str, Any]] = field(default_factory=dict)
    reading: str = ""

    def see(self, statement: str, parameters: Any) -> None:
        if TABLE.search(statement):
            self.statements.setdefault(statement, (self.reading, parameters))


def _value(route: Route, wanted: Field, ids: dict[str, str]) -> Any:
    if wanted.is_id and wanted.name not in KINDS:
        return ids["user"]
    if wanted.schema.get("format") == "date-time":
        return "2031-01-01T00:00:00Z" if wanted.name == "to" else "2026-01-01T00:00:00Z"
    return FILTERS.get((route.path, wanted.name)) or value_for(route, wanted, ids)


def _reads(client: httpx.Client, world: World) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """Every GET, with each of its optional parameters and with all of them: what it is, path, parameters, who asks."""
    ids = defaultdict(lambda: world.ids["user"], world.ids)
    for route, who in itertools.product(described(client), PEOPLE):
        if not route.reads or route.open or not may(route, who):
            continue
        path = route.at({name: world.own(name, who) for name in route.ids})
        optional = [q for q in route.query if not q.required]
        first = [q for q in optional if q.name == "from"]  # an end alone may lie before where reading begins by itself
        for also in ([], *([q, *first] if q.name == "to" else [q] for q in optional), optional):
            wanted = [q for q in route.query if q.required or q in also or route.says_whose(q)]
            filters = {q.name: _value(route, q, ids) for q in wanted}
            yield f"{route} as {who} with {', '.join(filters) or 'nothing'}", path.lstrip("/"), filters, who


async def _ask(environment: dict[str, str], client: httpx.Client, world: World, seen: Seen) -> None:
    """Every read, of an API in this process whose statements are ours to see."""

    def before(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        seen.see(statement, parameters)

    refused = []
    app = make_app(from_environment(environment))
    here = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test/api/v1")
    async with app.router.lifespan_context(app), here:
        sa.event.listen(app.state.services.reading.engine.sync_engine, "before_cursor_execute", before)
        for seen.reading, path, filters, who in _reads(client, world):
            headers = {"Authorization": f"Bearer {world.centre.token(who)}"}
            if path == "stream":  # what is new would be waited for
                filters["follow"] = "false"
            answer = await here.get(path, params=filters, headers=headers)
            if answer.status_code != 200:
                refused.append(f"{seen.reading}: {answer.text}")
    assert refused == []


FEW = re.compile(
    r"^reads all of (definitions|previous|holds|rebuilds|rebuild_requests|rebuild_differences|parked)$"
    r"|^(definitions|previous|holds|rebuilds|rebuild_\w+|parked)_\w+ "
    r"|^Function Scan on lags$"
)
"""What is said of read tables themselves and of work on them: a few rows for the whole installation."""


@pytest.fixture(scope="module")
def asked(
    postgres: PostgresServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, World, Seen]]:
    seen = Seen()
    measured = MeasuredConnection.execute

    async def execute(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        seen.see(query if isinstance(query, str) else "", params)
        return await measured(self, query, params, **options)

    with (
        copied_database(postgres, template) as database,
        running_system(database, tmp_path_factory.mktemp("plans")) as system,
        system.client() as client,
        pytest.MonkeyPatch.context() as patch,
    ):
        world = new_world(system, client, "plans")
        held = world.session(date=(date.today() - timedelta(days=3)).isoformat())  # noqa: DTZ011
        world.send("PUT", f"/therapist/sessions/{held}/complete", {"notes": "A row of the caseload"})
        world.send("PUT", f"/patients/{world.ids['patient']}/notification-preferences", {"sms": False})
        world.send("POST", "/ledger/periods/close", {"through": "2001-03-31"})
        a_rebuild_that_differed(system, world.ids["tenant"], world.ids["rebuild"])
        patch.setattr(MeasuredConnection, "execute", execute)
        asyncio.run(_ask(system.environment, client, world, seen))
        yield database, world, seen


def test_every_statement_enters_every_table_by_the_tenant(asked: tuple[Database, World, Seen]) -> None:
    database, world, seen = asked
    statements = seen.statements
    assert len(statements) > 60
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        counts = crowd(admin, world.centre.tenant_id)
        first = first_columns(admin)
    filled = {table for table, rows in counts.items() if rows >= ROWS}
    named = {table for text in statements for table in re.findall(r"\breading\.(\w+)", text)}
    of_nobody = {"definitions", "previous", "holds"}  # a row for each read table, whoever asks
    assert named <= filled | of_nobody | {"positions"}, "a table without rows has no plan worth looking at"

    found = []
    with psycopg.connect(database.url("daybook_app")) as db:
        db.execute("SELECT set_config('app.tenant', %s, false)", [world.centre.tenant_id])
        for statement, (reading, parameters) in statements.items():
            plan = plan_of(db, statement, parameters)
            found += [
                f"{reading}: {problem}\n{statement}" for problem in objections(plan, first) if not FEW.search(problem)
            ]
    assert found == []


def test_what_would_be_wrong_is_found(asked: tuple[Database, World, Seen]) -> None:
    """The control: the same eyes on statements that read other tenants' rows, or all rows."""
    database, world, _ = asked
    patient = [world.ids["patient"]]
    with psycopg.connect(database.admin_url) as db:  # whom no row security helps
        [rows] = db.execute("SELECT count(*) FROM reading.charges").fetchone() or [0]
        if rows < ROWS:
            crowd(db, world.centre.tenant_id)

        def problems(statement: str) -> list[str]:
            return list(objections(plan_of(db, statement, patient), first_columns(db)))

        assert problems("SELECT * FROM reading.charges WHERE patient_id = %s") == ["reads all of charges"]
        db.execute("CREATE INDEX wrong ON reading.charges (patient_id)")
        assert problems("SELECT * FROM reading.charges WHERE patient_id = %s") == ["wrong begins with patient_id"]
        db.execute("SET enable_seqscan = off")
        db.execute("DROP INDEX reading.wrong")
        [told] = problems("SELECT tenant_id FROM reading.charges WHERE id = %s ORDER BY tenant_id")
        assert told.startswith("charges_pkey is not entered by the tenant, but by (id = ")
        db.rollback()
