"""Rebuilding read tables from the book, in bulk: COPY out, fold in memory a tenant at a time, COPY in, switch.

The rules are the ones that following uses; only the loading and storing of rows differs. New tables are filled beside
the served ones (blue/green), caught up with what was recorded meanwhile, and take their names in one transaction, so
readers see the old rows until they see the new ones.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.dialects import postgresql as pg

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

_EVENTS = """SELECT position, uuid_send(stream_id), version, topic, recorded_at, effective_on, uuid_send(actor),
    uuid_send(correlation), document, class_version, data
  FROM book.events WHERE tenant_id = %s AND position <= %s ORDER BY position"""
"""Ids come as bytes and are made into UUIDs by ``Ids``: most come many times, and psycopg would make each anew."""


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
    with _uncollected(), psycopg.connect(url, autocommit=True) as out, psycopg.connect(url, autocommit=True) as into:
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


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: rows hold no cycles, and walking over millions of them took half the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _stored(db: psycopg.Connection[Any], tenant_id: UUID, upto: int) -> Iterator[tuple[Any, ...]]:
    """A tenant's events in order. By a cursor, thousands at a time: COPY would be waited for row by row."""
    with db.cursor(name="rebuild") as cursor:
        cursor.itersize = _STEP
        yield from cursor.execute(_EVENTS, [tenant_id, upto], binary=True)


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


Move = Callable[[Any, Recorded], None]
Planned = tuple[EventType, tuple[tuple[Rule, Move], ...]]


class Ids(dict[bytes, UUID]):
    """UUIDs by their bytes, each made once."""

    def __missing__(self, raw: bytes) -> UUID:
        made = self[raw] = UUID(bytes=raw)
        return made


def _plan(rules: Rules, rows: dict[ReadTable[Any], dict[Key, Any]]) -> dict[str, Planned]:
    """What to do with each topic that some table wants."""
    return {
        topic: (kind, tuple((rule, _mover(rule, rows[rule.table])) for rule in rules.by_event[kind.event_class]))
        for topic, kind in EVENT_TYPES.items()
        if kind.event_class in rules.by_event
    }


def _mover(rule: Rule, rows: dict[Any, Any]) -> Move:
    """A rule as it moves ``rows``: all that an event concerns or, if the step raises, none. A row is kept under the
    numbers of its key's UUIDs, whose hash, unlike theirs, is not computed in Python."""
    ids = [isinstance(rule.table.c[name].type, pg.UUID) for name in rule.table.key]

    def place_of(key: Key) -> Any:
        if len(key) == 1 and ids[0]:
            return key[0].int
        return tuple([part.int if is_id else part for part, is_id in zip(key, ids, strict=True)])

    def move(event: Any, at: Recorded) -> None:
        moved = [(place := place_of(key), rule.step(rows.get(place), event, at, key)) for key in rule.keys(event)]
        for place, now in moved:
            if now is None:
                rows.pop(place, None)
            else:
                rows[place] = now

    return move


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
        self.ids = Ids()

    def add(self, row: tuple[Any, ...]) -> None:
        planned = self.plan.get(row[3])
        if planned is None and row[3] in EVENT_TYPES:
            return
        ids = self.ids
        position, stream, version, topic, recorded_at, effective_on, actor, correlation, document, *stored = row
        at = Recorded(
            self.tenant_id, position, ids[stream], version, topic, recorded_at, effective_on, ids[actor],
            UUID(bytes=correlation), document,
        )  # fmt: skip
        try:
            kind, rules = planned or (event_type(topic), ())
            event = kind.decode(self.tenant_id, at.stream_id, version, stored[0], effective_on, stored[1], self._key_of)
        except Exception as error:
            if not self.parked.holds(EVERYTHING, at):
                self.parked.park(None, at, error)
            self.parked.mark(self.tables, at)
            return
        for rule, move in rules:
            if self.parked.streams and self.parked.holds(rule.table.name, at):
                self.parked.mark([rule.table], at, event)
                continue
            try:
                move(event, at)
            except Exception as error:
                self.parked.park(rule.table, at, error)
                self.parked.mark([rule.table], at, event)

    def _key_of(self, subject: UUID) -> bytes | None:
        return self.keys.fetch_now(self.db, self.tenant_id, [subject]).get(subject)
