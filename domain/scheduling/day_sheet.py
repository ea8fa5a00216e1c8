"""Who is taken when: one sheet for each therapist, patient or room and date.

A booking writes on the sheets of everybody it takes time of. Because the book refuses to append to a stream that
has changed since it was read, two bookings of the same time can never both stand, however many try.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from domain.base import Aggregate, Event, event
from domain.scheduling.places import Hold, Side
from domain.scheduling.refusals import SlotTaken
from domain.timegrid import Interval

__all__ = ["DaySheet"]


class DaySheet(Aggregate):
    """The time taken of one resource on one UTC date. Stream id: ``sheet_id(resource_id, day)``.

    UTC dates, so that a centre's change of zone moves no keys. What touches two dates stands on both sheets.
    """

    TOPIC = "scheduling.DaySheet"

    class SlotReserved(Event):
        """``blocked_from`` to ``blocked_until`` is the session with the resource's buffers, half-open (UTC)."""

        TOPIC = "scheduling.SlotReserved"
        side: Side
        resource_id: UUID
        day: date
        session_id: UUID
        blocked_from: datetime
        blocked_until: datetime

    class SlotReleased(Event):
        TOPIC = "scheduling.SlotReleased"
        side: Side
        resource_id: UUID
        day: date
        session_id: UUID

    def begin(self) -> None:
        self.taken: dict[UUID, Interval] = {}

    def busy(self, *, but: Iterable[UUID] = ()) -> list[Interval]:
        """What is blocked, except by the sessions named."""
        spared = set(but)
        return [blocked for session_id, blocked in self.taken.items() if session_id not in spared]

    def reserve(self, day: date, session_id: UUID, hold: Hold) -> None:
        """Take time. Refused with ``SlotTaken`` if any of it is another session's."""
        if self.taken.get(session_id) == hold.blocked:
            return
        if any(hold.blocked.overlaps(blocked) for blocked in self.busy(but=[session_id])):
            raise SlotTaken(resource=hold.side)
        self.decide(
            self.SlotReserved, side=hold.side, resource_id=hold.resource_id, day=day, session_id=session_id,
            blocked_from=hold.blocked.start, blocked_until=hold.blocked.end,
        )  # fmt: skip

    def release(self, day: date, session_id: UUID, hold: Hold) -> None:
        """Give back what a session takes."""
        if session_id in self.taken:
            self.decide(self.SlotReleased, side=hold.side, resource_id=hold.resource_id, day=day, session_id=session_id)

    @event(SlotReserved)
    def _reserved(self, session_id: UUID, blocked_from: datetime, blocked_until: datetime) -> None:
        self.taken[session_id] = Interval(blocked_from, blocked_until)

    @event(SlotReleased)
    def _released(self, session_id: UUID) -> None:
        del self.taken[session_id]
