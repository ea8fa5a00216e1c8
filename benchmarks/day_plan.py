"""A real day as a file of appointments: who comes when to whom, and what it must come to. No server needed.

The file has the columns `appointment, patient, gender, age, neighbourhood, booked_at, day, reminded_by_sms,
attended`.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

OPENS, CLOSES, MINUTES = 8 * 60, 20 * 60, 20  # a working day in minutes of the day, and one session's length
SLOTS = (CLOSES - OPENS) // MINUTES
PRICE = Decimal("500.00")


@dataclass(frozen=True)
class Appointment:
    number: str
    patient: str
    age: int
    neighbourhood: str
    booked_at: str  # ISO instant, so text order is booking order
    day: date
    attended: bool


@dataclass(frozen=True)
class Place:
    """Where an appointment goes: the therapist's number in the tenant and the day's slot, both from 0."""

    appointment: Appointment
    therapist: int
    slot: int

    @property
    def start(self) -> str:
        return clock(OPENS + self.slot * MINUTES)


@dataclass(frozen=True)
class Expected:
    """What one tenant's day comes to, counted from the file alone."""

    sessions: int
    attended: int
    no_shows: int
    billed: Decimal
    paid: Decimal
    due: Decimal
    due_by_patient: dict[str, Decimal]


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def read(file: Path) -> list[Appointment]:
    """Every appointment in booking order.

    :raises ValueError: for a row that cannot be understood or that appears twice, or if it is not one day
    """
    with file.open(encoding="utf-8", newline="") as lines:
        appointments = [_appointment(row) for row in csv.DictReader(lines)]
    twice = [number for number, times in Counter(one.number for one in appointments).items() if times > 1]
    if twice:
        raise ValueError(f"appointments that appear twice: {twice[:5]}")
    if len({one.day for one in appointments}) != 1:
        raise ValueError("the file holds no appointment, or more than one day")
    return sorted(appointments, key=lambda one: (one.booked_at, one.number))


def _appointment(row: dict[str, str]) -> Appointment:
    if row["attended"] not in {"yes", "no"}:
        raise ValueError(f"appointment {row['appointment']}: attended is {row['attended']!r}, neither yes nor no")
    return Appointment(
        row["appointment"],
        row["patient"],
        int(row["age"]),
        row["neighbourhood"],
        row["booked_at"],
        date.fromisoformat(row["day"]),
        row["attended"] == "yes",
    )


def by_tenant(appointments: Iterable[Appointment]) -> dict[str, list[Appointment]]:
    """Neighbourhoods, busiest first, so that the longest day does not begin last."""
    tenants: dict[str, list[Appointment]] = defaultdict(list)
    for one in appointments:
        tenants[one.neighbourhood].append(one)
    return dict(sorted(tenants.items(), key=lambda item: -len(item[1])))


def places(appointments: Sequence[Appointment]) -> list[Place]:
    """A slot for each appointment of one tenant: the earliest one left, in booking order.

    All therapists' 08:00 are given before anyone's 08:20, so the day fills evenly. A patient with several
    appointments is never in two rooms at once: whoever holds a slot already takes the next time that is free.
    """
    therapists = -(-len(appointments) // SLOTS)
    taken = [0] * SLOTS  # therapists that are busy in each slot
    busy: set[tuple[str, int]] = set()
    given: list[Place] = []
    for one in appointments:
        slot = _earliest(one, taken, busy, therapists)
        if slot is None:  # only left-over times clash: someone more has to come in
            therapists += 1
            slot = _earliest(one, taken, busy, therapists)
        if slot is None:
            raise ValueError(f"patient {one.patient} has more than {SLOTS} appointments in a day")
        given.append(Place(one, taken[slot], slot))
        taken[slot] += 1
        busy.add((one.patient, slot))
    return given


def _earliest(one: Appointment, taken: list[int], busy: set[tuple[str, int]], therapists: int) -> int | None:
    free = (slot for slot in range(SLOTS) if taken[slot] < therapists and (one.patient, slot) not in busy)
    return next(free, None)


def expected(appointments: Sequence[Appointment], price: Decimal = PRICE) -> Expected:
    """Every session is billed in full: the attended are paid, the others owe a no-show fee of 100 %."""
    attended = sum(one.attended for one in appointments)
    missed = len(appointments) - attended
    due: dict[str, Decimal] = {one.patient: Decimal() for one in appointments}
    for one in appointments:
        if not one.attended:
            due[one.patient] += price
    return Expected(
        len(appointments), attended, missed, price * len(appointments), price * attended, price * missed, due
    )


def slug(name: str) -> str:
    """A name in plain small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
