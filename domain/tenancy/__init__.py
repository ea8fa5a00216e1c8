"""Tenants: therapy centres and the policies they work by."""

from domain.tenancy.settings import (
    BookingGrid,
    CancellationPolicy,
    ChargeOn,
    ChargePolicy,
    Room,
    Settings,
)
from domain.tenancy.tenant import CurrencyIsFixed, Tenant

__all__ = [
    "BookingGrid",
    "CancellationPolicy",
    "ChargeOn",
    "ChargePolicy",
    "CurrencyIsFixed",
    "Room",
    "Settings",
    "Tenant",
]
