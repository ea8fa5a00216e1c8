"""Stored types are a closed list; what was stored by an older release is brought up to date, a newer one refused."""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from adapters.codec import EVENT_TYPES, EventType, UnknownEvent, event_type
from domain.base import Aggregate, Event, PersonalText
from domain.billing import PatientLedger, ledger_id
from tests.book.desk import TODAY, ask, desk, in_loop
from tests.support.postgres import Database

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    UUID: st.uuids(),
    str: TEXT,
    int: st.integers(-(2**53), 2**53),
    bool: st.booleans(),
    Decimal: st.decimals(-(10**10), 10**10, places=2),
    date: st.dates(),
    time: st.times(),
    timedelta: st.timedeltas(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value that the type allows."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in SIMPLE:
        return SIMPLE[hint]
    if origin is typing.Annotated:
        return values_of(arguments[0])
    if origin in {typing.Union, types.UnionType}:
        return st.one_of([st.none() if a is type(None) else values_of(a) for a in arguments])
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[-1] is ...:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values_of, arguments))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint, include_extras=True)
        return st.builds(hint, **{f.name: values_of(hints[f.name]) for f in dataclasses.fields(hint)})  # type: ignore[arg-type]
    raise TypeError(f"no values for {hint}")


def events_of(kind: EventType) -> st.SearchStrategy[Event]:
    hints = typing.get_type_hints(kind.event_class, include_extras=True)
    facts = {name: values_of(hints[name]) for name in kind.names}
    envelope = {
        "originator_id": st.uuids(), "originator_version": st.integers(1, 2**31 - 1), "effective_on": st.dates(),
    }  # fmt: skip
    return st.builds(kind.event_class, **facts, **envelope)


@pytest.mark.parametrize("topic", EVENT_TYPES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_an_event_read_back_is_the_event_that_was_stored(topic: str, data: st.DataObject) -> None:
    kind = EVENT_TYPES[topic]
    event = data.draw(events_of(kind))
    tenant, key = uuid7(), bytes(range(32))
    text = kind.encode(event, tenant, key)
    subject = kind.subject_of(event.originator_id, text)
    assert subject == kind.subject(event)

    def key_of(asked: UUID) -> bytes:
        assert asked == subject
        return key

    place = (tenant, event.originator_id, event.originator_version)
    read = kind.decode(*place, kind.version, event.effective_on or TODAY, text, key_of)
    assert read == event
    erased = kind.decode(*place, kind.version, event.effective_on or TODAY, text, lambda _: None)
    assert [getattr(erased, name) for name in kind.personal] == [None] * len(kind.personal)
    assert [getattr(erased, name) for name in kind.plain] == [getattr(event, name) for name in kind.plain]
    with pytest.raises(UnknownEvent):
        kind.decode(*place, kind.version + 1, TODAY, text, key_of)


class Kettle(Aggregate):
    TOPIC = "test.Kettle"

    class Boiled(Event):
        """In version 1 it was ``minutes`` and who did it stood in the open; since 2 ``seconds``; 3 has a mood."""

        TOPIC = "test.Boiled"
        class_version = 3
        SUBJECT: ClassVar[str] = "person_id"
        seconds: int
        mood: str
        person_id: UUID
        boiled_by: PersonalText

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["seconds"] = state.pop("minutes") * 60

        @staticmethod
        def upcast_v2_v3(state: dict[str, Any]) -> None:
            state["mood"] = "calm"


def test_old_versions_are_brought_up_to_date_step_by_step() -> None:
    kind = EventType(Kettle.Boiled, Kettle)
    person, stream, tenant = uuid7(), uuid7(), uuid7()

    def read(version: int, text: str) -> Any:
        return kind.decode(tenant, stream, 4, version, TODAY, text, lambda _: bytes(32))

    first = read(1, f'{{"minutes": 3, "person_id": "{person}", "boiled_by": "Asha"}}')
    assert (first.seconds, first.mood, first.boiled_by) == (180, "calm", "Asha")
    second = read(2, f'{{"seconds": 30, "person_id": "{person}"}}')
    assert (second.seconds, second.mood, second.boiled_by) == (30, "calm", None)
    now = Kettle.Boiled(
        originator_id=stream, originator_version=4, effective_on=TODAY,
        seconds=1, mood="wild", person_id=person, boiled_by="Ravi",
    )  # fmt: skip
    assert read(3, kind.encode(now, tenant, bytes(32))) == now
    with pytest.raises(UnknownEvent):
        read(4, "{}")


@pytest.mark.parametrize(
    "topic", ["os.system", "tests.book.trap.Sprung", "tests.book.trap:Sprung", "billing.Nothing", ""]
)
@in_loop
async def test_an_unknown_topic_is_refused_and_never_imported(database: Database, topic: str) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        await here.pay(patient)
        ask(database, "UPDATE book.events SET topic = %s WHERE stream_id = %s", topic, ledger_id(patient))
        async with desk(database, here.tenant_id) as new_process:
            with pytest.raises(UnknownEvent):
                await new_process.ledger(patient)
            with pytest.raises(UnknownEvent):
                await new_process.pay(patient)
            await new_process.pay(await new_process.patient())  # every other stream is well
    assert "tests.book.trap" not in sys.modules
    with pytest.raises(UnknownEvent):
        event_type(topic)


@in_loop
async def test_an_event_of_a_later_release_is_not_guessed_at(database: Database) -> None:
    async with desk(database) as here:
        patient = await here.patient()
        await here.pay(patient)
        ask(
            database,
            "UPDATE book.events SET class_version = class_version + 1 WHERE stream_id = %s",
            ledger_id(patient),
        )
        with pytest.raises(UnknownEvent):
            await (await here.opened()).read(PatientLedger, ledger_id(patient))


def test_no_two_events_share_a_name_and_every_one_names_its_aggregate() -> None:
    classes = [kind.event_class for kind in EVENT_TYPES.values()]
    assert len(set(classes)) == len(classes)
    assert all(kind.event_class in vars(kind.aggregate).values() or hasattr(kind.aggregate, kind.event_class.__name__)
               for kind in EVENT_TYPES.values())  # fmt: skip
