"""Tenants: therapy centres and the policies they work by."""

from domain.tenancy.notices import Audience, Channel, NoticeKind, NoticePolicy, QuietHours
from domain.tenancy.settings import (
    RESERVED_SLUGS,
    BookingGrid,
    CancellationPolicy,
    ChargeOn,
    ChargePolicy,
    Letterhead,
    Room,
    Settings,
    holiday_id,
    known_zone,
)
from domain.tenancy.tenant import CurrencyIsFixed, Tenant

__all__ = [
    "RESERVED_SLUGS",
    "Audience",
    "BookingGrid",
    "CancellationPolicy",
    "Channel",
    "ChargeOn",
    "ChargePolicy",
    "CurrencyIsFixed",
    "Letterhead",
    "NoticeKind",
    "NoticePolicy",
    "QuietHours",
    "Room",
    "Settings",
    "Tenant",
    "holiday_id",
    "known_zone",
]
