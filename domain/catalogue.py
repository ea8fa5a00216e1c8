"""What the centre offers and what it costs: therapy types, and the therapists' own prices for them.

A booking takes the therapist's price for the therapy type, else the type's default, and keeps a snapshot:
nothing here ever changes what is already booked.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from domain import text
from domain.base import Aggregate, Clash, Event, Invalid, Missing, event

__all__ = ["AlreadyPriced", "BadDuration", "Price", "Retired", "TherapistPricing", "TherapyType"]

LONGEST_SESSION = 24 * 60
SHORTEST_SESSION = 5


class BadDuration(Invalid):
    """A session lasts a whole number of minutes, from 5 to 1440."""


class Retired(Clash):
    """This therapy type is not offered any more."""


class AlreadyPriced(Clash):
    """This therapist has a price for that therapy type already; change that one."""


def duration(minutes: int, field: str) -> int:
    """A session's length in minutes, 5 to 1440, or ``BadDuration``."""
    if not SHORTEST_SESSION <= minutes <= LONGEST_SESSION:
        raise BadDuration(field=field)
    return minutes


@dataclass(frozen=True, slots=True)
class Price:
    """What one session costs (money, two places) and how long it takes (minutes)."""

    session_cost: Decimal
    session_duration: int


class TherapyType(Aggregate):
    """A kind of therapy the centre offers. Stream id: its own id. Its name is unique within the tenant."""

    TOPIC = "catalogue.TherapyType"

    class TherapyTypeAdded(Event):
        TOPIC = "catalogue.TherapyTypeAdded"
        name: str
        description: str | None
        default_duration: int
        default_cost: Decimal

    class TherapyTypeRenamed(Event):
        TOPIC = "catalogue.TherapyTypeRenamed"
        name: str

    class TherapyTypeDescribed(Event):
        TOPIC = "catalogue.TherapyTypeDescribed"
        description: str | None

    class TherapyTypeRepriced(Event):
        TOPIC = "catalogue.TherapyTypeRepriced"
        default_duration: int
        default_cost: Decimal

    class TherapyTypeRetired(Event):
        TOPIC = "catalogue.TherapyTypeRetired"

    class TherapyTypeRestored(Event):
        TOPIC = "catalogue.TherapyTypeRestored"

    def begin(self) -> None:
        self.name: str = ""
        self.description: str | None = None
        self.default: Price = Price(Decimal("0.00"), 0)
        self.active: bool = False

    def add(self, *, name: str, default_duration: int, default_cost: Decimal, description: str | None = None) -> None:
        """Offer a new therapy type. ``default_cost`` is a checked amount; 0 is a free service."""
        if self.exists:
            raise Clash("This therapy type exists already.")
        self.decide(
            self.TherapyTypeAdded,
            name=text.line(name, "name"),
            description=_description(description),
            default_duration=duration(default_duration, "defaultDuration"),
            default_cost=default_cost,
        )

    def rename(self, name: str) -> None:
        self._must_exist()
        name = text.line(name, "name")
        if name != self.name:
            self.decide(self.TherapyTypeRenamed, name=name)

    def describe(self, description: str | None) -> None:
        """Write the description anew; blank or ``None`` takes it away."""
        self._must_exist()
        description = _description(description)
        if description != self.description:
            self.decide(self.TherapyTypeDescribed, description=description)

    def reprice(self, *, default_duration: int, default_cost: Decimal) -> None:
        """Set what a session takes and costs where the therapist has no price of their own."""
        self._must_exist()
        price = Price(default_cost, duration(default_duration, "defaultDuration"))
        if price != self.default:
            self.decide(
                self.TherapyTypeRepriced,
                default_duration=price.session_duration,
                default_cost=price.session_cost,
            )

    def retire(self) -> None:
        """Offer it no longer. What is booked stays booked."""
        self._must_exist()
        if self.active:
            self.decide(self.TherapyTypeRetired)

    def restore(self) -> None:
        self._must_exist()
        if not self.active:
            self.decide(self.TherapyTypeRestored)

    def must_be_offered(self) -> None:
        """Refuse with ``Missing`` or ``Retired`` unless sessions of this type may be booked."""
        self._must_exist()
        if not self.active:
            raise Retired

    def _must_exist(self) -> None:
        if not self.exists:
            raise Missing("There is no such therapy type.")

    @event(TherapyTypeAdded)
    def _added(self, name: str, description: str | None, default_duration: int, default_cost: Decimal) -> None:
        self.name = name
        self.description = description
        self.default = Price(default_cost, default_duration)
        self.active = True

    @event(TherapyTypeRenamed)
    def _renamed(self, name: str) -> None:
        self.name = name

    @event(TherapyTypeDescribed)
    def _described(self, description: str | None) -> None:
        self.description = description

    @event(TherapyTypeRepriced)
    def _repriced(self, default_duration: int, default_cost: Decimal) -> None:
        self.default = Price(default_cost, default_duration)

    @event(TherapyTypeRetired)
    def _retired(self) -> None:
        self.active = False

    @event(TherapyTypeRestored)
    def _restored(self) -> None:
        self.active = True


class TherapistPricing(Aggregate):
    """One therapist's own prices, one per therapy type. Stream id: ``derived_id(therapist, "pricing")``."""

    TOPIC = "catalogue.TherapistPricing"

    class PriceSet(Event):
        """From now on this therapist's sessions of this type cost and take this much."""

        TOPIC = "catalogue.PriceSet"
        therapist_id: UUID
        pricing_id: UUID
        therapy_type_id: UUID
        session_cost: Decimal
        session_duration: int

    class PriceRemoved(Event):
        TOPIC = "catalogue.PriceRemoved"
        therapist_id: UUID
        pricing_id: UUID
        therapy_type_id: UUID

    def begin(self) -> None:
        self.prices: dict[UUID, Price] = {}
        self.types: dict[UUID, UUID] = {}
        """The therapy type that each pricing id is for."""
        self.versions: dict[UUID, int] = {}
        """The version of this stream at which each price was last set: the price's own version."""

    def price_for(self, therapy_type: UUID) -> Price | None:
        """This therapist's own price for a therapy type; ``None`` means the type's default counts."""
        for pricing_id, kind in self.types.items():
            if kind == therapy_type:
                return self.prices[pricing_id]
        return None

    def set_price(self, therapist_id: UUID, pricing_id: UUID, therapy_type_id: UUID, price: Price) -> None:
        """Set the first price for a therapy type. The same pricing id again changes that price."""
        if pricing_id in self.types:
            if self.types[pricing_id] != therapy_type_id:
                raise Clash("This price is for another therapy type.")
        elif therapy_type_id in self.types.values():
            raise AlreadyPriced
        duration(price.session_duration, "sessionDuration")
        if self.prices.get(pricing_id) != price:
            self.decide(
                self.PriceSet, therapist_id=therapist_id, pricing_id=pricing_id,
                therapy_type_id=therapy_type_id, session_cost=price.session_cost,
                session_duration=price.session_duration,
            )  # fmt: skip

    def change_price(self, therapist_id: UUID, pricing_id: UUID, price: Price) -> None:
        self.set_price(therapist_id, pricing_id, self._therapy_type(pricing_id), price)

    def remove_price(self, therapist_id: UUID, pricing_id: UUID) -> None:
        """Go back to the therapy type's default."""
        self.decide(
            self.PriceRemoved, therapist_id=therapist_id, pricing_id=pricing_id,
            therapy_type_id=self._therapy_type(pricing_id),
        )  # fmt: skip

    def _therapy_type(self, pricing_id: UUID) -> UUID:
        if pricing_id not in self.types:
            raise Missing("There is no such price.")
        return self.types[pricing_id]

    @event(PriceSet)
    def _price_set(self, pricing_id: UUID, therapy_type_id: UUID, session_cost: Decimal, session_duration: int) -> None:
        self.types[pricing_id] = therapy_type_id
        self.prices[pricing_id] = Price(session_cost, session_duration)
        self.versions[pricing_id] = self.version + 1

    @event(PriceRemoved)
    def _price_removed(self, pricing_id: UUID) -> None:
        del self.types[pricing_id]
        del self.prices[pricing_id]
        del self.versions[pricing_id]


def _description(value: str | None) -> str | None:
    value = text.optional(value)
    return None if value is None else text.paragraph(value, "description", 2000)
