"""Rebuilding read tables from the book, in bulk: COPY out, fold in memory a tenant at a time, COPY in, switch.

The rules are the ones that following uses; only the loading and storing of rows differs. New tables are filled beside
the served ones (blue/green), caught up with what was recorded meanwhile, and take their names in one transaction, so
readers see the old rows until they see the new ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from adapters.codec import EVENT_TYPES, EventType, event_type
from adapters.parking import EVERYTHING, Parked, unstorable
from adapters.publishing import NEXT, publish, served
from adapters.read_tables import create, index, protect
from adapters.row_copy import copy_in
from adapters.subject_keys import KeysAtHand
from domain.base import Recorded
from projections.base import Key, ReadTable, Rule, Rules

REBUILD_LOCK = 0x64617903
PAUSE = 1.0
"""Seconds in which readers go on undisturbed in between."""
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
        progress = Progress(0, tables=[t.name for t in chosen])
        try:
            positions, parked = _build(out, into, chosen, keys, tenant_id, progress, seen)
        except psycopg.Error as error:
            if not unstorable(error):
                raise
            # A row is too long for an index, and the index cannot say whose. With the indexes there first, COPY can.
            positions, parked = _build(out, into, chosen, keys, tenant_id, progress, seen, indexed=True)
        progress.phase = "catching up"
        seen(progress)
        while True:
            try:
                report = publish(into, chosen, keys, positions, tenant_id, parked, switch)
                break
            except psycopg.errors.LockNotAvailable:
                time.sleep(PAUSE)
        progress.phase = "done"
        seen(progress)
    return {"events": progress.folded, "rows": progress.rows, "tables": report}


def _build(
    out: psycopg.Connection[Any], into: psycopg.Connection[Any], tables: tuple[ReadTable[Any], ...], keys: KeysAtHand,
    tenant_id: UUID | None, progress: Progress, seen: Callable[[Progress], None], *, indexed: bool = False,
) -> tuple[dict[UUID, int], Parked]:  # fmt: skip
    """Make and fill the new tables. Returns how far they are, by tenant, and what could not be applied."""
    for table in tables:
        create(into, table, suffix=NEXT)
        if indexed:
            index(into, table, suffix=NEXT)
    with out.transaction():
        out.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        positions = served(out, tenant_id)
        progress.total, progress.folded, progress.rows = sum(positions.values()), 0, 0
        seen(progress)
        parked = _fill(out, into, tables, keys, positions, progress, seen)
    progress.phase = "indexing"
    seen(progress)
    for table in tables:
        if not indexed:
            index(into, table, suffix=NEXT)
        protect(into, table, suffix=NEXT)
    return positions, parked


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
) -> Parked:  # fmt: skip
    """Fold every tenant's book; rows of a tenant are written when its last event is folded. A tenant some of whose
    rows cannot be stored goes back to position 0, for the catching up to find out which."""
    rules = Rules(tables)
    parked = Parked()
    for tenant_id, position in positions.items():
        rows: dict[ReadTable[Any], dict[Key, Any]] = {table: {} for table in tables}
        plan = _plan(rules, rows)
        fold = Folding(tenant_id, plan, tables, keys, into)
        for row in _stored(out, tenant_id, position):
            fold.add(row)
            progress.folded += 1
            if progress.folded % _STEP == 0:
                seen(progress)
        try:
            with into.transaction():
                written = sum(copy_in(into, t, NEXT, folded.values(), tenant_id) for t, folded in rows.items())
        except Exception:
            if into.closed:
                raise
            positions[tenant_id] = 0
            continue
        progress.rows += written
        parked.add(fold.parked)
        progress.parked = len(parked.streams)
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
    """One tenant's book going by. Does with each event what ``Projector`` does, a row at a time."""

    def __init__(
        self, tenant_id: UUID, plan: dict[str, Planned], tables: tuple[ReadTable[Any], ...], keys: KeysAtHand,
        db: psycopg.Connection[Any],
    ) -> None:  # fmt: skip
        self.tenant_id = tenant_id
        self.plan = plan
        self.tables = tables
        self.keys = keys
        self.db = db
        self.parked = Parked()

    def add(self, row: tuple[Any, ...]) -> None:
        planned = self.plan.get(row[4])
        if planned is None and row[4] in EVENT_TYPES:
            return
        tenant_id, position, stream_id, version, topic, class_version, recorded_at, effective_on, *rest = row
        actor, correlation, document, data = rest
        at = Recorded(
            tenant_id, position, stream_id, version, topic, recorded_at, effective_on, actor, correlation, document
        )
        try:
            kind, rules = planned or (event_type(topic), ())
            event = kind.decode(tenant_id, stream_id, version, class_version, effective_on, data, self._key_of)
        except Exception as error:
            if not self.parked.holds(EVERYTHING, at):
                self.parked.park(None, at, error)
            self.parked.mark(self.tables, at)
            return
        for rule, rows in rules:
            if self.parked.streams and self.parked.holds(rule.table.name, at):
                self.parked.mark([rule.table], at, event)
                continue
            try:
                moved = [
                    (place, rule.step(rows.get(place), event, at, key))
                    for key in rule.keys(event)
                    for place in [(tenant_id, *key)]
                ]
            except Exception as error:
                self.parked.park(rule.table, at, error)
                self.parked.mark([rule.table], at, event)
                continue
            for place, now in moved:
                if now is None:
                    rows.pop(place, None)
                else:
                    rows[place] = now

    def _key_of(self, subject: UUID) -> bytes | None:
        return self.keys.fetch_now(self.db, self.tenant_id, [subject]).get(subject)
