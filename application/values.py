"""What the commands of several features share: field types, the plainest of answers, and two looks around.

What a text may contain is the domain's rule (``domain.text``); here stand the bounds that OpenAPI shows.
Numbers and dates are strict: JSON numbers for numbers, 'YYYY-MM-DD' for dates, nothing that looks like one.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from application.base import Book, Money, Result
from domain.base import Missing
from domain.scheduling import DaySheet, sheet_id
from domain.staff import User
from domain.timegrid import Interval
from domain.values import Role

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _iso(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("A date is written YYYY-MM-DD")


_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def _reachable(day: date) -> date:
    # Not pydantic's bounds: they would answer "datetime.date(1900, 1, 1)" to whoever mistyped a year.
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"A date lies between {_FIRST_YEAR} and {_LAST_YEAR}")
    return day


PersonName = Annotated[str, Field(min_length=1, max_length=100)]
FirstName = Annotated[PersonName, Field(examples=["Maya"])]
LastName = Annotated[PersonName, Field(examples=["Rao"])]
# The domain judges these, in words of its own; OpenAPI is told what they look like.
Email = Annotated[
    str, Field(min_length=3, max_length=254, examples=["asha@sunrise.example"], json_schema_extra={"format": "email"})
]
Phone = Annotated[
    str,
    Field(
        min_length=10, max_length=16, examples=["+919876543210"],
        json_schema_extra={"pattern": r"^\+?[1-9][0-9]{9,14}$"},
    ),
]  # fmt: skip
Password = Annotated[str, Field(min_length=8, max_length=200, examples=["correct horse battery"])]
Day = Annotated[
    date,
    BeforeValidator(_iso),
    AfterValidator(_reachable),
    Field(examples=["2026-11-02"]),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-02"]}),
]
"""'YYYY-MM-DD' and nothing else; pydantic alone would take '1793577600' for a date too."""
_DERIVED = 5


def _not_derived(value: UUID | None) -> UUID | None:
    """Ids of version 5 are computed from others: whoever chose a day sheet's for a session would block that day."""
    if value is not None and value.version == _DERIVED:
        raise ValueError("Choose a random id (version 4 or 7)")
    return value


ChosenId = Annotated[
    UUID | None,
    AfterValidator(_not_derived),
    Field(
        description="Chosen by the caller, so that sending it twice does it once: a random UUID, version 4 or 7",
        examples=[None],
    ),
]
WallTime = Annotated[
    str,
    Field(
        min_length=5, max_length=5, examples=["09:30"],
        json_schema_extra={"pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"},
    ),
]  # fmt: skip
"""'HH:MM' in the centre's zone; '24:00' is the end of the day."""
PriorPeriod = Annotated[
    bool,
    Field(
        strict=True,
        description="If that day's period is closed: book it in the open one, marked with the day it concerns",
    ),
]
"""Without it, an entry for a closed day is refused (``PERIOD_CLOSED``)."""
SessionMinutes = Annotated[int, Field(strict=True, ge=5, le=1440, examples=[45])]

Method = Annotated[Literal["CASH", "CARD", "UPI", "BANK_TRANSFER", "CHEQUE"], Field(examples=["UPI"])]
"""How money changes hands at the desk."""
Positive = Annotated[Money, Field(description="More than zero, at most two decimal places", examples=["1250.00"])]


def _percent(value: Decimal) -> Decimal:
    if value > 100:  # noqa: PLR2004
        raise ValueError("A percentage is 0 to 100")
    return value


Percent = Annotated[
    Money,
    AfterValidator(_percent),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,2})?$"},
                {"type": "number", "minimum": 0, "maximum": 100},
            ],
            "examples": ["50.00"],
        }
    ),
]
"""0 to 100 with at most two places. In: string or number. Out: string."""


class Saved(Result):
    """Which record was written, and its version, which is its ETag too."""

    id: UUID
    version: int


async def therapist(therapist_id: UUID, book: Book) -> User:
    """The therapist, active or not. Raises ``Missing`` for anybody else."""
    user = await book.read(User, therapist_id)
    if user.role is not Role.THERAPIST:
        raise Missing("There is no such therapist.")
    return user


HORIZON_DAYS = 400
"""How far ahead a therapist's diary is looked through: farther than sessions can be booked (366 days)."""


async def upcoming_sessions(book: Book, person_id: UUID) -> list[UUID]:
    """The sessions that a therapist still has to give, or a patient to come to, soonest first.

    Read from the person's day sheets, which every booking writes on: the append verifies that none has changed,
    so a booking made at the same moment is either listed here or refused there.
    """
    return [session for session, _ in await coming(book, person_id)]


async def coming(book: Book, person_id: UUID) -> list[tuple[UUID, Interval]]:
    """The same, each with the time that it takes of the person."""
    now = book.context.now
    days = [now.date() + timedelta(days=n) for n in range(-1, HORIZON_DAYS)]
    sheets = await book.load_all(*((DaySheet, sheet_id(person_id, day)) for day in days))
    taken = {session: blocked for sheet in sheets for session, blocked in sheet.taken.items() if blocked.end > now}
    return sorted(taken.items(), key=lambda each: (each[1].start, each[0]))


DANGEROUS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""What makes a spreadsheet take a text for a formula or a command; full-width twins are folded by some."""


def neutral(text: str) -> str:
    """A text that no spreadsheet computes: an apostrophe goes before what would start a formula, white space before it
    or not. Numbers are not texts, and stay what they are."""
    return f"'{text}" if text.lstrip(" \u00a0\u3000\ufeff")[:1] in DANGEROUS and text.strip() else text
