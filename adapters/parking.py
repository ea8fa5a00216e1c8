"""Streams that are left standing because one of their events cannot be applied. Everything else flows on."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from adapters.read_tables import Writer, stands_for_stream
from domain.base import Event, Recorded
from projections.base import Key, ReadTable

log = logging.getLogger("daybook.projector")

EVERYTHING = "*"
"""The projection name of a stream that nobody can read: its topic or version is unknown, or its text is broken."""
PARKED = "SELECT projection, tenant_id, stream_id, position FROM reading.parked"
SKIPS = "SELECT projection, tenant_id, position FROM reading.skips"
_PARK = """INSERT INTO reading.parked (tenant_id, projection, stream_id, position, version, topic, error)
  VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""
_DATA_CLASSES = {"22", "23", "54"}
"""SQLSTATE classes that say that a row, not the database, is at fault: data, integrity, limits exceeded."""

Place = tuple[str, UUID, UUID]
"""Projection, tenant, stream."""
Skip = tuple[str, UUID, int]
"""Projection, tenant, position of an event that it passes over, because somebody decided so."""


def unstorable(error: Exception) -> bool:
    """Whether a row could not be stored because of what it holds. Else the fault is the database's or the schema's,
    and parking would only hide it."""
    if isinstance(error, psycopg.Error):
        if error.sqlstate is None:  # refused on our side, before it was sent
            return isinstance(error, psycopg.DataError | psycopg.ProgrammingError)
        return error.sqlstate[:2] in _DATA_CLASSES
    return isinstance(error, TypeError | ValueError | OverflowError | msgspec.MsgspecError)


class Parked:
    """Where each of these streams stands, which of them do so since this transaction, and which rows that leaves
    stale."""

    def __init__(self, rows: Iterable[tuple[str, UUID, UUID, int]] = (), skips: Iterable[Skip] = ()) -> None:
        self.streams: dict[Place, int] = {(name, tenant, stream): position for name, tenant, stream, position in rows}
        self.skips = frozenset(skips)
        self.fresh: list[tuple[str, Recorded, str]] = []
        self.stale: list[tuple[ReadTable[Any], Key]] = []

    def copy(self) -> Parked:
        copied = Parked(skips=self.skips)
        copied.add(self)
        return copied

    def of(self, tenant_id: UUID) -> Parked:
        """What of it is of one tenant."""
        part = Parked(skips=self.skips)
        part.streams = {place: position for place, position in self.streams.items() if place[1] == tenant_id}
        part.fresh = [one for one in self.fresh if one[1].tenant_id == tenant_id]
        part.stale = [one for one in self.stale if one[1][0] == tenant_id]
        return part

    def add(self, other: Parked) -> None:
        self.streams |= other.streams
        self.fresh += other.fresh
        self.stale += other.stale

    def holds(self, projection: str, at: Recorded) -> bool:
        """Whether the stream stands still at this event or before it."""
        if not self.streams:
            return False
        return any(
            self.streams.get((name, at.tenant_id, at.stream_id), at.position + 1) <= at.position
            for name in (projection, EVERYTHING)
        )

    def passes(self, projection: str, at: Recorded) -> bool:
        """Whether somebody decided that it passes over this event."""
        return bool(self.skips) and (
            (projection, at.tenant_id, at.position) in self.skips
            or (EVERYTHING, at.tenant_id, at.position) in self.skips
        )

    def park(self, table: ReadTable[Any] | None, at: Recorded, error: Exception) -> None:
        """``table`` cannot apply the event at ``at``; without one, nobody can."""
        projection = table.name if table else EVERYTHING
        log.error("parked %s of %s at %s: %s", at.stream_id, projection, at.position, type(error).__name__)
        place = projection, at.tenant_id, at.stream_id
        self.streams[place] = min(at.position, self.streams.get(place, at.position))
        # The error's own text may quote personal data: its type and the event's coordinates are enough to find it.
        self.fresh.append((projection, at, type(error).__name__))

    def mark(self, tables: Iterable[ReadTable[Any]], at: Recorded, event: Event | None = None) -> None:
        """Rows that miss an event: those it concerns or, if it cannot be asked, those that stand for its stream."""
        for table in tables:
            keys: Iterable[Key] = [(at.stream_id,)] if stands_for_stream(table) else []
            if event is not None:
                with suppress(Exception):  # that it cannot be asked may be why the stream stands
                    keys = table.rules[type(event)].keys(event)
            self.stale += [(table, (at.tenant_id, *key)) for key in keys]

    def write(self, db: psycopg.Connection[Any], writers: dict[ReadTable[Any], Writer]) -> None:
        for projection, at, error in sorted(self.fresh, key=lambda parked: parked[1].position):
            db.execute(_PARK, [at.tenant_id, projection, at.stream_id, at.position, at.version, at.topic, error])
        for table, place in dict.fromkeys(self.stale):
            writers[table].mark_stale(db, place)
        self.fresh.clear()
        self.stale.clear()
