"""Finding notices: the log, one of them, a patient's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.notices import NoticeStatus
from domain.values import Channel, NoticeKind
from projections.base import alike
from projections.notices.log import TEXTS, notices
from projections.notices.work import work
from projections.patients import of_person, patients
from projections.query import Data, Paging, Reader
from projections.staff import users

__all__ = ["Filter", "due", "get", "page"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which notices. ``first`` and ``last`` are instants of asking for them, ``last`` excluded."""

    statuses: Sequence[NoticeStatus] = ()
    kinds: Sequence[NoticeKind] = ()
    channel: Channel | None = None
    patient_id: UUID | None = None
    user_id: UUID | None = None
    session_id: UUID | None = None
    first: datetime | None = None
    last: datetime | None = None

    def apply(self, wanted: sa.Select[Any]) -> sa.Select[Any]:
        c = notices.c
        for column, value in (
            (c.channel, self.channel), (c.user_id, self.user_id), (c.session_id, self.session_id),
        ):  # fmt: skip
            if value is not None:
                wanted = wanted.where(column == value)
        if self.patient_id is not None:
            wanted = wanted.where(of_person(c.patient_id, self.patient_id))
        if self.statuses:
            wanted = wanted.where(c.status.in_(self.statuses))
        if self.kinds:
            wanted = wanted.where(c.kind.in_(self.kinds))
        if self.first is not None:
            wanted = wanted.where(c.requested_at >= self.first)
        if self.last is not None:
            wanted = wanted.where(c.requested_at < self.last)
        return wanted


async def page(db: Reader, paging: Paging, wanted: Filter) -> Data:
    """Notices with the names of whom they tell, the latest first."""
    c = notices.c
    sortable = {
        "requestedAt": c.requested_at, "sentAt": c.sent_at, "status": c.status, "kind": c.kind, "channel": c.channel,
        "nextAt": c.next_at, "updatedAt": c.updated_at, "id": c.id,
    }  # fmt: skip
    return await db.page(wanted.apply(_named()), paging, sortable, "-requestedAt")


async def get(db: Reader, notice_id: UUID) -> Data | None:
    return await db.one(_named().where(notices.c.id == notice_id))


async def due(db: Reader, now: datetime, most: int) -> list[Data]:
    """Of every centre: what has to be looked at by now, longest due first, as ``{"tenant_id", "id", "todo"}``. Only a
    reader of the platform sees more than its own."""
    t = work.table.c
    wanted = work.everywhere(t.tenant_id, t.id, t.todo).where(t.at <= now, t.stale.is_(sa.false()))
    return await db.all(wanted.order_by(t.at).limit(most))


def _named() -> sa.Select[Any]:
    c = notices.c
    # As of sessions: from the moment at which the patient's own row says so.
    erased = patients.c.erased.is_(sa.true())
    columns = [
        sa.case((erased, sa.null()), else_=column).label(column.name) if column.name in TEXTS else column
        for column in notices.shown(without=("sealed_for",))
    ]
    statement = notices.select(
        *columns, _full_name(patients.c).label("patient_name"), _full_name(users.c).label("user_name")
    ).select_from(notices.table)
    for table, key, id_ in ((patients.table, c.patient_id, patients.c.id), (users.table, c.user_id, users.c.id)):
        statement = statement.outerjoin(table, alike(id_, key))
    return statement


def _full_name(columns: Any) -> sa.ColumnElement[str | None]:
    return sa.func.nullif(sa.func.concat_ws(" ", columns.first_name, columns.last_name), "")
