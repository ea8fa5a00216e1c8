"""What each published type looked like when it was promised, and how new ones are added.

    python -m tests.house.golden_messages   add what is missing

Readers elsewhere rely on these bytes. Never edit ``golden_messages.json`` to make a test pass: a change that they would
notice is a new version of the type beside the old, and the old goes on being published.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from adapters.codec import EVENT_TYPES
from consumers.base import Message
from consumers.messages import LANGUAGE, TYPES, encode
from domain.base import Recorded
from tests.house import golden

FILE = Path(__file__).with_name("golden_messages.json")
STORED_AS = {
    LANGUAGE[kind.event_class].type: kind.topic for kind in EVENT_TYPES.values() if kind.event_class in LANGUAGE
}
"""The topic of the event that a type tells of."""


def example(type_: str, *, full: bool) -> Message:
    """Of an event with a value in every field, personal ones included; or in those only that must have one."""
    topic = STORED_AS[type_]
    event = golden.example(EVENT_TYPES[topic], full=full)
    at = Recorded(
        golden.TENANT, 41, golden.STREAM, golden.VERSION, topic, datetime(2026, 11, 20, 6, 30, 0, 123456, tzinfo=UTC),
        golden.DAY, uuid5(NAMESPACE_URL, "actor"), uuid5(NAMESPACE_URL, "correlation"),
    )  # fmt: skip
    return TYPES[type_].of_event(event, at)


def load() -> dict[str, list[Any]]:
    kept: dict[str, list[Any]] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    return kept


def told(type_: str) -> list[Any]:
    """As JSON: with everything, and (if that differs) with as little as may be."""
    full, bare = (json.loads(encode(example(type_, full=full))) for full in (True, False))
    return [full] if full == bare else [full, bare]


def add() -> None:
    kept = load()
    entries = kept | {type_: told(type_) for type_ in TYPES.keys() - kept.keys()}
    FILE.write_text(json.dumps(dict(sorted(entries.items())), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    add()
