"""Tenants: therapy centres and the policies they work by."""

from domain.tenancy.settings import (
    RESERVED_SLUGS,
    BookingGrid,
    CancellationPolicy,
    ChargeOn,
    ChargePolicy,
    Room,
    Settings,
    holiday_id,
)
from domain.tenancy.tenant import CurrencyIsFixed, Tenant

__all__ = [
    "RESERVED_SLUGS",
    "BookingGrid",
    "CancellationPolicy",
    "ChargeOn",
    "ChargePolicy",
    "CurrencyIsFixed",
    "Room",
    "Settings",
    "Tenant",
    "holiday_id",
]
