"""What is offered, and at which price."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from domain.base import Recorded
from domain.catalogue import TherapistPricing, TherapyType
from projections.base import ReadTable, Row, alike, changed, own
from projections.query import Data, Paging, Reader, like


class TherapyTypeRow(Row, frozen=True):
    """A therapy type; one that is not active takes no new bookings. ``defaultDuration`` is in minutes."""

    id: UUID
    name: str
    description: str | None
    default_duration: int
    default_cost: Decimal
    active: bool
    created_at: datetime
    updated_at: datetime
    version: int


class PriceRow(Row, frozen=True):
    """A therapist's own price for a therapy type. ``sessionDuration`` is in minutes."""

    id: UUID
    therapist_id: UUID
    therapy_type_id: UUID
    session_cost: Decimal
    session_duration: int
    created_at: datetime
    updated_at: datetime
    version: int


therapy_types = ReadTable("therapy_types", TherapyTypeRow, key="id", indexes=[("active",)])
therapist_pricing = ReadTable(
    "therapist_pricing", PriceRow, key="id", indexes=[("therapist_id",), ("therapy_type_id",)]
)


@therapy_types.on(TherapyType.TherapyTypeAdded, key=own)
def added(row: None, event: TherapyType.TherapyTypeAdded, at: Recorded) -> TherapyTypeRow:
    return TherapyTypeRow(
        id=event.originator_id,
        name=event.name,
        description=event.description,
        default_duration=event.default_duration,
        default_cost=event.default_cost,
        active=True,
        created_at=at.recorded_at,
        updated_at=at.recorded_at,
        version=at.version,
    )


@therapy_types.on(TherapyType.TherapyTypeRenamed, key=own)
def renamed(row: TherapyTypeRow, event: TherapyType.TherapyTypeRenamed, at: Recorded) -> TherapyTypeRow:
    return changed(row, at, name=event.name)


@therapy_types.on(TherapyType.TherapyTypeDescribed, key=own)
def described(row: TherapyTypeRow, event: TherapyType.TherapyTypeDescribed, at: Recorded) -> TherapyTypeRow:
    return changed(row, at, description=event.description)


@therapy_types.on(TherapyType.TherapyTypeRepriced, key=own)
def repriced(row: TherapyTypeRow, event: TherapyType.TherapyTypeRepriced, at: Recorded) -> TherapyTypeRow:
    return changed(row, at, default_duration=event.default_duration, default_cost=event.default_cost)


@therapy_types.on(TherapyType.TherapyTypeRetired, key=own)
def retired(row: TherapyTypeRow, event: TherapyType.TherapyTypeRetired, at: Recorded) -> TherapyTypeRow:
    return changed(row, at, active=False)


@therapy_types.on(TherapyType.TherapyTypeRestored, key=own)
def restored(row: TherapyTypeRow, event: TherapyType.TherapyTypeRestored, at: Recorded) -> TherapyTypeRow:
    return changed(row, at, active=True)


@therapist_pricing.on(TherapistPricing.PriceSet, key=lambda e: e.pricing_id)
def price_set(row: PriceRow | None, event: TherapistPricing.PriceSet, at: Recorded) -> PriceRow:
    return PriceRow(
        id=event.pricing_id,
        therapist_id=event.therapist_id,
        therapy_type_id=event.therapy_type_id,
        session_cost=event.session_cost,
        session_duration=event.session_duration,
        created_at=row.created_at if row else at.recorded_at,
        updated_at=at.recorded_at,
        version=at.version,
    )


@therapist_pricing.on(TherapistPricing.PriceRemoved, key=lambda e: e.pricing_id)
def price_removed(row: PriceRow, event: TherapistPricing.PriceRemoved) -> None:
    return None


async def get(db: Reader, therapy_type_id: UUID) -> Data | None:
    return await db.one(therapy_types.select().where(therapy_types.c.id == therapy_type_id))


async def names(db: Reader) -> dict[UUID, str]:
    """Every therapy type's name, offered still or not."""
    return {
        row["id"]: row["name"] for row in await db.all(therapy_types.select(therapy_types.c.id, therapy_types.c.name))
    }


async def page(db: Reader, paging: Paging, *, search: str | None = None, active: bool | None = None) -> Data:
    """Therapy types by name; ``search`` finds any part of the name."""
    wanted = therapy_types.select()
    if active is not None:
        wanted = wanted.where(therapy_types.c.active == active)
    if search:
        wanted = wanted.where(therapy_types.c.name.ilike(like(search), escape="\\"))
    sortable = {
        "name": therapy_types.c.name,
        "defaultCost": therapy_types.c.default_cost,
        "defaultDuration": therapy_types.c.default_duration,
        "createdAt": therapy_types.c.created_at,
        "id": therapy_types.c.id,
    }
    return await db.page(wanted, paging, sortable, "name")


async def prices_of(db: Reader, paging: Paging, therapist_id: UUID) -> Data:
    """A therapist's own prices, with the names of their therapy types."""
    wanted = _named(therapist_id)
    sortable = {
        "therapyTypeName": therapy_types.c.name,
        "sessionCost": therapist_pricing.c.session_cost,
        "id": therapist_pricing.c.id,
    }
    return await db.page(wanted, paging, sortable, "therapyTypeName")


async def price_of(db: Reader, therapist_id: UUID, price_or_type: UUID) -> Data | None:
    """What a session with this therapist costs and takes, by therapy type or by the id of a price.

    Their own price for the therapy type, else its default, where ``id`` and ``version`` are null. ``None``: neither
    a price of this therapist nor a therapy type has that id.
    """
    own = therapist_pricing.c
    price = await db.one(
        _named(therapist_id).where(sa.or_(own.therapy_type_id == price_or_type, own.id == price_or_type))
    )
    if price is not None:
        return {**price, "is_default": False}
    default = await get(db, price_or_type)
    if default is None:
        return None
    return {
        "id": None,
        "therapist_id": therapist_id,
        "therapy_type_id": price_or_type,
        "therapy_type_name": default["name"],
        "session_cost": default["default_cost"],
        "session_duration": default["default_duration"],
        "created_at": None,
        "updated_at": None,
        "version": None,
        "is_default": True,
    }


def _named(therapist_id: UUID) -> sa.Select[tuple[object, ...]]:
    return (
        therapist_pricing.select(*therapist_pricing.shown(), therapy_types.c.name.label("therapy_type_name"))
        .join(therapy_types.table, alike(therapy_types.c.id, therapist_pricing.c.therapy_type_id))
        .where(therapist_pricing.c.therapist_id == therapist_id)
    )
