"""What is announced to listeners, from the book as far as the read models have followed it; and whose it is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from projections.base import alike
from projections.patients import treatments
from projections.query import Data, Reader, of_tenant
from projections.scheduling import sessions
from projections.series import occurrences

__all__ = ["giving", "happened", "reached", "running", "treating"]

_UUID = pg.UUID(as_uuid=True)
# With metadata of their own: what is listed in that of ``projections.base`` is made and rebuilt from events.
_events = sa.Table(
    "events", sa.MetaData(schema="book"), sa.Column("tenant_id", _UUID), sa.Column("position", sa.BigInteger),
    sa.Column("stream_id", _UUID), sa.Column("version", sa.Integer), sa.Column("topic", sa.Text),
    sa.Column("data", sa.Text),
)  # fmt: skip
_positions = sa.Table(
    "positions", sa.MetaData(schema="reading"), sa.Column("tenant_id", _UUID), sa.Column("position", sa.BigInteger)
)


async def reached(db: Reader) -> int:
    """The position up to which the read models show the book."""
    row = await db.one(of_tenant(_positions))
    return int(row["position"]) if row else 0


async def happened(db: Reader, after: int, upto: int, most: int) -> list[Data]:
    """The first ``most`` events after one position up to another: ``position``, ``stream_id``, ``version``, ``topic``
    and ``data``, as it is stored: personal facts are sealed in it."""
    c = _events.c
    return await db.all(
        of_tenant(_events).where(c.position > after, c.position <= upto).order_by(c.position).limit(most)
    )


async def treating(db: Reader, patient_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The therapists who treat each of these patients."""
    c = treatments.c
    found = await db.all(treatments.select(c.patient_id, c.therapist_id).where(c.patient_id.in_(patient_ids)))
    return _grouped((row["patient_id"], row["therapist_id"]) for row in found)


async def giving(db: Reader, session_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The therapist of each of these sessions."""
    found = await db.all(sessions.select(sessions.c.id, sessions.c.therapist_id).where(sessions.c.id.in_(session_ids)))
    return {row["id"]: row["therapist_id"] for row in found}


async def running(db: Reader, series_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The therapists who give any session of each of these series."""
    wanted = (
        occurrences.select(occurrences.c.series_id, sessions.c.therapist_id)
        .join(sessions.table, alike(sessions.c.id, occurrences.c.session_id))
        .where(occurrences.c.series_id.in_(series_ids))
        .distinct()
    )  # fmt: skip
    return _grouped((row["series_id"], row["therapist_id"]) for row in await db.all(wanted))


def _grouped(pairs: Iterable[tuple[UUID, UUID]]) -> dict[UUID, frozenset[UUID]]:
    groups: dict[UUID, set[UUID]] = defaultdict(set)
    for key, value in pairs:
        groups[key].add(value)
    return {key: frozenset(values) for key, values in groups.items()}
