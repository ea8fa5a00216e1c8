"""What every consumer is made of: the message it is given, where messages come from, and the one loop around both.

A message may come twice: after a crash, a rebalance, a lost acknowledgement. So a consumer answers *effects*, which are
commands, and the loop carries them out through the one door under a key made from the message. The book's own record
of that key and the events of the command are one append: a message handled twice has one effect.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from application.base import SYSTEM, Command, Context, Store, execute
from application.ports import Clock
from domain.base import Refused, derived_id
from domain.values import Role

log = logging.getLogger("daybook.consumers")

BATCH: Final = 500
"""Messages asked for at a time."""
AT_ONCE: Final = 16
"""Streams of one batch that are handled at the same time; the messages of one stream follow each other."""
LOOK_ROUND: Final = 0.5
"""Seconds that a source may wait for a message before it is asked again, and stopping is noticed."""
PAUSES: Final = (0.05, 0.25, 1.0)
"""Seconds before each further try of a message that failed; then it goes to the dead letters."""
LONGEST_PAUSE: Final = 5.0
"""Seconds between two tries while the database or the broker is away."""
AWAY: Final = "SERVICE_UNAVAILABLE"
"""The code of refusals that say nothing about the message: what is needed cannot be reached just now."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A fact of the published language, the same from every source. See ``consumers.messages`` for the types.

    ``data`` is plain JSON in camelCase: ids, dates, amounts (as text) and states; never personal data, never free text.
    ``(tenant_id, stream_id, version)`` says which fact it is; ``position`` counts within the tenant.
    """

    tenant_id: UUID
    position: int
    stream_id: UUID
    version: int
    type: str
    recorded_at: datetime
    effective_on: date
    actor: UUID
    correlation: UUID
    data: Mapping[str, Any]

    def id(self, name: str) -> UUID:
        """An id of ``data``. Raises KeyError, ValueError."""
        return UUID(self.data[name])

    def maybe_id(self, name: str) -> UUID | None:
        value = self.data.get(name)
        return None if value is None else UUID(value)

    def instant(self, name: str) -> datetime:
        """An aware instant of ``data``."""
        return datetime.fromisoformat(self.data[name])

    def derived_id(self, *parts: object) -> UUID:
        """An id that this message always leads to: that of a stream which its effect begins."""
        return derived_id(self.stream_id, self.version, *parts)


@dataclass(frozen=True, slots=True)
class Effect:
    """A command that a message gives rise to. ``key`` sets it apart from the message's other effects ("" if it is the
    only one): a recipient and a channel, say."""

    command: Command
    key: str = ""


class Consumer(Protocol):
    @property
    def name(self) -> str:
        """Stable: positions, groups, keys and dead letters are kept under it."""

    @property
    def wants(self) -> frozenset[str]:
        """The types of message it is given."""

    async def handle(self, message: Message) -> Sequence[Effect]:
        """What follows from a message, in order. May look things up; changes nothing itself. What it raises is tried
        again a few times and then goes to the dead letters, except for ``SERVICE_UNAVAILABLE``, which is waited out."""


class Source(Protocol):
    """Where messages come from: Kafka, or the books themselves."""

    async def poll(self, most: int, timeout: float) -> Sequence[Message]:
        """Messages that this process is to handle now, those of a stream in order; empty after ``timeout`` seconds
        without any. Raises ``Interrupted``."""

    async def commit(self) -> None:
        """All that ``poll`` has answered is done with. Raises ``Interrupted`` (they may come again)."""

    async def rewind(self) -> None:
        """Go back to the last commit: what was polled since comes again."""

    async def close(self) -> None:
        """Leave at once to others what is not committed."""


class DeadLetters(Protocol):
    """Messages that could not be handled, by consumer, until somebody tries them again or drops them."""

    async def put(self, consumer: str, message: Message, error: str) -> None:
        """Keep it. Twice is once. Raises ``Interrupted``."""

    async def outstanding(self, consumer: str | None = None) -> Sequence[DeadLetter]:
        """What is there, oldest first."""

    async def settle(self, letter: DeadLetter) -> None:
        """It was handled after all, or is given up."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """``error`` is the name of what went wrong and its code: texts of errors may quote people."""

    consumer: str
    message: Message
    error: str
    at: datetime


class Interrupted(Exception):
    """A source or the dead letters cannot be reached. Nothing is lost: read again from the last commit."""


@dataclass(slots=True)
class Tally:
    """What a loop has done since it began."""

    handled: int = 0
    effects: int = 0
    repeated: int = 0
    """Effects that were there already."""
    dead: int = 0
    interrupted: int = 0


class Work(Protocol):
    """What a loop does with a batch."""

    @property
    def name(self) -> str: ...

    @property
    def tally(self) -> Tally: ...

    async def all(self, messages: Sequence[Message]) -> None:
        """Raises ``Interrupted`` if something needed is away: part of it may be done, and all of it comes again."""


class Handling:
    """Carries out what one consumer makes of messages: all of a batch, each once."""

    def __init__(
        self, consumer: Consumer, store: Store, clock: Clock, new_id: Callable[[], UUID], dead: DeadLetters
    ) -> None:
        self.consumer = consumer
        self.name = consumer.name
        self.tally = Tally()
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._dead = dead

    async def all(self, messages: Sequence[Message]) -> None:
        lanes: dict[tuple[UUID, UUID], list[Message]] = {}
        for message in messages:
            if message.type in self.consumer.wants:
                lanes.setdefault((message.tenant_id, message.stream_id), []).append(message)
        free = asyncio.Semaphore(AT_ONCE)

        async def follow(lane: list[Message]) -> None:
            async with free:
                for message in lane:
                    await self._settle(message)

        results = await asyncio.gather(*map(follow, lanes.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def once(self, message: Message) -> None:
        """Handle one message; whatever goes wrong is raised."""
        for effect in await self.consumer.handle(message):
            outcome = await execute(effect.command, self._context(message, effect), self._store)
            self.tally.effects += 1
            self.tally.repeated += outcome.replayed
        self.tally.handled += 1

    async def _settle(self, message: Message) -> None:
        for pause in (*PAUSES, None):
            try:
                return await self.once(message)
            except Exception as error:
                if isinstance(error, Interrupted) or (isinstance(error, Refused) and error.code == AWAY):
                    raise Interrupted from error
                what = named(error)
                if pause is None:
                    break
            await asyncio.sleep(pause)
        log.error(
            "%s cannot handle %s v%s of %s (%s): to the dead letters",
            self.consumer.name, message.type, message.version, message.stream_id, what,
        )  # fmt: skip
        await self._dead.put(self.consumer.name, message, what)
        self.tally.dead += 1
        return None

    def _context(self, message: Message, effect: Effect) -> Context:
        """The system's, in the message's tenant. The key is the inbox: see the head of this module. The fingerprint
        stays empty, as a later release may word the same effect differently."""
        return Context(
            tenant_id=message.tenant_id, actor=SYSTEM, role=Role.WORKSPACE_ADMIN, now=self._clock.now(),
            correlation=message.correlation, new_id=self._new_id, key=effect_key(self.consumer.name, message, effect),
        )  # fmt: skip


def effect_key(consumer: str, message: Message, effect: Effect) -> str:
    """One key for one effect of one message, however often it comes."""
    return f"{consumer}/{message.stream_id}/{message.version}/{effect.key}"


def named(error: Exception) -> str:
    """An error's kind and code, and of a refusal the kind of what led to it: ``Unavailable SERVICE_UNAVAILABLE by
    PoolTimeout``. Without their texts: those may quote what somebody typed."""
    if not isinstance(error, Refused):
        return type(error).__name__
    by = f" by {type(error.__cause__).__name__}" if error.__cause__ else ""
    return f"{type(error).__name__} {error.code}{by}"


async def run(work: Work, source: Source, stopping: asyncio.Event, *, most: int = BATCH) -> None:
    """The loop: poll, work, commit, in this order, until told to stop; then what is in hand is finished first.

    Committed before it was handled, a crash would lose messages; handled before it is committed, one comes again, and
    its key says that it was there.
    """
    away = 0
    clean = True
    try:
        while not stopping.is_set():
            try:
                if not clean:
                    await source.rewind()
                    clean = True
                messages = await source.poll(most, LOOK_ROUND)
                if messages:
                    clean = False
                    await work.all(messages)
                    await source.commit()
                    clean = True
                away = 0
            except Interrupted as error:
                clean = False
                pause = min(0.1 * 2**away, LONGEST_PAUSE)
                if away == 0:
                    log.warning("%s interrupted (%s)", work.name, _cause(error))
                away += 1
                work.tally.interrupted += 1
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), pause)
    finally:
        await source.close()


def _cause(error: Exception) -> str:
    return named(error.__cause__) if isinstance(error.__cause__, Exception) else str(error)
