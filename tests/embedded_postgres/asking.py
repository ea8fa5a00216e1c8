"""Short questions to a server."""

import psycopg

from adapters.embedded_postgres import PostgresServer


def one(server: PostgresServer, query: str, dbname: str = "postgres", user: str = "postgres") -> object:
    with psycopg.connect(server.url(dbname, user)) as connection:
        row = connection.execute(query.encode()).fetchone()  # bytes: the queries here are our own literals
    return row[0] if row else None


def write(server: PostgresServer, query: str) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute(query.encode())
