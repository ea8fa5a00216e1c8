"""Centres, their settings, rooms and holidays."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.base import Page, PagingQuery, Routes, view
from api.call import Call
from api.filters import Active, Search
from api.history import Before, HistoryView, Limit, history
from application.base import PLATFORM, Model
from application.tenancy import (
    AddRoom,
    ChangeRoom,
    ChangeSettings,
    CloseRoom,
    DeclareHoliday,
    NoticeSetting,
    OpenTenant,
    SettingsSaved,
    TenantOpened,
    WithdrawHoliday,
)
from application.values import Day, Saved
from domain.base import Missing, derived_id
from domain.tenancy import known_zone
from domain.values import Role
from projections import scheduling, tenancy

routes = Routes("Tenants")

TenantView = view(tenancy.TenantRow, "Tenant", notices=list[NoticeSetting])
RoomView = view(tenancy.RoomRow, "Room")
HolidayView = view(tenancy.HolidayRow, "Holiday")


class CentreSummary(Model):
    """A centre as the platform sees it: nothing of what is in its book but how many events, and when the last."""

    id: UUID
    name: str
    slug: str
    timezone: str
    currency: str
    state: tenancy.Activity
    events: int
    last_event_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


@routes.get("/tenants", may="tenants:list", answers=Page[CentreSummary])
async def list_tenants(
    call: Call, paging: PagingQuery, search: Search = None, state: tenancy.Activity | None = None
) -> Response:
    """List centres

    For super admins. `search` finds any part of name or slug; `state` is `IDLE` where nothing was recorded for
    thirty days."""
    async with call.reading() as db:
        return call.json(await tenancy.list_centres(db, paging, now=call.context.now, search=search, state=state))


@routes.post("/tenants", OpenTenant, answers=TenantOpened, status=201)
async def create_tenant(call: Call, command: OpenTenant) -> Response:
    """Open a centre

    For super admins. Opens the centre with its first administrator, who can sign in at once."""
    # The repetition of a keyed request must find the book that the first one wrote in.
    key = call.context.key
    tenant_id = derived_id(PLATFORM, "tenant", call.context.actor, key) if key else call.context.new_id()
    return await call.execute(command, tenant_id=tenant_id)


@routes.get("/tenants/{tenant_id}", may="tenants:read", answers=TenantView)
async def get_tenant(call: Call, tenant_id: UUID) -> Response:
    """A centre and its settings

    Your own; super admins read any."""
    async with call.reading(tenant_id if call.context.role is Role.SUPER_ADMIN else None) as db:
        return call.found(await tenancy.get(db, tenant_id))


@routes.put("/tenants/{tenant_id}/settings", ChangeSettings, answers=SettingsSaved)
async def change_settings(call: Call, command: ChangeSettings) -> Response:
    """Change a centre's settings

    What is missing or null stays as it is. The currency cannot change: every amount in the book is in it. The time
    zone can: what is booked keeps its instants, and `sessionsInAnotherZone` lists the sessions to come whose wall times
    are another zone's."""
    known = {}
    if command.timezone is not None and command.tenant_id == call.context.tenant_id:
        known_zone(command.timezone)
        async with call.reading() as db:
            elsewhere = await scheduling.booked_in_another_zone(db, command.timezone, now=call.context.now)
        known["sessionsInAnotherZone"] = elsewhere
    return await call.execute(command, known=known)


@routes.get("/tenants/{tenant_id}/history", may="history:read", answers=HistoryView)
async def tenant_history(call: Call, tenant_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a centre's settings"""
    async with call.reading() as db:
        if await tenancy.get(db, tenant_id) is None:
            raise Missing
    return await history(call, [tenant_id], before, limit)


@routes.get("/rooms", may="tenants:read", answers=Page[RoomView])  # type: ignore[valid-type]
async def list_rooms(call: Call, paging: PagingQuery, active: Active = None) -> Response:
    """List rooms"""
    async with call.reading() as db:
        return call.json(await tenancy.list_rooms(db, paging, active=active))


@routes.post("/rooms", AddRoom, answers=Saved, status=201)
async def add_room(call: Call, command: AddRoom) -> Response:
    """Add a room"""
    return await call.execute(command)


@routes.put("/rooms/{room_id}", ChangeRoom, answers=Saved)
async def change_room(call: Call, command: ChangeRoom) -> Response:
    """Rename, close or reopen a room

    A closed room takes no new bookings; what is booked in it stays."""
    return await call.execute(command)


@routes.delete("/rooms/{room_id}", CloseRoom, answers=Saved)
async def close_room(call: Call, command: CloseRoom) -> Response:
    """Close a room"""
    return await call.execute(command)


@routes.get("/rooms/{room_id}/history", may="history:read", answers=HistoryView)
async def room_history(call: Call, room_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a room"""
    async with call.reading() as db:
        if not await tenancy.has_room(db, room_id):
            raise Missing
    return await history(call, [call.context.tenant_id], before, limit, naming=room_id)


@routes.get("/holidays", may="tenants:read", answers=Page[HolidayView])  # type: ignore[valid-type]
async def list_holidays(
    call: Call,
    paging: PagingQuery,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
) -> Response:
    """List holidays

    From one local date to another, both included."""
    async with call.reading() as db:
        return call.json(await tenancy.list_holidays(db, paging, first=first, last=last))


@routes.post("/holidays", DeclareHoliday, answers=Saved, status=201)
async def declare_holiday(call: Call, command: DeclareHoliday) -> Response:
    """Declare a holiday

    Nobody is booked on that day. Sessions booked before stay. The same day again renames it."""
    return await call.execute(command)


@routes.delete("/holidays/{holiday_id}", WithdrawHoliday, answers=Saved)
async def withdraw_holiday(call: Call, command: WithdrawHoliday) -> Response:
    """Withdraw a holiday"""
    return await call.execute(command)
