"""What a report or a figure is asked for, and the address under which a figure is explained."""

from __future__ import annotations

from collections.abc import Callable
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

__all__ = ["Asked", "Prepared", "link", "made_once", "narrowed"]

EXPLAIN = "/api/v1/explain/"


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


def link(figure: str, asked: Asked, **further: Any) -> str:
    """Where the events behind a figure are listed."""
    asked = narrowed(asked, **further) if further else asked
    names = {"first": "from", "last": "to"}
    given = [
        (names.get(name, to_camel(name)), value.isoformat() if isinstance(value, date) else str(value))
        for name, value in msgspec.structs.asdict(asked).items()
        if value is not None
    ]
    return f"{EXPLAIN}{figure}?{urlencode(given)}"


class Prepared(NamedTuple):
    """A statement, and the values to ask it with."""

    statement: sa.Select[Any]
    values: dict[str, Any]


class _Placeholders(Asked, frozen=True):
    @property
    def until(self) -> Any:
        return sa.bindparam("until")


def made_once(build: Callable[[Asked], sa.Select[Any]]) -> Callable[[Asked], Prepared]:
    """The statement of a report, made once for each set of things that can be asked for; then only its values differ.
    A statement made anew is also looked up anew among those compiled before, which takes longer than to answer it.
    ``build`` may compare with what is asked, not reckon with it."""

    @cache
    def made(names: frozenset[str]) -> sa.Select[Any]:
        return build(_Placeholders(**{name: sa.bindparam(name) for name in names}))  # type: ignore[arg-type]

    def prepared(asked: Asked) -> Prepared:
        values = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not None}
        return Prepared(made(frozenset(values)), {**values, "until": asked.until})

    return prepared
