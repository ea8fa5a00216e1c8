"""The centres there are, for the platform."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from projections.query import Data, Paging, Reader, like
from projections.tenancy.settings import tenants

__all__ = ["Activity", "heads", "list_centres"]

LISTED = ("id", "name", "slug", "timezone", "currency", "created_at", "updated_at", "version")
"""What a list of centres shows of each."""
IDLE_AFTER = timedelta(days=30)


class Activity(StrEnum):
    ACTIVE = "ACTIVE"
    """Something was recorded there within the last thirty days."""
    IDLE = "IDLE"


heads = sa.table(
    "books", sa.column("tenant_id"), sa.column("position"), sa.column("recorded_at", sa.DateTime(timezone=True)),
    schema="book",
)  # fmt: skip
"""How far each book has come."""


async def list_centres(
    db: Reader, paging: Paging, *, now: datetime, search: str | None = None, state: Activity | None = None
) -> Data:
    """Every centre but the reader's own tenant, which is the platform: nobody else is shown any (row security).
    ``search`` finds any part of name or slug."""
    told = [tenants.c[name] for name in LISTED]
    activity = sa.case((heads.c.recorded_at > now - IDLE_AFTER, Activity.ACTIVE.value), else_=Activity.IDLE.value)
    wanted = (
        tenants.everywhere(
            *told, heads.c.position.label("events"), heads.c.recorded_at.label("last_event_at"), activity.label("state")
        )
        .join(heads, heads.c.tenant_id == tenants.c.tenant_id)
        .where(tenants.c.tenant_id != sa.bindparam("tenant"))
    )
    if search:
        found = (text.ilike(like(search), escape="\\") for text in (tenants.c.name, tenants.c.slug))
        wanted = wanted.where(sa.or_(*found))
    if state is not None:
        wanted = wanted.where(activity == state.value)
    sortable = {
        "name": tenants.c.name, "slug": tenants.c.slug, "createdAt": tenants.c.created_at,
        "lastEventAt": heads.c.recorded_at, "events": heads.c.position, "id": tenants.c.id,
    }  # fmt: skip
    return await db.page(wanted, paging, sortable, "name")
