"""Sessions as lists, calendar and pages show them, and the times that are free."""

from projections.scheduling.queries import (
    Filter,
    TooMuch,
    booked_in_another_zone,
    calendar,
    get,
    not_ended,
    of_therapist,
    page,
    to_come,
)
from projections.scheduling.slots import slots
from projections.scheduling.table import SessionRow, sessions

__all__ = [
    "Filter", "SessionRow", "TooMuch", "booked_in_another_zone", "calendar", "get", "not_ended", "of_therapist", "page",
    "sessions", "slots", "to_come",
]  # fmt: skip
