"""Session series as lists and pages show them, and which session is of which series."""

from projections.series.queries import Filter, get, page, stands
from projections.series.table import OccurrenceRow, SeriesRow, occurrences, series

__all__ = ["Filter", "OccurrenceRow", "SeriesRow", "get", "occurrences", "page", "series", "stands"]
