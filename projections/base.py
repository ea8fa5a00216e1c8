"""Read tables: a row type, pure functions that move a row by one event, and nothing else.

A projection never touches the database. It says which rows an event concerns (``key``) and what each becomes
(the decorated function: row, event → row; ``None`` in: there was no row; ``None`` out: the row goes). Live following
and bulk rebuild are therefore the same code, run by the engine in ``adapters``.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from domain.base import Event, Recorded

replace = msgspec.structs.replace
"""A row with some fields changed: ``replace(row, status="CANCELLED")``."""

SCHEMA = "reading"
metadata = sa.MetaData(schema=SCHEMA)

Key = tuple[Any, ...]
"""A row's primary key without the tenant."""


class Row(msgspec.Struct, frozen=True):
    """One row of a read table: a field a column. Lists, dicts and nested structs are stored as JSON."""


R = TypeVar("R", bound=Row)


def changed(row: R, at: Recorded, **facts: Any) -> R:
    """``replace`` for rows that are resources: an event changes their ``updated_at`` and ``version`` too."""
    return replace(row, updated_at=at.recorded_at, version=at.version, **facts)


def own(event: Event) -> UUID:
    """The key of a row that has the id of its stream: ``@patients.on(Patient.PatientRenamed, key=own)``."""
    return event.originator_id


KeyOf = Callable[..., Any]
Step = Callable[..., Any]

_COLUMN_TYPES: dict[type, Callable[[], sa.types.TypeEngine[Any]]] = {
    UUID: lambda: pg.UUID(as_uuid=True),
    str: sa.Text,
    int: sa.BigInteger,
    bool: sa.Boolean,
    Decimal: lambda: sa.Numeric(14, 2),
    date: sa.Date,
    datetime: lambda: sa.DateTime(timezone=True),
}


class Column(typing.NamedTuple):
    name: str
    type: sa.types.TypeEngine[Any]
    nullable: bool
    json: bool


class Rule(typing.NamedTuple):
    """What a table does with one type of event. ``step`` takes (row, event, recorded, key). ``key`` is as it was
    declared; ``keys`` answers what it finds as a list of tuples. ``begins``: the step declares ``row: None``, so it
    makes rows of which there are none, and the engine need not look for them."""

    table: ReadTable[Any]
    key: KeyOf
    keys: Callable[[Event], list[Key]]
    step: Step
    begins: bool


class ReadTable(Generic[R]):
    """A table folded from events. ``key`` names the fields of its primary key after the tenant; ``indexes`` are
    tuples of column names that the engine prefixes with the tenant. ``platform``: whoever reads as the platform sees
    every tenant's rows (``everywhere``)."""

    registry: typing.ClassVar[dict[str, ReadTable[Any]]] = {}

    def __init__(
        self, name: str, row: type[R], *, key: str | tuple[str, ...], indexes: Iterable[tuple[str, ...]] = (),
        platform: bool = False, clinical: tuple[str, ...] = (), personal: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        if name in self.registry:
            raise TypeError(f"There is a read table {name} already")
        self.name = name
        self.row = row
        self.key: tuple[str, ...] = (key,) if isinstance(key, str) else key
        self.indexes = tuple(indexes)
        self.platform = platform
        self.clinical = clinical
        """Columns that hold clinical text: the auditors' role of the database may not read them."""
        self.personal = dict(personal or {})
        """Columns fed from sealed fields, each with the column that names whose they are. When that person's key is
        destroyed the engine makes them null, in the transaction that handles the event. A house test finds them."""
        self.columns = tuple(_columns(row))
        if not self.personal.keys() <= {c.name for c in self.columns if c.nullable}:
            raise TypeError(f"{name}: what is personal must be able to be null")
        self.rules: dict[type[Event], Rule] = {}
        self.table = sa.Table(
            name,
            metadata,
            sa.Column("tenant_id", pg.UUID(as_uuid=True), primary_key=True),
            *(sa.Column(c.name, c.type, nullable=c.nullable, primary_key=c.name in self.key) for c in self.columns),
            sa.Column("stale", sa.Boolean, nullable=False, server_default=sa.false()),
        )
        self.c = self.table.c
        self.registry[name] = self

    def on(self, event_class: type[Any], *, key: KeyOf) -> Callable[[Step], Step]:
        """Register what happens to the rows ``key(event)`` names: one key (a tuple for a composite one), or a list of
        keys. The function takes ``(row, event)`` or ``(row, event, recorded)``; for a list of keys it is called for
        each, with the row found there, and may take ``key`` as a keyword to know which."""

        def register(step: Step) -> Step:
            if event_class in self.rules:
                raise TypeError(f"{self.name} handles {event_class.__name__} already")
            self.rules[event_class] = Rule(self, key, _keys(key), _normal(step), _begins(step))
            return step

        return register

    def select(self, *columns: Any) -> sa.Select[Any]:
        """A SELECT that starts with the tenant, so that every index can be used (``tenant`` is bound by the reader)."""
        return sa.select(*(columns or self.shown())).where(
            self.c.tenant_id == sa.bindparam("tenant", type_=pg.UUID(as_uuid=True))
        )

    def again(self, name: str) -> sa.FromClause:
        """The table under another ``name``, for a subquery within a query that has it already: from there, too, it is
        looked at from the tenant on (``alike``, or ``within``)."""
        return self.table.alias(name)

    def everywhere(self, *columns: Any) -> sa.Select[Any]:
        """A SELECT over all tenants. Row security leaves a centre nothing but its own rows of it."""
        if not self.platform:
            raise TypeError(f"{self.name} is not for the platform to read")
        return sa.select(*columns)

    def shown(self, *, without: tuple[str, ...] = ()) -> list[sa.Column[Any]]:
        """The columns of a row, for a SELECT that adds others to them or leaves some out."""
        return [self.c[column.name] for column in self.columns if column.name not in without]

    def scrubbed(self, row: R, erased: Collection[UUID]) -> R:
        """The row without what is personal of ``erased`` people; the same one if nothing is."""
        gone = {name: None for name, whose in self.personal.items() if getattr(row, whose) in erased}
        return replace(row, **gone) if any(getattr(row, name) is not None for name in gone) else row

    @property
    def definition(self) -> str:
        """A hash of what decides what the table holds: columns, and the source of each step and key with that of the
        functions they call. When it changes, the table is rebuilt."""
        text = [self.name, *self.key, *map(str, self.indexes), *(["platform"] if self.platform else []), *self.clinical]
        text += [f"{column} of {whose}" for column, whose in sorted(self.personal.items())]
        text += [f"{c.name} {c.type} {c.nullable}" for c in self.columns]
        text += sorted(
            f"{event_class.TOPIC} {source}"  # type: ignore[attr-defined]
            for event_class, rule in self.rules.items()
            for source in _sources(rule.step) | _sources(rule.keys)
        )
        return sha256("\n".join(text).encode()).hexdigest()


def within(table: sa.FromClause, *columns: Any) -> sa.Select[Any]:
    """A SELECT from what ``ReadTable.again`` gave, from the tenant on."""
    return sa.select(*columns).where(table.c.tenant_id == sa.bindparam("tenant", type_=pg.UUID(as_uuid=True)))


def alike(one: Any, other: Any) -> sa.ColumnElement[bool]:
    """The condition of a join: these columns of two read tables (or of one ``again``) are equal, and of one tenant."""
    return sa.and_(one.table.c.tenant_id == other.table.c.tenant_id, one == other)


def _columns(row: type[Row]) -> Iterator[Column]:
    for name, hint in typing.get_type_hints(row).items():
        kind, nullable = _without_none(hint)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            yield Column(name, sa.Text(), nullable, json=False)
        elif kind in _COLUMN_TYPES:
            yield Column(name, _COLUMN_TYPES[kind](), nullable, json=False)
        else:
            yield Column(name, pg.JSONB(), nullable, json=True)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        rest = [a for a in typing.get_args(hint) if a is not type(None)]
        return (rest[0] if len(rest) == 1 else Any), True
    if typing.get_origin(hint) is typing.Annotated:
        return _without_none(typing.get_args(hint)[0])
    return hint, False


def _keys(key: KeyOf) -> Callable[[Event], list[Key]]:
    def keys(event: Event) -> list[Key]:
        found = key(event)
        if found is None:
            return []
        if isinstance(found, list):
            return [k if isinstance(k, tuple) else (k,) for k in dict.fromkeys(found)]
        return [found if isinstance(found, tuple) else (found,)]

    keys.__wrapped__ = key  # type: ignore[attr-defined]  # as of a step below
    return keys


def _normal(step: Step) -> Step:
    """The step as a function of (row, event, recorded, key), whatever it declares."""
    names = list(inspect.signature(step).parameters)
    wants_key = "key" in names
    recorded = len([n for n in names if n != "key"]) > 2  # noqa: PLR2004
    if recorded and wants_key:
        adapted: Step = lambda row, event, at, key: step(row, event, at, key=key)  # noqa: E731
    elif recorded:
        adapted = lambda row, event, at, key: step(row, event, at)  # noqa: ARG005, E731
    elif wants_key:
        adapted = lambda row, event, at, key: step(row, event, key=key)  # noqa: ARG005, E731
    else:
        adapted = lambda row, event, at, key: step(row, event)  # noqa: ARG005, E731
    adapted.__wrapped__ = step  # type: ignore[attr-defined]  # the definition hashes the author's own source
    return adapted


def _begins(step: Step) -> bool:
    first = next(iter(inspect.signature(step).parameters.values()))
    return first.annotation in {"None", None}  # a text, where annotations are not evaluated


_source = functools.cache(inspect.getsource)  # reading it again parses its file again


def _sources(function: Callable[..., Any], known: set[Any] | None = None) -> set[str]:
    """The source of a function and of the functions it names, through ``domain`` and ``projections``; a dictionary
    of functions counts as all of them. What an event's or a value's own methods do is not looked into."""
    known = set() if known is None else known
    function = inspect.unwrap(function)
    if function in known:
        return set()
    known.add(function)
    found = {_source(function)}
    for name in _names(function.__code__):
        named = function.__globals__.get(name)
        for one in named.values() if isinstance(named, dict) else (named,):
            if isinstance(one, types.FunctionType) and one.__module__.partition(".")[0] in {"domain", "projections"}:
                found |= _sources(one, known)
    return found


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _names(inner)


class Rules:
    """The rules of some tables, by event class: what the engine looks up for each event."""

    def __init__(self, tables: Iterable[ReadTable[Any]]) -> None:
        self.tables = tuple(tables)
        self.by_event: dict[type[Event], tuple[Rule, ...]] = {}
        for table in self.tables:
            for event_class, rule in table.rules.items():
                self.by_event[event_class] = (*self.by_event.get(event_class, ()), rule)

    def of(self, event: Event) -> tuple[Rule, ...]:
        return self.by_event.get(type(event), ())


def apply(rule: Rule, rows: dict[Key, Any], event: Event, at: Recorded) -> None:
    """Move the rows that an event concerns. All of them or, if the step raises, none. ``rows`` is keyed by the row's
    key with the tenant in front; a row that went is kept as ``None``."""
    moved = [
        (place, rule.step(rows.get(place), event, at, key))
        for key in rule.keys(event)
        for place in [(at.tenant_id, *key)]
    ]
    for place, row in moved:
        rows[place] = row
