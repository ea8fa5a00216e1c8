"""What every other test relies on: a copy of a prepared database, alone."""

import uuid

import psycopg
from psycopg import sql

from adapters.embedded_postgres import PostgresServer
from tests.embedded_postgres.asking import one
from tests.support.postgres import Database, build_template, copied_database


def test_databases_of_tests_are_copies_that_do_not_see_each_other(postgres: PostgresServer) -> None:
    def prepare(admin_url: str) -> None:
        with psycopg.connect(admin_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
            connection.execute("CREATE ROLE builder LOGIN")
            name = sql.Identifier(connection.info.dbname)
            connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO builder").format(name))

    name = build_template(postgres, f"template_{uuid.uuid4().hex}", prepare)
    assert build_template(postgres, name, prepare) == name
    with copied_database(postgres, name) as first, copied_database(postgres, name) as second:
        with psycopg.connect(first.admin_url) as connection:
            connection.execute("INSERT INTO kept VALUES (2)")
        assert [_count(first), _count(second)] == [2, 1]
        with psycopg.connect(second.url("builder")) as connection:
            connection.execute("CREATE SCHEMA built")


def _count(database: Database) -> object:
    return one(database.server, "SELECT count(*) FROM kept", database.name)
