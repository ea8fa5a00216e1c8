"""From a domain event to the message that tells of it: the named fields, as plain JSON."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from pydantic.alias_generators import to_camel

from consumers.base import Message
from domain.base import Event, Recorded

Plain = Callable[[Any], Any]
_NAME = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")
TEXTS = frozenset({"start_time", "end_time", "start", "end", "zone", "timezone", "currency", "rule", "languages"})
"""Fields of text that are told: wall times, names of zones, currencies and languages, RFC 5545 rules. What a person
typed has no business in a message."""


class Published:
    """How one event is told. ``name`` such as ``session.booked`` becomes the type ``daybook.session.booked.v1``."""

    def __init__(self, event_class: type[Event], name: str, fields: str = "", *, version: int = 1) -> None:
        if not _NAME.fullmatch(name):
            raise TypeError(f"{name} is not a name such as session.booked")
        self.event_class = event_class
        self.type = f"daybook.{name}.v{version}"
        hints = typing.get_type_hints(event_class, include_extras=True)
        self.fields: dict[str, Any] = {field: hints[field] for field in fields.split()}
        """Names of the event's fields that are told, with their types."""
        self._told: list[tuple[str, str, Plain, Plain]] = [
            (field, to_camel(field), _plain(hint, field), _renamed(hint)) for field, hint in self.fields.items()
        ]

    def of_event(self, event: Event, at: Recorded) -> Message:
        """What is told of an event. Its personal fields need not have been opened."""
        facts = event.__dict__
        return self._message(at, {told: plain(facts[field]) for field, told, plain, _ in self._told})

    def of_stored(self, facts: Mapping[str, Any], at: Recorded) -> Message:
        """The same from its facts as they are stored, which are plain JSON already: a third of the time. Only for facts
        of the event's present version. Raises KeyError for one that is not there."""
        return self._message(at, {told: renamed(facts[field]) for field, told, _, renamed in self._told})

    def _message(self, at: Recorded, data: dict[str, Any]) -> Message:
        return Message(
            tenant_id=at.tenant_id, position=at.position, stream_id=at.stream_id, version=at.version, type=self.type,
            recorded_at=at.recorded_at, effective_on=at.effective_on, actor=at.actor, correlation=at.correlation,
            data=data,
        )  # fmt: skip


def _plain(hint: Any, field: str) -> Plain:
    """What makes plain JSON of a value of this type. Raises TypeError for a type that is not to be told."""
    inner = without_none(hint)
    if inner is not hint:
        plain = _plain(inner, field)
        return lambda value: None if value is None else plain(value)
    if typing.get_origin(hint) is tuple:
        [each] = {argument for argument in typing.get_args(hint) if argument is not ...}
        plain = _plain(each, field)
        return lambda values: [plain(value) for value in values]
    if hint is str and field not in TEXTS:
        raise TypeError(f"{field} is text, and text is not told")
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint, include_extras=True)
        parts = [(name, to_camel(name), _plain(hints[name], name)) for name in hints]
        return lambda value: {told: plain(getattr(value, name)) for name, told, plain in parts}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return lambda value: value.value
    try:
        return _PLAIN[hint]
    except KeyError:
        raise TypeError(f"{field} is a {hint}, and that is not told") from None


def _renamed(hint: Any) -> Plain:
    """What makes camelCase of the names within a stored value of this type."""
    inner = without_none(hint)
    if inner is not hint:
        renamed = _renamed(inner)
        return renamed if renamed is _itself else lambda value: None if value is None else renamed(value)
    if typing.get_origin(hint) is tuple:
        each = _renamed(typing.get_args(hint)[0])
        return each if each is _itself else lambda values: [each(value) for value in values]
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint, include_extras=True)
        parts = [(name, to_camel(name), _renamed(part)) for name, part in hints.items()]
        return lambda value: {told: renamed(value[name]) for name, told, renamed in parts}
    return _itself


def without_none(hint: Any) -> Any:
    """The type without ``None``, if it allows that; else the type itself."""
    arguments = typing.get_args(hint)
    if type(None) not in arguments:
        return hint
    [inner] = [argument for argument in arguments if argument is not type(None)]
    return inner


def _itself(value: Any) -> Any:
    return value


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


_PLAIN: dict[Any, Plain] = {
    UUID: str, Decimal: str, date: date.isoformat, datetime: _instant, int: _itself, bool: _itself, str: _itself,
}  # fmt: skip
