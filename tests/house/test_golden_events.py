"""What was ever stored still loads, and means what it meant."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.codec import EVENT_TYPES
from tests.house import golden

ENTRIES = golden.load()
HOW = "see tests/house/golden.py before you change anything"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e['topic']}-{e['class_version']}")
def test_an_old_payload_still_loads(entry: dict[str, Any]) -> None:
    kind = EVENT_TYPES.get(entry["topic"])
    assert kind is not None, f"{entry['topic']} was stored and is not known any more: {HOW}"
    assert kind.version >= entry["class_version"], f"{entry['topic']} went back a version: {HOW}"
    event = golden.read(kind, entry["class_version"], entry["data"])
    if kind.version == entry["class_version"]:
        means = entry["means"]
        now = golden.facts(event, kind.names)
        assert {name: now.get(name, "gone") for name in means} == means, f"{entry['topic']} changed: {HOW}"
        assert event == golden.read(kind, kind.version, kind.encode(event, golden.TENANT, golden.KEY))


def test_every_stored_type_has_its_payloads() -> None:
    stored = {(kind.topic, kind.version) for kind in EVENT_TYPES.values()}
    missing = stored - {(entry["topic"], entry["class_version"]) for entry in ENTRIES}
    assert missing == set(), "run `python -m tests.house.golden`"


def test_every_version_between_the_first_and_the_last_is_there() -> None:
    for kind in EVENT_TYPES.values():
        versions = {entry["class_version"] for entry in ENTRIES if entry["topic"] == kind.topic}
        assert versions == set(range(1, kind.version + 1))
        for step in range(1, kind.version):
            assert hasattr(kind.event_class, f"upcast_v{step}_v{step + 1}")


def test_stored_names_follow_one_pattern() -> None:
    """feature.PastTense, the feature being the module that declares it."""
    for kind in EVENT_TYPES.values():
        feature, _, name = kind.topic.partition(".")
        assert name == kind.event_class.__name__
        assert kind.event_class.__module__.split(".")[1] == feature
        assert not name.endswith(("Updated", "Changes", "Command")), "say what happened, in the staff's words"
