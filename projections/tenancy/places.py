"""Rooms and holidays."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from domain.tenancy import Tenant, holiday_id
from projections.base import ReadTable, Row, replace
from projections.query import Data, Paging, Reader

__all__ = ["HolidayRow", "RoomRow", "holidays", "holidays_between", "list_holidays", "list_rooms", "rooms"]


class RoomRow(Row, frozen=True):
    """A room; one that is not active takes no new bookings."""

    id: UUID
    name: str
    active: bool


class HolidayRow(Row, frozen=True):
    """A local date on which nobody is booked."""

    id: UUID
    day: date
    name: str


rooms = ReadTable("rooms", RoomRow, key="id")
holidays = ReadTable("holidays", HolidayRow, key="id", indexes=[("day",)])


@rooms.on(Tenant.RoomAdded, key=lambda e: e.room_id)
def room_added(row: None, event: Tenant.RoomAdded) -> RoomRow:
    return RoomRow(id=event.room_id, name=event.name, active=True)


@rooms.on(Tenant.RoomRenamed, key=lambda e: e.room_id)
def room_renamed(row: RoomRow, event: Tenant.RoomRenamed) -> RoomRow:
    return replace(row, name=event.name)


@rooms.on(Tenant.RoomClosed, key=lambda e: e.room_id)
def room_closed(row: RoomRow, event: Tenant.RoomClosed) -> RoomRow:
    return replace(row, active=False)


@rooms.on(Tenant.RoomReopened, key=lambda e: e.room_id)
def room_reopened(row: RoomRow, event: Tenant.RoomReopened) -> RoomRow:
    return replace(row, active=True)


@holidays.on(Tenant.HolidayDeclared, key=lambda e: holiday_id(e.originator_id, e.day))
def holiday_declared(row: HolidayRow | None, event: Tenant.HolidayDeclared) -> HolidayRow:
    return HolidayRow(id=holiday_id(event.originator_id, event.day), day=event.day, name=event.name)


@holidays.on(Tenant.HolidayWithdrawn, key=lambda e: holiday_id(e.originator_id, e.day))
def holiday_withdrawn(row: HolidayRow, event: Tenant.HolidayWithdrawn) -> None:
    return None


async def list_rooms(db: Reader, paging: Paging, *, active: bool | None = None) -> Data:
    wanted = rooms.select()
    if active is not None:
        wanted = wanted.where(rooms.c.active == active)
    return await db.page(wanted, paging, {"name": rooms.c.name, "id": rooms.c.id}, "name")


async def has_room(db: Reader, room_id: UUID) -> bool:
    """Whether there is such a room, closed or not."""
    return await db.one(rooms.select(rooms.c.id).where(rooms.c.id == room_id)) is not None


async def list_holidays(db: Reader, paging: Paging, *, first: date | None = None, last: date | None = None) -> Data:
    """Holidays from ``first`` to ``last``, both included."""
    wanted = holidays.select()
    if first is not None:
        wanted = wanted.where(holidays.c.day >= first)
    if last is not None:
        wanted = wanted.where(holidays.c.day <= last)
    return await db.page(wanted, paging, {"name": holidays.c.name, "day": holidays.c.day}, "day")


_BETWEEN = holidays.select(holidays.c.day, holidays.c.name).where(
    holidays.c.day.between(sa.bindparam("first"), sa.bindparam("last"))
)


async def holidays_between(db: Reader, first: date, last: date) -> dict[date, str]:
    """The holidays from ``first`` to ``last``, both included, by date."""
    found = await db.all(_BETWEEN, first=first, last=last)
    return {row["day"]: row["name"] for row in found}
