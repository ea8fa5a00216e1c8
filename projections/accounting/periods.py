"""When the books were closed, and opened again."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.base import Recorded
from domain.tenancy import Tenant
from projections.base import ReadTable, Row
from projections.query import Data, Paging, Reader

__all__ = ["ClosingAct", "ClosingRow", "closed_through", "closings", "page"]


class ClosingAct(StrEnum):
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


class ClosingRow(Row, frozen=True):
    """``number`` is the change of the settings. Since then the books are closed up to ``closed_through``; null: not at
    all."""

    number: int
    act: ClosingAct
    closed_through: date | None
    reason: str | None
    recorded_at: datetime
    actor: UUID


closings = ReadTable("closings", ClosingRow, key="number")


@closings.on(Tenant.BooksClosed, key=lambda e: e.originator_version)
def closed(row: None, event: Tenant.BooksClosed, at: Recorded) -> ClosingRow:
    return ClosingRow(event.originator_version, ClosingAct.CLOSED, event.through, event.note, at.recorded_at, at.actor)


@closings.on(Tenant.BooksReopened, key=lambda e: e.originator_version)
def reopened(row: None, event: Tenant.BooksReopened, at: Recorded) -> ClosingRow:
    return ClosingRow(
        event.originator_version, ClosingAct.REOPENED, event.through, event.reason, at.recorded_at, at.actor
    )


async def closed_through(db: Reader) -> date | None:
    """The last day for which the books are closed."""
    last = await db.one(closings.select().order_by(closings.c.number.desc()).limit(1))
    return None if last is None else last["closed_through"]


async def page(db: Reader, paging: Paging) -> Data:
    """What was closed and opened, the latest first."""
    return await db.page(closings.select(), paging, {"number": closings.c.number}, "-number")
