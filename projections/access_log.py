"""Reading the access log. It is no projection: it is written as it happens, beside the book (see ``AccessLog``)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from projections.base import Row
from projections.query import Data, Paging, Reader, of_tenant


class AccessRow(Row, frozen=True):
    """One entry. ``actor`` is null where nobody was signed in yet (a failed log-in); ``subject_kind`` and ``subject``
    say whose text was read or what was exported; ``address`` is where the request came from."""

    id: UUID
    at: datetime
    actor: UUID | None
    action: str
    subject_kind: str | None
    subject: UUID | None
    address: str | None
    correlation: UUID | None


# With metadata of its own: what is listed in that of ``projections.base`` is made and rebuilt from events.
_log = sa.Table(
    "access_log",
    sa.MetaData(schema="book"),
    sa.Column("tenant_id", pg.UUID(as_uuid=True)),
    sa.Column("id", pg.UUID(as_uuid=True)),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("actor", pg.UUID(as_uuid=True)),
    sa.Column("action", sa.Text),
    sa.Column("subject_kind", sa.Text),
    sa.Column("subject", pg.UUID(as_uuid=True)),
    sa.Column("address", sa.Text),
    sa.Column("correlation", pg.UUID(as_uuid=True)),
)


async def page(
    db: Reader, paging: Paging, *, actor: UUID | None = None, action: str | None = None,
    subject_kind: str | None = None, subject: UUID | None = None, from_: datetime | None = None,
    to: datetime | None = None,
) -> Data:  # fmt: skip
    """Entries from ``from_`` up to, but not including, ``to``; newest first."""
    wanted = of_tenant(_log)
    same = {_log.c.actor: actor, _log.c.action: action, _log.c.subject_kind: subject_kind, _log.c.subject: subject}
    for column, value in same.items():
        if value is not None:
            wanted = wanted.where(column == value)
    if from_ is not None:
        wanted = wanted.where(_log.c.at >= from_)
    if to is not None:
        wanted = wanted.where(_log.c.at < to)
    sortable = {"at": _log.c.at, "action": _log.c.action, "id": _log.c.id}
    return await db.page(wanted, paging, sortable, "-at")
