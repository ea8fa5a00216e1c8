"""Asking to move a session: a therapist proposes times, the office decides.

The requests live on the session's own stream. So two requests for one session, or a request and a cancellation, can
never both be written without knowing of each other; and whatever ends a session or moves it ends its open request
with it, in the same append, whoever sends the command.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from domain import text
from domain.base import Aggregate, Event, Invalid, Missing, PersonalText
from domain.rescheduling.refusals import AlreadyAsked, NothingToMove, NoticeTooShort, RequestClosed, RequestExpired
from domain.rescheduling.request import Overtaking, ProposedTime, RequestStatus, RescheduleRequest, Timed

__all__ = ["MOST_PROPOSALS", "Reschedulable"]

MOST_PROPOSALS = 5
LONGEST_REASON = 500


class RequestEvent(Event):
    """``therapist_id`` is who asked. What people typed is sealed with the patient's
    key, because it may well be about the patient."""

    SUBJECT = "patient_id"
    patient_id: UUID
    therapist_id: UUID
    request_id: UUID


class ClosingEvent(RequestEvent):
    """Ends the open request."""

    STATUS: ClassVar[RequestStatus]

    def apply(self, session: Reschedulable) -> None:
        known = session.requests[self.request_id]
        closed = replace(known, status=self.STATUS, version=self.originator_version)
        session.requests = {**session.requests, known.id: closed}


class Reschedulable(Aggregate):
    """What a session knows of the requests to move it. ``now`` is an aware instant, from the caller's clock."""

    class RescheduleRequested(RequestEvent):
        """The session stood at ``starts_at``, ``notice_minutes`` (whole ones) from then. ``proposals`` are in order
        of preference."""

        TOPIC = "scheduling.RescheduleRequested"
        day: date
        start_time: str
        end_time: str
        zone: str
        starts_at: datetime
        notice_minutes: int
        proposals: tuple[ProposedTime, ...]
        reason: PersonalText

        def apply(self, session: Reschedulable) -> None:
            asked = RescheduleRequest(
                self.request_id, self.therapist_id, self.proposals, self.starts_at, RequestStatus.PENDING,
                self.originator_version,
            )  # fmt: skip
            session.requests = {**session.requests, asked.id: asked}

    class RescheduleApproved(ClosingEvent):
        """The office chose a time. ``SessionRescheduled`` follows it in the same append."""

        TOPIC = "scheduling.RescheduleApproved"
        STATUS = RequestStatus.APPROVED
        chosen: ProposedTime
        note: PersonalText

    class RescheduleRejected(ClosingEvent):
        TOPIC = "scheduling.RescheduleRejected"
        STATUS = RequestStatus.REJECTED
        reason: PersonalText

    class RescheduleWithdrawn(ClosingEvent):
        TOPIC = "scheduling.RescheduleWithdrawn"
        STATUS = RequestStatus.CANCELLED

    class RescheduleExpired(ClosingEvent):
        """Nobody decided before the session's start. Recorded whenever somebody comes by after it."""

        TOPIC = "scheduling.RescheduleExpired"
        STATUS = RequestStatus.EXPIRED

    class RescheduleOvertaken(ClosingEvent):
        TOPIC = "scheduling.RescheduleOvertaken"
        STATUS = RequestStatus.OVERTAKEN
        by: Overtaking

    def begin(self) -> None:
        self.requests: dict[UUID, RescheduleRequest] = {}

    @property
    def open_request(self) -> RescheduleRequest | None:
        """The one that nobody has closed; it may have expired."""
        return next((each for each in self.requests.values() if each.status is RequestStatus.PENDING), None)

    def request_of(self, request_id: UUID) -> RescheduleRequest:
        """Raises ``Missing``."""
        if request_id not in self.requests:
            raise Missing("There is no such request.")
        return self.requests[request_id]

    def request_reschedule(
        self, request_id: UUID, proposals: Sequence[Timed], reason: str, *, notice: timedelta, now: datetime
    ) -> None:
        """Ask to move it to one of ``proposals``, ``notice`` or more of elapsed time before its start.

        Whether anybody is free then is for the day sheets to say. Raises ``NoticeTooShort``, ``AlreadyAsked``,
        ``NothingToMove``, ``Invalid``, and what a session that is not scheduled does.
        """
        self.must_be_scheduled()
        starts_at = self.time.starts_at
        left = starts_at - now  # both instants: an hour that the clocks skip or repeat is not an hour of notice
        if left < notice or left <= timedelta():
            hours = notice // timedelta(hours=1)
            raise NoticeTooShort(notice_hours=hours, until=(starts_at - notice).isoformat())
        if self.open_request is not None:
            raise AlreadyAsked(request_id=str(self.open_request.id))
        reason = text.paragraph(reason, "reason", LONGEST_REASON)
        self._check(proposals)
        self.decide(
            self.RescheduleRequested, patient_id=self.patient_id, therapist_id=self.therapist_id,
            request_id=request_id, day=self.time.day, start_time=self.time.start_time, end_time=self.time.end_time,
            zone=self.time.zone, starts_at=starts_at,
            notice_minutes=left // timedelta(minutes=1), proposals=tuple(map(ProposedTime.of, proposals)),
            reason=reason,
        )  # fmt: skip

    def approve_request(self, request_id: UUID, chosen: Timed, note: str | None, *, now: datetime) -> None:
        """Grant it; the caller moves the session to ``chosen`` next. Raises as ``must_be_open`` does."""
        request = self.must_be_open(request_id, now=now)
        self.must_be_scheduled()
        if chosen.starts_at == self.time.starts_at:
            raise NothingToMove(field="startTime")
        note = text.optional(note)
        note = None if note is None else text.paragraph(note, "note", LONGEST_REASON)
        self._close(self.RescheduleApproved, request, chosen=ProposedTime.of(chosen), note=note)

    def reject_request(self, request_id: UUID, reason: str, *, now: datetime) -> None:
        request = self.must_be_open(request_id, now=now)
        self._close(self.RescheduleRejected, request, reason=text.paragraph(reason, "reason", LONGEST_REASON))

    def withdraw_request(self, request_id: UUID, *, now: datetime) -> None:
        self._close(self.RescheduleWithdrawn, self.must_be_open(request_id, now=now))

    def expire_request(self, *, now: datetime) -> bool:
        """Record that the open request has expired, if it has. The answer is whether there was one."""
        waiting = self.open_request
        if waiting is None or not waiting.has_expired(now):
            return False
        self._close(self.RescheduleExpired, waiting)
        return True

    def must_be_open(self, request_id: UUID, *, now: datetime) -> RescheduleRequest:
        """The request, if it can still be decided on. Raises ``Missing``, ``RequestClosed``, ``RequestExpired``."""
        request = self.request_of(request_id)
        if request.has_expired(now):
            raise RequestExpired(status=RequestStatus.EXPIRED)
        if request.status is not RequestStatus.PENDING:
            raise RequestClosed(status=request.status)
        return request

    def overtake_request(self, by: Overtaking, *, now: datetime | None = None) -> None:
        """Close the open request, if there is one, because of what was just decided. One that has expired by ``now``
        stays expired."""
        waiting = self.open_request
        if waiting is None or (now is not None and self.expire_request(now=now)):
            return
        self._close(self.RescheduleOvertaken, waiting, by=by)

    def _check(self, proposals: Sequence[Timed]) -> None:
        if not 1 <= len(proposals) <= MOST_PROPOSALS:
            raise Invalid(f"Propose 1 to {MOST_PROPOSALS} times.", field="proposals")
        starts = [each.starts_at for each in proposals]
        for number, start in enumerate(starts):
            if start == self.time.starts_at:
                raise NothingToMove(field=f"proposals.{number}.startTime")
            if start in starts[:number]:
                raise Invalid("This time is proposed twice.", field=f"proposals.{number}.startTime")

    def _close(self, event_class: type[ClosingEvent], request: RescheduleRequest, **facts: Any) -> None:
        # Who asked, even if somebody else gives the session by now.
        self.decide(
            event_class, patient_id=self.patient_id, therapist_id=request.therapist_id, request_id=request.id, **facts
        )

    # What the session itself says.

    @property
    def patient_id(self) -> UUID:
        raise NotImplementedError

    @property
    def therapist_id(self) -> UUID:
        raise NotImplementedError

    @property
    def time(self) -> Timed:
        raise NotImplementedError

    def must_be_scheduled(self) -> None:
        raise NotImplementedError
