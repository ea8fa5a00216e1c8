"""Whether this process can serve, and how far behind its read models are."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

LAG_ALARM_SECONDS = 60.0


class DatabaseHealth:
    def __init__(self, pool: AsyncConnectionPool[Any], read_tables: frozenset[str]) -> None:
        self._pool = pool
        self._read_tables = read_tables

    async def ready(self) -> dict[str, Any]:
        try:
            async with self._pool.connection(timeout=2.0) as db:
                served = {r[0] for r in await (await db.execute("SELECT name FROM reading.definitions")).fetchall()}
                row = await (await db.execute("SELECT * FROM reading.progress()")).fetchone()
        except (psycopg.Error, PoolTimeout) as error:
            return {"ready": False, "degraded": True, "checks": {"database": type(error).__name__}}
        missing = sorted(self._read_tables - served)
        behind, lag, parked = row or (0, 0.0, 0)
        checks = {
            "database": "ok",
            "read_tables": f"missing: {', '.join(missing)}" if missing else "ok",
            "tenants_behind": behind,
            "lag_seconds": round(float(lag), 3),
            "parked_streams": parked,
        }
        # Lag and parked streams are alarms, not reasons to take every process out of service: the rest is served well.
        return {"ready": not missing, "degraded": bool(parked) or lag >= LAG_ALARM_SECONDS, "checks": checks}
