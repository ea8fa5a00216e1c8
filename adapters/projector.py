"""Following: read what is new in the books, fold it into rows, write rows and positions in one transaction.

One batch may hold events of many tenants. All rows it touches are read in one pipeline and written in another. A
stream whose event cannot be applied is parked for that projection, and everything else flows on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from adapters.codec import EVENT_TYPES, UnknownEvent, event_type
from adapters.read_tables import Writer
from adapters.subject_keys import KeysAtHand
from domain.base import Event, Recorded
from projections.base import Key, ReadTable, Rule, Rules, apply

log = logging.getLogger("daybook.projector")

BATCH = 2_000
FOLLOW_LOCK = 0x64617901  # followers share it a batch at a time; a switch of tables takes it alone
EVERYTHING = "*"
"""The projection name of a stream that nobody can read: its topic or version is unknown."""

_BEHIND = """SELECT b.tenant_id, coalesce(p.position, 0) FROM book.books b
  LEFT JOIN reading.positions p ON p.tenant_id = b.tenant_id
  WHERE b.position > coalesce(p.position, 0) LIMIT %s"""
_NEXT = """SELECT e.tenant_id, e.position, e.stream_id, e.version, e.topic, e.class_version, e.recorded_at,
    e.effective_on, e.actor, e.correlation, e.document, e.data
  FROM unnest(%s::uuid[], %s::bigint[]) w (tenant, after)
  JOIN LATERAL (SELECT * FROM book.events e WHERE e.tenant_id = w.tenant AND e.position > w.after
                ORDER BY e.position LIMIT %s) e ON true
  ORDER BY e.tenant_id, e.position"""
_POSITIONS = """INSERT INTO reading.positions (tenant_id, position, moved_at)
  SELECT t, p, clock_timestamp() FROM unnest(%s::uuid[], %s::bigint[]) u (t, p) ORDER BY t
  ON CONFLICT (tenant_id) DO UPDATE SET position = excluded.position, moved_at = excluded.moved_at"""
_PARK = """INSERT INTO reading.parked (tenant_id, projection, stream_id, position, version, topic, error)
  VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""

Stored = tuple[Any, ...]


@dataclass
class Parked:
    """Streams that are left standing, by projection."""

    streams: set[tuple[str, UUID, UUID]] = field(default_factory=set)
    fresh: list[tuple[Any, ...]] = field(default_factory=list)
    stale: list[tuple[ReadTable[Any], Key]] = field(default_factory=list)

    def holds(self, projection: str, tenant_id: UUID, stream_id: UUID) -> bool:
        return bool(self.streams) and (
            (projection, tenant_id, stream_id) in self.streams or (EVERYTHING, tenant_id, stream_id) in self.streams
        )

    def park(self, projection: str, at: Recorded, error: Exception) -> None:
        log.error("parked %s of %s at %s: %s", at.stream_id, projection, at.position, type(error).__name__)
        self.streams.add((projection, at.tenant_id, at.stream_id))
        # The error's own text may quote personal data: its type and the event's coordinates are enough to find it.
        self.fresh.append(
            (at.tenant_id, projection, at.stream_id, at.position, at.version, at.topic, type(error).__name__)
        )


class Projector:
    """Follows every tenant's book into a set of read tables over one connection (role ``daybook_projector``)."""

    def __init__(
        self, db: psycopg.Connection[Any], tables: Iterable[ReadTable[Any]], keys: KeysAtHand, *, suffix: str = ""
    ) -> None:
        self.db = db
        self.rules = Rules(tables)
        self.keys = keys
        self.writers = {table: Writer(table, suffix) for table in self.rules.tables}
        self.parked = Parked()
        self.known: dict[UUID, int] = {}
        self.reload()

    def reload(self) -> None:
        """Forget what is remembered of positions and parked streams; read it again."""
        self.known.clear()
        rows = self.db.execute("SELECT projection, tenant_id, stream_id FROM reading.parked").fetchall()
        self.parked.streams = {tuple(row) for row in rows}

    def behind(self, limit: int = 1_000) -> dict[UUID, int]:
        """Tenants whose books have moved on, with the position their read models are at. Looks at every book."""
        return dict(self.db.execute(_BEHIND, [limit]).fetchall())

    def advance(self, tenants: dict[UUID, int] | None = None) -> dict[UUID, int]:
        """Fold one batch. Returns the new position of each tenant that moved; empty when there was nothing new.

        ``tenants`` says where to look and from which position; without it every book is looked at.
        """
        wanted = self.behind() if tenants is None else tenants
        if not wanted:
            return {}
        with self.db.transaction():
            self.db.execute("SELECT pg_advisory_xact_lock_shared(%s)", [FOLLOW_LOCK])
            stored: list[Stored] = self.db.execute(_NEXT, [list(wanted), list(wanted.values()), BATCH]).fetchall()
            moved = {row[0]: row[1] for row in stored}
            if moved:
                self._fold(stored)
                self._write(moved)
        return moved

    def catch_up(self, at: dict[UUID, int], upto: dict[UUID, int]) -> None:
        """Fold from ``at`` to exactly ``upto``, inside the caller's transaction, without announcing or moving the
        served positions: for tables that are not served yet. A tenant that ``at`` has passed already is left alone."""
        wanted = {tenant: at.get(tenant, 0) for tenant, position in upto.items() if at.get(tenant, 0) < position}
        while wanted:
            stored: list[Stored] = self.db.execute(_NEXT, [list(wanted), list(wanted.values()), BATCH]).fetchall()
            self._fold([row for row in stored if row[1] <= upto[row[0]]])
            last = {row[0]: row[1] for row in stored}
            wanted = {tenant: position for tenant, position in last.items() if position < upto[tenant]}

    def _fold(self, stored: list[Stored]) -> None:
        steps = list(self._decoded(stored))
        needed: dict[ReadTable[Any], dict[Key, None]] = {table: {} for table in self.rules.tables}
        runnable: list[tuple[Rule, Event, Recorded]] = []
        for event, at in steps:
            for rule in self.rules.of(event):
                try:
                    for key in rule.keys(event):
                        needed[rule.table][at.tenant_id, *key] = None
                except Exception as error:
                    self._refuse(rule.table.name, at, error, rule.table, event=None)
                    continue
                runnable.append((rule, event, at))
        touched = {table: list(keys) for table, keys in needed.items() if keys}
        rows: dict[ReadTable[Any], dict[Key, Any]] = {}
        with self.db.pipeline():
            cursors = {table: self.writers[table].ask(self.db, keys) for table, keys in touched.items()}
        for table, cursor in cursors.items():
            rows[table] = self.writers[table].answer(cursor)
        before = {table: dict(found) for table, found in rows.items()}
        for rule, event, at in runnable:
            if self.parked.holds(rule.table.name, at.tenant_id, at.stream_id):
                continue
            try:
                apply(rule, rows[rule.table], event, at)
            except Exception as error:
                self._refuse(rule.table.name, at, error, rule.table, event=event)
        with self.db.pipeline():
            for table, now in rows.items():
                self.writers[table].write(self.db, before[table], now)

    def _decoded(self, stored: list[Stored]) -> Iterator[tuple[Event, Recorded]]:
        sealed: dict[UUID, list[UUID]] = {}
        for row in stored:
            kind = EVENT_TYPES.get(row[4])
            if kind and kind.personal and kind.event_class in self.rules.by_event:
                try:
                    sealed.setdefault(row[0], []).append(kind.subject_of(row[2], row[11]))
                except Exception:  # noqa: S112 - decoding it below parks the stream
                    continue
        for tenant_id, subjects in sealed.items():
            self.keys.fetch_now(self.db, tenant_id, subjects)
        for row in stored:
            tenant_id, position, stream_id, version, topic, class_version, recorded_at, effective_on, *rest = row
            actor, correlation, document, data = rest
            at = Recorded(
                tenant_id, position, stream_id, version, topic, recorded_at, effective_on, actor, correlation, document
            )
            if self.parked.holds(EVERYTHING, tenant_id, stream_id):
                continue
            try:
                kind = event_type(topic)
                if class_version > kind.version:
                    raise UnknownEvent(f"{topic} version {class_version}")
                if kind.event_class not in self.rules.by_event:
                    continue
                event = kind.decode(
                    tenant_id, stream_id, version, class_version, effective_on, data,
                    lambda subject, tenant_id=tenant_id: self.keys.get(tenant_id, subject)[1],  # type: ignore[misc]
                )  # fmt: skip
            except Exception as error:
                self._refuse(EVERYTHING, at, error, None, event=None)
                continue
            yield event, at

    def _refuse(
        self, projection: str, at: Recorded, error: Exception, table: ReadTable[Any] | None, event: Event | None
    ) -> None:
        self.parked.park(projection, at, error)
        for concerned in [table] if table else self.rules.tables:
            keys: Iterable[Key] = [(at.stream_id,)] if len(concerned.key) == 1 else []
            if event is not None:
                keys = concerned.rules[type(event)].keys(event)
            self.parked.stale += [(concerned, (at.tenant_id, *key)) for key in keys]

    def _write(self, moved: dict[UUID, int]) -> None:
        with self.db.pipeline():
            for parked in self.parked.fresh:
                self.db.execute(_PARK, parked)
            for table, place in self.parked.stale:
                self.writers[table].mark_stale(self.db, place)
            self.db.execute(_POSITIONS, [list(moved), list(moved.values())])
            for note in announcements(moved):
                self.db.execute("SELECT pg_notify('daybook_projected', %s)", [note])
        self.parked.fresh.clear()
        self.parked.stale.clear()


def announcements(moved: dict[UUID, int]) -> Iterator[str]:
    """Positions as NOTIFY payloads (``tenant:position`` separated by commas), each within PostgreSQL's 8,000 bytes."""
    items = [f"{tenant.hex}:{position}" for tenant, position in moved.items()]
    for start in range(0, len(items), 150):
        yield ",".join(items[start : start + 150])
