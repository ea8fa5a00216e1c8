"""What the clock has to know: of every centre its settings, of each what begins, expires and is due."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from domain.rescheduling import RequestStatus
from domain.scheduling import SessionStatus
from domain.values import NoticeKind
from projections.billing.charges import charges
from projections.notices import notices
from projections.query import Data, Reader
from projections.rescheduling import reschedule_requests
from projections.scheduling import sessions
from projections.tenancy import heads, tenants

__all__ = ["asked_for", "centres", "last_done", "next_expiry", "next_start", "owing", "starting"]

TELL_WHEN = (NoticeKind.SESSION_BOOKED, NoticeKind.SESSION_RESCHEDULED)
_marks = sa.Table(
    "schedule_marks", sa.MetaData(schema="book"), sa.Column("tenant_id", pg.UUID(as_uuid=True)),
    sa.Column("job", sa.Text), sa.Column("done", sa.Text),
)  # fmt: skip


async def centres(db: Reader) -> list[Data]:
    """Every centre but the reader's own tenant, which is the platform: what its schedule follows from."""
    c = tenants.c
    wanted = (
        tenants.everywhere(
            c.id, c.timezone, c.reminder_hours_before, c.dues_reminder_day, c.notices, c.created_at,
            heads.c.position.label("position"),
        )
        .join(heads, heads.c.tenant_id == c.tenant_id)
        .where(c.tenant_id != sa.bindparam("tenant"))
        .order_by(c.id)
    )  # fmt: skip
    return await db.all(wanted)


async def last_done(db: Reader) -> list[Data]:
    """``tenant_id``, ``job`` and ``done`` of all: for the platform only."""
    everywhere = _marks.select().where(sa.bindparam("tenant", type_=pg.UUID(as_uuid=True)).is_not(None))
    return await db.all(everywhere)


async def starting(db: Reader, after: datetime, upto: datetime) -> list[Data]:
    """Scheduled sessions that begin after one instant and up to another: ``id``, ``patient_id``, ``starts_at``, and
    ``told_at``, when their family was last told of the time."""
    s, n = sessions.c, notices.c
    # Local dates lie within a day of the instants: it is they that have an index.
    dates = (s.date >= (after - timedelta(days=1)).date(), s.date <= (upto + timedelta(days=1)).date())
    found = await db.all(
        sessions.select(s.id, s.patient_id, s.starts_at)
        .where(s.status == SessionStatus.SCHEDULED, *dates, s.starts_at > after, s.starts_at <= upto)
        .order_by(s.starts_at, s.id)
    )
    if not found:
        return []
    told = await db.all(
        notices.select(n.session_id, sa.func.max(n.requested_at).label("at"))
        .where(
            n.patient_id.in_({row["patient_id"] for row in found}),
            n.session_id.in_([row["id"] for row in found]),
            n.kind.in_(TELL_WHEN),
        )
        .group_by(n.session_id)
    )
    when = {row["session_id"]: row["at"] for row in told}
    return [{**row, "told_at": when.get(row["id"])} for row in found]


async def next_start(db: Reader, after: datetime) -> datetime | None:
    """The first start of a scheduled session after an instant."""
    s = sessions.c
    first = sa.func.min(s.starts_at).label("at")
    row = await db.one(
        sessions.select(first).where(
            s.status == SessionStatus.SCHEDULED, s.date >= (after - timedelta(days=1)).date(), s.starts_at > after
        )
    )
    return row["at"] if row else None


async def next_expiry(db: Reader, after: datetime) -> datetime | None:
    """The first expiry of a pending request to move a session after an instant."""
    c = reschedule_requests.c
    first = sa.func.min(c.expires_at).label("at")
    row = await db.one(reschedule_requests.select(first).where(c.status == RequestStatus.PENDING, c.expires_at > after))
    return row["at"] if row else None


async def asked_for(db: Reader, notice_ids: Collection[UUID]) -> set[UUID]:
    """Those of these notices that there are."""
    return {row["id"] for row in await db.all(notices.select(notices.c.id).where(notices.c.id.in_(notice_ids)))}


async def owing(db: Reader, on: date) -> list[UUID]:
    """The patients who have anything left to pay that is due on this date."""
    c = charges.c
    wanted = charges.select(c.patient_id).where(c.is_open, c.due_on <= on).distinct().order_by(c.patient_id)
    return [row["patient_id"] for row in await db.all(wanted)]
