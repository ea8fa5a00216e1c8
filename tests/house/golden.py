"""Payloads of every stored type as they were when it came to be, and how new ones are added.

    python -m tests.house.golden            add what is missing
    python -m tests.house.golden TOPIC …    make these anew: only while no book anywhere holds such an event

A stored event lives longer than the release that wrote it. Never edit ``golden_events.json`` to make a test pass:
give the event a new ``class_version`` and an upcaster, and run this to add the new version beside the old.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import types
import typing
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from adapters.codec import EVENT_TYPES, EventType
from domain.base import Event

FILE = Path(__file__).with_name("golden_events.json")
TENANT, STREAM, KEY = uuid5(NAMESPACE_URL, "tenant"), uuid5(NAMESPACE_URL, "stream"), bytes(range(32))
VERSION, DAY = 7, date(2026, 11, 20)
_PLAIN: dict[Any, Any] = {
    int: 3, bool: True, Decimal: Decimal("1250.50"), date: DAY, time: time(9, 30), timedelta: timedelta(minutes=45),
    datetime: datetime(2026, 11, 20, 4, 0, tzinfo=UTC),
}  # fmt: skip


def read(kind: EventType, class_version: int, data: str) -> Event:
    return kind.decode(TENANT, STREAM, VERSION, class_version, DAY, data, lambda _: KEY)


def facts(event: Event, names: tuple[str, ...]) -> dict[str, Any]:
    """As JSON would have them."""
    found: dict[str, Any] = json.loads(msgspec.json.encode({name: getattr(event, name) for name in names}))
    return found


def load() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else []
    return entries


def example(kind: EventType, *, full: bool) -> Event:
    """An event with a value in every field or, unless ``full``, in those only that must have one."""
    hints = typing.get_type_hints(kind.event_class, include_extras=True)
    given = {name: _value(hints[name], name, full) for name in kind.names}
    return kind.event_class(originator_id=STREAM, originator_version=VERSION, effective_on=DAY, **given)


def _value(hint: Any, name: str, full: bool) -> Any:  # noqa: PLR0911 - one for each kind of type
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _value(arguments[0], name, full)
    if origin in {typing.Union, types.UnionType}:
        kinds = [a for a in arguments if a is not type(None)]
        return _value(kinds[0], name, full) if full or len(kinds) == len(arguments) else None
    if origin is typing.Literal:
        return arguments[0]
    if origin is tuple and arguments[-1] is ...:
        return (_value(arguments[0], f"{name}.0", full), _value(arguments[0], f"{name}.1", full)) if full else ()
    if origin is tuple:
        return tuple(_value(a, f"{name}.{n}", full) for n, a in enumerate(arguments))
    if hint is UUID:
        return uuid5(NAMESPACE_URL, name)
    if hint is str:
        return f"{name}: “é” नमस्ते"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint, include_extras=True)
        inner = {f.name: _value(hints[f.name], f"{name}.{f.name}", full) for f in dataclasses.fields(hint)}
        return hint(**inner)  # type: ignore[operator]
    return _PLAIN[hint]


def made(kind: EventType) -> list[dict[str, Any]]:
    entries = []
    for full in (True, False):
        event = example(kind, full=full)
        data = kind.encode(event, TENANT, KEY)
        means = facts(event, kind.names)
        entries.append({"topic": kind.topic, "class_version": kind.version, "data": data, "means": means})
    return entries if entries[0]["means"] != entries[1]["means"] else entries[:1]


def add(renewed: set[str]) -> None:
    kept = [entry for entry in load() if entry["topic"] not in renewed]
    known = {(entry["topic"], entry["class_version"]) for entry in kept}
    for kind in EVENT_TYPES.values():
        if (kind.topic, kind.version) not in known:
            kept += made(kind)
    kept.sort(key=lambda entry: (entry["topic"], entry["class_version"]))
    FILE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    add(set(sys.argv[1:]))
