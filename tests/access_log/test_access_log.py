"""Whoever reads clinical text or signs in is recorded, before the answer leaves; nobody alters what is recorded."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from adapters.access_log import BookAccessLog
from adapters.commanding import MachineClock
from adapters.event_store import Unavailable
from application.ports import Access
from tests.support.system import PASSWORD, Centre, RunningSystem


def entries(centre: Centre, **filters: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = centre.get("/access-log", params={"pageSize": "100", **filters})["data"]
    return listed


def readings(centre: Centre, subject: str) -> list[str]:
    return [e["actor"] for e in entries(centre, action="read", subjectId=subject)]


def test_showing_medical_notes_is_recorded_and_only_that(centre: Centre) -> None:
    plain, noted = centre.patient(), centre.patient(medicalNotes="asthma")
    operator = centre.user("OPERATOR")
    for _ in range(2):
        centre.get(f"/patients/{noted}", as_="OPERATOR")
    centre.get(f"/patients/{noted}", as_="ACCOUNTANT")  # is not shown them
    centre.get(f"/patients/{noted}", as_="OPERATOR", params={"fields": "id,firstName"})
    centre.get(f"/patients/{plain}", as_="OPERATOR")
    centre.get("/patients", as_="OPERATOR")
    assert readings(centre, noted) == [operator, operator]
    assert readings(centre, plain) == []
    [first, _] = entries(centre, subjectKind="patient")
    assert first["action"] == "read"
    assert first["address"] == "127.0.0.1"
    assert UUID(first["correlation"]).version == 7


def test_showing_session_notes_is_recorded_wherever_they_are_shown(centre: Centre) -> None:
    therapist = centre.therapist("Reader")
    patient, kind = centre.patient(), centre.therapy_type()
    session = centre.session(patient, therapist, kind)
    quiet = centre.session(patient, therapist, kind, startTime="12:00")["id"]
    centre.put(f"/sessions/{session['id']}/notes", {"notes": "calm today"}, as_="Reader")
    day = session["date"]
    shown = (f"/sessions/{session['id']}", "/sessions", f"/sessions/calendar?from={day}&to={day}",
             f"/patients/{patient}/sessions")  # fmt: skip
    for path in shown:
        centre.get(path, as_="Reader")
        centre.get(path, as_="AUDITOR")
    assert readings(centre, session["id"]) == [therapist] * len(shown)
    assert readings(centre, quiet) == []
    centre.get(f"/sessions/{session['id']}/history", as_="AUDITOR")
    assert len(readings(centre, session["id"])) == len(shown)
    centre.get(f"/sessions/{session['id']}/history")
    assert entries(centre, subjectKind="history")[0]["subject"] == session["id"]


def test_signing_in_and_out_is_recorded(centre: Centre, system: RunningSystem) -> None:
    admin = {"email": f"admin@{centre.slug}.example", "tenant": centre.slug}
    with system.client() as client:
        pair = client.post("/auth/login", json=admin | {"password": PASSWORD}).json()
        assert client.post("/auth/login", json=admin | {"password": "wrong, that is"}).status_code == 401
        client.post("/auth/logout", json={"refreshToken": pair["refreshToken"]})
    found = entries(centre, sort="at")
    assert [e["action"] for e in found][-3:] == ["login", "login-failed", "logout"]
    assert [e["actor"] for e in found][-3:] == [pair["userId"], None, pair["userId"]]
    assert entries(centre, action="login", to=found[0]["at"]) == []
    assert entries(centre, actor=str(uuid4())) == []
    assert {e["id"] for e in entries(centre, **{"from": found[-1]["at"]})} == {found[-1]["id"]}


def test_one_centre_does_not_see_the_log_of_another(system: RunningSystem) -> None:
    one, other = system.new_centre(), system.new_centre()
    noted = one.patient(medicalNotes="private")
    one.get(f"/patients/{noted}")
    assert readings(one, noted) != []
    assert readings(other, noted) == []


def test_nobody_alters_the_log(centre: Centre, system: RunningSystem) -> None:
    """The application's own role cannot, in its own tenant. The control: it can add to it."""
    entries(centre)
    with psycopg.connect(system.database.url("daybook_app"), autocommit=True) as db:
        for attempt in ("UPDATE book.access_log SET actor = NULL", "DELETE FROM book.access_log",
                        "TRUNCATE book.access_log"):  # fmt: skip
            with db.transaction(force_rollback=True):
                db.execute("SELECT set_config('app.tenant', %s, true)", [centre.tenant_id])
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(attempt)
        with db.transaction(force_rollback=True):
            db.execute("SELECT set_config('app.tenant', %s, true)", [centre.tenant_id])
            row = [centre.tenant_id, uuid4()]
            added = db.execute(
                "INSERT INTO book.access_log (tenant_id, id, at, action) VALUES (%s, %s, now(), 'x')", row
            )
            assert added.rowcount == 1


def test_what_waits_together_is_written_together_and_a_failure_reaches_each(
    centre: Centre, system: RunningSystem
) -> None:
    """Two hundred entries at once take a few transactions, each caller waits for its own, and none is lost; when the
    database cannot be asked, each is told so."""
    tenant = UUID(centre.tenant_id)

    async def write() -> tuple[int, int, list[object]]:
        url = system.database.url("daybook_app")
        async with AsyncConnectionPool(url, min_size=1, max_size=2, open=False, timeout=1) as pool:
            log, actor = BookAccessLog(pool, MachineClock(), uuid4), uuid4()
            before = pool.get_stats().get("requests_num", 0)
            await asyncio.gather(*(log.note(tenant, actor, Access.EXPORT) for _ in range(200)))
            batches = pool.get_stats()["requests_num"] - before
            async with pool.connection() as db, db.transaction():
                await db.execute("SELECT set_config('app.tenant', %s, true)", [centre.tenant_id])
                counted = await (
                    await db.execute("SELECT count(*) FROM book.access_log WHERE actor = %s", [actor])
                ).fetchone()
        # The pool is closed now: nothing can be written.
        after = await asyncio.gather(
            *(log.note(tenant, actor, Access.EXPORT) for _ in range(3)), return_exceptions=True
        )
        return (counted or (0,))[0], batches, list(after)

    written, batches, after = asyncio.run(write())
    assert written == 200
    assert batches <= 3
    assert [type(refusal) for refusal in after] == [Unavailable] * 3
