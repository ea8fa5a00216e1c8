"""The centre: its settings, rooms and holidays; and, for the platform, the centres there are."""

from projections.tenancy.centres import Activity, heads, list_centres
from projections.tenancy.places import (
    HolidayRow,
    RoomRow,
    has_room,
    holidays,
    holidays_between,
    list_holidays,
    list_rooms,
    rooms,
)
from projections.tenancy.settings import TenantRow, get, tenants

__all__ = [
    "Activity", "HolidayRow", "RoomRow", "TenantRow", "get", "has_room", "heads", "holidays", "holidays_between",
    "list_centres", "list_holidays", "list_rooms", "rooms", "tenants",
]  # fmt: skip
