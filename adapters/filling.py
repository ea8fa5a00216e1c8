"""Filling new read tables: books are read ahead, folded, and their rows written, each on a thread of its own.

PostgreSQL works on another core meanwhile, and that is the gain: Python itself folds or writes, never both. A book with
more rows than ``LARGEST`` is written in parts: rows that later events concern are taken back and written again.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from adapters.codec import EVENT_TYPES
from adapters.folding import STORED, Folding
from adapters.parking import SKIPS, Parked
from adapters.publishing import NEXT
from adapters.read_tables import key_index
from adapters.rebuilding.marks import Mark, Marks, Superseded
from adapters.rebuilding.recalling import Written, leave_out
from adapters.row_copy import copy_in
from adapters.subject_keys import KeysAtHand
from projections.base import ReadTable, Rules

AT_ONCE = 5_000
"""Events that are read at once."""
TOGETHER = 10_000
"""Books are written together until they have so many events: most are small, and each COPY is a round trip."""
LARGEST = 120_000
"""Rows of one book that are held in memory: about 150 MB, and as much again while they are written."""
# Tenant by tenant, for each by the index on its positions: an ORDER BY over the join would sort the whole book.
_EVENTS = f"""SELECT e.* FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) p (tenant, after, upto)
  CROSS JOIN LATERAL (SELECT {STORED} FROM book.events WHERE tenant_id = p.tenant AND position > p.after
                      AND position <= p.upto ORDER BY position) e"""  # noqa: S608

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


@dataclass(frozen=True)
class Share:
    """Books to be folded. ``upto`` is where each one's part ends, ``after`` how far it has been folded before (in
    parts, so that its rows are to be recalled), ``parked`` what could not be applied in that."""

    upto: dict[UUID, int]
    after: Mapping[UUID, int]
    parked: Mapping[UUID, Parked]


def fill(
    wires: Wires, tables: tuple[ReadTable[Any], ...], keys: KeysAtHand, share: Share, marks: Marks,
    folded: Callable[[int, int], None],
) -> None:  # fmt: skip
    """Fold these books and write the rows, each with a mark; ``folded`` hears of each step: events more, rows more. A
    book some of whose rows cannot be stored is marked at position 0, for the catching up to find out which."""
    rules = Rules(tables)
    skips = wires.aside.execute(SKIPS).fetchall()
    with (
        ThreadPoolExecutor(1) as reader,
        ThreadPoolExecutor(1) as writer,
        wires.out.transaction(),
        wires.out.cursor(name="rebuild", binary=True) as cursor,
    ):
        writing = _Writing(wires, tables, share, marks, writer)
        after = [share.after.get(tenant, 0) for tenant in share.upto]
        cursor.execute(_EVENTS, [list(share.upto), after, list(share.upto.values())])
        book: Folding | None = None
        for tenant_id, part in _books(_ahead(lambda: cursor.fetchmany(AT_ONCE), reader)):
            if book is None or book.tenant_id != tenant_id:
                if book is not None:
                    writing.add(book)
                before = share.parked.get(tenant_id)
                book = Folding(tenant_id, rules, before.copy() if before else None)
                book.parked.skips = frozenset(skips)
                if tenant_id in share.after:
                    book.forget(Written(wires.aside, tables))
            book.add(part, keys.fetch_now(wires.aside, tenant_id, _subjects(part)).get)
            if book.size > LARGEST:
                writing.make_room(book)
            folded(len(part), writing.rows_since())
        if book is not None:
            writing.add(book)
        writing.finish()
        folded(0, writing.rows_since())


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
        self, wires: Wires, tables: tuple[ReadTable[Any], ...], share: Share, marks: Marks, writer: Executor
    ) -> None:
        self._rows = self._told = 0
        self._wires, self._tables, self._share, self._marks, self._writer = wires, tables, share, marks, writer
        self._waiting: list[Folding] = []
        self._under_way: Future[None] | None = None

    def rows_since(self) -> int:
        """Rows written since this was asked last."""
        before, self._told = self._told, self._rows
        return self._told - before

    def add(self, book: Folding) -> None:
        self._waiting.append(book)
        if sum(waiting.events for waiting in self._waiting) >= TOGETHER:
            self._begin()

    def make_room(self, book: Folding) -> None:
        """Write what there is of a large book. Its other rows are recalled from the tables, so it is waited for."""
        self.finish()
        if self._store([book], whole=False):
            book.forget(Written(self._wires.aside, self._tables))

    def finish(self) -> None:
        self._begin()
        self._begin()

    def _begin(self) -> None:
        if self._under_way is not None:
            self._under_way.result()
        books, self._waiting = self._waiting, []
        self._under_way = self._writer.submit(self._write, books) if books else None

    def _write(self, books: list[Folding]) -> None:
        if not self._store(books) and len(books) > 1:
            for book in books:
                self._store([book])

    def _store(self, books: list[Folding], *, whole: bool = True) -> bool:
        """Write rows and marks of these books in one transaction; ``whole``: all that there is of them. False if they
        cannot be stored; one alone is left to the catching up then."""
        into = self._wires.into
        if len(books) == 1 and not self._share.upto[books[0].tenant_id]:
            return True  # given up before
        try:
            with into.transaction():
                self._marks.hold(into)
                if not whole:
                    for table in self._tables:
                        key_index(into, table, suffix=NEXT)
                written = self._copy(into, books)
                for book in books:
                    if book.erased and isinstance(book.earlier, Written):
                        book.earlier.scrub(into, book.tenant_id, book.erased)
                for book in books:
                    at = self._share.upto[book.tenant_id] if whole else book.upto
                    self._marks.put(into, book.tenant_id, Mark(at, whole), book.parked)
        except Exception as error:
            if into.closed or isinstance(error, Superseded):
                raise
            if len(books) == 1:
                self._give_up(into, books[0])
            return False
        self._rows += written
        return True

    def _copy(self, into: psycopg.Connection[Any], books: list[Folding]) -> int:
        written = 0
        for book in books:
            if isinstance(book.earlier, Written):
                book.earlier.take_out(into)
        for table in self._tables:
            parts = [(book.tenant_id, rows) for book in books if (rows := book.rows(table))]
            written += copy_in(into, table, NEXT, parts) if parts else 0
        return written

    def _give_up(self, into: psycopg.Connection[Any], book: Folding) -> None:
        with into.transaction():
            self._marks.hold(into)
            if book.earlier is not None:
                leave_out(into, self._tables, book.tenant_id)
            self._marks.put(into, book.tenant_id, Mark(0, complete=True), None)
        self._share.upto[book.tenant_id] = 0


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage collector: rows hold no cycles, and walking over millions of them took half the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
