"""The chain as PostgreSQL computes it is the chain as Python verifies it, for any event that can be stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.book_file import row_bytes
from adapters.chain import GENESIS, Verification, link, verify
from tests.book.apart import verify_book
from tests.book.desk import ask, desk, in_loop
from tests.support.postgres import Database

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
INSTANTS = st.datetimes(timezones=st.just(UTC))
_LINK = """SELECT book.link(%s::bytea, %s::uuid, %s::bigint, %s::uuid, %s::integer, %s::text, %s::smallint,
    %s::timestamptz, %s::date, %s::uuid, %s::uuid, %s::text, %s::text)"""
FIELDS = st.tuples(
    st.binary(min_size=32, max_size=32), st.uuids(), st.integers(1, 2**63 - 1), st.uuids(), st.integers(1, 2**31 - 1),
    TEXT, st.integers(1, 2**15 - 1), INSTANTS, st.dates(), st.uuids(),
    st.uuids(), st.none() | TEXT, TEXT,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=FIELDS)
def test_both_ways_of_computing_a_link_agree(shared_database: Database, fields: tuple[Any, ...]) -> None:
    [[in_sql]] = ask(shared_database, _LINK, *fields)
    assert bytes(in_sql) == _in_python(fields) == verify_book.event_hash(str(fields[1]), fields[0], _exported(fields))


def _exported(fields: tuple[Any, ...]) -> dict[str, Any]:
    _, _, position, stream, version, topic, class_version, at, on, actor, correlation, document, data = fields
    return {
        "position": position, "stream": str(stream), "version": version, "topic": topic, "class_version": class_version,
        "recorded": (at - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1),
        "effective": on.toordinal() - date(2000, 1, 1).toordinal(), "actor": str(actor),
        "correlation": str(correlation), "document": document, "data": data,
    }  # fmt: skip


def _in_python(fields: tuple[Any, ...]) -> bytes:
    row = row_bytes(fields[1], _exported(fields))
    assert row is not None
    return link(fields[0], row)


@settings(max_examples=100, deadline=None)
@given(fields=FIELDS, other=FIELDS, which=st.integers(0, 12))
def test_every_field_counts(fields: tuple[Any, ...], other: tuple[Any, ...], which: int) -> None:
    changed = (*fields[:which], other[which], *fields[which + 1 :])
    assert (_in_python(changed) == _in_python(fields)) == (changed == fields)


@settings(max_examples=100, deadline=None)
@given(fields=FIELDS)
def test_text_cannot_move_from_one_field_to_the_next(fields: tuple[Any, ...]) -> None:
    *head, document, data = fields
    if document:
        assert _in_python((*head, document[:-1], document[-1] + data)) != _in_python(fields)
    assert _in_python((*head, None, data)) != _in_python((*head, "", data))


@in_loop
async def test_an_untouched_book_verifies(database: Database) -> None:
    async with desk(database) as here, desk(database) as elsewhere:
        patient = await here.patient()
        for _ in range(5):
            await here.pay(patient)
        await elsewhere.pay(await elsewhere.patient())
        for asked, events in ((here, 7), (elsewhere, 3)):
            found = verified(database, asked.tenant_id)
            assert (found.found, found.events, found.position) == (0, events, events)
            checkpoint = (found.position, found.head)
            await asked.pay(await asked.patient())
            assert verified(database, asked.tenant_id, checkpoint).found == 0
        assert verified(database, patient).report() == {
            "tenant_id": patient, "verified": True, "events": 0, "position": 0, "head": GENESIS.hex(),
            "checkpoints": 0, "problem_count": 0, "problems": [],
        }  # fmt: skip


def verified(database: Database, tenant_id: Any, checkpoint: tuple[int, bytes] | None = None) -> Verification:
    """As the auditor, who reads and writes nothing."""
    with psycopg.connect(database.url("daybook_auditor"), autocommit=True) as db:
        *_, found = verify(db, tenant_id, checkpoint)
    return found
