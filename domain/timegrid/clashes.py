"""Whether a wanted session runs into one that is booked: for its patient, its therapist or its room."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from domain.timegrid.intervals import Interval
from domain.timegrid.slots import NO_TIME

FREES_THE_SLOT = frozenset({"CANCELLED"})
"""States of a session that give its time back. A no-show does not: the hour was kept for the patient."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A session that is booked or wanted. Ids are compared for equality only; no room is no room's concern.

    The buffers belong to the therapist: patient and room are taken for the session alone.
    """

    session: Interval
    therapist: Hashable
    patient: Hashable
    room: Hashable | None = None
    status: str = "SCHEDULED"
    buffer_before: timedelta = NO_TIME
    buffer_after: timedelta = NO_TIME

    @property
    def holds_its_slot(self) -> bool:
        return self.status not in FREES_THE_SLOT

    @property
    def blocked(self) -> Interval:
        """The therapist's time: the session with its buffers."""
        return self.session.widen(self.buffer_before, self.buffer_after)


class Side(StrEnum):
    """Whose time is taken twice."""

    PATIENT = "PATIENT"
    THERAPIST = "THERAPIST"
    ROOM = "ROOM"


class Verdict(StrEnum):
    OK = "ok"
    OVERLAP = "overlap"
    CAPACITY_EXCEEDED = "capacity_exceeded"


class Overlap(NamedTuple):
    """The index of a booked session, and the sides (never none) on which the wanted one runs into it."""

    booking: int
    sides: frozenset[Side]


class Judgement(NamedTuple):
    verdict: Verdict
    overlaps: tuple[Overlap, ...] = ()
    """Why, unless the verdict is OK; in the order of the bookings given."""


def judge(wanted: Booking, booked: Sequence[Booking], *, group_capacity: int | None = None) -> Judgement:
    """Judge a wanted session against the bookings of that time, in one pass and a sort of the group.

    With ``group_capacity`` the wanted session is part of a group in its room: sessions of other patients
    there at the same time are its company, and share room and therapist with it until so many are present at
    once. A patient is still in one place at a time. A full group is reported before other overlaps. (Facts:
    marley's tests.)
    """
    overlaps: list[Overlap] = []
    company: list[int] = []
    for index, booking in enumerate(booked):
        if not booking.holds_its_slot:
            continue
        sides = _sides(wanted, booking)
        if group_capacity is not None and Side.ROOM in sides and Side.PATIENT not in sides:
            company.append(index)
        elif sides:
            overlaps.append(Overlap(index, sides))
    if group_capacity is not None and _most_at_once(wanted, [booked[i] for i in company]) >= group_capacity:
        full = [Overlap(index, frozenset({Side.ROOM})) for index in company]
        return Judgement(Verdict.CAPACITY_EXCEEDED, tuple(sorted(overlaps + full)))
    return Judgement(Verdict.OVERLAP, tuple(overlaps)) if overlaps else Judgement(Verdict.OK)


def _sides(wanted: Booking, booking: Booking) -> frozenset[Side]:
    sides = set()
    if wanted.therapist == booking.therapist and wanted.blocked.overlaps(booking.blocked):
        sides.add(Side.THERAPIST)
    if wanted.session.overlaps(booking.session):
        if wanted.patient == booking.patient:
            sides.add(Side.PATIENT)
        if wanted.room is not None and wanted.room == booking.room:
            sides.add(Side.ROOM)
    return frozenset(sides)


def _most_at_once(wanted: Booking, company: Sequence[Booking]) -> int:
    changes: list[tuple[datetime, int]] = []
    for booking in company:
        if shared := booking.session.clip(wanted.session):
            changes += [(shared.start, 1), (shared.end, -1)]
    most = present = 0
    for _, change in sorted(changes):  # at one moment, those leaving sort before those arriving
        present += change
        most = max(most, present)
    return most
