"""The day sheets that a command reads and writes on, loaded together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from domain.base import Aggregate
from domain.scheduling import Appointment, Busy, DaySheet

__all__ = ["Diary", "sheets_of"]


def sheets_of(*appointments: Appointment) -> list[tuple[type[Aggregate], UUID]]:
    """What to load to know whether everybody is free, and to say that they are not any more."""
    places = (place for each in appointments for hold in each.holds for _, place in hold.sheets)
    return [(DaySheet, place) for place in dict.fromkeys(places)]


class Diary:
    """The sheets of everybody an appointment concerns."""

    def __init__(self, sheets: Iterable[DaySheet]) -> None:
        self._sheets: Mapping[UUID, DaySheet] = {sheet.id: sheet for sheet in sheets}

    def busy(self, appointment: Appointment, session_id: UUID) -> Busy:
        """What others have taken of the people and the room that it needs."""
        return {
            hold.side: [
                blocked for _, place in hold.sheets for blocked in self._sheets[place].busy(but=[session_id])
            ]
            for hold in appointment.holds
        }  # fmt: skip

    def reserve(self, appointment: Appointment, session_id: UUID) -> None:
        for hold in appointment.holds:
            for day, place in hold.sheets:
                self._sheets[place].reserve(day, session_id, hold)

    def move(self, before: Appointment, after: Appointment, session_id: UUID) -> None:
        """Where it stays on a sheet, one event says where it is now."""
        staying = {place for hold in after.holds for _, place in hold.sheets}
        self.release(before, session_id, but=staying)
        self.reserve(after, session_id)

    def release(self, appointment: Appointment, session_id: UUID, *, but: Iterable[UUID] = ()) -> None:
        spared = set(but)
        for hold in appointment.holds:
            for day, place in hold.sheets:
                if place not in spared:
                    self._sheets[place].release(day, session_id, hold)
