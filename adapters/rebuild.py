"""Rebuilding read tables from the book, in bulk: COPY out, fold in memory a tenant at a time, COPY in, switch.

The rules are the ones that following uses; only the loading and storing of rows differs. New tables are filled beside
the served ones (blue/green), caught up with what was recorded meanwhile, and take their names in one transaction, so
readers see the old rows until they see the new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from adapters.codec import EVENT_TYPES, EventType
from adapters.projector import FOLLOW_LOCK, Projector
from adapters.read_tables import create, define, finish
from adapters.row_copy import copy_in
from adapters.subject_keys import KeysAtHand
from domain.base import Recorded
from projections.base import SCHEMA, Key, ReadTable, Rule, Rules

NEXT = "__next"
OLD = "__old"
REBUILD_LOCK = 0x64617903
_STEP = 10_000

_COLUMNS = (
    "tenant_id, position, stream_id, version, topic, class_version, recorded_at, effective_on, actor, correlation,"
    " document, data"
)
_TYPES = ["uuid", "int8", "uuid", "int4", "text", "int2", "timestamptz", "date", "uuid", "uuid", "text", "text"]


@dataclass
class Progress:
    """How far a rebuild has come. ``total`` events are to be folded."""

    total: int
    folded: int = 0
    rows: int = 0
    parked: int = 0
    phase: str = "folding"
    tables: list[str] = field(default_factory=list)


class Difference(Exception):
    """The rebuilt rows are not those that are served."""


def rebuild(
    url: str, tables: Iterable[ReadTable[Any]], keys: KeysAtHand, *, tenant_id: UUID | None = None,
    seen: Callable[[Progress], None] = lambda _: None, switch: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Rebuild ``tables`` and serve them. Returns ``{"events", "rows", "tables": {name: {"rows", "differing"}}}``.

    ``differing`` counts rows that the served table had otherwise, at the same positions. With ``tenant_id`` only that
    tenant's rows are replaced. ``switch=False`` only compares. ``url`` connects as ``daybook_rebuild``.
    """
    chosen = tuple(tables)
    with psycopg.connect(url, autocommit=True) as out, psycopg.connect(url, autocommit=True) as into:
        into.execute("SELECT pg_advisory_lock(%s)", [REBUILD_LOCK])
        for table in chosen:
            create(into, table, suffix=NEXT)
        with out.transaction():
            out.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            positions = _served(out, tenant_id)
            progress = Progress(sum(positions.values()), tables=[t.name for t in chosen])
            seen(progress)
            parked = _fill(out, into, chosen, keys, positions, progress, seen)
        progress.phase = "indexing"
        seen(progress)
        for table in chosen:
            finish(into, table, suffix=NEXT)
        progress.phase = "catching up"
        seen(progress)
        report = _publish(into, chosen, keys, positions, tenant_id, parked, switch)
        progress.phase = "done"
        seen(progress)
    return {"events": progress.folded, "rows": progress.rows, "tables": report}


def _served(db: psycopg.Connection[Any], tenant_id: UUID | None = None) -> dict[UUID, int]:
    """Where the served tables are. A rebuild folds exactly this far, never to a book's head: the new tables must not
    be ahead of positions that say what is still to be folded."""
    rows = db.execute("SELECT tenant_id, position FROM reading.positions ORDER BY tenant_id").fetchall()
    return {tenant: position for tenant, position in rows if tenant_id in (None, tenant)}


def _stored(db: psycopg.Connection[Any], tenant_id: UUID, upto: int) -> Iterator[tuple[Any, ...]]:
    statement = sql.SQL(
        "COPY (SELECT {} FROM book.events WHERE tenant_id = {} AND position <= {} ORDER BY position)"
        " TO STDOUT (FORMAT BINARY)"
    ).format(sql.SQL(_COLUMNS), sql.Literal(tenant_id), sql.Literal(upto))
    with db.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(_TYPES)
        yield from copy.rows()


def _fill(
    out: psycopg.Connection[Any], into: psycopg.Connection[Any], tables: tuple[ReadTable[Any], ...], keys: KeysAtHand,
    positions: dict[UUID, int], progress: Progress, seen: Callable[[Progress], None],
) -> list[tuple[str, Recorded, str]]:  # fmt: skip
    """Fold every tenant's book; rows of a tenant are written when its last event is folded."""
    rules = Rules(tables)
    parked: list[tuple[str, Recorded, str]] = []
    for tenant_id, position in positions.items():
        rows: dict[ReadTable[Any], dict[Key, Any]] = {table: {} for table in tables}
        plan = _plan(rules, rows)
        fold = Folding(tenant_id, plan, keys, into)
        for row in _stored(out, tenant_id, position):
            fold.add(row)
            progress.folded += 1
            if progress.folded % _STEP == 0:
                seen(progress)
        for table, folded in rows.items():
            progress.rows += copy_in(into, table, NEXT, folded.values(), tenant_id)
        parked += fold.parked
        progress.parked = len(parked)
    return parked


Planned = tuple[EventType, tuple[tuple[Rule, dict[Key, Any]], ...]]


def _plan(rules: Rules, rows: dict[ReadTable[Any], dict[Key, Any]]) -> dict[str, Planned]:
    """What to do with each topic that some table wants."""
    return {
        topic: (kind, tuple((rule, rows[rule.table]) for rule in rules.by_event[kind.event_class]))
        for topic, kind in EVENT_TYPES.items()
        if kind.event_class in rules.by_event
    }


class Folding:
    """One tenant's book going by. Keeps what could not be applied: (projection, where, error)."""

    def __init__(
        self, tenant_id: UUID, plan: dict[str, Planned], keys: KeysAtHand, db: psycopg.Connection[Any]
    ) -> None:
        self.tenant_id = tenant_id
        self.plan = plan
        self.keys = keys
        self.db = db
        self.parked: list[tuple[str, Recorded, str]] = []
        self._standing: set[tuple[str, UUID]] = set()

    def add(self, row: tuple[Any, ...]) -> None:
        planned = self.plan.get(row[4])
        if planned is None:
            if row[4] not in EVENT_TYPES:
                self._park("*", Recorded(*row[:5], *row[6:11]), "UnknownEvent")
            return
        kind, rules = planned
        tenant_id, position, stream_id, version, topic, class_version, recorded_at, effective_on, *rest = row
        actor, correlation, document, data = rest
        at = Recorded(
            tenant_id, position, stream_id, version, topic, recorded_at, effective_on, actor, correlation, document
        )
        try:
            event = kind.decode(tenant_id, stream_id, version, class_version, effective_on, data, self._key_of)
        except Exception as error:
            self._park("*", at, type(error).__name__)
            return
        for rule, rows in rules:
            if self._standing and not self._standing.isdisjoint(((rule.table.name, stream_id), ("*", stream_id))):
                continue
            try:
                for key in rule.keys(event):
                    place = (tenant_id, *key)
                    moved = rule.step(rows.get(place), event, at, key)
                    if moved is None:
                        rows.pop(place, None)
                    else:
                        rows[place] = moved
            except Exception as error:
                self._park(rule.table.name, at, type(error).__name__)

    def _key_of(self, subject: UUID) -> bytes | None:
        known, key = self.keys.get(self.tenant_id, subject)
        if known:
            return key
        self.keys.fetch_now(self.db, self.tenant_id, [subject])
        return self.keys.get(self.tenant_id, subject)[1]

    def _park(self, projection: str, at: Recorded, error: str) -> None:
        self._standing.add((projection, at.stream_id))
        self.parked.append((projection, at, error))


def _publish(
    db: psycopg.Connection[Any], tables: tuple[ReadTable[Any], ...], keys: KeysAtHand, positions: dict[UUID, int],
    tenant_id: UUID | None, parked: list[tuple[str, Recorded, str]], switch: bool,
) -> dict[str, Any]:  # fmt: skip
    """Bring the new tables to exactly the served positions, compare, and give them their names."""
    with db.transaction():
        # From here no follower writes, so the served positions stand still until this transaction ends.
        db.execute("SELECT pg_advisory_xact_lock(%s)", [FOLLOW_LOCK])
        served = _served(db, tenant_id)
        shadow = Projector(db, tables, keys, suffix=NEXT)
        shadow.catch_up(positions, served)
        report = {table.name: _compare(db, table, tenant_id) for table in tables}
        if switch:
            for table in tables:
                (_switch if tenant_id is None else _replace)(db, table, tenant_id)
            names = [t.name for t in tables]
            db.execute(
                "DELETE FROM reading.parked WHERE projection = ANY(%s) AND (%s::uuid IS NULL OR tenant_id = %s)",
                [names, tenant_id, tenant_id],
            )
            for projection, at, error in parked:
                db.execute(
                    "INSERT INTO reading.parked (tenant_id, projection, stream_id, position, version, topic, error)"
                    " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    [at.tenant_id, projection, at.stream_id, at.position, at.version, at.topic, error],
                )
        for table in tables:
            db.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(SCHEMA, table.name + NEXT)))
    return report


def _compare(db: psycopg.Connection[Any], table: ReadTable[Any], tenant_id: UUID | None) -> dict[str, int]:
    """Rows of the new table, and how many rows differ between it and the served one (either way)."""
    columns = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *(c.name for c in table.columns))))
    new, old = sql.Identifier(SCHEMA, table.name + NEXT), sql.Identifier(SCHEMA, table.name)
    where = sql.SQL("WHERE tenant_id = {}").format(sql.Literal(tenant_id)) if tenant_id else sql.SQL("")
    counted = db.execute(sql.SQL("SELECT count(*) FROM {}").format(new)).fetchone()
    try:
        with db.transaction():
            differing = db.execute(
                sql.SQL(
                    "SELECT count(*) FROM ((SELECT {c} FROM {n} EXCEPT ALL SELECT {c} FROM {o} {w})"
                    " UNION ALL (SELECT {c} FROM {o} {w} EXCEPT ALL SELECT {c} FROM {n})) d"
                ).format(c=columns, n=new, o=old, w=where)
            ).fetchone()
    except (psycopg.errors.UndefinedColumn, psycopg.errors.DatatypeMismatch):
        differing = (-1,)  # another shape: there is nothing to compare
    return {"rows": counted[0] if counted else 0, "differing": differing[0] if differing else 0}


def _switch(db: psycopg.Connection[Any], table: ReadTable[Any], _: UUID | None) -> None:
    served, new = sql.Identifier(SCHEMA, table.name), sql.Identifier(SCHEMA, table.name + NEXT)
    db.execute(sql.SQL("DROP TABLE {}").format(served))
    db.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(new, sql.Identifier(table.name)))
    define(db, table)


def _replace(db: psycopg.Connection[Any], table: ReadTable[Any], tenant_id: UUID | None) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *(c.name for c in table.columns))))
    served, new = sql.Identifier(SCHEMA, table.name), sql.Identifier(SCHEMA, table.name + NEXT)
    db.execute(sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(served), [tenant_id])
    db.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(served, columns, columns, new))
