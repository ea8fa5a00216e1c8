"""Whether this process can serve, and how far behind its read models are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

LAG_ALARM_SECONDS = 60.0


class DatabaseHealth:
    """``definitions`` are this release's read tables, by name."""

    def __init__(self, pool: AsyncConnectionPool[Any], definitions: Mapping[str, str]) -> None:
        self._pool = pool
        self._definitions = definitions

    async def ready(self) -> dict[str, Any]:
        try:
            async with self._pool.connection(timeout=2.0) as db:
                served = dict(await (await db.execute("SELECT name, definition FROM reading.definitions")).fetchall())
                row = await (await db.execute("SELECT * FROM reading.progress()")).fetchone()
        except (psycopg.Error, PoolTimeout) as error:
            return {"ready": False, "degraded": True, "checks": {"database": type(error).__name__}}
        missing = sorted(self._definitions.keys() - served.keys())
        outdated = sorted(name for name, definition in self._definitions.items() if served.get(name) != definition)
        behind, lag, parked = row or (0, 0.0, 0)
        checks = {
            "database": "ok",
            "read_tables": _told(missing, outdated),
            "tenants_behind": behind,
            "lag_seconds": round(float(lag), 3),
            "parked_streams": parked,
        }
        # These are alarms, not reasons to take every process out of service: the rest is served well.
        degraded = bool(outdated or parked) or lag >= LAG_ALARM_SECONDS
        return {"ready": not missing, "degraded": degraded, "checks": checks}


def _told(missing: list[str], outdated: list[str]) -> str:
    if missing:
        return f"missing: {', '.join(missing)}"
    return f"to rebuild: {', '.join(outdated)}" if outdated else "ok"
