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

__all__ = [
    "Appointment", "Busy", "CancelledBy", "CentreRules", "DaySheet", "Fee", "Hold", "IdTaken", "InThePast",
    "OutsideAvailability", "Price", "PriceSource", "RoomClosed", "Session", "SessionStatus", "SessionTime",
    "Side", "SkippedWallTime", "SlotTaken", "Terms", "TherapistInactive", "Timetable", "TooEarly",
    "TooFarAhead", "TooShortNotice", "Waiver", "WrongStatus", "cancellation_fee", "free_times",
    "must_be_free", "must_be_within_reach", "no_show_fee", "price_of", "sheet_id", "utc_dates",
]  # fmt: skip
