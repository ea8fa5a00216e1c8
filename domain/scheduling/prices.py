"""What a session costs: decided at the booking, never changed by a later price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain import text
from domain.base import Invalid

__all__ = ["Price", "PriceSource", "price_of"]


class PriceSource(StrEnum):
    THERAPIST = "THERAPIST"
    """The therapist's own price for the therapy type."""
    THERAPY_TYPE = "THERAPY_TYPE"
    """The therapy type's default."""
    OVERRIDE = "OVERRIDE"
    """Agreed for this one session, with a reason."""


@dataclass(frozen=True, slots=True)
class Price:
    """``amount`` for ``minutes``. ``listed`` is what it would have cost without an override."""

    amount: Decimal
    minutes: int
    source: PriceSource
    listed: Decimal
    reason: str | None = None


def price_of(
    listed: Decimal, minutes: int, *, own: bool, override: Decimal | None = None, reason: str | None = None
) -> Price:
    """The price to book at. ``own``: the list price is the therapist's. An override needs a reason."""
    source = PriceSource.THERAPIST if own else PriceSource.THERAPY_TYPE
    if override is None:
        return Price(listed, minutes, source, listed)
    reason = text.optional(reason)
    if reason is None:
        raise Invalid("Another price than the list's needs a reason.", field="priceReason")
    return Price(override, minutes, PriceSource.OVERRIDE, listed, text.paragraph(reason, "priceReason", 500))
