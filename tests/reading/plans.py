"""What PostgreSQL would do for a statement, and what is wrong with that where there are many tenants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg

Plan = dict[str, Any]
ROWS = 20_000
"""So many that reading all of a table is never the cheapest way to one tenant's part of it."""
LEAST_TENANTS = 100
_INDEXES = """SELECT i.relname, a.attname FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
    JOIN pg_namespace n ON n.oid = i.relnamespace
  WHERE n.nspname IN ('reading', 'book')"""
_TABLES = """SELECT schemaname, tablename FROM pg_tables
  WHERE schemaname = 'reading' AND tablename NOT IN ('definitions', 'previous', 'holds')
    OR schemaname = 'book' AND tablename IN ('access_log', 'events')"""


def crowd(db: psycopg.Connection[Any], tenant_id: str) -> dict[str, int]:
    """Give every table that is read the same rows for many more tenants. Answers how many rows each then has; ``db`` is
    a superuser's."""
    counts = {}
    for schema, table in db.execute(_TABLES).fetchall():
        columns = [
            row[0]
            for row in db.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
                " AND column_name <> 'tenant_id' AND is_generated = 'NEVER'", [schema, table],
            )
        ]  # fmt: skip
        [own] = db.execute(f"SELECT count(*) FROM {schema}.{table} WHERE tenant_id = %s".encode(), [tenant_id])
        if not own[0]:
            counts[table] = 0
            continue
        tenants = max(LEAST_TENANTS, -(-ROWS // own[0]))
        listed = ", ".join(f'"{column}"' for column in columns)
        db.execute(
            f"INSERT INTO {schema}.{table} (tenant_id, {listed})"
            f" SELECT g.tenant, {listed} FROM {schema}.{table} r,"
            " (SELECT gen_random_uuid() AS tenant FROM generate_series(1, %s) OFFSET 0) g"
            " WHERE tenant_id = %s".encode(),
            [tenants, tenant_id],
        )
        db.execute(f"ANALYZE {schema}.{table}".encode())
        counts[table] = own[0] * tenants
    return counts


def plan_of(db: psycopg.Connection[Any], statement: str, parameters: Any) -> Plan:
    """The plan of a statement with its very parameters."""
    with psycopg.ClientCursor(db) as cursor:
        row = cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}".encode(), parameters).fetchone()
    assert row is not None
    plan: Plan = row[0][0]["Plan"]
    return plan


def first_columns(db: psycopg.Connection[Any]) -> dict[str, str]:
    """The first column of every index."""
    return dict(db.execute(_INDEXES).fetchall())


def objections(plan: Plan, first: dict[str, str]) -> Iterator[str]:
    """Sentences about each place where a table is not entered by the tenant."""
    for node in _nodes(plan):
        kind, table = node["Node Type"], node.get("Relation Name")
        if kind == "Seq Scan":
            yield f"reads all of {table}"
        elif "Index Name" in node:
            index, condition = node["Index Name"], node.get("Index Cond", "")
            if first.get(index) != "tenant_id":
                yield f"{index} begins with {first.get(index)}"
            elif not re.search(r"\btenant_id = ", condition):
                yield f"{index} is not entered by the tenant, but by {condition or 'nothing'}"
        elif table is not None and kind != "Bitmap Heap Scan":
            yield f"{kind} on {table}"


def _nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
