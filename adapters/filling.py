"""Filling new read tables: books are read ahead, folded, and their rows written, each on a thread of its own.

PostgreSQL works on another core meanwhile, and that is the gain: Python itself folds or writes, never both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from adapters.codec import EVENT_TYPES
from adapters.folding import STORED, Folding
from adapters.parking import Parked
from adapters.publishing import NEXT
from adapters.row_copy import copy_in
from adapters.subject_keys import KeysAtHand
from projections.base import ReadTable, Rules

AT_ONCE = 5_000
"""Events that are read at once."""
TOGETHER = 10_000
"""Books are written together until they have so many events: most are small, and each COPY is a round trip."""
# Tenant by tenant, for each by the index on its positions: an ORDER BY over the join would sort the whole book.
_EVENTS = f"""SELECT e.* FROM unnest(%s::uuid[], %s::bigint[]) p (tenant, upto)
  CROSS JOIN LATERAL (SELECT {STORED} FROM book.events WHERE tenant_id = p.tenant AND position <= p.upto
                      ORDER BY position) e"""  # noqa: S608

Stored = tuple[Any, ...]


@dataclass(frozen=True)
class Wires:
    """Connections of one rebuild: events come over ``out``, rows go over ``into``, keys are asked for ``aside``."""

    out: psycopg.Connection[Any]
    into: psycopg.Connection[Any]
    aside: psycopg.Connection[Any]

    @classmethod
    @contextmanager
    def open(cls, url: str, options: str) -> Iterator[Wires]:
        with ExitStack() as stack:
            made = (psycopg.connect(url, autocommit=True, options=options) for _ in range(3))
            yield cls(*map(stack.enter_context, made))


def fill(
    wires: Wires, tables: tuple[ReadTable[Any], ...], keys: KeysAtHand, positions: dict[UUID, int],
    folded: Callable[[int, int], None],
) -> Parked:  # fmt: skip
    """Fold every tenant's book up to its position and write the rows; ``folded`` hears of each step: events more, rows
    in all. A tenant some of whose rows cannot be stored goes back to position 0, for the catching up to find out which.
    """
    rules = Rules(tables)
    with (
        ThreadPoolExecutor(1) as reader,
        ThreadPoolExecutor(1) as writer,
        wires.out.cursor(name="rebuild", binary=True) as cursor,
    ):
        writing = _Writing(wires.into, tables, positions, writer)
        cursor.execute(_EVENTS, [list(positions), list(positions.values())])
        book: Folding | None = None
        for tenant_id, part in _books(_ahead(lambda: cursor.fetchmany(AT_ONCE), reader)):
            if book is None or book.tenant_id != tenant_id:
                if book is not None:
                    writing.add(book)
                book = Folding(tenant_id, rules)
            book.add(part, keys.fetch_now(wires.aside, tenant_id, _subjects(part)).get)
            folded(len(part), writing.rows)
        if book is not None:
            writing.add(book)
        writing.finish()
        folded(0, writing.rows)
    return writing.parked


def _ahead(fetch: Callable[[], list[Stored]], reader: Executor) -> Iterator[list[Stored]]:
    """What ``fetch`` gives until that is empty; the next is fetched while one is worked on."""
    coming = reader.submit(fetch)
    while found := coming.result():
        coming = reader.submit(fetch)
        yield found


def _books(stored: Iterable[list[Stored]]) -> Iterator[tuple[UUID, list[Stored]]]:
    """The same events in parts of one tenant each."""
    for batch in stored:
        start = 0
        while start < len(batch):
            tenant_id = batch[start][0]
            end = len(batch)
            if batch[-1][0] != tenant_id:
                end = next(i for i in range(start, end) if batch[i][0] != tenant_id)
            yield tenant_id, batch[start:end]
            start = end


def _subjects(part: Sequence[Stored]) -> set[UUID]:
    """Everyone whose sealed events are to be opened."""
    subjects = set()
    for columns in part:
        kind = EVENT_TYPES.get(columns[4])
        if kind is not None and kind.personal:
            with suppress(Exception):  # decoding it parks the stream
                subjects.add(kind.subject_of(columns[2], columns[-1]))
    return subjects


class _Writing:
    """Writes folded books, some together, while the next are folded."""

    def __init__(
        self, into: psycopg.Connection[Any], tables: tuple[ReadTable[Any], ...], positions: dict[UUID, int],
        writer: Executor,
    ) -> None:  # fmt: skip
        self.parked = Parked()
        self.rows = 0
        self._into, self._tables, self._positions, self._writer = into, tables, positions, writer
        self._waiting: list[Folding] = []
        self._under_way: Future[None] | None = None

    def add(self, book: Folding) -> None:
        self._waiting.append(book)
        if sum(waiting.events for waiting in self._waiting) >= TOGETHER:
            self._begin()

    def finish(self) -> None:
        self._begin()
        self._begin()

    def _begin(self) -> None:
        if self._under_way is not None:
            self._under_way.result()
        books, self._waiting = self._waiting, []
        self._under_way = self._writer.submit(self._write, books) if books else None

    def _write(self, books: list[Folding]) -> None:
        try:
            with self._into.transaction():
                written = 0
                for table in self._tables:
                    parts = [(book.tenant_id, rows) for book in books if (rows := book.rows(table))]
                    written += copy_in(self._into, table, NEXT, parts) if parts else 0
        except Exception:
            if self._into.closed:
                raise
            if len(books) > 1:
                for book in books:
                    self._write([book])
            else:
                self._positions[books[0].tenant_id] = 0
            return
        self.rows += written
        for book in books:
            self.parked.add(book.parked)
