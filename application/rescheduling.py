"""Requests to move a session: asked by its therapist, decided by the office, closed by time.

A request is on its session's stream, so each command names the session too (``session_id``, never from a body; the API
looks it up).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Model, Reason, Result, StaleVersion, handles
from application.scheduling.booking import RescheduleSession, reschedule_session
from application.scheduling.conducting import own_session
from application.scheduling.diary import Diary, sheets_of
from application.scheduling.fitting import appointment, must_be_open, must_fit, must_not_meet_themselves, timetable_of
from application.scheduling.freeing import next_free
from application.values import Day, WallTime
from domain.base import Clash, Invalid, Refused
from domain.rescheduling import MOST_PROPOSALS, RequestStatus, RescheduleRequest
from domain.scheduling import Appointment, InThePast, Session, SessionTime, Timetable

__all__ = [
    "ApproveRescheduleRequest", "ExpireRescheduleRequests", "RejectRescheduleRequest", "RequestReschedule",
    "RequestsExpired", "RescheduleRequestResult", "WithdrawRescheduleRequest",
]  # fmt: skip

MOST_AT_ONCE = 100


class ProposalsGone(Clash):
    """None of the proposed times can be had any more.

    ``refusals`` say why of each, as ``{"date", "startTime", "code"}``; ``alternatives`` are the next free times, as
    ``{"date", "startTime"}``.
    """

    code = "PROPOSALS_GONE"


class Proposal(Model):
    """A time at the centre."""

    date: Day
    start_time: WallTime


class RequestReschedule(Command):
    """Ask for a session to be moved to one of some times, the best first. Its length, price and room stay."""

    session_id: UUID
    proposals: Annotated[
        tuple[Proposal, ...],
        Field(
            min_length=1, max_length=MOST_PROPOSALS, description="The best first",
            examples=[[{"date": "2026-11-03", "startTime": "14:00"}]],
        ),
    ]  # fmt: skip
    reason: Annotated[Reason, Field(examples=["I am at a training that morning"])]


class ApproveRescheduleRequest(Command):
    """Grant a request. Without ``date`` and ``startTime`` the session moves to the first proposed time that is still
    free; with both, to that time, proposed or not. ``roomId`` as when a session is moved: missing stays, null takes the
    room away."""

    request_id: FromPath
    session_id: FromPath
    date: Annotated[Day | None, Field(examples=[None])] = None
    start_time: Annotated[WallTime | None, Field(examples=[None])] = None
    room_id: UUID | None = None
    note: Annotated[Reason | None, Field(examples=["The family agreed by phone"])] = None


class RejectRescheduleRequest(Command):
    """Turn a request down. The session stays where it is."""

    request_id: FromPath
    session_id: FromPath
    reason: Annotated[Reason, Field(examples=["The family can only come at this time"])]


class WithdrawRescheduleRequest(Command):
    """Take one's own request back."""

    request_id: FromPath
    session_id: FromPath


class ExpireRescheduleRequests(Command):
    """Record of these sessions' open requests that they have expired. Sending it again, too early or too late does
    nothing: reads say EXPIRED from the session's start on, whether this ran or not."""

    session_ids: Annotated[tuple[UUID, ...], Field(max_length=MOST_AT_ONCE)]


class RescheduleRequestResult(Result):
    """A request as it stands after the command; ``date`` to ``startsAt`` are where its session stands now."""

    id: UUID
    version: int
    status: RequestStatus
    session_id: UUID
    patient_id: UUID
    therapist_id: UUID
    expires_at: datetime
    date: Day
    start_time: WallTime
    starts_at: datetime


class RequestsExpired(Result):
    """The requests that were found expired and not recorded as such."""

    request_ids: tuple[UUID, ...]


@handles(RequestReschedule, may="reschedule-requests:create")
async def request_reschedule(command: RequestReschedule, context: Context, book: Book) -> RescheduleRequestResult:
    session = await own_session(command.session_id, context, book)
    session.must_be_scheduled()
    request_id = context.new_id()
    times = [_time(each.date, each.start_time, session, book, n) for n, each in enumerate(command.proposals)]
    notice = timedelta(hours=book.tenant.settings.reschedule_notice_hours)
    session.request_reschedule(request_id, times, command.reason, notice=notice, now=context.now)
    # Without the room: the office chooses those, and the free times that a therapist is shown know of none.
    place = await Place.of(session, None, context, book)
    for number, time in enumerate(times):
        try:
            await place.must_fit(time)
        except Refused as refusal:
            raise _about(number, refusal) from None
    return _result(session, request_id)


@handles(ApproveRescheduleRequest, may="reschedule-requests:decide")
async def approve_request(command: ApproveRescheduleRequest, context: Context, book: Book) -> RescheduleRequestResult:
    session, request = await _known(command.session_id, command.request_id, context, book)
    room_id = command.room_id if "room_id" in command.model_fields_set else session.appointment.room_id
    must_be_open(command.room_id, book)
    session.must_be_open(request.id, now=context.now)
    session.must_be_scheduled()
    place = await Place.of(session, room_id, context, book)
    if command.date is None and command.start_time is None:
        chosen = await place.first_free(request)
    else:
        chosen = _chosen(command, session, book)
        await place.must_be_had(chosen)
    session.approve_request(request.id, chosen, command.note, now=context.now)
    move = RescheduleSession(date=chosen.day, start_time=chosen.start_time, room_id=room_id)
    # The caller's If-Match was about the request.
    await reschedule_session(move.model_copy(update={"session_id": session.id}), replace(context, if_match=None), book)
    return _result(session, request.id)


@handles(RejectRescheduleRequest, may="reschedule-requests:decide")
async def reject_request(command: RejectRescheduleRequest, context: Context, book: Book) -> RescheduleRequestResult:
    session, request = await _known(command.session_id, command.request_id, context, book)
    session.reject_request(request.id, command.reason, now=context.now)
    return _result(session, request.id)


@handles(WithdrawRescheduleRequest, may="reschedule-requests:create")
async def withdraw_request(command: WithdrawRescheduleRequest, context: Context, book: Book) -> RescheduleRequestResult:
    session, request = await _known(command.session_id, command.request_id, context, book)
    session.withdraw_request(request.id, now=context.now)
    return _result(session, request.id)


@handles(ExpireRescheduleRequests, may="reschedule-requests:decide")
async def expire_requests(command: ExpireRescheduleRequests, context: Context, book: Book) -> RequestsExpired:
    sessions: list[Session] = await book.load_all(*((Session, id_) for id_ in dict.fromkeys(command.session_ids)))
    waiting = [(session, session.open_request) for session in sessions]
    return RequestsExpired(
        request_ids=tuple(open_.id for each, open_ in waiting if open_ and each.expire_request(now=context.now))
    )


async def _known(session_id: UUID, request_id: UUID, context: Context, book: Book) -> tuple[Session, RescheduleRequest]:
    """The session, to be changed, and its request. Raises ``Missing`` for whom it does not exist, ``StaleVersion``."""
    session = await book.load(Session, session_id)
    request = session.request_of(request_id)
    context.must_own(request.therapist_id)
    if context.if_match not in {None, request.version}:
        raise StaleVersion
    return session, request


def _chosen(command: ApproveRescheduleRequest, session: Session, book: Book) -> SessionTime:
    if command.date is None or command.start_time is None:
        missing = "date" if command.date is None else "startTime"
        raise Invalid("Date and time go together.", field=missing)
    return SessionTime.at(command.date, command.start_time, session.duration, book.tenant.zone)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session might go: its people and its length, in a room or in none."""

    session: Session
    room_id: UUID | None
    timetable: Timetable
    context: Context
    book: Book

    @classmethod
    async def of(cls, session: Session, room_id: UUID | None, context: Context, book: Book) -> Place:
        timetable = await timetable_of(session.therapist_id, session.therapy_type_id, book)
        return cls(session, room_id, timetable, context, book)

    async def must_fit(self, time: SessionTime) -> None:
        """What a booking is asked, of this session at that time. What has passed is nobody's to choose."""
        if time.starts_at <= self.context.now:
            raise InThePast(field="startTime")
        wanted = self._at(time)
        diary = Diary(await self.book.load_all(*sheets_of(wanted)))
        must_fit(wanted, self.timetable, diary, self.session.id, self.context)
        await must_not_meet_themselves(wanted, self.session.id, self.book)

    async def must_be_had(self, time: SessionTime) -> None:
        """Refuse a time that cannot be had, naming the next free ones."""
        try:
            await self.must_fit(time)
        except Clash as refusal:
            refusal.details["alternatives"] = await self._alternatives(time)
            raise

    async def first_free(self, request: RescheduleRequest) -> SessionTime:
        """Of the proposed times, the best one that is still free. Raises ``ProposalsGone``."""
        zone, refusals = self.book.tenant.zone, []
        # The instants that were meant, as today's clock at the centre shows them.
        times = [SessionTime.lasting(each.starts_at, self.session.duration, zone) for each in request.proposals]
        for time in times:
            try:
                await self.must_fit(time)
            except (Clash, Invalid) as refusal:
                refusals.append({**_shown(time), "code": refusal.code})
            else:
                return time
        raise ProposalsGone(refusals=refusals, alternatives=await self._alternatives(times[0]))

    async def _alternatives(self, near: SessionTime) -> list[dict[str, str]]:
        free = await next_free(self._at(near), self.timetable, self.session, self.context, self.book)
        return [_shown(time) for time in free]

    def _at(self, time: SessionTime) -> Appointment:
        session = self.session
        return appointment(session.patient_id, session.therapist_id, self.room_id, time, self.timetable)


def _time(day: Date, start: str, session: Session, book: Book, number: int) -> SessionTime:
    try:
        return SessionTime.at(day, start, session.duration, book.tenant.zone)
    except Invalid as refusal:
        raise _about(number, refusal) from None


def _about(number: int, refusal: Refused) -> Refused:
    """The refusal of one of several proposals says of which: by its field, or as ``proposal``, counted from 0."""
    if "field" in refusal.details:
        refusal.details["field"] = f"proposals.{number}.{refusal.details['field']}"
    else:
        refusal.details["proposal"] = number
    return refusal


def _shown(time: SessionTime) -> dict[str, str]:
    return {"date": time.day.isoformat(), "startTime": time.start_time}


def _result(session: Session, request_id: UUID) -> RescheduleRequestResult:
    request, time = session.request_of(request_id), session.time
    return RescheduleRequestResult(
        id=request.id, version=request.version, status=request.status, session_id=session.id,
        patient_id=session.patient_id, therapist_id=request.therapist_id, expires_at=request.expires_at,
        date=time.day, start_time=time.start_time, starts_at=time.starts_at,
    )  # fmt: skip
