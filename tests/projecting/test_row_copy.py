"""Rows written by COPY are the rows that were given, whatever their texts hold."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.read_tables import Writer, create
from adapters.row_copy import copy_in
from projections.base import ReadTable, Row
from tests.support.postgres import Database


class Part(msgspec.Struct, frozen=True):
    said: str


class Everything(Row, frozen=True):
    """A column of each type, and of each an optional one."""

    id: UUID
    text: str
    maybe_text: str | None
    parts: list[Part]
    maybe_parts: list[Part] | None
    amount: Decimal
    maybe_amount: Decimal | None
    day: date
    instant: datetime
    count: int
    flag: bool
    last: str | None


TABLE = ReadTable("test_row_copy", Everything, key="id")
del ReadTable.registry["test_row_copy"]  # no read table of Daybook's
_numbers = itertools.count(1)
# PostgreSQL stores no NUL and no lone surrogate; rows that hold them are refused as before, by the database.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
hard = st.sampled_from(["null", "", '"', "\\", "\\.", "\\n", "]\n[", '],["', "a,b", "\r\n", "\x01\x7f", "\\u0041"])
said = texts | hard
rows = st.builds(
    Everything,
    id=st.uuids(),
    text=said,
    maybe_text=st.none() | said,
    parts=st.lists(st.builds(Part, said), max_size=2),
    maybe_parts=st.none() | st.lists(st.builds(Part, said), max_size=2),
    amount=st.decimals(-999999999999, 999999999999, places=2),
    maybe_amount=st.none() | st.decimals(-99, 99, places=2),
    day=st.dates(date(1, 1, 1), date(9999, 12, 31)),
    instant=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda t: t.replace(tzinfo=UTC)),  # noqa: DTZ001
    count=st.integers(-(2**63), 2**63 - 1),
    flag=st.booleans(),
    last=st.none() | said,
)


@pytest.fixture(scope="module")
def db(shared_database: Database) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(shared_database.url("daybook_rebuild"), autocommit=True) as connection:
        create(connection, TABLE)
        yield connection


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, min_size=1, max_size=8, unique_by=lambda row: row.id))
@example([])
def test_what_is_copied_in_reads_back_the_same(
    db: psycopg.Connection[tuple[object, ...]], given_rows: list[Everything]
) -> None:
    tenants = [uuid4(), uuid4()]
    half = len(given_rows) // 2
    parts = [(tenants[0], given_rows[:half]), (tenants[1], given_rows[half:])]
    assert copy_in(db, TABLE, "", [part for part in parts if part[1]]) == len(given_rows)
    writer = Writer(TABLE)
    places = [(tenant, row.id) for tenant, part in parts for row in part]
    found = writer.answer(writer.ask(db, places)) if places else {}
    assert found == {(tenant, row.id): row for tenant, part in parts for row in part}


def test_a_text_that_cannot_be_stored_is_refused(db: psycopg.Connection[tuple[object, ...]]) -> None:
    day = date(2026, 1, 1)
    row = Everything(uuid4(), "a\0b", None, [], None, Decimal(), None, day, datetime.now(UTC), 1, True, None)
    with pytest.raises(psycopg.DataError):
        copy_in(db, TABLE, "", [(uuid4(), [row])])
