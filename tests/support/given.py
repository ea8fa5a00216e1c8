"""Given, when, then, for any aggregate::

    given = on(PatientLedger, ledger_id(PATIENT))

    given(charged(800)).when(pay(500)).then(PatientLedger.PaymentRecorded(...))
    given(voided(R1)).when(lambda ledger: ledger.void_payment(...)).then_refused(AlreadyVoided)

Events are written without their place in the stream: the story gives them stream id and version. ``then``
compares all facts and the effective date of everything decided since ``given``, and shows besides that the
stored form of these events folds to the very state the commands left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, Self, TypeVar
from uuid import UUID

import msgspec

from domain.base import Aggregate, Event, Refused

A = TypeVar("A", bound=Aggregate)


class Given(Protocol[A]):
    def __call__(self, *history: Event | Callable[[A], object]) -> Story[A]: ...


def on(kind: type[A], stream_id: UUID) -> Given[A]:
    """A ``given`` for one stream of one kind of aggregate."""

    def given(*history: Event | Callable[[A], object]) -> Story[A]:
        return Story(kind, stream_id).given(*history)

    return given


class Story(Generic[A]):
    """``aggregate`` is what the steps so far have made; ``refusal`` what the last one raised."""

    def __init__(self, kind: type[A], stream_id: UUID) -> None:
        self.aggregate = kind.blank(stream_id)
        self.refusal: Refused | None = None
        self._history: list[Event] = []

    def given(self, *history: Event | Callable[[A], object]) -> Self:
        """What happened before: events, or commands that make them."""
        for step in history:
            if isinstance(step, Event):
                placed(step, self.aggregate.id, self.aggregate.version + 1).mutate(self.aggregate)
                self._history.append(placed(step, self.aggregate.id, self.aggregate.version))
            else:
                step(self.aggregate)
                self._history.extend(self._decided())
                self.aggregate.pending_events.clear()
        return self

    def when(self, *steps: Callable[[A], object]) -> Self:
        """Carry out commands. The last may be refused, and then it must have decided nothing."""
        for step in steps:
            if self.refusal is not None:
                raise AssertionError(f"Nothing may follow a refusal: {self.refusal!r}")
            before = self.aggregate.version
            try:
                step(self.aggregate)
            except Refused as refusal:
                self.refusal = refusal
                assert self.aggregate.version == before, "A refused command left events behind"
        return self

    def then(self, *expected: Event) -> Self:
        """Exactly these events were decided (none, if none are given)."""
        assert self.refusal is None, f"Refused: {self.refusal!r}"
        first = len(self._history) + 1
        wanted = [placed(e, self.aggregate.id, first + n) for n, e in enumerate(expected)]
        assert self._decided() == wanted
        return self.then_refolds()

    def then_refused(self, refusal: type[Refused] | str, **details: object) -> Self:
        """The last command was refused by this class or with this code, and with at least these details."""
        assert self.refusal is not None, f"Not refused, but decided: {self._decided()}"
        if isinstance(refusal, str):
            assert self.refusal.code == refusal
        else:
            assert type(self.refusal) is refusal
        assert {name: self.refusal.details.get(name) for name in details} == details
        assert "`" not in str(self.refusal), "A docstring's first line is what people read"
        return self

    def then_refolds(self) -> Self:
        """Stored and loaded again, the stream folds to the same state."""
        again = refolded(self.aggregate, [*self._history, *self._decided()])
        assert state(again) == state(self.aggregate)
        return self

    def _decided(self) -> list[Event]:
        return [e for e in self.aggregate.pending_events if isinstance(e, Event)]


def placed(event: Event, stream_id: UUID, version: int) -> Event:
    """The same event at a place in a stream."""
    return type(event)(**{**vars(event), "originator_id": stream_id, "originator_version": version})


def refolded(aggregate: A, stream: list[Event]) -> A:
    """A new aggregate of the same kind, folded from the JSON form of a stream."""
    again = type(aggregate).blank(aggregate.id)
    for event in stream:
        msgspec.json.decode(msgspec.json.encode(event), type=type(event)).mutate(again)
    return again


def state(aggregate: Aggregate) -> dict[str, Any]:
    """Everything an aggregate remembers but the events it has not saved, and what the book told it."""
    return {name: value for name, value in vars(aggregate).items() if name not in {"_pending_events", "open_from"}}
