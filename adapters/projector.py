"""Following: read what is new in the books, fold it into rows, write rows and positions in one transaction.

One batch may hold events of many tenants. All rows it touches are read in one pipeline and written in another. A
stream whose event cannot be applied is parked for that projection, and everything else flows on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg

from adapters.codec import EVENT_TYPES, event_type
from adapters.parking import EVERYTHING, PARKED, SKIPS, Parked, unstorable
from adapters.read_tables import Writer
from adapters.subject_keys import Keys, KeysAtHand
from domain.base import Event, Recorded
from projections.base import Key, ReadTable, Rule, Rules, apply

log = logging.getLogger("daybook.projector")

BATCH = 2_000
LARGEST_BATCH = 20_000
"""Events of all tenants together that are folded at once: what fits in memory after a long standstill."""
AT_A_TIME = 50
"""Events that are folded one by one when something in a batch cannot be stored."""
FOLLOW_LOCK = 0x64617901  # followers share it a batch at a time; a switch of tables takes it alone

_BEHIND = """SELECT b.tenant_id, coalesce(p.position, 0) FROM book.books b
  LEFT JOIN reading.positions p ON p.tenant_id = b.tenant_id
  WHERE b.position > coalesce(p.position, 0) LIMIT %s"""
_NEXT = """SELECT e.tenant_id, e.position, e.stream_id, e.version, e.topic, e.class_version, e.recorded_at,
    e.effective_on, e.actor, e.correlation, e.document, e.data
  FROM unnest(%s::uuid[], %s::bigint[]) w (tenant, after)
  JOIN LATERAL (SELECT * FROM book.events e WHERE e.tenant_id = w.tenant AND e.position > w.after
                ORDER BY e.position LIMIT %s) e ON true
  ORDER BY e.tenant_id, e.position"""
_HOLDS = "SELECT h.projection, d.definition FROM reading.holds h JOIN reading.definitions d ON d.name = h.projection"
_POSITIONS = """INSERT INTO reading.positions (tenant_id, position, moved_at)
  SELECT t, p, clock_timestamp() FROM unnest(%s::uuid[], %s::bigint[]) u (t, p) ORDER BY t
  ON CONFLICT (tenant_id) DO UPDATE SET position = excluded.position, moved_at = excluded.moved_at"""
_FORGET_COPIES = "SELECT reading.forget_copies()"

Stored = tuple[Any, ...]


class Projector:
    """Follows every tenant's book into a set of read tables over one connection (role ``daybook_projector``)."""

    def __init__(
        self, db: psycopg.Connection[Any], tables: Iterable[ReadTable[Any]], keys: KeysAtHand, *, suffix: str = ""
    ) -> None:
        self.db = db
        self.all = tuple(tables)
        self.rules = Rules(self.all)
        self.keys = keys
        self.writers = {table: Writer(table, suffix) for table in self.rules.tables}
        self.held: frozenset[str] = frozenset()
        """Tables that are served in the shape of an earlier release: left as they are until they are rebuilt."""
        self._definitions: dict[ReadTable[Any], str] = {}
        self.parked = Parked()
        self.known: dict[UUID, int] = {}
        """Where each tenant's read models are, as far as this process has moved them."""
        self.unfinished: set[UUID] = set()
        """Tenants of which the last batch left something over."""

    def behind(self, limit: int = 1_000) -> dict[UUID, int]:
        """Tenants whose books have moved on, with the position their read models are at. Looks at every book."""
        return dict(self.db.execute(_BEHIND, [limit]).fetchall())

    def advance(self, tenants: dict[UUID, int] | None = None) -> dict[UUID, int]:
        """Fold one batch. Returns the new position of each tenant that moved; empty when there was nothing new.

        ``tenants`` says where to look and from which position; without it every book is looked at.
        """
        wanted = self.behind() if tenants is None else tenants
        self.unfinished = set()
        if not wanted:
            return {}
        try:
            return self._batch(wanted, min(BATCH, max(1, LARGEST_BATCH // len(wanted))))
        except Exception as error:
            if not unstorable(error):
                raise
            log.warning("a row cannot be stored (%s): looking for its event", type(error).__name__)
        moved: dict[UUID, int] = {}
        for tenant, after in wanted.items():
            try:
                moved |= self._batch({tenant: after}, BATCH)
            except Exception as error:
                if not unstorable(error):
                    raise
                moved |= self._batch({tenant: after}, AT_A_TIME, alone=True)
        return moved

    def _batch(self, wanted: dict[UUID, int], limit: int, *, alone: bool = False) -> dict[UUID, int]:
        with self.db.transaction():
            with self.db.pipeline():
                self.db.execute("SELECT pg_advisory_xact_lock_shared(%s)", [FOLLOW_LOCK])
                # Asked for each time: a rebuild may have set a stream free since, or a table.
                parked = self.db.execute(PARKED)
                skips = self.db.execute(SKIPS)
                holds = self.db.execute(_HOLDS)
                following = self.db.execute(_NEXT, [list(wanted), list(wanted.values()), limit])
            self.parked = Parked(parked.fetchall(), skips.fetchall())
            self._hold(dict(holds.fetchall()))
            stored: list[Stored] = following.fetchall()
            moved: dict[UUID, int] = {row[0]: row[1] for row in stored}
            if moved:
                for part in [[row] for row in stored] if alone else [stored]:
                    self._fold(part, alone=alone)
                if erased_by(stored):  # what is kept, or half built, beside the served tables is not followed
                    self.db.execute(_FORGET_COPIES)
                self._write(moved)
        self.unfinished |= {tenant for tenant, position in moved.items() if position - wanted[tenant] >= limit}
        return moved

    def _hold(self, served: dict[str, str]) -> None:
        """Leave tables alone that are held back. Not those that are served as our own release makes them: they are held
        back for the release that comes after it, and ours is still there to follow them."""
        held = frozenset(t.name for t in self.all if t.name in served and served[t.name] != self._definition(t))
        if held != self.held:
            self.held = held
            self.rules = Rules(table for table in self.all if table.name not in held)

    def _definition(self, table: ReadTable[Any]) -> str:
        if table not in self._definitions:  # found from sources: not at each batch
            self._definitions[table] = table.definition
        return self._definitions[table]

    def catch_up(self, at: dict[UUID, int], upto: dict[UUID, int], parked: Parked) -> None:
        """Fold from ``at`` to exactly ``upto``, inside the caller's transaction, without announcing or moving the
        served positions: for tables that are not served yet. A tenant that ``at`` has passed already is left alone.
        ``parked`` is what could not be applied before; ``self.parked`` is all of it afterwards."""
        wanted = {tenant: at.get(tenant, 0) for tenant, position in upto.items() if at.get(tenant, 0) < position}
        parked = parked.copy()
        while wanted:
            limit = min(BATCH, max(1, LARGEST_BATCH // len(wanted)))
            stored: list[Stored] = self.db.execute(_NEXT, [list(wanted), list(wanted.values()), limit]).fetchall()
            part = [row for row in stored if row[1] <= upto[row[0]]]
            try:
                with self.db.transaction():
                    self.parked = parked.copy()
                    self._fold(part)
            except Exception as error:
                if not unstorable(error):
                    raise
                self.parked = parked.copy()
                for row in part:
                    self._fold([row], alone=True)
            parked = self.parked
            last = {row[0]: row[1] for row in stored}
            wanted = {tenant: position for tenant, position in last.items() if position < upto[tenant]}
        self.parked = parked

    def _fold(self, stored: list[Stored], *, alone: bool = False) -> None:
        """Move the rows that these events concern, then forget who was erased by them. ``alone``: it is one event, and
        if a table cannot store what becomes of it, the stream is parked for that table."""
        self._apply(stored, alone=alone)
        for tenant_id, people in erased_by(stored).items():
            with self.db.pipeline():
                for writer in self.writers.values():
                    writer.scrub(self.db, tenant_id, people)
            for person in people:
                self.keys.put(tenant_id, person, None)

    def _apply(self, stored: list[Stored], *, alone: bool) -> None:
        runnable, touched = self._plan(stored)
        # Also tables that no row of this batch is asked of: an event may concern none of a table's rows.
        rows: dict[ReadTable[Any], dict[Key, Any]] = {table: {} for table in self.rules.tables}
        with self.db.pipeline():
            cursors = {table: self.writers[table].ask(self.db, keys) for table, keys in touched.items()}
        for table, cursor in cursors.items():
            rows[table] = self.writers[table].answer(cursor)
        before = {table: dict(found) for table, found in rows.items()}
        for rule, event, at in runnable:
            if self.parked.holds(rule.table.name, at):
                self.parked.mark([rule.table], at, event)
                continue
            try:
                apply(rule, rows[rule.table], event, at)
            except Exception as error:
                self.parked.park(rule.table, at, error)
                self.parked.mark([rule.table], at, event)
        if alone:
            for rule, event, at in runnable:
                try:
                    with self.db.transaction():
                        self.writers[rule.table].write(self.db, before[rule.table], rows[rule.table])
                except Exception as error:
                    if not unstorable(error):
                        raise
                    self.parked.park(rule.table, at, error)
                    self.parked.mark([rule.table], at, event)
            return
        with self.db.pipeline():
            for table, now in rows.items():
                self.writers[table].write(self.db, before[table], now)

    def _plan(self, stored: list[Stored]) -> tuple[list[tuple[Rule, Event, Recorded]], dict[ReadTable[Any], list[Key]]]:
        """What is to be applied, and which rows must be read for it: all but those that begin here."""
        needed: dict[ReadTable[Any], dict[Key, None]] = {table: {} for table in self.rules.tables}
        begun: set[tuple[ReadTable[Any], Key]] = set()
        runnable: list[tuple[Rule, Event, Recorded]] = []
        for event, at in self._decoded(stored):
            for rule in self.rules.of(event):
                if self.parked.passes(rule.table.name, at):
                    continue
                try:
                    for key in rule.keys(event):
                        place = (at.tenant_id, *key)
                        if rule.begins and place not in needed[rule.table]:
                            begun.add((rule.table, place))
                        elif (rule.table, place) not in begun:
                            needed[rule.table][place] = None
                except Exception as error:
                    self.parked.park(rule.table, at, error)
                    self.parked.mark([rule.table], at)
                    continue
                runnable.append((rule, event, at))
        return runnable, {table: list(keys) for table, keys in needed.items() if keys}

    def _decoded(self, stored: list[Stored]) -> Iterator[tuple[Event, Recorded]]:
        keys = self._keys(stored)
        for row in stored:
            at = Recorded(*row[:5], *row[6:11])
            try:
                kind = event_type(at.topic)
                if kind.event_class not in self.rules.by_event:
                    continue
                event = kind.decode(
                    at.tenant_id, at.stream_id, at.version, row[5], at.effective_on, row[11],
                    keys.get(at.tenant_id, {}).get,
                )  # fmt: skip
            except Exception as error:
                if self.parked.passes(EVERYTHING, at):
                    continue
                if not self.parked.holds(EVERYTHING, at):
                    self.parked.park(None, at, error)
                self.parked.mark(self.rules.tables, at)
                continue
            yield event, at

    def _keys(self, stored: list[Stored]) -> dict[UUID, Keys]:
        """The keys of everyone whose sealed events are to be opened."""
        sealed: dict[UUID, set[UUID]] = {}
        for row in stored:
            kind = EVENT_TYPES.get(row[4])
            if kind and kind.personal and kind.event_class in self.rules.by_event:
                with suppress(Exception):  # decoding it parks the stream
                    sealed.setdefault(row[0], set()).add(kind.subject_of(row[2], row[11]))
        return {tenant: self.keys.fetch_now(self.db, tenant, subjects) for tenant, subjects in sealed.items()}

    def _write(self, moved: dict[UUID, int]) -> None:
        with self.db.pipeline():
            self.parked.write(self.db, self.writers)
            self.db.execute(_POSITIONS, [list(moved), list(moved.values())])
            for note in announcements(moved):
                self.db.execute("SELECT pg_notify('daybook_projected', %s)", [note])


def erased_by(stored: Iterable[Stored]) -> dict[UUID, list[UUID]]:
    """Whose keys these events destroyed, by tenant. Looked at beside the rules: nothing personal stays because a stream
    is parked."""
    erased: dict[UUID, list[UUID]] = {}
    for row in stored:
        kind = EVENT_TYPES.get(row[4])
        if kind is not None and kind.erases:
            erased.setdefault(row[0], []).append(kind.erased_of(row[2], row[11]))
    return erased


def announcements(moved: dict[UUID, int]) -> Iterator[str]:
    """Positions as NOTIFY payloads (``tenant:position`` separated by commas), each within PostgreSQL's 8,000 bytes."""
    items = [f"{tenant.hex}:{position}" for tenant, position in moved.items()]
    for start in range(0, len(items), 150):
        yield ",".join(items[start : start + 150])
