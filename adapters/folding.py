"""Folding whole books in memory: what ``Projector`` does with a batch, done with all of a tenant's events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.dialects import postgresql as pg

from adapters.codec import EVENT_TYPES, EventType, KeyOf, event_type
from adapters.parking import EVERYTHING, Parked
from domain.base import Event, Recorded
from projections.base import Key, ReadTable, Rule, Rules

STORED = (
    "tenant_id, position, stream_id, version, topic, recorded_at, effective_on, actor, correlation, document,"
    " class_version, data"
)
"""The columns of an event, in the order in which ``Folding`` takes them: first those of ``Recorded``."""
_RECORDED = len(Recorded._fields)
_TOPIC = Recorded._fields.index("topic")
_STREAM = Recorded._fields.index("stream_id")
_ERASING = frozenset(topic for topic, kind in EVENT_TYPES.items() if kind.erases)

Cell = list[Any]
"""Holds a row, or None where there is none. A cell is found once for an event, to look at it and to change it."""
Cells = dict[Any, Cell]
Steps = tuple[tuple[Rule, Cells, bool], ...]
Planned = tuple[EventType, Steps]


class Earlier(Protocol):
    """Rows that were written already, to make room."""

    def recall(self, table: ReadTable[Any], places: list[Key]) -> dict[Key, Any]:
        """Those of them that are at these places (tenant, key…). They are to be written again."""


class Folding:
    """One tenant's book going by. ``upto`` is the position of the last event."""

    def __init__(self, tenant_id: UUID, rules: Rules, parked: Parked | None = None) -> None:
        self.tenant_id = tenant_id
        self.tables = rules.tables
        self.parked = parked or Parked()
        self.events = self.upto = 0
        self.earlier: Earlier | None = None
        self.erased: set[UUID] = set()
        self._cells: dict[ReadTable[Any], Cells] = {table: {} for table in rules.tables}
        self._plan: dict[str, Planned] = {
            topic: (
                kind,
                tuple((rule, self._cells[rule.table], _by_id(rule.table)) for rule in rules.by_event[kind.event_class]),
            )
            for topic, kind in EVENT_TYPES.items()
            if kind.event_class in rules.by_event
        }

    @property
    def size(self) -> int:
        """How many rows it holds in memory."""
        return sum(map(len, self._cells.values()))

    def rows(self, table: ReadTable[Any]) -> list[Any]:
        found = [cell[0] for cell in self._cells[table].values() if cell[0] is not None]
        if self.erased and table.personal:  # whoever folds may still have had a key that was destroyed meanwhile
            return [table.scrubbed(row, self.erased) for row in found]
        return found

    def forget(self, earlier: Earlier) -> None:
        """Its rows were written: from here on they are recalled when an event concerns them."""
        for cells in self._cells.values():
            cells.clear()
        self.earlier = earlier

    def add(self, stored: Sequence[tuple[Any, ...]], key_of: KeyOf) -> None:
        """Move rows by these events of the tenant, the columns of each as in ``STORED``."""
        self.events += len(stored)
        decoded: Iterable[tuple[Event, Recorded, Steps]] = self._decoded(stored, key_of)
        if self.earlier is not None:
            decoded = list(decoded)
            self._recall(self.earlier, decoded)
        parked = self.parked
        for event, at, steps in decoded:
            for rule, cells, by_id in steps:
                if parked.streams and parked.holds(rule.table.name, at):
                    parked.mark([rule.table], at, event)
                    continue
                if parked.skips and parked.passes(rule.table.name, at):
                    continue
                try:
                    found = rule.key(event)
                    # Most rules name one row, or none: spare them the general case.
                    if found is None:
                        continue
                    if by_id and type(found) is UUID:
                        cell = cells.setdefault(found.int, [None])
                        cell[0] = rule.step(cell[0], event, at, (found,))
                    elif type(found) is tuple and not by_id:
                        cell = cells.setdefault(found, [None])
                        cell[0] = rule.step(cell[0], event, at, found)
                    else:
                        _move(rule, cells, by_id, event, at)
                except Exception as error:
                    parked.park(rule.table, at, error)
                    parked.mark([rule.table], at, event)
        if stored:
            self.upto = stored[-1][1]

    def _decoded(
        self, stored: Sequence[tuple[Any, ...]], key_of: KeyOf
    ) -> Iterator[tuple[Event, Recorded, Steps]]:  # fmt: skip
        plan, parked, make = self._plan, self.parked, tuple.__new__
        for columns in stored:
            topic = columns[_TOPIC]
            if topic in _ERASING:
                self.erased.add(EVENT_TYPES[topic].erased_of(columns[_STREAM], columns[-1]))
            planned = plan.get(topic)
            if planned is None and topic in EVENT_TYPES:
                continue
            at: Recorded = make(Recorded, columns[:_RECORDED])  # what Recorded(*…) does, after a call into Python
            try:
                kind, steps = planned or (event_type(at.topic), ())
                event = kind.decode(
                    at.tenant_id, at.stream_id, at.version, columns[-2], at.effective_on, columns[-1], key_of
                )
            except Exception as error:
                if parked.passes(EVERYTHING, at):
                    continue
                if not parked.holds(EVERYTHING, at):
                    parked.park(None, at, error)
                parked.mark(self.tables, at)
                continue
            yield event, at, steps

    def _recall(self, earlier: Earlier, decoded: Sequence[tuple[Event, Recorded, Steps]]) -> None:
        """Take rows back that these events concern. Those that an event begins are not looked for."""
        wanted: dict[ReadTable[Any], dict[Key, tuple[Cells, Any]]] = {}
        for event, at, steps in decoded:
            for rule, cells, by_id in steps:
                keys: Sequence[Key] = ()
                with suppress(Exception):  # that it cannot be asked parks the stream, when its turn comes
                    keys = () if rule.begins else rule.keys(event)
                for key in keys:
                    name = key[0].int if by_id else key
                    if name not in cells:
                        wanted.setdefault(rule.table, {})[at.tenant_id, *key] = (cells, name)
        for table, places in wanted.items():
            for place, row in earlier.recall(table, list(places)).items():
                cells, name = places[place]
                cells[name] = [row]


def _by_id(table: ReadTable[Any]) -> bool:
    """Whether a row's key is one UUID. Its number then serves instead, whose hash is not computed in Python."""
    return len(table.key) == 1 and isinstance(table.c[table.key[0]].type, pg.UUID)


def _move(rule: Rule, cells: Cells, by_id: bool, event: Event, at: Recorded) -> None:
    """All rows that the event concerns or, if the step raises, none."""
    keys = rule.keys(event)
    found = [cells.setdefault(key[0].int if by_id else key, [None]) for key in keys]
    moved = [rule.step(cell[0], event, at, key) for cell, key in zip(found, keys, strict=True)]
    for cell, row in zip(found, moved, strict=True):
        cell[0] = row
