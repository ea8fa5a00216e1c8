"""Requests to move a session, as lists and pages show them.

A request expires by the clock alone, so what is stored may lag: every query here takes ``now`` and tells the status as
of then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from domain.base import Recorded
from domain.rescheduling import Overtaking, ProposedTime, RequestStatus
from domain.scheduling import Session
from projections import scheduling
from projections.base import ReadTable, Row, alike, changed
from projections.catalogue import therapy_types
from projections.patients import patients
from projections.query import Data, Paging, Reader, counted, with_count
from projections.scheduling import sessions
from projections.scheduling.slots import instead
from projections.staff import users
from projections.tenancy import rooms

__all__ = [
    "Filter",
    "RescheduleRequestRow",
    "expired",
    "free_instead",
    "get",
    "page",
    "pending_of",
    "reschedule_requests",
]

TEXTS = {"reason", "review_notes"}


class TimeRow(msgspec.Struct, frozen=True):
    """Local date and wall times, and the instants they meant when it was proposed or chosen."""

    date: date
    start_time: str
    end_time: str
    starts_at: datetime
    ends_at: datetime


class RescheduleRequestRow(Row, frozen=True):
    """A therapist's request. ``session…`` is where the session stood when it was made, ``noticeMinutes`` (whole ones)
    from then; while the request is pending the session still stands there. ``requestedDate`` and ``requestedTime`` are
    the first of ``proposals``; ``chosen`` is where an approval moved it. ``overtakenBy`` is what happened to the
    session meanwhile. ``reviewedBy`` decided. ``closedAt`` is null while pending and, of a request that has
    expired, until somebody came by. Texts are null after an erasure.
    """

    id: UUID
    session_id: UUID
    patient_id: UUID
    therapist_id: UUID
    status: RequestStatus
    session_date: date
    session_start_time: str
    session_end_time: str
    timezone: str
    expires_at: datetime
    notice_minutes: int
    requested_date: date
    requested_time: str
    proposals: list[TimeRow]
    chosen: TimeRow | None
    reason: str | None
    overtaken_by: Overtaking | None
    reviewed_by: UUID | None
    review_notes: str | None
    requested_at: datetime
    closed_at: datetime | None
    updated_at: datetime
    version: int


reschedule_requests = ReadTable(
    "reschedule_requests", RescheduleRequestRow, key="id",
    indexes=[("status", "expires_at"), ("therapist_id", "requested_at"), ("patient_id",), ("session_id",)],
    personal=dict.fromkeys(("reason", "review_notes"), "patient_id"),
)  # fmt: skip


def _time(time: ProposedTime) -> TimeRow:
    return TimeRow(time.day, time.start_time, time.end_time, time.starts_at, time.ends_at)


def _which(event: Any) -> UUID:
    request_id: UUID = event.request_id
    return request_id


@reschedule_requests.on(Session.RescheduleRequested, key=_which)
def requested(row: None, event: Session.RescheduleRequested, at: Recorded) -> RescheduleRequestRow:
    return RescheduleRequestRow(
        id=event.request_id,
        session_id=event.originator_id,
        patient_id=event.patient_id,
        therapist_id=event.therapist_id,
        status=RequestStatus.PENDING,
        session_date=event.day,
        session_start_time=event.start_time,
        session_end_time=event.end_time,
        timezone=event.zone,
        expires_at=event.starts_at,
        notice_minutes=event.notice_minutes,
        requested_date=event.proposals[0].day,
        requested_time=event.proposals[0].start_time,
        proposals=[_time(each) for each in event.proposals],
        chosen=None,
        reason=event.reason,
        overtaken_by=None,
        reviewed_by=None,
        review_notes=None,
        requested_at=at.recorded_at,
        closed_at=None,
        updated_at=at.recorded_at,
        version=at.version,
    )


def _closed(row: RescheduleRequestRow, at: Recorded, status: RequestStatus, **facts: Any) -> RescheduleRequestRow:
    return changed(row, at, status=status, closed_at=at.recorded_at, **facts)


@reschedule_requests.on(Session.RescheduleApproved, key=_which)
def approved(row: RescheduleRequestRow, event: Session.RescheduleApproved, at: Recorded) -> RescheduleRequestRow:
    return _closed(
        row, at, event.STATUS, reviewed_by=at.actor, review_notes=event.note, chosen=_time(event.chosen)
    )  # fmt: skip


@reschedule_requests.on(Session.RescheduleRejected, key=_which)
def rejected(row: RescheduleRequestRow, event: Session.RescheduleRejected, at: Recorded) -> RescheduleRequestRow:
    return _closed(row, at, event.STATUS, reviewed_by=at.actor, review_notes=event.reason)


@reschedule_requests.on(Session.RescheduleWithdrawn, key=_which)
def withdrawn(row: RescheduleRequestRow, event: Session.RescheduleWithdrawn, at: Recorded) -> RescheduleRequestRow:
    return _closed(row, at, event.STATUS)


@reschedule_requests.on(Session.RescheduleExpired, key=_which)
def was_expired(row: RescheduleRequestRow, event: Session.RescheduleExpired, at: Recorded) -> RescheduleRequestRow:
    return _closed(row, at, event.STATUS)


@reschedule_requests.on(Session.RescheduleOvertaken, key=_which)
def overtaken(row: RescheduleRequestRow, event: Session.RescheduleOvertaken, at: Recorded) -> RescheduleRequestRow:
    return _closed(row, at, event.STATUS, overtaken_by=event.by)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests. Dates are local ones of the session, both included; what is ``None`` does not count.

    ``only_therapist`` is the caller's scope: nobody else's requests exist then.
    """

    statuses: Sequence[RequestStatus] = ()
    therapist_id: UUID | None = None
    patient_id: UUID | None = None
    session_id: UUID | None = None
    first: date | None = None
    last: date | None = None
    only_therapist: UUID | None = None

    def apply(self, wanted: sa.Select[Any], now: datetime) -> sa.Select[Any]:
        c = reschedule_requests.c
        for column, value in (
            (c.therapist_id, self.therapist_id), (c.therapist_id, self.only_therapist),
            (c.patient_id, self.patient_id), (c.session_id, self.session_id),
        ):  # fmt: skip
            if value is not None:
                wanted = wanted.where(column == value)
        if self.first is not None:
            wanted = wanted.where(c.session_date >= self.first)
        if self.last is not None:
            wanted = wanted.where(c.session_date <= self.last)
        if self.statuses:
            wanted = wanted.where(_status(now).in_(self.statuses))
        return wanted


async def get(db: Reader, request_id: UUID, *, now: datetime, only_therapist: UUID | None = None) -> Data | None:
    """A request with names; in OWN scope (``only_therapist``) only the therapist's own."""
    wanted = Filter(only_therapist=only_therapist).apply(_named(now, only_therapist), now)
    return await db.one(wanted.where(reschedule_requests.c.id == request_id))


async def page(db: Reader, paging: Paging, wanted: Filter, *, now: datetime) -> Data:
    """Requests, the latest first."""
    c = reschedule_requests.c
    sortable = {
        "requestedAt": c.requested_at,
        "sessionDate": c.session_date,
        "requestedDate": c.requested_date,
        "expiresAt": c.expires_at,
        "noticeMinutes": c.notice_minutes,
        "status": _status(now),
        "updatedAt": c.updated_at,
        "id": c.id,
    }
    return await db.page(wanted.apply(_named(now, wanted.only_therapist), now), paging, sortable, "-requestedAt")


async def pending_of(db: Reader, therapist_id: UUID, *, now: datetime, most: int) -> tuple[int, list[Data]]:
    """A therapist's own requests that nobody has decided on: how many, and the oldest of them."""
    return counted(await db.all(_pending_of(most), therapist=therapist_id, now=now))


@cache
def _pending_of(most: int) -> sa.Select[Any]:
    c, therapist = reschedule_requests.c, sa.bindparam("therapist", type_=pg.UUID(as_uuid=True))
    name = sa.case((sessions.c.therapist_id == c.therapist_id, _full_name(patients.c)), else_=sa.null())
    wanted = reschedule_requests.select(c.id, c.session_id, c.patient_id, c.requested_at, name.label("patient_name"))
    return (
        with_count(wanted)
        .outerjoin(sessions.table, alike(sessions.c.id, c.session_id))
        .outerjoin(patients.table, alike(patients.c.id, c.patient_id))
        .where(c.therapist_id == therapist, c.status == RequestStatus.PENDING, c.expires_at > sa.bindparam("now"))
        .order_by(c.requested_at, c.id)
        .limit(most)
    )


async def free_instead(
    db: Reader, request: Data, first: date, last: date, *, now: datetime, only_therapist: UUID | None = None
) -> Data | None:
    """Whether each proposed time can still be had, and what is free from the first to the last local date. ``None`` in
    OWN scope: the session is a colleague's by now."""
    session = await scheduling.get(db, request["session_id"], only_therapist=only_therapist)
    if session is None:
        return None
    proposed = [datetime.fromisoformat(each["starts_at"]) for each in request["proposals"]]
    return await instead(db, session, first, last, proposed, now=now)


async def expired(db: Reader, *, now: datetime, most: int = 100) -> list[UUID]:
    """Sessions with a request that has expired and is not recorded as such: what ``ExpireRescheduleRequests`` takes."""
    c = reschedule_requests.c
    due = reschedule_requests.select(c.session_id).where(c.status == RequestStatus.PENDING, c.expires_at <= now)
    return [row["session_id"] for row in await db.all(due.order_by(c.expires_at, c.id).limit(most))]


def _status(now: datetime) -> sa.ColumnElement[Any]:
    c = reschedule_requests.c
    over = sa.and_(c.status == RequestStatus.PENDING, c.expires_at <= now)
    return sa.case((over, sa.literal(RequestStatus.EXPIRED.value)), else_=c.status)


def _named(now: datetime, only_therapist: UUID | None) -> sa.Select[Any]:
    c, reviewers = reschedule_requests.c, users.table.alias("reviewers")
    # As of sessions: not even while the read models are behind.
    erased = patients.c.erased.is_(sa.true())
    columns = [
        sa.case((erased, sa.null()), else_=column).label(column.name) if column.name in TEXTS else column
        for column in reschedule_requests.shown(without=("status",))
    ]
    # Whose session was given to a colleague is told no more about it, nor about the patient.
    told = sa.true() if only_therapist is None else sessions.c.therapist_id == only_therapist
    statement = reschedule_requests.select(
        *columns,
        _status(now).label("status"),
        (c.notice_minutes // 60).label("notice_hours"),
        sa.case((told, _full_name(patients.c)), else_=sa.null()).label("patient_name"),
        _full_name(users.c).label("therapist_name"),
        _full_name(reviewers.c).label("reviewer_name"),
        therapy_types.c.name.label("therapy_type_name"),
        sa.case((told, rooms.c.name), else_=sa.null()).label("room_name"),
        sa.case((told, sessions.c.status), else_=sa.null()).label("session_status"),
    ).select_from(reschedule_requests.table)
    for table, key, id_ in (
        (sessions.table, c.session_id, sessions.c.id), (patients.table, c.patient_id, patients.c.id),
        (users.table, c.therapist_id, users.c.id), (reviewers, c.reviewed_by, reviewers.c.id),
        (therapy_types.table, sessions.c.therapy_type_id, therapy_types.c.id),
        (rooms.table, sessions.c.room_id, rooms.c.id),
    ):  # fmt: skip
        statement = statement.outerjoin(table, alike(id_, key))
    return statement


def _full_name(columns: Any) -> sa.ColumnElement[str | None]:
    return sa.func.nullif(sa.func.concat_ws(" ", columns.first_name, columns.last_name), "")
