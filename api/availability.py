"""When therapists are there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.base import Routes, view
from api.call import Call
from api.history import Before, HistoryView, Limit, history
from application.availability import (
    AvailabilityShrunk,
    ChangeSlot,
    OfferSlot,
    PlanLeave,
    SetBuffers,
    WithdrawLeave,
    WithdrawSlot,
)
from application.base import Model
from application.values import Day, Saved
from domain.base import Missing, derived_id
from projections import availability, staff

routes = Routes("Availability")

SlotView = view(availability.SlotRow, "AvailabilitySlot")
LeaveView = view(availability.LeaveRow, "Leave")


class AvailabilityView(Model):
    """All of a therapist's availability. Its version moves with every change of a slot, leave or buffer."""

    therapist_id: UUID
    buffer_before_minutes: int
    buffer_after_minutes: int
    slots: list[SlotView]  # type: ignore[valid-type]
    leave: list[LeaveView]  # type: ignore[valid-type]
    updated_at: datetime | None
    version: int


class EverybodysAvailability(Model):
    """Of each active therapist, by name."""

    therapists: list[AvailabilityView]


From = Annotated[Day | None, Query(alias="from", description="Only leave that lasts to this day")]


@routes.get("/availability", may="availability:read", answers=EverybodysAvailability)
async def everybodys_availability(call: Call, since: From = None) -> Response:
    """Every therapist's availability

    What a schedule with a column for each needs, at once. Therapists see their own."""
    async with call.reading() as db:
        them = await staff.therapists(db, only=call.own)
        return call.json({"therapists": await availability.of_all(db, them, since=since)})


@routes.get("/therapists/{therapist_id}/availability", may="availability:read", answers=AvailabilityView)
async def get_availability(call: Call, therapist_id: UUID, since: From = None) -> Response:
    """A therapist's availability

    Weekly slots in the centre's wall time, leave and buffers. Therapists see their own."""
    async with call.reading() as db:
        if not await staff.is_therapist(db, therapist_id, only=call.own):
            raise Missing
        return call.found(await availability.of(db, therapist_id, since=since))


@routes.post("/therapists/{therapist_id}/availability", OfferSlot, answers=Saved, status=201)
async def offer_slot(call: Call, command: OfferSlot) -> Response:
    """Add a weekly slot

    Slots for the same therapy type may touch but not overlap."""
    return await call.execute(command)


@routes.get("/therapists/{therapist_id}/availability/history", may="history:read", answers=HistoryView)
async def availability_history(call: Call, therapist_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a therapist's availability"""
    async with call.reading() as db:
        if not await staff.is_therapist(db, therapist_id):
            raise Missing
    return await history(call, [derived_id(therapist_id, "availability")], before, limit)


@routes.put("/therapists/{therapist_id}/availability/{slot_id}", ChangeSlot, answers=AvailabilityShrunk)
async def change_slot(call: Call, command: ChangeSlot) -> Response:
    """Change a weekly slot

    The slot as it shall be, as a whole. Booked sessions are never moved:
    `sessionsOutside` lists those that it no longer covers."""
    return await call.execute(command)


@routes.delete("/therapists/{therapist_id}/availability/{slot_id}", WithdrawSlot, answers=AvailabilityShrunk)
async def withdraw_slot(call: Call, command: WithdrawSlot) -> Response:
    """Remove a weekly slot

    Booked sessions are never moved:
    `sessionsOutside` lists those that it no longer covers."""
    return await call.execute(command)


@routes.put("/therapists/{therapist_id}/buffers", SetBuffers, answers=Saved)
async def set_buffers(call: Call, command: SetBuffers) -> Response:
    """Set the minutes to keep free around sessions"""
    return await call.execute(command)


@routes.post("/therapists/{therapist_id}/leave", PlanLeave, answers=AvailabilityShrunk, status=201)
async def plan_leave(call: Call, command: PlanLeave) -> Response:
    """Plan leave

    Whole days, first and last included; with times, part of one day. Booked sessions are never moved:
    `sessionsOutside` lists those that it no longer covers."""
    return await call.execute(command)


@routes.delete("/therapists/{therapist_id}/leave/{leave_id}", WithdrawLeave, answers=Saved)
async def withdraw_leave(call: Call, command: WithdrawLeave) -> Response:
    """Withdraw leave"""
    return await call.execute(command)
