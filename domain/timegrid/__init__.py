"""The time grid: pure functions of instants, wall clocks, availability, free slots, clashes and recurrence.

Clock and zone are values; nothing here reads the machine's time. The functions that show what is free and the
ones that check what is wanted are the same ones (see ``slots``), so that what is shown can be booked.
"""

from domain.timegrid.availability import (
    ALL_DAY,
    Availability,
    BadHours,
    Hours,
    WeeklyHours,
    WeekPart,
    outside_availability,
    utc_week,
)
from domain.timegrid.clashes import FREES_THE_SLOT, Booking, Judgement, Overlap, Side, Verdict, judge
from domain.timegrid.intervals import BadInterval, Interval, clip, intersect, merge, subtract
from domain.timegrid.recurrence import (
    BadRule,
    Frequency,
    Nth,
    Occurrence,
    Rule,
    candidates,
    occurrence_spans,
    occurrences,
)
from domain.timegrid.slots import (
    BadGrid,
    Blocked,
    Grid,
    Obstacle,
    Resource,
    booked_blocks,
    earliest_start,
    fits,
    free_starts,
    is_aligned,
    natural_alignment,
    obstacle,
)
from domain.timegrid.walltime import (
    BadWallTime,
    WallTimeSkipped,
    Weekday,
    day_interval,
    days_off,
    forward,
    is_day_off,
    is_skipped,
    is_weekly_series,
    minute_of_day,
    resolve,
    wall,
    weeks_later,
)

__all__ = [
    "ALL_DAY", "FREES_THE_SLOT", "Availability", "BadGrid", "BadHours", "BadInterval", "BadRule",
    "BadWallTime", "Blocked", "Booking", "Frequency", "Grid", "Hours", "Interval", "Judgement", "Nth",
    "Obstacle", "Occurrence", "Overlap", "Resource", "Rule", "Side", "Verdict", "WallTimeSkipped",
    "WeekPart", "Weekday", "WeeklyHours", "booked_blocks", "candidates", "clip", "day_interval", "days_off",
    "earliest_start", "fits", "forward", "free_starts", "intersect", "is_aligned", "is_day_off",
    "is_skipped", "is_weekly_series", "judge", "merge", "minute_of_day", "natural_alignment", "obstacle",
    "occurrence_spans", "occurrences", "outside_availability", "resolve", "subtract", "utc_week", "wall",
    "weeks_later",
]  # fmt: skip
