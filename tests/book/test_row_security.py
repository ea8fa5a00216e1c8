"""No tenant sees or writes another's rows, whatever the program asks: found from the catalog, and by trying."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from uuid_utils.compat import uuid7

from adapters.event_store import UnitOfWork
from adapters.history import StreamHistory
from adapters.read_tables import establish
from adapters.system import ReadSide
from application.base import Login, Result, Taken
from domain.values import Role
from projections.query import Reader
from projections.registry import read_tables
from tests.book.desk import NOW, Desk, Done, desk, in_loop
from tests.book.row_security import may, problems, tenant_tables
from tests.support.postgres import Database

LEFT_BEHIND = "SELECT current_setting('app.tenant', true), (SELECT count(*) FROM book.events)"
WRITERS = ["daybook_app", "daybook_projector", "daybook_rebuild", "daybook_auditor", "daybook_relay"]


@pytest.fixture
def admin(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """As superuser, with every read table made."""
    with psycopg.connect(database.url("daybook_rebuild")) as db:
        establish(db, read_tables())
    with psycopg.connect(database.admin_url, autocommit=True) as db:
        yield db


def test_every_table_is_isolated_and_no_role_is_above_it(admin: psycopg.Connection[Any]) -> None:
    assert problems(admin) == []
    tables = tenant_tables(admin)
    assert {f"reading.{table.name}" for table in read_tables()} < set(tables)
    assert len([name for name in tables if name.startswith("book.")]) >= 9


BROKEN = {
    "row security is not enabled": "ALTER TABLE book.access_log DISABLE ROW LEVEL SECURITY",
    "row security is not forced": "ALTER TABLE reading.positions NO FORCE ROW LEVEL SECURITY",
    "lets daybook_app see other tenants": "CREATE POLICY oops ON book.logins TO daybook_app USING (true)",
    "lets public see other tenants": "CREATE POLICY oops ON book.events FOR SELECT USING (true)",
    "lets daybook_app write for other": "CREATE POLICY oops ON book.claims FOR INSERT TO daybook_app WITH CHECK (true)",
    "has no tenant": "CREATE TABLE reading.notes (id uuid)",
    "has no policy for daybook_app": "DROP POLICY tenant ON book.events",
    "read as its owner": "CREATE VIEW reading.everything AS SELECT * FROM book.events",
    "daybook_app may UPDATE book.events": "GRANT UPDATE ON book.events TO daybook_app",
    "daybook_app may DELETE book.commands": "GRANT DELETE ON book.commands TO daybook_app",
    "may INSERT book.books": "GRANT INSERT ON book.books TO daybook_projector",
    "daybook_app may TRUNCATE": "GRANT TRUNCATE ON book.claims TO daybook_app",
    "is a superuser": "ALTER ROLE daybook_app SUPERUSER",
    "is exempt from row security": "ALTER ROLE daybook_auditor BYPASSRLS",
    "can act as daybook_owner": "GRANT daybook_owner TO daybook_app",
    "belongs to daybook_app": "ALTER TABLE book.events OWNER TO daybook_app",
    "is not known to see everything": "ALTER FUNCTION book.load SECURITY DEFINER",
    "anybody may call it": "GRANT EXECUTE ON FUNCTION book.find_logins TO PUBLIC",
    "looks names up where its caller says": "ALTER FUNCTION book.find_logins RESET search_path",
    "no index is used": "ALTER FUNCTION book.tenant VOLATILE",
    "whether another tenant has a value": "CREATE UNIQUE INDEX ON book.logins (email_key)",
    "accepts another tenant's id": "ALTER TABLE book.logins ADD UNIQUE (user_id);"
    " ALTER TABLE book.refresh_tokens ADD FOREIGN KEY (user_id) REFERENCES book.logins (user_id)",
}


@pytest.mark.parametrize("finding", BROKEN)
def test_the_checker_finds_what_is_broken(admin: psycopg.Connection[Any], finding: str) -> None:
    with admin.transaction(force_rollback=True):  # roles belong to the whole cluster
        admin.execute(BROKEN[finding].encode())
        assert [problem for problem in problems(admin) if finding in problem]


@pytest.mark.parametrize("role", WRITERS)
@pytest.mark.parametrize("statement", [
    "UPDATE book.events SET data = data", "DELETE FROM book.events", "TRUNCATE book.events",
    "UPDATE book.commands SET result = result", "DELETE FROM book.commands", "TRUNCATE book.commands",
    "ALTER TABLE book.events DISABLE ROW LEVEL SECURITY", "ALTER TABLE book.events DISABLE TRIGGER ALL",
    "SET ROLE daybook_owner", "SET ROLE postgres", "SET session_replication_role = replica", "DROP TABLE book.events",
    "CREATE TABLE book.mine (n int)", "CREATE FUNCTION book.tenant() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
    "CREATE TABLE public.mine (n int)", "ALTER ROLE daybook_app BYPASSRLS",
])  # fmt: skip
def test_history_cannot_be_altered_nor_the_rules_of_it(shared_database: Database, role: str, statement: str) -> None:
    with (
        psycopg.connect(shared_database.url(role), autocommit=True) as db,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue)),
    ):
        db.execute(statement.encode())


@in_loop
async def test_without_a_tenant_nothing_is_there_and_with_one_only_its_own(database: Database) -> None:
    async with desk(database) as here, desk(database) as elsewhere:
        for asked in (here, elsewhere):
            await _fill(asked)
        with psycopg.connect(database.admin_url) as admin:
            tables = [name for name in tenant_tables(admin) if name.startswith("book.")]
            for role in ("daybook_app", "daybook_auditor"):
                for table in tables:
                    if not may(admin, role, table, "SELECT"):
                        continue
                    assert _seen(database, role, table, None) == set()
                    assert _seen(database, role, table, uuid7()) == set()
                    if _count(admin, table):
                        assert _seen(database, role, table, here.tenant_id) == {here.tenant_id}, table
            assert _seen(database, "daybook_projector", "book.events", None) == {here.tenant_id, elsewhere.tenant_id}


async def _fill(asked: Desk) -> None:
    async def sign_up(book: UnitOfWork) -> Result:
        book.put_login(Login(uuid7(), email="a@x.example", password_hash="x", role=Role.WORKSPACE_ADMIN))
        return Done()

    await asked.pay(await asked.patient())
    await asked.do(sign_up)


def _seen(database: Database, role: str, table: str, tenant: UUID | None) -> set[UUID]:
    with psycopg.connect(database.url(role)) as db:
        if tenant is not None:
            db.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
        return {row[0] for row in db.execute(f"SELECT tenant_id FROM {table}".encode())}


def _count(db: psycopg.Connection[Any], table: str) -> int:
    [[count]] = db.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()
    return int(count)


@in_loop
async def test_no_row_can_be_written_or_moved_into_another_tenant(database: Database) -> None:
    async with desk(database) as here, desk(database) as elsewhere:
        for asked in (here, elsewhere):
            await _fill(asked)
        with psycopg.connect(database.admin_url, autocommit=True) as admin:
            tried = 0
            for table in [name for name in tenant_tables(admin) if name.startswith("book.")]:
                name = sql.SQL(table)
                before = _count(admin, table)
                with psycopg.connect(database.url(), autocommit=True) as db:
                    for statement in ("INSERT INTO {t} SELECT * FROM other", "UPDATE {t} SET tenant_id = {e}"):
                        if not may(admin, "daybook_app", table, statement.split()[0]):
                            continue
                        with db.transaction(force_rollback=True):
                            db.execute("SELECT set_config('app.tenant', %s, true)", [str(here.tenant_id)])
                            db.execute(sql.SQL("CREATE TEMP TABLE other AS SELECT * FROM {} LIMIT 1").format(name))
                            if _count(db, "other") == 0:
                                continue
                            db.execute("UPDATE other SET tenant_id = %s", [elsewhere.tenant_id])
                            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                                db.execute(sql.SQL(statement).format(t=name, e=sql.Literal(elsewhere.tenant_id)))
                            tried += 1
                assert _count(admin, table) == before
            assert tried >= 8


@in_loop
async def test_no_setting_stays_behind_in_a_pooled_connection(database: Database) -> None:
    """One connection, used by turns for two tenants and for every kind of transaction; failed ones too."""
    with psycopg.connect(database.url("daybook_rebuild")) as db:
        establish(db, read_tables())
    async with desk(database, size=1) as here:
        other = await here.open_tenant()
        history = StreamHistory(here.store.pool, here.store.keys)
        patient = await here.patient()

        async def left_behind() -> tuple[str, int]:
            async with here.store.pool.connection() as db:
                row = await (await db.execute(LEFT_BEHIND)).fetchone()
            assert row is not None
            return row[0] or "", row[1]

        async def taken(book: UnitOfWork) -> Result:
            book.claim("slug", f"t{other.hex[-12:]}", uuid7())
            return Done()

        async def fails(book: UnitOfWork) -> Result:
            raise ZeroDivisionError

        for tenant in (here.tenant_id, other, here.tenant_id):
            here.store.memory.__init__(10)  # type: ignore[misc]
            assert (await here.opened(tenant_id=tenant)).tenant.exists
            assert await left_behind() == ("", 0)
        await here.pay(patient)
        assert await left_behind() == ("", 0)
        with pytest.raises(Taken):
            await here.do(taken)
        with pytest.raises(ZeroDivisionError):
            await here.do(fails)
        await history.of(here.context(), [patient], clinical=True)
        assert await left_behind() == ("", 0)

        reading = ReadSide.at(database.url(), 1)
        for tenant in (here.tenant_id, other):
            async with reading(here.context(tenant_id=tenant, signed_in_at=NOW)) as reader:
                assert isinstance(reader, Reader)
        async with reading.engine.connect() as connection:
            row = await connection.exec_driver_sql(LEFT_BEHIND)
            assert tuple(row.one()) == ("", 0)
        await reading.close()
