"""Therapy types and therapists' prices."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from api.base import Page, PagingQuery, Routes, view
from api.call import Call
from api.filters import Active, Search
from api.history import Before, HistoryView, Limit, history
from application.base import Model, Money
from application.catalogue import (
    AddTherapyType,
    ChangePrice,
    ChangeTherapyType,
    RemovePrice,
    RetireTherapyType,
    SetPrice,
)
from application.values import Saved
from domain.base import Missing, derived_id
from domain.progress import template_id
from projections import catalogue, staff

routes = Routes("Therapy types and pricing")

TherapyTypeView = view(catalogue.TherapyTypeRow, "TherapyType")
PriceView = view(catalogue.PriceRow, "TherapistPrice", therapy_type_name=str)


class EffectivePriceView(Model):
    """What a session costs and how many minutes it takes. For the default, ``id`` and ``version`` are null."""

    id: UUID | None
    therapist_id: UUID
    therapy_type_id: UUID
    therapy_type_name: str
    session_cost: Money
    session_duration: int
    is_default: bool
    created_at: datetime | None
    updated_at: datetime | None
    version: int | None


@routes.get("/therapy-types", may="therapy-types:read", answers=Page[TherapyTypeView])  # type: ignore[valid-type]
async def list_therapy_types(call: Call, paging: PagingQuery, search: Search = None, active: Active = None) -> Response:
    """List therapy types"""
    async with call.reading() as db:
        return call.json(await catalogue.page(db, paging, search=search, active=active))


@routes.post("/therapy-types", AddTherapyType, answers=Saved, status=201)
async def add_therapy_type(call: Call, command: AddTherapyType) -> Response:
    """Add a therapy type

    The name must be new to the centre; case does not make a difference."""
    return await call.execute(command)


@routes.get("/therapy-types/{therapy_type_id}", may="therapy-types:read", answers=TherapyTypeView)
async def get_therapy_type(call: Call, therapy_type_id: UUID) -> Response:
    """A therapy type"""
    async with call.reading() as db:
        return call.found(await catalogue.get(db, therapy_type_id))


@routes.put("/therapy-types/{therapy_type_id}", ChangeTherapyType, answers=Saved)
async def change_therapy_type(call: Call, command: ChangeTherapyType) -> Response:
    """Change a therapy type

    What is missing or null stays as it is. Booked sessions keep the price and length they were booked at."""
    return await call.execute(command)


@routes.delete("/therapy-types/{therapy_type_id}", RetireTherapyType, answers=Saved)
async def retire_therapy_type(call: Call, command: RetireTherapyType) -> Response:
    """Retire a therapy type

    It takes no new bookings; what is booked stays. `PUT` with `active: true` restores it."""
    return await call.execute(command)


@routes.get("/therapy-types/{therapy_type_id}/history", may="history:read", answers=HistoryView)
async def therapy_type_history(call: Call, therapy_type_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a therapy type

    And to the template of its progress reports."""
    async with call.reading() as db:
        if await catalogue.get(db, therapy_type_id) is None:
            raise Missing
    return await history(call, [therapy_type_id, template_id(therapy_type_id)], before, limit)


@routes.get("/therapists/{therapist_id}/pricing", may="pricing:read", answers=Page[PriceView])  # type: ignore[valid-type]
async def list_prices(call: Call, therapist_id: UUID, paging: PagingQuery) -> Response:
    """A therapist's own prices

    Therapy types that are not listed cost their default."""
    async with call.reading() as db:
        if not await staff.is_therapist(db, therapist_id, only=call.own):
            raise Missing
        return call.json(await catalogue.prices_of(db, paging, therapist_id))


@routes.post("/therapists/{therapist_id}/pricing", SetPrice, answers=Saved, status=201)
async def set_price(call: Call, command: SetPrice) -> Response:
    """Set a therapist's price for a therapy type"""
    return await call.execute(command)


@routes.get("/therapists/{therapist_id}/pricing/history", may="history:read", answers=HistoryView)
async def pricing_history(call: Call, therapist_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a therapist's prices"""
    async with call.reading() as db:
        if not await staff.is_therapist(db, therapist_id):
            raise Missing
    return await history(call, [derived_id(therapist_id, "pricing")], before, limit)


@routes.get("/therapists/{therapist_id}/pricing/{pricing_id}", may="pricing:read", answers=EffectivePriceView)
async def get_price(call: Call, therapist_id: UUID, pricing_id: UUID) -> Response:
    """What a session costs

    `pricing_id` is a therapy type's id (its price with this therapist: their own, else the default) or a price's."""
    async with call.reading() as db:
        if not await staff.is_therapist(db, therapist_id, only=call.own):
            raise Missing
        return call.found(await catalogue.price_of(db, therapist_id, pricing_id))


@routes.get("/therapists/{therapist_id}/pricing/{pricing_id}/history", may="history:read", answers=HistoryView)
async def price_history(
    call: Call, therapist_id: UUID, pricing_id: UUID, before: Before = None, limit: Limit = 50
) -> Response:
    """What happened to a price

    Of a therapy type with this therapist; `pricing_id` as for the price itself."""
    async with call.reading() as db:
        if not await staff.is_therapist(db, therapist_id):
            raise Missing
        price = await catalogue.price_of(db, therapist_id, pricing_id)
    if price is None:
        raise Missing
    stream = derived_id(therapist_id, "pricing")
    return await history(call, [stream], before, limit, naming=price["therapy_type_id"])


@routes.put("/therapists/{therapist_id}/pricing/{pricing_id}", ChangePrice, answers=Saved)
async def change_price(call: Call, command: ChangePrice) -> Response:
    """Change a therapist's price

    Booked sessions keep the price they were booked at."""
    return await call.execute(command)


@routes.delete("/therapists/{therapist_id}/pricing/{pricing_id}", RemovePrice, answers=Saved)
async def remove_price(call: Call, command: RemovePrice) -> Response:
    """Remove a therapist's price

    The therapy type's default counts again."""
    return await call.execute(command)
