"""The published language keeps its promises: complete, unchanged, and silent about people."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import ValidationError, validator_for

from adapters.book_reader import message_of
from adapters.codec import EVENT_TYPES
from consumers.messages import INTERNAL, LANGUAGE, TYPES, Published, Undecodable, decode, encode
from consumers.messages.described import describe
from consumers.messages.translation import TEXTS
from domain.billing import PatientLedger
from domain.patients import Patient
from domain.scheduling import Session
from tests.house import golden, golden_messages

ASYNCAPI = Path(__file__).parents[1] / "data" / "asyncapi" / "schema.json"
KEPT = golden_messages.load()
HOW = "see tests/house/golden_messages.py before you change anything"


def test_every_event_is_published_or_says_why_not() -> None:
    published = {kind.topic for kind in EVENT_TYPES.values() if kind.event_class in LANGUAGE}
    assert published | INTERNAL.keys() == EVENT_TYPES.keys(), "add it to consumers/messages/language.py"
    assert published & INTERNAL.keys() == set()
    assert all(INTERNAL.values())
    assert len(published) == len(TYPES) > 60


@pytest.mark.parametrize("type_", sorted(KEPT))
def test_what_was_promised_is_still_told(type_: str) -> None:
    assert type_ in TYPES, f"{type_} was promised and is not told any more: {HOW}"
    for kept, now in zip(KEPT[type_], golden_messages.told(type_), strict=True):
        assert kept["data"].items() <= now["data"].items(), f"{type_} changed: {HOW}"
        assert {**now, "data": kept["data"]} == kept, f"{type_} changed: {HOW}"


def test_every_type_is_pinned() -> None:
    assert TYPES.keys() - KEPT.keys() == set(), "run `python -m tests.house.golden_messages`"


def test_a_pinned_type_with_another_meaning_is_found() -> None:
    kept = KEPT["daybook.session.booked.v1"][0]
    changed = {**kept, "data": {**kept["data"], "duration": "3"}}
    now = golden_messages.told("daybook.session.booked.v1")[0]
    assert not changed["data"].items() <= now["data"].items()


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_nothing_that_a_person_typed_is_told(type_: str) -> None:
    """Every text of an example event begins with its field's name: no such text may come through, but for the few
    fields that hold times of day, zones and the like."""
    event_class = TYPES[type_].event_class
    kind = next(kind for kind in EVENT_TYPES.values() if kind.event_class is event_class)
    text = encode(golden_messages.example(type_, full=True)).decode()
    texts = re.findall(r'"(?:\w+\.)*?(\w+)(?:\.\d)?: “é” नमस्ते"', text)
    assert len(texts) == text.count("नमस्ते")
    assert set(texts) <= TEXTS
    assert [name for name in kind.personal if f"{name}: " in text] == []


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (Patient.PatientRegistered, "first_name"),
        (Session.SessionCancelled, "reason"),
        (PatientLedger.PaymentVoided, "reason"),
        (PatientLedger.PaymentRecorded, "reference"),
    ],
)
def test_text_cannot_be_published_by_mistake(event: Any, field: str) -> None:
    with pytest.raises(TypeError, match="told"):
        Published(event, "some.thing", field)


@pytest.mark.parametrize("type_", sorted(TYPES))
@pytest.mark.parametrize("full", [True, False])
def test_what_is_told_is_the_same_whether_it_was_decoded_or_not(type_: str, full: bool) -> None:
    topic = golden_messages.STORED_AS[type_]
    kind = EVENT_TYPES[topic]
    told = golden_messages.example(type_, full=full)
    data = kind.encode(golden.example(kind, full=full), golden.TENANT, golden.KEY)
    row = (
        told.tenant_id, told.position, told.stream_id, told.version, topic, kind.version, told.recorded_at,
        told.effective_on, told.actor, told.correlation, None, data,
    )  # fmt: skip
    assert message_of(row) == told
    assert message_of((*row[:-1], json.dumps({"later": 1, **json.loads(data)}))) == told


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_a_message_comes_back_from_its_bytes_as_it_was(type_: str) -> None:
    for full in (True, False):
        message = golden_messages.example(type_, full=full)
        assert decode(encode(message)) == message


@pytest.mark.parametrize("broken", [
    b"", b"{}", b"\xff", b"[1]", b'{"specversion": "0.3"}',
    json.dumps(KEPT["daybook.user.renamed.v1"][0] | {"specversion": "2.0"}).encode(),
    json.dumps(KEPT["daybook.user.renamed.v1"][0] | {"source": "/somebody/else"}).encode(),
    json.dumps(KEPT["daybook.user.renamed.v1"][0] | {"source": "/daybook/tenants/nobody"}).encode(),
    json.dumps(KEPT["daybook.user.renamed.v1"][0] | {"position": "first"}).encode(),
])  # fmt: skip
def test_other_bytes_are_no_message(broken: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(broken)


def test_the_description_keeps_to_asyncapi() -> None:
    validator = validator_for(json.loads(ASYNCAPI.read_text("utf-8")))
    validator.validate(describe())
    wrong = describe()
    wrong["operations"]["publish"]["action"] = "shout"
    with pytest.raises(ValidationError):
        validator.validate(wrong)


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_messages_are_as_described(type_: str) -> None:
    document = describe()
    payload = document["components"]["messages"][type_]["payload"]
    [_, own] = payload["allOf"]
    envelope = validator_for(document["components"]["schemas"]["event"], validate_formats=True)
    for kept in KEPT[type_]:
        envelope.validate(kept)
        validator_for(own, validate_formats=True).validate(kept)
        if kept["data"]:
            with pytest.raises(ValidationError):
                validator_for(own).validate({**kept, "data": {}})
