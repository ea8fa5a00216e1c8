"""What is wrong with a database's isolation of tenants, read from its catalog: nothing is known here of its tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

SCHEMAS = ["book", "reading", "delivery", "audit"]
WORKING = ["daybook_app", "daybook_projector", "daybook_rebuild", "daybook_auditor", "daybook_relay"]
MIGRATOR = "daybook_migrator"
"""Acts as the owner, and is connected as only while the schema is brought up to date."""
TENANT = "tenant_id = ( SELECT book.tenant() AS tenant)"
DEFINERS = {
    "book.find_logins", "book.measures", "book.logins_hold", "book.shown", "book.purge", "reading.progress",
    "delivery.measures", "book.lags", "book.erased", "reading.forget_copies",
}  # fmt: skip
"""Functions that see more than their caller. Each was looked at: what they answer is no other tenant's data (measures
names tenants by id, with numbers; logins_hold and shown answer yes or no, and a position, for what the caller names;
lags answers numbers, of the caller's own tenant unless that is the platform; erased answers ids, to the platform only;
forget_copies answers a number, and drops tables that nobody is served; purge deletes answers and tokens of
everybody's that are old, and says how many)."""
SEES_ALL = {"daybook_projector", "daybook_rebuild", "daybook_owner", "daybook_relay"}
POWERS = ("a superuser", "exempt from row security", "a maker of roles", "a maker of databases")
PLATFORM = "( SELECT book.is_platform() AS is_platform)"
LISTED = {
    "book.books", "book.schedule_marks", "reading.notice_work", "reading.tenants", "reading.rebuild_requests",
    "reading.rebuilds", "reading.rebuild_differences", "reading.skips", "reading.parked",
}  # fmt: skip
"""What the platform, which has no patients, may see of every tenant: that it is there, its settings, how far it is,
when which of its notices have to be looked at (ids and times), what its schedule has done, and how its read tables
are rebuilt (names, numbers, ids of rows and streams, kinds of error)."""
SHARED = {
    "reading.definitions",
    "reading.previous",
    "reading.holds",
    "delivery.consumers",
    "delivery.leases",
    "delivery.members",
}
"""Tables without a tenant: nothing of a tenant's is in them."""
WORLDWIDE = {"book.claims_slug", *(f"{table}_pkey" for table in SHARED)}
"""Unique over all tenants: slugs are public addresses."""

_TABLES = """SELECT n.nspname || '.' || c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity,
    pg_get_userbyid(c.relowner),
    EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'),
    coalesce(c.reloptions, '{}') && '{security_invoker=true,security_invoker=on}'
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"""
_POLICIES = """SELECT schemaname || '.' || tablename, policyname, roles::text[], cmd, qual, with_check, permissive
  FROM pg_policies WHERE schemaname = ANY (%s)"""
_GRANTS = """SELECT has_table_privilege(%s, %s, %s)"""
_ROLES = "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = ANY (%s)"
_FUNCTIONS = """SELECT n.nspname || '.' || p.proname, p.prosecdef, p.proconfig,
    has_function_privilege('public', p.oid, 'EXECUTE'), p.provolatile::text
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')"""
_UNIQUE = """SELECT n.nspname || '.' || i.relname, a.attname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_namespace n ON n.oid = i.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
  WHERE x.indisunique AND n.nspname = ANY (%s)"""
_MEMBERS = """SELECT r.rolname, m.rolname FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid
    JOIN pg_roles m ON m.oid = a.member WHERE m.rolname = ANY (%s)"""
_REFERENCES = """SELECT conrelid::regclass::text, conname
  FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
  WHERE c.contype = 'f' AND n.nspname = ANY (%s) AND NOT EXISTS (
    SELECT FROM pg_attribute a
     WHERE a.attrelid = c.conrelid AND a.attname = 'tenant_id' AND a.attnum = ANY (c.conkey))"""


def problems(db: psycopg.Connection[Any]) -> list[str]:
    """Sentences, each about one thing that would let one tenant's data reach another, or be altered."""
    return [*_of_roles(db), *_of_tables(db), *_of_functions(db), *_of_indexes(db)]


def tenant_tables(db: psycopg.Connection[Any]) -> list[str]:
    return [row[0] for row in db.execute(_TABLES, [SCHEMAS]) if row[5] and row[1] in "rp"]


def may(db: psycopg.Connection[Any], role: str, table: str, what: str) -> bool:
    row = db.execute(_GRANTS, [role, table, what]).fetchone()
    return bool(row and row[0])


def _of_roles(db: psycopg.Connection[Any]) -> Iterator[str]:
    roles = [*WORKING, MIGRATOR, "daybook_owner"]
    found = db.execute(_ROLES, [roles]).fetchall()
    if len(found) != len(roles):
        yield "a role is missing"
    for name, *powers in found:
        for power, held in zip(POWERS, powers, strict=True):
            if held:
                yield f"{name} is {power}"
    for role, member in db.execute(_MEMBERS, [roles]):
        if (role, member) != ("daybook_owner", MIGRATOR):
            yield f"{member} can act as {role}"


def _of_tables(db: psycopg.Connection[Any]) -> Iterator[str]:
    policies = db.execute(_POLICIES, [SCHEMAS]).fetchall()
    for name, kind, enabled, forced, owner, has_tenant, invoker in db.execute(_TABLES, [SCHEMAS]).fetchall():
        if kind in "vmf":
            if kind != "v" or not invoker:
                yield f"{name} is a view that is read as its owner"
        elif not has_tenant:
            if name not in SHARED:
                yield f"{name} has no tenant"
        else:
            if not enabled:
                yield f"{name}: row security is not enabled"
            if not forced:
                yield f"{name}: row security is not forced"
            if owner != ("daybook_rebuild" if name.startswith("reading.") else "daybook_owner"):
                yield f"{name} belongs to {owner}"
            for role in ("daybook_app", "daybook_auditor", "public"):
                yield from _of_policies(db, name, role, [p for p in policies if p[0] == name])
            yield from _of_grants(db, name)


def _of_grants(db: psycopg.Connection[Any], table: str) -> Iterator[str]:
    for role in WORKING:
        forbidden = {"TRUNCATE"} if role != "daybook_rebuild" else set()
        if table in {"book.events", "book.commands"}:
            forbidden |= {"UPDATE", "DELETE", "TRUNCATE"}
        if role == "daybook_auditor" or (table.startswith("book.") and role != "daybook_app"):
            forbidden |= {"INSERT", "UPDATE", "DELETE", "TRUNCATE"}
        yield from (f"{role} may {what} {table}" for what in sorted(forbidden) if may(db, role, table, what))


def _of_policies(db: psycopg.Connection[Any], table: str, role: str, policies: list[tuple[Any, ...]]) -> Iterator[str]:
    mine = [p for p in policies if role in p[2] or "public" in p[2]]
    writes = [what for what in ("INSERT", "UPDATE", "DELETE") if role != "public" and may(db, role, table, what)]
    if role != "public" and may(db, role, table, "SELECT") and not mine:
        yield f"{table} has no policy for {role}"
    for _, policy, roles, command, using, check, permissive in mine:
        if permissive != "PERMISSIVE":
            continue
        if (table, command, using) in {(name, "SELECT", PLATFORM) for name in LISTED}:
            continue
        if using is not None and TENANT not in using:
            yield f"{table}: {policy} lets {role} see other tenants"
        if writes and command in {"ALL", "INSERT", "UPDATE"} and (check is None or TENANT not in check):
            yield f"{table}: {policy} lets {role} write for other tenants"
        if set(roles) & SEES_ALL and role == "public":
            yield f"{table}: {policy} is for everybody"


def _of_functions(db: psycopg.Connection[Any]) -> Iterator[str]:
    definers = set()
    for name, definer, settings, public, volatility in db.execute(_FUNCTIONS).fetchall():
        if name == "book.tenant" and volatility != "s":
            yield "book.tenant is not STABLE: no index is used"
        if not definer:
            continue
        definers.add(name)
        if public:
            yield f"{name} sees everything and anybody may call it"
        if not any(setting.startswith("search_path=") for setting in settings or []):
            yield f"{name} sees everything and looks names up where its caller says"
    for name in definers ^ DEFINERS:
        yield f"{name} is {'not known to see' if name in definers else 'gone from those that see'} everything"


def _of_indexes(db: psycopg.Connection[Any]) -> Iterator[str]:
    for index, first in db.execute(_UNIQUE, [SCHEMAS]).fetchall():
        if first != "tenant_id" and index not in WORLDWIDE:
            yield f"{index} tells whether another tenant has a value"
    for table, name in db.execute(_REFERENCES, [SCHEMAS]).fetchall():
        yield f"{table}: {name} accepts another tenant's id"
