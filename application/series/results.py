"""What the commands about series answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from application.base import Model, Money, Result
from application.scheduling.results import outcome
from application.values import Day, WallTime
from domain.billing import PatientLedger
from domain.scheduling import PriceSource, Session, SessionStatus, Side

__all__ = [
    "Because", "FreeTime", "InTheWay", "OccurrencePlan", "OccurrenceResult", "Problem", "SeriesCancelled",
    "SeriesPreview", "SeriesResult", "occurrence_result",
]  # fmt: skip


class Because(StrEnum):
    """Why a therapist cannot be booked then: a holiday of the centre, their leave, or not their hours at all."""

    HOLIDAY = "HOLIDAY"
    LEAVE = "LEAVE"
    HOURS = "HOURS"


class FreeTime(Model):
    date: Day
    start_time: WallTime


class InTheWay(Model):
    """Who is busy, and with what: a session, or (``date``) another occurrence of this same plan."""

    resource: Side
    session_id: UUID | None
    date: Day | None


class Problem(Model):
    """``code`` and ``message`` are those that a single booking is refused with. ``alternatives`` are free times of that
    day."""

    code: str
    message: str
    because: Because | None = None
    clashes: Sequence[InTheWay] = ()
    alternatives: Sequence[FreeTime] = ()


class OccurrencePlan(Model):
    """An occurrence as it would be. The end and the instants are null where the clocks skip the start; a date that is
    left out was not looked at."""

    date: Day
    start_time: WallTime
    end_time: WallTime | None
    starts_at: datetime | None
    ends_at: datetime | None
    chosen: bool
    problems: list[Problem]


class SeriesPreview(Result):
    """``rule`` as it was understood. ``free`` of the ``chosen`` occurrences can be booked; ``total`` is what those
    cost. ``duration`` is in minutes, ``price`` is of each session."""

    timezone: str
    rule: str
    duration: int
    price: Money
    price_source: PriceSource
    chosen: int
    free: int
    total: Money
    occurrences: list[OccurrencePlan]


class OccurrenceResult(Model):
    """A session as it stands after the command. ``charged`` is what the patient is charged for it now, fees included;
    ``settled`` what of that credit and payments cover."""

    session_id: UUID
    status: SessionStatus
    date: Day
    start_time: WallTime
    end_time: WallTime
    starts_at: datetime
    ends_at: datetime
    price: Money
    charged: Money
    settled: Money


class SeriesResult(Result):
    """The series that the changed sessions belong to now, with those sessions; ``continues`` is the series that it
    was split from."""

    id: UUID
    version: int
    rule: str
    continues: UUID | None = None
    occurrences: list[OccurrenceResult]


class SeriesCancelled(Result):
    """The sessions called off. ``feeDue`` is what the centre's terms ask for them together; ``fee`` what is charged."""

    id: UUID
    version: int
    fee_due: Money
    fee: Money
    occurrences: list[OccurrenceResult]


def occurrence_result(session: Session, ledger: PatientLedger) -> OccurrenceResult:
    told = outcome(session, ledger).model_dump()
    facts = {name: told[name] for name in OccurrenceResult.model_fields if name != "session_id"}
    return OccurrenceResult(session_id=session.id, **facts)
