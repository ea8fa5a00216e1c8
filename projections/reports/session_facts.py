"""What each session counted as, now and at every moment before: one row a session, its changes in the row.

The row's own columns repeat the last change, so that today's figures need not look into the changes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.base import Recorded
from domain.scheduling import Session, SessionStatus
from projections.base import ReadTable, Row, own, replace

__all__ = ["SessionFactRow", "SessionMove", "session_facts"]


class SessionMove(msgspec.Struct, frozen=True):
    """What an event made of a session: its local date, its therapist, its status."""

    version: int
    position: int
    type: str
    effective_on: date
    recorded_at: datetime
    actor: UUID
    day: date
    therapist_id: UUID
    status: SessionStatus


class SessionFactRow(Row, frozen=True):
    """``minutes`` is the session's length. ``first_day`` to ``last_day`` spans the dates it ever had; ``moved_on`` is
    the latest effective date of a change."""

    id: UUID
    patient_id: UUID
    therapy_type_id: UUID
    minutes: int
    first_day: date
    last_day: date
    moved_on: date
    version: int
    position: int
    type: str
    effective_on: date
    recorded_at: datetime
    actor: UUID
    day: date
    therapist_id: UUID
    status: SessionStatus
    moves: list[SessionMove]


session_facts = ReadTable(
    "session_facts", SessionFactRow, key="id", indexes=[("day",), ("moved_on",), ("therapist_id", "day")]
)
STATUS: dict[type, SessionStatus] = {
    Session.SessionStarted: SessionStatus.IN_PROGRESS,
    Session.SessionCompleted: SessionStatus.COMPLETED,
    Session.SessionCancelled: SessionStatus.CANCELLED,
    Session.SessionMarkedNoShow: SessionStatus.NO_SHOW,
    Session.NoShowReversed: SessionStatus.SCHEDULED,
}


def _move(at: Recorded, day: date, therapist_id: UUID, status: SessionStatus) -> SessionMove:
    return SessionMove(
        at.version, at.position, at.topic, at.effective_on, at.recorded_at, at.actor, day, therapist_id, status
    )


def _moved(row: SessionFactRow, move: SessionMove) -> SessionFactRow:
    return replace(
        row,
        first_day=min(row.first_day, move.day),
        last_day=max(row.last_day, move.day),
        moved_on=max(row.moved_on, move.effective_on),
        moves=[*row.moves, move],
        **msgspec.structs.asdict(move),
    )


@session_facts.on(Session.SessionBooked, key=own)
def booked(row: None, event: Session.SessionBooked, at: Recorded) -> SessionFactRow:
    move = _move(at, event.day, event.therapist_id, SessionStatus.SCHEDULED)
    return SessionFactRow(
        id=event.originator_id,
        patient_id=event.patient_id,
        therapy_type_id=event.therapy_type_id,
        minutes=event.duration,
        first_day=event.day,
        last_day=event.day,
        moved_on=at.effective_on,
        moves=[move],
        **msgspec.structs.asdict(move),
    )


@session_facts.on(Session.SessionRescheduled, key=own)
def rescheduled(row: SessionFactRow, event: Session.SessionRescheduled, at: Recorded) -> SessionFactRow:
    return _moved(row, _move(at, event.day, event.therapist_id, row.status))


def became(row: SessionFactRow, event: Any, at: Recorded) -> SessionFactRow:
    return _moved(row, _move(at, row.day, row.therapist_id, STATUS[type(event)]))


for ending in STATUS:
    session_facts.on(ending, key=own)(became)
