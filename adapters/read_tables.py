"""Read tables in PostgreSQL: making them, and reading and writing rows in bulk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg
from psycopg import sql
from sqlalchemy.dialects import postgresql as pg

from adapters.reshaping import hold, reshape
from projections.base import SCHEMA, Key, ReadTable

_DIALECT = pg.dialect()  # type: ignore[no-untyped-call]


class Writer:
    """Reads and writes the rows of one table (``suffix`` addresses a shadow of it) for many tenants at once.

    Keys go as arrays in PostgreSQL's text form and rows as one JSON text: finding the types of as many arrays as there
    are columns took psycopg longer than all else it did.
    """

    def __init__(self, table: ReadTable[Any], suffix: str = "") -> None:
        self.table = table
        self.columns = [c.name for c in table.columns]
        self._json = {c.name for c in table.columns if c.json}
        self._decode = msgspec.json.Decoder(Any)
        self._encode = msgspec.json.Encoder()
        name = sql.Identifier(SCHEMA, table.name + suffix)
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        key = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *table.key)))
        kinds = ["uuid", *(column_type(table.c[k].type) for k in table.key)]
        asked = sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(kind)) for kind in kinds)
        row = sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier(c)) if c in self._json else sql.Identifier(c)
            for c in self.columns
        )
        self._ask = _text(
            "SELECT tenant_id, {} FROM {} WHERE ({}) IN (SELECT * FROM unnest({}))", row, name, key, asked
        )
        plain = [c for c in self.columns if c not in table.key]
        sets = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c)) for c in plain)
        action = sql.SQL("DO UPDATE SET {}").format(sets) if plain else sql.SQL("DO NOTHING")
        self._upsert = _text(
            "INSERT INTO {} (tenant_id, {}) SELECT tenant_id, {} FROM json_populate_recordset(NULL::{}, %s)"
            " ON CONFLICT ({}) {}", name, names, names, name, key, action,
        )  # fmt: skip
        self._delete = _text("DELETE FROM {} WHERE ({}) IN (SELECT * FROM unnest({}))", name, key, asked)
        places = sql.SQL(", ").join([sql.Placeholder()] * (1 + len(table.key)))
        self._stale = _text("UPDATE {} SET stale = true WHERE ({}) = ({})", name, key, places)
        self._scrub = [
            _text(
                "UPDATE {} SET {} WHERE tenant_id = %s AND {} = ANY(%s) AND NOT ({})", name,
                sql.SQL(", ").join(sql.SQL("{} = NULL").format(c) for c in columns), sql.Identifier(whose),
                sql.SQL(" AND ").join(sql.SQL("{} IS NULL").format(c) for c in columns),
            )
            for whose in sorted(set(table.personal.values()))
            for columns in [[sql.Identifier(c) for c, of in sorted(table.personal.items()) if of == whose]]
        ]  # fmt: skip

    def ask(self, db: psycopg.Connection[Any], places: list[Key]) -> psycopg.Cursor[Any]:
        return db.execute(self._ask, _arrays(places), binary=True)

    def answer(self, cursor: psycopg.Cursor[Any]) -> dict[Key, Any]:
        """The rows found, by place (tenant, key…)."""
        found = {}
        for tenant_id, *values in cursor.fetchall():
            fields = dict(zip(self.columns, values, strict=True))
            for name in self._json:
                if fields[name] is not None:
                    fields[name] = self._decode.decode(fields[name])
            row = msgspec.convert(fields, self.table.row) if self._json else self.table.row(**fields)
            found[tenant_id, *(fields[k] for k in self.table.key)] = row
        return found

    def write(self, db: psycopg.Connection[Any], before: dict[Key, Any], now: dict[Key, Any]) -> None:
        """Store what has changed: rows that differ, and the absence of rows that went."""
        gone = [place for place, row in now.items() if row is None and before.get(place) is not None]
        changed = [(place, row) for place, row in now.items() if row is not None and row is not before.get(place)]
        if gone:
            db.execute(self._delete, _arrays(gone))
        if changed:
            encode = self._encode.encode
            rows = b",".join(b'{"tenant_id":"%s",%s' % (p[0].hex.encode(), encode(row)[1:]) for p, row in changed)
            db.execute(self._upsert, [(b"[%s]" % rows).decode()])

    def scrub(self, db: psycopg.Connection[Any], tenant_id: UUID, erased: list[UUID]) -> None:
        """Make null what the table has of these people."""
        for statement in self._scrub:
            db.execute(statement, [tenant_id, erased])

    def delete(self, db: psycopg.Connection[Any], places: list[Key]) -> None:
        db.execute(self._delete, _arrays(places))

    def mark_stale(self, db: psycopg.Connection[Any], place: Key) -> None:
        db.execute(self._stale, place)


def _text(statement: LiteralString, *parts: sql.Composable) -> bytes:
    """A statement once and for all; psycopg would put a composed one together at each execution."""
    return sql.SQL(statement).format(*parts).as_bytes()


def _arrays(places: list[Key]) -> list[str]:
    """A text of an array for each part of the keys."""
    return ["{" + ",".join(map(_item, column)) + "}" for column in zip(*places, strict=True)]


def _item(value: Any) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def stands_for_stream(table: ReadTable[Any]) -> bool:
    """Whether a row's key can be the id of a stream."""
    return len(table.key) == 1 and isinstance(table.c[table.key[0]].type, pg.UUID)


def column_type(kind: Any) -> str:
    return str(kind.compile(dialect=_DIALECT))


def create(db: psycopg.Connection[Any], table: ReadTable[Any], *, suffix: str = "") -> None:
    """Make an empty table without indexes or policies: ready for COPY, which refuses tables with row security."""
    columns = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(c.name),
            sql.SQL(column_type(c.type)),
            sql.SQL("" if c.nullable else " NOT NULL"),
        )
        for c in table.columns
    ]
    name = sql.Identifier(SCHEMA, table.name + suffix)
    db.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
    db.execute(
        sql.SQL("CREATE TABLE {} (tenant_id uuid NOT NULL, {}, stale boolean NOT NULL DEFAULT false)").format(
            name, sql.SQL(", ").join(columns)
        )
    )


def finish(db: psycopg.Connection[Any], table: ReadTable[Any], *, suffix: str = "") -> None:
    """Add primary key, indexes, row security and grants to a filled table."""
    index(db, table, suffix=suffix)
    protect(db, table, suffix=suffix)


def key_index(db: psycopg.Connection[Any], table: ReadTable[Any], *, suffix: str = "") -> None:
    """Add the primary key, if it is not there yet."""
    name = f"{SCHEMA}.{table.name}{suffix}"
    if db.execute("SELECT 1 FROM pg_index WHERE indrelid = %s::regclass AND indisprimary", [name]).fetchone() is None:
        key = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *table.key)))
        db.execute(
            sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(sql.Identifier(SCHEMA, table.name + suffix), key)
        )


def finished(db: psycopg.Connection[Any], table: ReadTable[Any], *, suffix: str = "") -> bool:
    """Whether ``finish`` has been done, in its one transaction."""
    found = db.execute(
        "SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", [f"{SCHEMA}.{table.name}{suffix}"]
    ).fetchone()
    return bool(found and found[0])


def index(db: psycopg.Connection[Any], table: ReadTable[Any], *, suffix: str = "") -> None:
    name = sql.Identifier(SCHEMA, table.name + suffix)
    key_index(db, table, suffix=suffix)
    there = db.execute(
        "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass AND NOT indisprimary",
        [f"{SCHEMA}.{table.name}{suffix}"],
    ).fetchone()
    if there and there[0]:  # they are made in one transaction, so all are there or none
        return
    for columns in table.indexes:
        listed = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *columns)))
        db.execute(sql.SQL("CREATE INDEX ON {} ({})").format(name, listed))


def protect(db: psycopg.Connection[Any], table: ReadTable[Any], *, suffix: str = "") -> None:
    name = sql.Identifier(SCHEMA, table.name + suffix)
    for statement in (
        "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE {} FORCE ROW LEVEL SECURITY",
        "CREATE POLICY tenant ON {} FOR SELECT TO daybook_app, daybook_auditor"
        " USING (tenant_id = (SELECT book.tenant()))",
        "CREATE POLICY follow ON {} TO daybook_projector, daybook_rebuild USING (true) WITH CHECK (true)",
    ):
        db.execute(sql.SQL(statement).format(name))
    if table.platform:
        seen = "CREATE POLICY platform ON {} FOR SELECT TO daybook_app USING ((SELECT book.is_platform()))"
        db.execute(sql.SQL(seen).format(name))
    grant(db, table, suffix=suffix)
    db.execute(sql.SQL("ANALYZE {}").format(name))


def grant(db: psycopg.Connection[Any], table: ReadTable[Any], *, suffix: str = "") -> None:
    """Let those read and write the table who do while it is served."""
    name = sql.Identifier(SCHEMA, table.name + suffix)
    for statement in (
        "GRANT SELECT ON {} TO daybook_app",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO daybook_projector",
    ):
        db.execute(sql.SQL(statement).format(name))
    told = [sql.Identifier(c.name) for c in table.table.columns if c.name not in table.clinical]
    listed = sql.SQL("GRANT SELECT ({}) ON {} TO daybook_auditor").format(sql.SQL(", ").join(told), name)
    db.execute(listed if table.clinical else sql.SQL("GRANT SELECT ON {} TO daybook_auditor").format(name))


def withdraw(db: psycopg.Connection[Any], name: str) -> None:
    """Let nobody read a table any more that is kept, and not served."""
    kept = sql.Identifier(SCHEMA, name)
    db.execute(sql.SQL("REVOKE ALL ON {} FROM daybook_app, daybook_projector, daybook_auditor").format(kept))


def establish(db: psycopg.Connection[Any], tables: Iterable[ReadTable[Any]]) -> list[str]:
    """Make the tables that do not exist yet. Returns the names of those that want a rebuild: they are served as an
    earlier release made them, or empty, until it is done.

    ``db`` is a transaction of the rebuild role.
    """
    served = dict(db.execute("SELECT name, definition FROM reading.definitions").fetchall())
    row = db.execute("SELECT EXISTS (SELECT FROM reading.positions)").fetchone()
    followed = bool(row and row[0])
    outdated = []
    for table in tables:
        if table.name not in served:
            create(db, table)
            finish(db, table)
            define(db, table, "" if followed else None)
            if followed:  # otherwise the follower fills it from the start
                hold(db, table, from_start=True)
                outdated.append(table.name)
        elif served[table.name] != table.definition:
            if reshape(db, table):
                hold(db, table)
            outdated.append(table.name)
    return outdated


def define(db: psycopg.Connection[Any], table: ReadTable[Any], definition: str | None = None) -> None:
    db.execute(
        "INSERT INTO reading.definitions (name, definition) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, built_at = clock_timestamp()",
        [table.name, table.definition if definition is None else definition],
    )
