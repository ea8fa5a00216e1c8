"""One row for each session, whatever became of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from domain.base import Event, Recorded
from domain.scheduling import CancelledBy, PriceSource, Session, SessionStatus
from domain.values import ZERO
from projections.base import ReadTable, Row, changed, own

__all__ = ["SessionRow", "sessions"]

Day = date


class SessionRow(Row, frozen=True):
    """A session: local date and wall times ('HH:MM') in ``timezone``, and the instants they mean.

    ``duration`` is in minutes. ``fee`` is what not coming cost, ``feeDue`` what it would have without a waiver.
    ``blocked_from`` to ``blocked_until`` is the therapist's time, buffers included. ``rescheduleRequestId`` is
    the request to move it that nobody has closed. Texts are null after an erasure.
    """

    id: UUID
    patient_id: UUID
    therapist_id: UUID
    therapy_type_id: UUID
    room_id: UUID | None
    date: Day
    start_time: str
    end_time: str
    timezone: str
    starts_at: datetime
    ends_at: datetime
    blocked_from: datetime
    blocked_until: datetime
    duration: int
    status: SessionStatus
    price: Decimal
    price_source: PriceSource
    price_reason: str | None
    cancelled_by: CancelledBy | None
    cancel_reason: str | None
    fee_due: Decimal
    fee: Decimal
    waiver_reason: str | None
    notes: str | None
    booked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    reschedule_request_id: UUID | None
    updated_at: datetime
    version: int


sessions = ReadTable(
    "sessions", SessionRow, key="id",
    indexes=[
        ("date", "starts_at"), ("therapist_id", "starts_at"), ("patient_id", "starts_at"), ("status", "date"),
        ("therapist_id", "status", "starts_at"),
    ],
    clinical=("notes",),
    personal=dict.fromkeys(("price_reason", "cancel_reason", "waiver_reason", "notes"), "patient_id"),
)  # fmt: skip


@sessions.on(Session.SessionBooked, key=own)
def booked(row: None, event: Session.SessionBooked, at: Recorded) -> SessionRow:
    blocked = event.appointment.blocked
    return SessionRow(
        id=event.originator_id,
        patient_id=event.patient_id,
        therapist_id=event.therapist_id,
        therapy_type_id=event.therapy_type_id,
        room_id=event.room_id,
        date=event.day,
        start_time=event.start_time,
        end_time=event.end_time,
        timezone=event.zone,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        blocked_from=blocked.start,
        blocked_until=blocked.end,
        duration=event.duration,
        status=SessionStatus.SCHEDULED,
        price=event.price,
        price_source=event.price_source,
        price_reason=None,
        cancelled_by=None,
        cancel_reason=None,
        fee_due=ZERO,
        fee=ZERO,
        waiver_reason=None,
        notes=None,
        booked_at=at.recorded_at,
        started_at=None,
        ended_at=None,
        reschedule_request_id=None,
        updated_at=at.recorded_at,
        version=at.version,
    )


@sessions.on(Session.PriceAgreed, key=own)
def price_agreed(row: SessionRow, event: Session.PriceAgreed, at: Recorded) -> SessionRow:
    return changed(row, at, price_reason=event.reason)


@sessions.on(Session.SessionRescheduled, key=own)
def rescheduled(row: SessionRow, event: Session.SessionRescheduled, at: Recorded) -> SessionRow:
    blocked = event.appointment.blocked
    return changed(
        row,
        at,
        therapist_id=event.therapist_id,
        room_id=event.room_id,
        date=event.day,
        start_time=event.start_time,
        end_time=event.end_time,
        timezone=event.zone,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        blocked_from=blocked.start,
        blocked_until=blocked.end,
    )


@sessions.on(Session.SessionStarted, key=own)
def started(row: SessionRow, event: Session.SessionStarted, at: Recorded) -> SessionRow:
    return changed(row, at, status=SessionStatus.IN_PROGRESS, started_at=at.recorded_at)


@sessions.on(Session.SessionCompleted, key=own)
def completed(row: SessionRow, event: Session.SessionCompleted, at: Recorded) -> SessionRow:
    return changed(row, at, status=SessionStatus.COMPLETED, ended_at=at.recorded_at)


@sessions.on(Session.SessionCancelled, key=own)
def cancelled(row: SessionRow, event: Session.SessionCancelled, at: Recorded) -> SessionRow:
    return changed(
        row,
        at,
        status=SessionStatus.CANCELLED,
        cancelled_by=event.cancelled_by,
        cancel_reason=event.reason,
        fee_due=event.fee_due,
        fee=event.fee,
        waiver_reason=event.waiver_reason,
        ended_at=at.recorded_at,
    )


@sessions.on(Session.SessionMarkedNoShow, key=own)
def marked_no_show(row: SessionRow, event: Session.SessionMarkedNoShow, at: Recorded) -> SessionRow:
    return changed(
        row,
        at,
        status=SessionStatus.NO_SHOW,
        fee_due=event.fee_due,
        fee=event.fee,
        waiver_reason=event.waiver_reason,
        ended_at=at.recorded_at,
    )


@sessions.on(Session.NoShowReversed, key=own)
def no_show_reversed(row: SessionRow, event: Session.NoShowReversed, at: Recorded) -> SessionRow:
    return changed(row, at, status=SessionStatus.SCHEDULED, fee_due=ZERO, fee=ZERO, waiver_reason=None, ended_at=None)


@sessions.on(Session.SessionNotesWritten, key=own)
def notes_written(row: SessionRow, event: Session.SessionNotesWritten, at: Recorded) -> SessionRow:
    return changed(row, at, notes=event.notes)


@sessions.on(Session.RescheduleRequested, key=own)
def move_requested(row: SessionRow, event: Session.RescheduleRequested, at: Recorded) -> SessionRow:
    return changed(row, at, reschedule_request_id=event.request_id)


@sessions.on(Session.RescheduleApproved, key=own)
@sessions.on(Session.RescheduleRejected, key=own)
@sessions.on(Session.RescheduleWithdrawn, key=own)
@sessions.on(Session.RescheduleExpired, key=own)
@sessions.on(Session.RescheduleOvertaken, key=own)
def request_closed(row: SessionRow, event: Event, at: Recorded) -> SessionRow:
    return changed(row, at, reschedule_request_id=None)
