"""Whether this process can serve, and how far behind its read models are."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from application.base import PLATFORM

LAG_ALARM_SECONDS = 60.0
_MEASURES = "SELECT * FROM book.measures(%s) UNION ALL SELECT * FROM delivery.measures()"
_NAMES = (
    "active_users", "lag_seconds", "parked_streams", "parked_seconds", "held_lag_seconds", "tenant_held_lag_seconds",
    "rebuilds", "delivery_lag_seconds", "delivery_behind", "dead_letters",
)  # fmt: skip
_LOOKED = "SELECT extract(epoch FROM clock_timestamp() - at) FROM book.schedule_marks WHERE job = 'look'"
_LAGS = """SELECT projection, count(*) FILTER (WHERE read_position < head), max(lag_seconds),
    (array_agg(lag_seconds ORDER BY lag_seconds DESC) FILTER (WHERE read_position < head))[:%s]
  FROM book.lags() GROUP BY projection"""
WORST = 10
"""Of how many centres that are behind the lag is told: an outage makes all of them late, and one series each."""


class DatabaseHealth:
    """``definitions`` are this release's read tables, by name."""

    def __init__(self, pool: AsyncConnectionPool[Any], definitions: Mapping[str, str]) -> None:
        self._pool = pool
        self._definitions = definitions

    async def ready(self) -> dict[str, Any]:
        """Anybody may ask, so it is numbers and the names of our own tables: of tenants, how many are behind and by how
        many seconds the worst are, never which. ``daybook status`` and ``/metrics`` with its token name them."""
        try:
            async with self._pool.connection(timeout=2.0) as db:
                served, (_, _, parked) = await self._looked(db)
                async with db.transaction():
                    await db.execute("SELECT set_config('app.tenant', %s, true)", [str(PLATFORM)])
                    lags = {row[0]: row[1:] for row in await (await db.execute(_LAGS, [WORST])).fetchall()}
        except (psycopg.Error, PoolTimeout) as error:
            return {"ready": False, "degraded": True, "checks": {"database": type(error).__name__}}
        missing = sorted(self._definitions.keys() - served.keys())
        outdated = self._outdated(served)
        # Tables that are followed move together; those that are held back have a lag of their own.
        behind, lag, worst = lags.get(None) or (0, 0.0, None)
        tables = {name: lags.get(name) or (behind, lag, worst) for name in sorted(self._definitions)}
        checks = {
            "database": "ok",
            "read_tables": _told(missing, outdated),
            "tenants_behind": behind,
            "lag_seconds": round(lag, 3),
            "worst_tenants_lag_seconds": [round(seconds, 3) for seconds in worst or ()],
            "projections": [
                {"name": name, "lag_seconds": round(seconds, 3), "tenants_behind": late}
                for name, (late, seconds, _) in tables.items()
            ],
            "parked_streams": parked,
        }
        # These are alarms, not reasons to take every process out of service: the rest is served well.
        degraded = bool(outdated or parked) or lag >= LAG_ALARM_SECONDS
        return {"ready": not missing, "degraded": degraded, "checks": checks}

    async def measures(self) -> dict[str, Any]:
        try:
            async with self._pool.connection(timeout=2.0) as db:
                served, (behind, lag, _) = await self._looked(db)
                rows = await (await db.execute(_MEASURES, [WORST])).fetchall()
                async with db.transaction():
                    await db.execute("SELECT set_config('app.tenant', %s, true)", [str(PLATFORM)])
                    looked = await (await db.execute(_LOOKED)).fetchone()
        except (psycopg.Error, PoolTimeout):
            return {"database_up": False}
        by: dict[str, dict[str, float]] = {name: {} for name in _NAMES}
        for name, label, value in rows:
            by[name][label] = value
        return {
            "database_up": True,
            "tenants_behind": behind,
            "lag_seconds": float(lag),
            "outdated": len(self._outdated(served)),
            # Tables that are followed move together; those that are held back have a lag of their own.
            "table_lag": dict.fromkeys(self._definitions, float(lag)) | by["held_lag_seconds"],
            "tenant_table_lag": {tuple(pair.split(" ")): lag for pair, lag in by["tenant_held_lag_seconds"].items()},
            "parked_seconds": by["parked_seconds"],
            "rebuilds": {"WAITING": 0.0, "RUNNING": 0.0, "PAUSED": 0.0, "FAILED": 0.0} | by["rebuilds"],
            "parked": {name: 0.0 for name in self._definitions} | by["parked_streams"],
            "lagging": by["lag_seconds"],
            "active_users": by["active_users"],
            "delivery_lag": by["delivery_lag_seconds"],
            "delivery_behind": by["delivery_behind"],
            "dead_letters": by["dead_letters"],
            "schedule_silence": float(looked[0]) if looked else inf,
        }

    def _outdated(self, served: dict[str, str]) -> list[str]:
        return sorted(name for name, definition in self._definitions.items() if served.get(name) != definition)

    @staticmethod
    async def _looked(db: psycopg.AsyncConnection[Any]) -> tuple[dict[str, str], tuple[int, float, int]]:
        """The definitions of the tables served, and (tenants behind, seconds of lag, parked streams)."""
        served = dict(await (await db.execute("SELECT name, definition FROM reading.definitions")).fetchall())
        row = await (await db.execute("SELECT * FROM reading.progress()")).fetchone()
        return served, row or (0, 0.0, 0)


def _told(missing: list[str], outdated: list[str]) -> str:
    if missing:
        return f"missing: {', '.join(missing)}"
    return f"to rebuild: {', '.join(outdated)}" if outdated else "ok"
