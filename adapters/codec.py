"""Events to text and back: the closed registry of stored types, upcasting, and sealing of personal fields.

Facts are plain JSON. An event's personal fields are taken out and stored together as one sealed box under
``"sealed"``, so the rest of the event stays readable after the person was erased; they are ``None`` then.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from adapters.crypto import seal, unseal
from domain.base import CLINICAL, PERSONAL, Aggregate, Event
from domain.registry import AGGREGATES

KeyOf = Callable[[UUID], bytes | None]
"""Finds a person's key by their id; ``None`` once it was destroyed."""

_ENVELOPE = {"originator_id", "originator_version", "effective_on"}


class UnknownEvent(Exception):
    """A stored topic that no aggregate of this release declares, or a version of it from a later release."""


class EventType:
    """How one class of event is stored."""

    def __init__(self, event_class: type[Event], aggregate: type[Aggregate]) -> None:
        self.event_class = event_class
        self.aggregate = aggregate
        self.topic: str = vars(event_class).get("TOPIC") or event_class.TOPIC  # type: ignore[attr-defined]
        self.version = event_class.class_version
        hints = typing.get_type_hints(event_class, include_extras=True)
        fields = dataclasses.fields(event_class)  # type: ignore[arg-type]
        self.names = tuple(f.name for f in fields if f.name not in _ENVELOPE)
        marks = {name: getattr(hints[name], "__metadata__", ()) for name in self.names}
        self.personal = tuple(name for name in self.names if PERSONAL in marks[name])
        self.clinical = frozenset(name for name in self.names if CLINICAL in marks[name])
        self.plain = tuple(name for name in self.names if name not in self.personal)
        self.series: str | None = event_class.DOCUMENT
        self.erases = event_class.ERASES is not None
        self._typed = msgspec.json.Decoder(event_class)
        self._loose = msgspec.json.Decoder(dict[str, Any])

    def subject(self, event: Event) -> UUID:
        subject: UUID = getattr(event, event.SUBJECT)
        return subject

    def subject_of(self, stream_id: UUID, data: str | bytes) -> UUID:
        """The person a stored event is about, without opening it."""
        if self.event_class.SUBJECT == "originator_id":
            return stream_id
        return self._named(self._loose.decode(data))

    def _named(self, facts: dict[str, Any]) -> UUID:
        name = self.event_class.SUBJECT
        if name not in facts:
            name = self.event_class.SUBJECT_BEFORE or name
        return UUID(facts[name])

    def erased(self, event: Event) -> UUID:
        """The person whose key is destroyed with it, if it ``erases``."""
        person: UUID = getattr(event, event.ERASES or "")
        return person

    def erased_of(self, stream_id: UUID, data: str | bytes) -> UUID:
        """The same of a stored event, without decoding it."""
        name = self.event_class.ERASES or ""
        return stream_id if name == "originator_id" else UUID(self._loose.decode(data)[name])

    def encode(self, event: Event, tenant_id: UUID, key: bytes | None) -> str:
        facts: dict[str, Any] = {name: getattr(event, name) for name in self.plain}
        if self.personal:
            if key is None:
                raise ValueError(f"{self.topic} has personal fields and no key to seal them with")
            private = msgspec.json.encode({name: getattr(event, name) for name in self.personal})
            facts["sealed"] = seal(key, private, _place(tenant_id, event.originator_id, event.originator_version))
        return msgspec.json.encode(facts).decode()

    def decode(
        self, tenant_id: UUID, stream_id: UUID, version: int, class_version: int, effective_on: date, data: str | bytes,
        key_of: KeyOf,
    ) -> Event:  # fmt: skip
        event: Event
        if class_version > self.version:  # nobody here knows what it means; folding it as it looks would be a guess
            raise UnknownEvent(f"{self.topic} version {class_version}")
        if not self.personal and class_version == self.version:
            event = self._typed.decode(data)
        else:
            event = self._unpack(self._loose.decode(data), tenant_id, stream_id, version, class_version, key_of)
        known = event.__dict__
        known["originator_id"], known["originator_version"], known["effective_on"] = stream_id, version, effective_on
        return event

    def _unpack(
        self, state: dict[str, Any], tenant_id: UUID, stream_id: UUID, version: int, class_version: int, key_of: KeyOf
    ) -> Event:
        box = state.pop("sealed", None)
        if self.personal:
            subject = stream_id if self.event_class.SUBJECT == "originator_id" else self._named(state)
            key = key_of(subject) if box else None
            state = dict.fromkeys(self.personal) | state  # a field may have been plain in an earlier version
            if key and box:
                state |= self._loose.decode(unseal(key, box, _place(tenant_id, stream_id, version)))
        for step in range(class_version, self.version):
            getattr(self.event_class, f"upcast_v{step}_v{step + 1}")(state)
        return msgspec.convert(state, self.event_class)


def _place(tenant_id: UUID, stream_id: UUID, version: int) -> bytes:
    return tenant_id.bytes + stream_id.bytes + version.to_bytes(4, "big")


def _event_types() -> dict[str, EventType]:
    types: dict[str, EventType] = {}
    for aggregate in AGGREGATES:
        for value in vars(aggregate).values():
            if isinstance(value, type) and issubclass(value, Event) and getattr(value, "TOPIC", None):
                kind = EventType(value, aggregate)
                if kind.topic in types:
                    raise TypeError(f"Two events are stored as {kind.topic}")
                types[kind.topic] = kind
    return types


EVENT_TYPES = _event_types()
"""Every stored type by its topic. Closed: a topic that is not here is never imported, only refused."""


def event_type(topic: str) -> EventType:
    try:
        return EVENT_TYPES[topic]
    except KeyError:
        raise UnknownEvent(topic) from None
