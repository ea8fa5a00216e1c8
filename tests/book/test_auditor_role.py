"""The auditors' role of the database: one centre at a time, no clinical text, nothing to write."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from projections.base import ReadTable
from projections.registry import read_tables
from tests.support.system import Centre

CANARY = "Canary: epilepsy since 2019"
VIEWS = ("events", "books", "checkpoints", "access_log")
CLINICAL = {
    "patients": {"medical_notes"}, "sessions": {"notes"}, "progress_reports": {"answers", "text", "reason"},
    "progress_report_versions": {"answers", "text", "reason"},
}  # fmt: skip


def _auditor(centre: Centre, tenant: str) -> psycopg.Connection[Any]:
    db = psycopg.connect(centre.system.database.url("daybook_auditor"), autocommit=True)
    db.execute("SELECT set_config('app.tenant', %s, false)", [tenant])
    return db


@pytest.fixture
def told(centre: Centre) -> Centre:
    centre.patient(medicalNotes=CANARY)
    return centre


def test_the_views_say_what_the_book_says_and_of_one_centre_only(told: Centre) -> None:
    other = told.system.new_centre()
    events = told.get("/events?limit=1000")["data"]
    with _auditor(told, told.tenant_id) as db:
        rows = db.execute("SELECT position, type, hash FROM audit.events ORDER BY position").fetchall()
        assert rows == [(event["position"], event["type"], event["hash"]) for event in events]
        assert db.execute("SELECT position, chain FROM audit.books").fetchall() == [(rows[-1][0], rows[-1][2])]
        for view in VIEWS:
            found = db.execute(f"SELECT DISTINCT tenant_id::text FROM audit.{view}".encode()).fetchall()
            assert found in ([(told.tenant_id,)], [])
            [[comment]] = db.execute(f"SELECT obj_description('audit.{view}'::regclass)".encode()).fetchall()
            assert len(comment) > 20
    with _auditor(told, other.tenant_id) as db:
        assert [row[0] for row in db.execute("SELECT tenant_id::text FROM audit.books")] == [other.tenant_id]
    with _auditor(told, "") as db:
        assert db.execute("SELECT 1 FROM audit.events").fetchall() == []


def test_clinical_text_is_nowhere_the_role_can_look(told: Centre) -> None:
    assert {table.name: set(table.clinical) for table in read_tables() if table.clinical} == CLINICAL
    seen = []
    with _auditor(told, told.tenant_id) as db:
        for table in read_tables():
            columns = ", ".join(f'"{c.name}"' for c in table.table.columns if c.name not in table.clinical)
            seen += db.execute(f"SELECT {columns} FROM reading.{table.name}".encode()).fetchall()
            for column in table.clinical:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(f"SELECT {column} FROM reading.{table.name}".encode())
        for view in VIEWS:
            seen += db.execute(f"SELECT * FROM audit.{view}".encode()).fetchall()
    assert "Kiran" in str(seen)  # the control: what may be seen is
    assert CANARY not in str(seen)


def test_every_clinical_text_of_an_event_has_its_column_among_them() -> None:
    """Whoever adds clinical text to an event says which column shows it."""
    from adapters.codec import EVENT_TYPES

    names = {name for kind in EVENT_TYPES.values() for name in kind.clinical}
    columns = {column for table in ReadTable.registry.values() for column in table.clinical}
    assert names <= columns | {"answers"}, names - columns


def test_it_writes_nothing(told: Centre) -> None:
    with _auditor(told, told.tenant_id) as db:
        for statement in (
            "DELETE FROM book.events", "UPDATE book.books SET position = 0", "DELETE FROM book.checkpoints",
            "INSERT INTO book.access_log (tenant_id) VALUES (book.tenant())",
            "DELETE FROM audit.events", "CREATE TABLE audit.mine (x int)", "TRUNCATE reading.journal",
        ):  # fmt: skip
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)):
                db.execute(statement.encode())
