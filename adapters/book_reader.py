"""Reading the books for a consumer: shard by shard, each by whoever holds its lease. See schema/050_delivery.sql.

Connects as ``daybook_relay``, which sees every book and no key: what is sealed stays sealed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
import psycopg

from adapters.codec import EVENT_TYPES, UnknownEvent
from adapters.follower import LOOK_ROUND, OPTIONS, Ears
from consumers.base import Interrupted, Message
from consumers.messages import LANGUAGE
from domain.base import Recorded

log = logging.getLogger("daybook.delivery")

SHARDS: Final = 64
"""As ``delivery.shard`` has it: so many processes can share the books of one consumer."""
LEASE: Final = 10.0
"""Seconds after which the shards of a process that was killed are free. One that stops gives them up at once."""
PACE: Final = 0.008
"""Seconds between the starts of two reads that find their books read to the end: under load each then holds several
events, which is what keeps up."""
HELD: Final = 30.0
"""Seconds before a book that could not be read on is tried again."""
SHARE: Final = 20
"""Messages of one book that are read at least, if so many are there, before it is another's turn."""
Row = tuple[Any, ...]
_tenant = itemgetter(0)
_facts = msgspec.json.Decoder(dict[str, Any]).decode

_COLUMNS = """e.tenant_id, e.position, e.stream_id, e.version, e.topic, e.class_version, e.recorded_at,
    e.effective_on, e.actor, e.correlation, e.document, e.data"""
# LATERAL with a LIMIT: book by book through the primary key. A plan that is kept from when the table was empty took
# seconds otherwise, with 10,000 books.
_BEHIND = """SELECT b.tenant_id, coalesce(p.position, 0) FROM book.books b
  LEFT JOIN LATERAL (SELECT position FROM delivery.positions
                     WHERE tenant_id = b.tenant_id AND consumer = %s LIMIT 1) p ON true
  WHERE b.position > coalesce(p.position, 0) AND delivery.shard(b.tenant_id) = ANY (%s::integer[])"""
_NEXT = f"""SELECT {_COLUMNS} FROM unnest(%s::uuid[], %s::bigint[]) w (tenant, after)
  JOIN LATERAL (SELECT * FROM book.events e WHERE e.tenant_id = w.tenant AND e.position > w.after
                ORDER BY e.position LIMIT %s) e ON true
  ORDER BY e.tenant_id, e.position"""  # noqa: S608 - column names
_ONE = f"SELECT {_COLUMNS} FROM book.events e WHERE e.tenant_id = %s AND e.position = %s"  # noqa: S608


class BookReader:
    """``wants``: types of message; ``None``: all that is published. Blocks; not for two threads at once.

    ``from_start`` counts only the first time that anybody reads under this name: otherwise it begins behind what is in
    the books by then.
    """

    def __init__(
        self, url: str, consumer: str, *, wants: frozenset[str] | None = None, from_start: bool = False,
        lease: float = LEASE,
    ) -> None:  # fmt: skip
        self.consumer = consumer
        self.member = uuid4().hex  # new at each start: a process that comes back is another holder
        self._url = url
        self._topics = {
            kind.topic: kind for kind in EVENT_TYPES.values()
            if (told := LANGUAGE.get(kind.event_class)) and (wants is None or told.type in wants)
        }  # fmt: skip
        self._from_start = from_start
        self.lease = lease
        self._ears = Ears(url)
        self._listening = False
        self._db: psycopg.Connection[Any] | None = None
        self.fences: dict[int, int] = {}
        """The shards that are ours, and under which fence."""
        self._renewed = self._looked = self._began = float("-inf")
        self._done: dict[UUID, int] = {}
        """Up to where each book was read that we know of."""
        self._read: dict[UUID, int] = {}
        """The same for what is not committed yet."""
        self._heard: set[UUID] = set()
        self._queue: dict[UUID, None] = {}
        """Books that are behind, or may be, in the order in which they are read on."""
        self._held: dict[UUID, float] = {}

    def read(self, most: int, timeout: float, *, ahead: bool = False) -> list[Message]:
        """Up to ``most`` messages, those of a book in order. ``ahead``: what was read before is still being worked on,
        so no position may move. Raises ``Interrupted``."""
        deadline = time.monotonic() + timeout
        alone = not (self._read or ahead)
        if not self._queue:
            time.sleep(max(0.0, self._began + PACE - time.monotonic()))
        self._began = time.monotonic()
        while True:
            with self._connected() as db:
                self._renew(db)
                messages, found = self._next(db, most)
                if messages:
                    return messages
                if found:  # events that nobody is told of: done with them, unless something before them is not
                    if alone:
                        self._move(db, self.handed())
                    continue
            left = deadline - time.monotonic()
            if left <= 0:
                return []
            self._heard |= self._ears.wait(min(left, max(0.0, self._looked + LOOK_ROUND - time.monotonic())))

    def handed(self) -> dict[UUID, int]:
        """Up to where each book was read since this was last asked: what ``commit`` is to be given in time."""
        handed, self._read = self._read, {}
        return handed

    def commit(self, positions: dict[UUID, int] | None = None) -> None:
        """Up to here (without: up to where it was read) all is done with. Raises ``Interrupted``, also if a shard was
        lost meanwhile."""
        with self._connected() as db:
            self._move(db, self.handed() if positions is None else positions)

    def keep(self) -> None:
        """Keep the leases, however long what was read is in hand."""
        with self._connected() as db:
            db.execute("SELECT delivery.keep(%s, %s, %s)", [self.consumer, self.member, self.lease])

    def rewind(self) -> None:
        """Back to what is committed."""
        self._read.clear()
        self._done.clear()
        self._queue.clear()
        self._looked = float("-inf")

    def close(self) -> None:
        self._ears.stop()
        with suppress(psycopg.Error, Interrupted), self._connected() as db:
            db.execute("SELECT delivery.leave(%s, %s)", [self.consumer, self.member])
        if self._db is not None:
            self._db.close()
            self._db = None

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            if self._db is None:
                self._db = psycopg.connect(self._url, autocommit=True, options=OPTIONS)
                self._db.execute("SELECT delivery.begin(%s, %s)", [self.consumer, self._from_start])
            if not self._listening:
                self._listening = True
                self._ears.start()
            yield self._db
        except psycopg.Error as error:
            if self._db is not None:
                self._db.close()
                self._db = None
            raise Interrupted from error

    def _renew(self, db: psycopg.Connection[Any]) -> None:
        now = time.monotonic()
        if now - self._renewed < self.lease / 3:
            return
        held = dict(db.execute("SELECT * FROM delivery.take(%s, %s, %s)", [self.consumer, self.member, self.lease]))
        if held != self.fences:
            log.info("%s works on %s of %s shards", self.consumer, len(held), SHARDS)
            self.fences = held
            # Of books that changed hands we know nothing any more; what is in hand cannot be committed.
            self._done = {tenant: at for tenant, at in self._done.items() if shard(tenant) in held}
            self._queue.clear()
            self._looked = float("-inf")
        self._renewed = now

    def _next(self, db: psycopg.Connection[Any], most: int) -> tuple[list[Message], bool]:
        now = time.monotonic()
        self._held = {tenant: until for tenant, until in self._held.items() if until > now}
        if now - self._looked >= LOOK_ROUND:
            self._queue_up(db.execute(_BEHIND, [self.consumer, list(self.fences)]).fetchall())
            self._looked = now
        heard, self._heard = self._heard, set()
        unknown = [tenant for tenant in heard if tenant not in self._done and shard(tenant) in self.fences]
        if unknown:
            asked = [self.consumer, list(self.fences), unknown]
            self._queue_up(db.execute(f"{_BEHIND} AND b.tenant_id = ANY (%s)", asked).fetchall())
        self._queue_up((tenant, 0) for tenant in heard if tenant in self._done)
        # Many books at once are read a piece each, in turn: a long one keeps none of the others waiting.
        wanted = dict(islice(self._queue.items(), max(1, most // SHARE)))
        if not wanted:
            return [], False
        limit = most // len(wanted)
        after = [self._done[tenant] for tenant in wanted]
        rows = db.execute(_NEXT, [list(wanted), after, limit]).fetchall()
        for tenant in wanted:
            del self._queue[tenant]
        return self._told(rows, limit)

    def _queue_up(self, behind: Iterable[tuple[UUID, int]]) -> None:
        for tenant, position in behind:
            self._done[tenant] = max(position, self._done.get(tenant, 0))
            if tenant not in self._held:
                self._queue.setdefault(tenant)

    def _told(self, rows: list[Row], limit: int) -> tuple[list[Message], bool]:
        messages: list[Message] = []
        moved = False
        for tenant, book in groupby(rows, _tenant):
            count = 0
            for row in book:
                try:
                    message = self._message(row)
                except Exception as error:  # without its text: that may quote what is in the event
                    what = type(error).__name__
                    log.error("%s stands before position %s of %s: %s", self.consumer, row[1], tenant, what)
                    self._held[tenant] = time.monotonic() + HELD
                    break
                count += 1
                position = row[1]
                if message is not None:
                    messages.append(message)
            if count:
                self._read[tenant] = self._done[tenant] = position
                moved = True
                if count >= limit:
                    self._queue[tenant] = None
        return messages, moved

    def _message(self, row: Row) -> Message | None:
        if row[4] not in self._topics:
            if row[4] not in EVENT_TYPES:  # from a later release: it may well have to be told
                raise UnknownEvent(row[4])
            return None
        return message_of(row)

    def _move(self, db: psycopg.Connection[Any], positions: dict[UUID, int]) -> None:
        if not positions:
            return
        asked = [
            self.consumer, self.member, list(self.fences), list(self.fences.values()), list(positions),
            list(positions.values()),
        ]  # fmt: skip
        row = db.execute("SELECT delivery.move(%s, %s, %s, %s, %s, %s)", asked).fetchone()
        moved = row[0] if row else 0
        if moved != len(positions):
            self._renewed = float("-inf")
            raise Interrupted(f"{len(positions) - moved} of {len(positions)} books are another's by now")


def message_of(row: Row) -> Message | None:
    """What is told of a stored event (``_COLUMNS``). Nothing sealed is opened, as no key is at hand."""
    tenant, position, stream, version, topic, class_version, recorded_at, effective_on, actor, correlation, _, data = (
        row
    )
    kind = EVENT_TYPES[topic]
    told = LANGUAGE.get(kind.event_class)
    if told is None:
        return None
    at = Recorded(tenant, position, stream, version, topic, recorded_at, effective_on, actor, correlation)
    if class_version == kind.version:
        with suppress(KeyError):  # a field that was added with a default: decoding gives it
            return told.of_stored(_facts(data), at)
    return told.of_event(kind.decode(tenant, stream, version, class_version, effective_on, data, lambda _: None), at)


def message_at(db: psycopg.Connection[Any], tenant_id: UUID, position: int) -> Message | None:
    """The message at a position of a book."""
    row = db.execute(_ONE, [tenant_id, position]).fetchone()
    return message_of(row) if row else None


def shard(tenant_id: UUID) -> int:
    """As ``delivery.shard``."""
    return tenant_id.bytes[15] % SHARDS
