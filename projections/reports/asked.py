"""What a report or a figure is asked for, and the address under which a figure is explained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import sqlalchemy as sa
from pydantic.alias_generators import to_camel

from domain.expenses import ExpenseCategory
from domain.reports import Bucket, Period
from domain.scheduling import SessionStatus
from domain.values import PaymentMethod
from projections.query import Data, Reader

__all__ = ["FIRST_DAY", "LAST_DAY", "Asked", "MadeOnce", "Prepared", "link", "link_ever", "narrowed"]

EXPLAIN = "/api/v1/explain/"
NAMES = {"first": "from", "last": "to", "least": "minAmount", "most": "maxAmount"}
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Between these is every day that the API knows."""


class Asked(msgspec.Struct, frozen=True):
    """``first`` to ``last`` are local dates, both included. Counted is what is effective by ``as_of`` and was recorded
    by ``known_at`` (null: until now). What else is not null narrows the figure down."""

    first: date
    last: date
    as_of: date
    known_at: datetime | None = None
    therapist_id: UUID | None = None
    therapy_type_id: UUID | None = None
    patient_id: UUID | None = None
    actor: UUID | None = None
    method: PaymentMethod | None = None
    category: ExpenseCategory | None = None
    status: SessionStatus | None = None
    bucket: Bucket | None = None

    @property
    def period(self) -> Period:
        return Period(self.first, self.last)

    @property
    def until(self) -> date:
        """The last day that counts for what happened in the period."""
        return min(self.last, self.as_of)

    def before(self) -> Asked:
        """The same of the period just before; its balances are those at its end."""
        earlier = self.period.previous
        return narrowed(self, first=earlier.first, last=earlier.last)

    def known(self, recorded_at: Any) -> list[sa.ColumnElement[bool]]:
        """The condition of ``known_at`` on a column, if there is one."""
        return [] if self.known_at is None else [recorded_at <= self.known_at]


narrowed = msgspec.structs.replace


def link_ever(figure: str, as_of: date | None, known_at: datetime | None = None, **narrowing: Any) -> str:
    """Of all there was until a day; until ever, if it is null."""
    until = as_of or LAST_DAY
    return link(figure, Asked(FIRST_DAY, until, until, known_at, **narrowing))


def link(figure: str, asked: msgspec.Struct, **further: Any) -> str:
    """Where the events behind a figure are listed; ``asked`` may also be what a list was narrowed down by."""
    asked = narrowed(asked, **further) if further else asked
    given = [
        (NAMES.get(name, to_camel(name)), value.isoformat() if isinstance(value, date) else str(value))
        for name, value in msgspec.structs.asdict(asked).items()
        if value is not None
    ]
    return f"{EXPLAIN}{figure}" + (f"?{urlencode(given)}" if given else "")


class Prepared(NamedTuple):
    """A statement, and the values to ask it with."""

    statement: sa.Select[Any]
    values: dict[str, Any]


class _Placeholders(Asked, frozen=True, kw_only=True):
    """``number`` tells those of several that are asked at once from each other."""

    number: int

    @property
    def until(self) -> Any:
        return sa.bindparam(f"until{self.number}")


class MadeOnce:
    """The statement of a report, made once for each set of things that can be asked for; then only its values differ.
    A statement made anew is also looked up anew among those compiled before, which takes longer than to answer it.
    ``build`` may compare with what is asked, not reckon with it."""

    def __init__(self, build: Callable[[Asked], sa.Select[Any]]) -> None:
        self._build = build
        self._made = cache(self._make)

    def __call__(self, asked: Asked) -> Prepared:
        return self._prepared((asked,))

    async def of_each(self, db: Reader, *asked: Asked) -> list[list[Data]]:
        """The rows of each of several that narrow down by the same things, by one question to the database."""
        prepared = self._prepared(asked)
        found: list[list[Data]] = [[] for _ in asked]
        for row in await db.all(prepared.statement, **prepared.values):
            found[row.pop("number", 0)].append(row)
        return found

    def _prepared(self, asked: Sequence[Asked]) -> Prepared:
        values: dict[str, Any] = {}
        names: set[str] = set()
        for number, each in enumerate(asked):
            given = {name: value for name, value in msgspec.structs.asdict(each).items() if value is not None}
            names |= given.keys()
            values |= {f"{name}{number}": value for name, value in given.items()} | {f"until{number}": each.until}
        return Prepared(self._made(frozenset(names), len(asked)), values)

    def _make(self, names: frozenset[str], count: int) -> sa.Select[Any]:
        parts = [self._build_one(names, number) for number in range(count)]
        if count == 1:
            return parts[0]
        numbered = [part.add_columns(sa.literal(number).label("number")) for number, part in enumerate(parts)]
        return sa.union_all(*numbered).subquery().select()

    def _build_one(self, names: frozenset[str], number: int) -> sa.Select[Any]:
        holders: dict[str, Any] = {name: sa.bindparam(f"{name}{number}") for name in names}
        return self._build(_Placeholders(**holders, number=number))
