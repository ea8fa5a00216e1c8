"""When a therapist can be booked: weekly slots in wall time, leave, and buffers around sessions.

All times are wall times of the tenant's zone; turning them into instants of a given day is the business of
``domain.timegrid``. Changing any of this never moves a booked session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain import text
from domain.base import Aggregate, Clash, Event, Invalid, Missing, PersonalText, event

__all__ = ["Availability", "Leave", "SlotsOverlap", "WeeklySlot"]

LONGEST_LEAVE_DAYS = 366
LONGEST_BUFFER = 240
SUNDAY = 6


class SlotsOverlap(Clash):
    """This overlaps another weekly slot for the same therapy type."""


@dataclass(frozen=True, slots=True)
class WeeklySlot:
    """Half-open [start, end) on one weekday (Monday is 0), 'HH:MM' to at most '24:00'.

    ``therapy_type_id`` ``None``: any therapy type may be booked in it.
    """

    weekday: int
    start: str
    end: str
    therapy_type_id: UUID | None = None

    def overlaps(self, other: WeeklySlot) -> bool:
        """Whether both promise the same minute to the same therapy type. Touching slots do not."""
        # 'HH:MM' sorts as time does.
        return (
            self.weekday == other.weekday
            and self.therapy_type_id == other.therapy_type_id
            and self.start < other.end
            and other.start < self.end
        )


@dataclass(frozen=True, slots=True)
class Leave:
    """Days away, first and last included; for part of one day also ``start`` and ``end``, half-open."""

    first_day: date
    last_day: date
    start: str | None = None
    end: str | None = None


class Availability(Aggregate):
    """When one therapist is there. Stream id: ``derived_id(therapist, "availability")``; blank: never."""

    TOPIC = "availability.Availability"

    class WeeklySlotOffered(Event):
        TOPIC = "availability.WeeklySlotOffered"
        therapist_id: UUID
        slot_id: UUID
        weekday: int
        start: str
        end: str
        therapy_type_id: UUID | None

    class WeeklySlotChanged(Event):
        TOPIC = "availability.WeeklySlotChanged"
        therapist_id: UUID
        slot_id: UUID
        weekday: int
        start: str
        end: str
        therapy_type_id: UUID | None

    class WeeklySlotWithdrawn(Event):
        TOPIC = "availability.WeeklySlotWithdrawn"
        therapist_id: UUID
        slot_id: UUID

    class LeavePlanned(Event):
        TOPIC = "availability.LeavePlanned"
        SUBJECT = "therapist_id"
        therapist_id: UUID
        leave_id: UUID
        first_day: date
        last_day: date
        start: str | None
        end: str | None
        reason: PersonalText

    class LeaveWithdrawn(Event):
        TOPIC = "availability.LeaveWithdrawn"
        therapist_id: UUID
        leave_id: UUID

    class BuffersSet(Event):
        TOPIC = "availability.BuffersSet"
        therapist_id: UUID
        before_minutes: int
        after_minutes: int

    def begin(self) -> None:
        self.slots: dict[UUID, WeeklySlot] = {}
        self.leave: dict[UUID, Leave] = {}
        self.leave_reasons: dict[UUID, str | None] = {}
        self.buffer_before: int = 0
        """Minutes to keep free before each session."""
        self.buffer_after: int = 0

    def offer_slot(self, therapist_id: UUID, slot_id: UUID, slot: WeeklySlot) -> None:
        """Be there every week. The same slot under the same id again is no new event."""
        if self.slots.get(slot_id) == slot:
            return
        if slot_id in self.slots:
            raise Clash("There is another slot under this id.")
        self._check(slot_id, slot)
        self.decide(
            self.WeeklySlotOffered, therapist_id=therapist_id, slot_id=slot_id, weekday=slot.weekday,
            start=slot.start, end=slot.end, therapy_type_id=slot.therapy_type_id,
        )  # fmt: skip

    def change_slot(self, therapist_id: UUID, slot_id: UUID, slot: WeeklySlot) -> None:
        if slot_id not in self.slots:
            raise Missing("There is no such availability slot.")
        if self.slots[slot_id] == slot:
            return
        self._check(slot_id, slot)
        self.decide(
            self.WeeklySlotChanged, therapist_id=therapist_id, slot_id=slot_id, weekday=slot.weekday,
            start=slot.start, end=slot.end, therapy_type_id=slot.therapy_type_id,
        )  # fmt: skip

    def withdraw_slot(self, therapist_id: UUID, slot_id: UUID) -> None:
        if slot_id not in self.slots:
            raise Missing("There is no such availability slot.")
        self.decide(self.WeeklySlotWithdrawn, therapist_id=therapist_id, slot_id=slot_id)

    def plan_leave(self, therapist_id: UUID, leave_id: UUID, leave: Leave, reason: str | None = None) -> None:
        """Be away. Leave may overlap other leave: the union counts."""
        reason = text.optional(reason)
        if reason is not None:
            reason = text.line(reason, "reason", 500)
        if self.leave.get(leave_id) == leave and self.leave_reasons[leave_id] == reason:
            return
        if leave_id in self.leave:
            raise Clash("There is another leave under this id.")
        _check_leave(leave)
        self.decide(
            self.LeavePlanned, therapist_id=therapist_id, leave_id=leave_id, first_day=leave.first_day,
            last_day=leave.last_day, start=leave.start, end=leave.end, reason=reason,
        )  # fmt: skip

    def withdraw_leave(self, therapist_id: UUID, leave_id: UUID) -> None:
        if leave_id not in self.leave:
            raise Missing("There is no such leave.")
        self.decide(self.LeaveWithdrawn, therapist_id=therapist_id, leave_id=leave_id)

    def set_buffers(self, therapist_id: UUID, *, before: int, after: int) -> None:
        """Minutes to keep free before and after each session, 0 to 240 each."""
        for minutes, field in ((before, "beforeMinutes"), (after, "afterMinutes")):
            if not 0 <= minutes <= LONGEST_BUFFER:
                raise Invalid(f"A buffer lasts 0 to {LONGEST_BUFFER} minutes.", field=field)
        if (before, after) != (self.buffer_before, self.buffer_after):
            self.decide(self.BuffersSet, therapist_id=therapist_id, before_minutes=before, after_minutes=after)

    def _check(self, slot_id: UUID, slot: WeeklySlot) -> None:
        if not 0 <= slot.weekday <= SUNDAY:
            raise Invalid("A weekday is 0 (Monday) to 6 (Sunday).", field="dayOfWeek")
        _check_times(slot.start, slot.end)
        for other_id, other in self.slots.items():
            if other_id != slot_id and slot.overlaps(other):
                raise SlotsOverlap(slot=str(other_id), start=other.start, end=other.end)

    @event(WeeklySlotOffered)
    def _slot_offered(self, slot_id: UUID, weekday: int, start: str, end: str, therapy_type_id: UUID | None) -> None:
        self.slots[slot_id] = WeeklySlot(weekday, start, end, therapy_type_id)

    @event(WeeklySlotChanged)
    def _slot_changed(self, slot_id: UUID, weekday: int, start: str, end: str, therapy_type_id: UUID | None) -> None:
        self.slots[slot_id] = WeeklySlot(weekday, start, end, therapy_type_id)

    @event(WeeklySlotWithdrawn)
    def _slot_withdrawn(self, slot_id: UUID) -> None:
        del self.slots[slot_id]

    @event(LeavePlanned)
    def _leave_planned(
        self, leave_id: UUID, first_day: date, last_day: date, start: str | None, end: str | None,
        reason: str | None,
    ) -> None:  # fmt: skip
        self.leave[leave_id] = Leave(first_day, last_day, start, end)
        self.leave_reasons[leave_id] = reason

    @event(LeaveWithdrawn)
    def _leave_withdrawn(self, leave_id: UUID) -> None:
        del self.leave[leave_id]
        del self.leave_reasons[leave_id]

    @event(BuffersSet)
    def _buffers_set(self, before_minutes: int, after_minutes: int) -> None:
        self.buffer_before = before_minutes
        self.buffer_after = after_minutes


def _check_times(start: str, end: str) -> None:
    if text.wall_time(start, "startTime") >= text.wall_time(end, "endTime"):
        raise Invalid("It must end after it starts, on the same day.", field="endTime")


def _check_leave(leave: Leave) -> None:
    if not 0 <= (leave.last_day - leave.first_day).days < LONGEST_LEAVE_DAYS:
        raise Invalid("Leave ends on or after its first day, within a year.", field="lastDay")
    if (leave.start is None) != (leave.end is None):
        raise Invalid("Leave for part of a day has both a start and an end.", field="endTime")
    if leave.start is not None and leave.end is not None:
        if leave.first_day != leave.last_day:
            raise Invalid("Leave of several days takes whole days.", field="startTime")
        _check_times(leave.start, leave.end)
