"""Session series: weekly rules on the wall clock, and which sessions each has made. Import from here.

A series generates sessions and remembers which they are. Whatever happens to one of them is that session's own story.
"""

from domain.series.aggregate import Course, NothingLeft, Occurrence, OccurrencesClash, Reach, Series
from domain.series.pattern import (
    LONGEST_SERIES,
    BadSeriesRule,
    EmptySeries,
    EndlessSeries,
    Expected,
    Pattern,
    SeriesTooLong,
)

__all__ = [
    "LONGEST_SERIES", "BadSeriesRule", "Course", "EmptySeries", "EndlessSeries", "Expected", "NothingLeft",
    "Occurrence", "OccurrencesClash", "Pattern", "Reach", "Series", "SeriesTooLong",
]  # fmt: skip
