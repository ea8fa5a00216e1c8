"""Therapy types and the therapists' prices for them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Line, Money, StaleVersion, handles
from application.values import Saved, SessionMinutes, therapist
from domain.base import Missing, derived_id
from domain.catalogue import Price, TherapistPricing, TherapyType

Description = Annotated[str, Field(max_length=2000)]


class AddTherapyType(Command):
    name: Annotated[Line, Field(max_length=100, examples=["Speech therapy"])]
    description: Description | None = None
    default_duration: SessionMinutes
    default_cost: Money


class ChangeTherapyType(Command):
    """Whatever is given is changed; an empty description takes it away; ``active`` retires or restores."""

    therapy_type_id: FromPath
    name: Annotated[Line, Field(max_length=100)] | None = None
    description: Description | None = None
    default_duration: SessionMinutes | None = None
    default_cost: Money | None = None
    active: Annotated[bool | None, Field(strict=True)] = None


class RetireTherapyType(Command):
    """Offer it no longer. Booked sessions, prices and history stay."""

    therapy_type_id: FromPath


class SetPrice(Command):
    """A therapist's own price for a therapy type that has none yet."""

    therapist_id: FromPath
    therapy_type_id: UUID
    session_cost: Money
    session_duration: SessionMinutes


class ChangePrice(Command):
    """Whatever is given is changed. Sessions booked before keep the price they were booked at."""

    therapist_id: FromPath
    pricing_id: FromPath
    session_cost: Money | None = None
    session_duration: SessionMinutes | None = None


class RemovePrice(Command):
    """The therapy type's default counts again."""

    therapist_id: FromPath
    pricing_id: FromPath


@handles(AddTherapyType, may="therapy-types:manage")
async def add_therapy_type(command: AddTherapyType, context: Context, book: Book) -> Saved:
    therapy_type = book.new(TherapyType, context.new_id())
    therapy_type.add(
        name=command.name, description=command.description, default_duration=command.default_duration,
        default_cost=command.default_cost,
    )  # fmt: skip
    _claim_name(book, therapy_type)
    return Saved(id=therapy_type.id, version=therapy_type.version)


@handles(ChangeTherapyType, may="therapy-types:manage")
async def change_therapy_type(command: ChangeTherapyType, context: Context, book: Book) -> Saved:
    therapy_type = await _therapy_type(command.therapy_type_id, context, book)
    name = therapy_type.name
    therapy_type.rename(name if command.name is None else command.name)
    if command.description is not None:
        therapy_type.describe(command.description)
    known, minutes, cost = therapy_type.default, command.default_duration, command.default_cost
    therapy_type.reprice(
        default_duration=known.session_duration if minutes is None else minutes,
        default_cost=known.session_cost if cost is None else cost,
    )
    if command.active is True:
        therapy_type.restore()
    elif command.active is False:
        therapy_type.retire()
    if therapy_type.name != name:
        book.release("name", therapy_type.id)
        _claim_name(book, therapy_type)
    return Saved(id=therapy_type.id, version=therapy_type.version)


@handles(RetireTherapyType, may="therapy-types:manage")
async def retire_therapy_type(command: RetireTherapyType, context: Context, book: Book) -> Saved:
    therapy_type = await _therapy_type(command.therapy_type_id, context, book)
    therapy_type.retire()
    return Saved(id=therapy_type.id, version=therapy_type.version)


@handles(SetPrice, may="pricing:manage")
async def set_price(command: SetPrice, context: Context, book: Book) -> Saved:
    pricing = await _pricing(command.therapist_id, book)
    (await book.read(TherapyType, command.therapy_type_id)).must_be_offered()
    pricing_id = context.new_id()
    price = Price(command.session_cost, command.session_duration)
    pricing.set_price(command.therapist_id, pricing_id, command.therapy_type_id, price)
    return Saved(id=pricing_id, version=pricing.versions[pricing_id])


@handles(ChangePrice, may="pricing:manage")
async def change_price(command: ChangePrice, context: Context, book: Book) -> Saved:
    pricing = await _pricing(command.therapist_id, book)
    _must_match(context, pricing, command.pricing_id)
    known = pricing.prices.get(command.pricing_id)
    if known is None:
        raise Missing("There is no such price.")
    price = Price(
        known.session_cost if command.session_cost is None else command.session_cost,
        known.session_duration if command.session_duration is None else command.session_duration,
    )
    pricing.change_price(command.therapist_id, command.pricing_id, price)
    return Saved(id=command.pricing_id, version=pricing.versions[command.pricing_id])


@handles(RemovePrice, may="pricing:manage")
async def remove_price(command: RemovePrice, context: Context, book: Book) -> Saved:
    pricing = await _pricing(command.therapist_id, book)
    _must_match(context, pricing, command.pricing_id)
    pricing.remove_price(command.therapist_id, command.pricing_id)
    return Saved(id=command.pricing_id, version=pricing.version)


async def _therapy_type(therapy_type_id: UUID, context: Context, book: Book) -> TherapyType:
    therapy_type = await book.load(TherapyType, therapy_type_id)
    if not therapy_type.exists:
        raise Missing("There is no such therapy type.")
    context.must_match(therapy_type)
    return therapy_type


def _claim_name(book: Book, therapy_type: TherapyType) -> None:
    """Names that differ in case only are one name to people."""
    book.claim("name", f"therapy type {therapy_type.name.casefold()}", therapy_type.id)


async def _pricing(therapist_id: UUID, book: Book) -> TherapistPricing:
    await therapist(therapist_id, book)
    return await book.load(TherapistPricing, derived_id(therapist_id, "pricing"))


def _must_match(context: Context, pricing: TherapistPricing, pricing_id: UUID) -> None:
    """Each price has a version of its own: setting another one does not make this one stale."""
    if context.if_match is not None and pricing.versions.get(pricing_id, context.if_match) != context.if_match:
        raise StaleVersion
