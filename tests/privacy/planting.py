"""A patient with a canary in every private field, and looking for canaries in everything that is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.codec import EVENT_TYPES
from consumers.messages import LANGUAGE, wire
from domain.base import Recorded, Refused
from tests.progress.clinic import SECTIONS, answers
from tests.support.system import Centre, RunningSystem, wait_until

NOTHING: Mapping[str, str] = MappingProxyType({})
CANARY = "zqerased"
"""In each text, with a word of its own behind it."""
PHONE = "+919867530955"
BORN = "2017-03-09"


class Planted:
    """Somebody with a past: sessions held, moved, cancelled and missed, a report, messages, money; nothing to come."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        centre.put(f"/tenants/{centre.tenant_id}/settings", {"quietHoursEnabled": False})  # by day or night
        self.therapist = centre.therapist("thea")
        self.kind = centre.therapy_type()
        centre.put(f"/therapy-types/{self.kind}/progress-template", {"sections": SECTIONS[:1]})
        self.patient = centre.patient(
            firstName=f"{CANARY}first", lastName=f"{CANARY}last", dateOfBirth=BORN, guardianName=f"{CANARY}guardian",
            guardianPhone=PHONE, guardianEmail=f"{CANARY}@example.org", address=f"{CANARY} street",
            medicalNotes=f"{CANARY} medical",
        )  # fmt: skip
        centre.put(f"/patients/{self.patient}", {"address": f"{CANARY} road", "medicalNotes": f"{CANARY} later"})
        held = self.session(-3, price="650.00", priceReason=f"{CANARY} price")
        centre.put(f"/sessions/{held}/notes", {"notes": f"{CANARY} before"})
        centre.post(f"/sessions/{held}/complete", {"notes": f"{CANARY} after"})
        body = {"patientId": self.patient, "sessionId": held, "answers": answers(notes=f"{CANARY} said")}
        report = centre.post("/progress-reports", body, expect=201, as_="thea")["id"]
        correction = {"answers": answers(notes=f"{CANARY} corrected"), "reason": f"{CANARY} miscounted"}
        centre.put(f"/progress-reports/{report}", correction, as_="thea")
        self._asks_to_move()
        missed = self.session(-2)
        centre.post(f"/sessions/{missed}/no-show", {"waiveFee": True, "waiverReason": f"{CANARY} waived"})
        centre.post("/payments", {"patientId": self.patient, "amount": "1000.00", "method": "UPI"}, expect=201)
        message = {"patientId": self.patient, "channel": "SMS", "message": f"{CANARY} written"}
        self.notice = centre.post("/notifications/send", message, expect=201)["id"]

    def session(self, days: int, **fields: Any) -> str:
        day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
        made: str = self.centre.session(self.patient, self.therapist, self.kind, date=day, **fields)["id"]
        return made

    def _asks_to_move(self) -> None:
        """The desk is told by a message that names the patient, sealed for them and not for the desk."""
        coming = self.session(9)
        day = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
        asked = self.centre.post(
            "/reschedule-requests",
            {"sessionId": coming, "reason": f"{CANARY} asks", "proposals": [{"date": day, "startTime": "12:00"}]},
            expect=201, as_="thea",
        )  # fmt: skip
        self.centre.put(f"/reschedule-requests/{asked['id']}/reject", {"reason": f"{CANARY} no"})
        self.centre.post(f"/sessions/{coming}/cancel", {"reason": f"{CANARY} off"})

    def message_is_out(self) -> bool:
        return bool(self.centre.get(f"/notifications/{self.notice}")["status"] == "SENT")


def daybook(
    system: RunningSystem, *arguments: str, expect: int = 0, env: Mapping[str, str] = NOTHING, apart: bool = False
) -> str:
    """What the command says. ``apart``: in a process of its own, as it is run by people; else within this one, which
    saves two seconds of imports each time."""
    told = {**system.environment, **env}
    if apart:
        command = [sys.executable, "-m", "adapters.cli", *arguments]
        done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=120, check=False)
        status, said = done.returncode, done.stdout + done.stderr
    else:
        result = CliRunner().invoke(app, list(arguments), env=told)
        status, said = result.exit_code, result.output
        if isinstance(result.exception, Refused):  # as ``main`` says it
            said += str(result.exception)
        elif result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
    assert status == expect, f"{arguments}: {status}\n{said}"
    return said


def tables_with(system: RunningSystem, tenant_id: str, words: tuple[str, ...] = (CANARY, PHONE, BORN)) -> set[str]:
    """Every table of the database in which a centre's rows say any of these words."""
    found = set()
    with psycopg.connect(system.database.admin_url) as db:
        tables = db.execute(
            "SELECT c.table_schema, c.table_name FROM information_schema.columns c JOIN information_schema.tables t"
            " USING (table_schema, table_name) WHERE c.column_name = 'tenant_id' AND t.table_type = 'BASE TABLE'"
        ).fetchall()
        assert len(tables) > 40
        for schema, table in tables:
            rows = db.execute(f'SELECT t::text FROM "{schema}"."{table}" t WHERE tenant_id = %s', [tenant_id])
            text = str(rows.fetchall())
            found |= {f"{schema}.{table}" for word in words if word in text}
    return found


def files_with(folder: Path, words: tuple[str, ...] = (CANARY, PHONE)) -> set[str]:
    """Files below the installation's folder that say any of these words: logs, outbox, ledger, exports."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name for path in files for word in words if word.encode() in path.read_bytes()}


def published(system: RunningSystem, tenant_id: str) -> list[bytes]:
    """Everything that a relay tells of the book, as it goes to Kafka."""
    columns = "tenant_id, position, stream_id, version, topic, recorded_at, effective_on, actor, correlation, document"
    with psycopg.connect(system.database.admin_url) as db:
        rows = db.execute(f"SELECT {columns}, data FROM book.events WHERE tenant_id = %s", [tenant_id]).fetchall()
    told = []
    for row in rows:
        published = LANGUAGE.get(EVENT_TYPES[row[4]].event_class)
        if published is not None:
            told.append(wire.encode(published.of_stored(json.loads(row[-1]), Recorded(*row[:10]))))
    return told


def until_sent(planted: Planted) -> None:
    wait_until(planted.message_is_out, 30)


ENGINES = {
    "definitions",
    "positions",
    "parked",
    "rebuilds",
    "rebuild_fences",
    "rebuild_marks",
    "rebuild_differences",
    "skips",
    "previous",
    "holds",
    "held",
}
"""What the engine keeps beside the read tables: how far each is, and what is being done about it."""


def rows(system: RunningSystem, tenant_id: str, schema: str) -> dict[str, Any]:
    """Every row of a centre, table by table; of what is wrapped or hashed with a master key, that it is there."""
    keyed = {"subject_keys": "wrapped", "logins": "email_key", "claims": "value"}
    found = {}
    with psycopg.connect(system.database.admin_url) as db:
        names = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema]).fetchall()
        for (name,) in names:
            if name in ENGINES or name.endswith("__prev"):  # of a rebuild that another test made
                continue
            told = f"(to_jsonb(t) - '{keyed[name]}')::text" if name in keyed else "t::text"
            query = f"SELECT {told} FROM {schema}.{name} t WHERE tenant_id = %s"
            found[name] = sorted(row[0] for row in db.execute(query, [tenant_id]).fetchall())
    return found


def untouched(system: RunningSystem, tenant_id: str) -> bool:
    with psycopg.connect(system.database.admin_url) as db:
        tables = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'book'").fetchall()
        return not any(
            db.execute(f"SELECT 1 FROM book.{name} WHERE tenant_id = %s", [tenant_id]).fetchone() for (name,) in tables
        )
