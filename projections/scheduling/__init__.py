"""Sessions as lists, calendar and pages show them, and the times that are free."""

from projections.scheduling.queries import Filter, TooMuch, calendar, get, page
from projections.scheduling.slots import slots
from projections.scheduling.table import SessionRow, sessions

__all__ = ["Filter", "SessionRow", "TooMuch", "calendar", "get", "page", "sessions", "slots"]
