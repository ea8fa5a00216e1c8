"""Scheduling: sessions, the day sheets that keep them apart, and which times are free. Import from here."""

from domain.scheduling.day_sheet import DaySheet
from domain.scheduling.fees import CancelledBy, Fee, Terms, Waiver, cancellation_fee, no_show_fee
from domain.scheduling.places import Appointment, Hold, SessionTime, Side, sheet_id, utc_dates
from domain.scheduling.prices import Price, PriceSource, price_of
from domain.scheduling.refusals import (
    IdTaken,
    InThePast,
    OutsideAvailability,
    RoomClosed,
    SkippedWallTime,
    SlotTaken,
    TherapistInactive,
    TooEarly,
    TooFarAhead,
    TooShortNotice,
    WrongStatus,
)
from domain.scheduling.session import Session, SessionStatus
from domain.scheduling.timetable import Busy, CentreRules, Timetable, free_times, must_be_free, must_be_within_reach
from domain.scheduling.workday import (
    Action,
    Conflict,
    ConflictKind,
    DayPlan,
    PlannedSession,
    Standing,
    actions,
    conflicts,
    plan_day,
    standing,
)

__all__ = [
    "Action", "Appointment", "Busy", "CancelledBy", "CentreRules", "Conflict", "ConflictKind", "DayPlan", "DaySheet",
    "Fee", "Hold", "IdTaken", "InThePast", "OutsideAvailability", "PlannedSession", "Price", "PriceSource",
    "RoomClosed", "Session", "SessionStatus", "SessionTime", "Side", "SkippedWallTime", "SlotTaken", "Standing",
    "Terms", "TherapistInactive", "Timetable", "TooEarly", "TooFarAhead", "TooShortNotice", "Waiver", "WrongStatus",
    "actions", "cancellation_fee", "conflicts", "free_times", "must_be_free", "must_be_within_reach", "no_show_fee",
    "plan_day", "price_of", "sheet_id", "standing", "utc_dates",
]  # fmt: skip
