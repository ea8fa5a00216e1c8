"""Rebuilding read tables from the book, in bulk: read ahead, fold in memory a tenant at a time, COPY in, switch.

The rules are the ones that following uses; only the loading and storing of rows differs. New tables are filled beside
the served ones (blue/green), caught up with what was recorded meanwhile, and take their names in one transaction, so
readers see the old rows until they see the new ones.
"""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from adapters.filling import Wires, fill
from adapters.parking import Parked, unstorable
from adapters.publishing import NEXT, publish, served
from adapters.read_tables import create, index, protect
from adapters.subject_keys import KeysAtHand
from projections.base import ReadTable

REBUILD_LOCK = 0x64617903
PAUSE = 1.0
"""Seconds in which readers go on undisturbed in between."""
_OPTIONS = "-c synchronous_commit=off"
"""What a crash takes of tables that are not served yet is made again; nothing waits for the disk."""


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
    with _uncollected(), Wires.open(url, _OPTIONS) as wires:
        into = wires.into
        into.execute("SELECT pg_advisory_lock(%s)", [REBUILD_LOCK])
        progress = Progress(0, tables=[t.name for t in chosen])
        try:
            positions, parked = _build(wires, chosen, keys, tenant_id, progress, seen)
        except psycopg.Error as error:
            if not unstorable(error):
                raise
            # A row is too long for an index, and the index cannot say whose. With the indexes there first, COPY can.
            positions, parked = _build(wires, chosen, keys, tenant_id, progress, seen, indexed=True)
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
    wires: Wires, tables: tuple[ReadTable[Any], ...], keys: KeysAtHand, tenant_id: UUID | None, progress: Progress,
    seen: Callable[[Progress], None], *, indexed: bool = False,
) -> tuple[dict[UUID, int], Parked]:  # fmt: skip
    """Make and fill the new tables. Returns how far they are, by tenant, and what could not be applied."""
    for table in tables:
        create(wires.into, table, suffix=NEXT)
        if indexed:
            index(wires.into, table, suffix=NEXT)
    with wires.out.transaction():
        wires.out.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        positions = served(wires.out, tenant_id)
        progress.total, progress.folded, progress.rows = sum(positions.values()), 0, 0
        seen(progress)

        def folded(events: int, rows: int) -> None:
            progress.folded += events
            progress.rows = rows
            seen(progress)

        parked = fill(wires, tables, keys, positions, folded)
        progress.parked = len(parked.streams)
    progress.phase = "indexing"
    seen(progress)
    _finish(wires, tables, indexed=indexed)
    return positions, parked


def _finish(wires: Wires, tables: tuple[ReadTable[Any], ...], *, indexed: bool) -> None:
    """Indexes, row security and grants, two tables at a time."""
    left = deque(tables)

    def work(db: psycopg.Connection[Any]) -> None:
        with suppress(IndexError):
            while True:
                table = left.popleft()
                if not indexed:
                    index(db, table, suffix=NEXT)
                protect(db, table, suffix=NEXT)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, db) for db in (wires.into, wires.out)]:
            done.result()


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
