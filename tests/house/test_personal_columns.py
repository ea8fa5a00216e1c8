"""Every read column that is fed from a sealed field is listed as personal, and so goes with an erasure."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
import pytest

from adapters.codec import EVENT_TYPES, EventType
from domain.base import Event, Recorded
from projections.base import ReadTable, Row, Rule
from projections.registry import read_tables
from tests.house.golden import example

PERSON = uuid5(NAMESPACE_URL, "the person")
AS_TEXT = {"date_of_birth": "2018-04-02"}
"""Sealed fields are text; what some of it must look like."""
SEALED = [kind for kind in EVENT_TYPES.values() if kind.personal]


def of_person(kind: EventType, *, known: bool) -> Event:
    """An event about the person, with every field filled; or as it reads when the key is gone."""
    event = example(kind, full=True)
    facts = {name: getattr(event, name) for name in kind.names}
    if "ends_at" in facts:
        facts["ends_at"] = facts["starts_at"] + timedelta(hours=1)
    facts |= {name: AS_TEXT.get(name, facts[name]) if known else None for name in kind.personal}
    if kind.event_class.SUBJECT == "originator_id":
        return type(event)(originator_id=PERSON, originator_version=2, effective_on=date(2026, 11, 20), **facts)
    facts[kind.event_class.SUBJECT] = PERSON
    return type(event)(
        originator_id=uuid5(NAMESPACE_URL, "stream"), originator_version=2, effective_on=date(2026, 11, 20), **facts
    )


def some_row(table: ReadTable[Any], key: tuple[Any, ...]) -> Row:
    """A row of that key, with nothing in what may be empty."""
    hints = typing.get_type_hints(table.row)
    given = dict.fromkeys(table.personal.values(), PERSON) | dict(zip(table.key, key, strict=True))
    found: Row = table.row(**{name: given.get(name, _plain(hint)) for name, hint in hints.items()})
    return found


_PLAIN: dict[Any, Any] = {
    UUID: uuid5(NAMESPACE_URL, "other"), str: "x", int: 1, bool: False, Decimal: Decimal("10.00"),
    date: date(2026, 1, 5), datetime: datetime(2026, 1, 5, tzinfo=UTC),
}  # fmt: skip


def _plain(hint: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType} and type(None) in arguments:
        return None
    if origin in {list, dict, tuple}:
        return origin()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if hint in _PLAIN:
        return _PLAIN[hint]
    if dataclasses.is_dataclass(hint) or (isinstance(hint, type) and issubclass(hint, msgspec.Struct)):
        make: Any = hint
        return make(**{name: _plain(inner) for name, inner in typing.get_type_hints(hint).items()})
    raise TypeError(hint)


def recorded(kind: EventType, event: Event) -> Recorded:
    return Recorded(
        UUID(int=1), 5, event.originator_id, 2, kind.topic, datetime(2026, 11, 20, tzinfo=UTC), date(2026, 11, 20),
        UUID(int=2), UUID(int=3),
    )  # fmt: skip


def fed(rule: Rule, kind: EventType) -> Iterator[str]:
    """Columns that are otherwise when the sealed fields cannot be read."""
    known, unknown = of_person(kind, known=True), of_person(kind, known=False)
    at = recorded(kind, known)
    keys = rule.keys(known)
    assert keys == rule.keys(unknown), f"{rule.table.name}: a key of {kind.topic} is personal"
    for key in keys:
        before = None if rule.begins else some_row(rule.table, key)
        one, other = rule.step(before, known, at, key), rule.step(before, unknown, at, key)
        if one is None or other is None:
            assert one is other, f"{rule.table.name}: whether there is a row depends on what {kind.topic} says"
            continue
        yield from (c.name for c in rule.table.columns if getattr(one, c.name) != getattr(other, c.name))


def found_in(table: ReadTable[Any]) -> set[str]:
    """The columns of a table that are fed from sealed fields."""
    rules = [(rule, kind) for kind in SEALED if (rule := table.rules.get(kind.event_class))]
    return {name for rule, kind in rules for name in fed(rule, kind)}


def naming_the_person(table: ReadTable[Any]) -> set[str]:
    """The columns that hold the person's id in every row that an event about them begins."""
    columns = {c.name for c in table.columns}
    for kind in EVENT_TYPES.values():
        rule = table.rules.get(kind.event_class)
        if rule is None or not rule.begins:
            continue
        event = of_person(kind, known=True)
        for key in rule.keys(event):
            row = rule.step(None, event, recorded(kind, event), key)
            columns &= {c.name for c in table.columns if getattr(row, c.name) == PERSON}
    return columns


@pytest.mark.parametrize("table", read_tables(), ids=lambda table: table.name)
def test_what_is_fed_from_sealed_fields_is_listed_with_whose_it_is(table: ReadTable[Any]) -> None:
    assert set(table.personal) == found_in(table), "list it in ReadTable(personal={column: whose})"
    assert set(table.personal.values()) <= naming_the_person(table)


@pytest.mark.parametrize("table", [t for t in read_tables() if t.personal], ids=lambda table: table.name)
def test_scrubbed_rows_are_those_that_a_rebuild_makes_without_the_key(table: ReadTable[Any]) -> None:
    for kind in SEALED:
        rule = table.rules.get(kind.event_class)
        if rule is None:
            continue
        for key in rule.keys(of_person(kind, known=True)):
            before = None if rule.begins else some_row(table, key)
            known, unknown = of_person(kind, known=True), of_person(kind, known=False)
            lived = rule.step(before, known, recorded(kind, known), key)
            rebuilt = rule.step(before, unknown, recorded(kind, unknown), key)
            assert table.scrubbed(lived, {PERSON}) == rebuilt, kind.topic
            assert table.scrubbed(lived, {UUID(int=9)}) == lived


def test_an_unlisted_column_is_found() -> None:
    """The control: the same search over a table that forgot to say so."""
    users = next(table for table in read_tables() if table.name == "users")
    honest, users.personal = users.personal, {"email": "id"}
    try:
        assert found_in(users) - set(users.personal) == {"first_name", "last_name", "phone"}
    finally:
        users.personal = honest


def test_nothing_personal_can_be_listed_that_could_not_be_made_null() -> None:
    class Strict(Row, frozen=True):
        id: UUID
        name: str

    with pytest.raises(TypeError, match="null"):
        ReadTable("strict_for_a_test", Strict, key="id", personal={"name": "id"})
    ReadTable.registry.pop("strict_for_a_test", None)
