"""States that the read models can be in, put up for tests."""

from __future__ import annotations

import psycopg

from tests.support.system import RunningSystem

_PARKING = """INSERT INTO reading.parked
    (tenant_id, projection, stream_id, position, version, topic, error, skipped_by)
  VALUES (%s, 'rooms', %s, 1, 1, 'patients.PatientRegistered', 'ValueError', %s) RETURNING id::text"""


def a_parked_stream(system: RunningSystem, tenant_id: str, stream_id: str) -> str:
    """A stream that is told of as parked, and raises no alarm: nothing of the installation's is disturbed by it."""
    with psycopg.connect(system.database.admin_url) as db:
        row = db.execute(_PARKING, [tenant_id, stream_id, tenant_id]).fetchone()
    assert row is not None
    made: str = row[0]
    return made


def a_rebuild_that_differed(system: RunningSystem, tenant_id: str, rebuild_id: str) -> None:
    """As whoever does rebuilds records it."""
    with psycopg.connect(system.database.admin_url) as db:
        db.execute(
            "INSERT INTO reading.rebuilds (tenant_id, id, names, of_tenant, why, asked_by, state)"
            " VALUES (%s, %s, '{rooms}', %s, 'ASKED', %s, 'DONE')",
            [tenant_id, rebuild_id, tenant_id, tenant_id],
        )
        db.execute(
            "INSERT INTO reading.rebuild_differences (tenant_id, rebuild_id, projection, key, kind, columns)"
            " VALUES (%s, %s, 'rooms', %s, 'CHANGED', '{name}')",
            [tenant_id, rebuild_id, tenant_id],
        )
