"""Requests to move a session: therapists ask, the office decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from starlette.responses import Response

from api.base import Page, PagingQuery, Routes, view
from api.call import Call
from api.history import Before, HistoryView, Limit
from application.base import Command, Model
from application.rescheduling import (
    ApproveRescheduleRequest,
    RejectRescheduleRequest,
    RequestReschedule,
    RescheduleRequestResult,
    WithdrawRescheduleRequest,
)
from application.values import Day
from domain.base import Invalid, Missing
from domain.rescheduling import RequestStatus
from domain.scheduling import SessionStatus
from projections import rescheduling
from projections.query import Data

routes = Routes("Reschedule requests")

LONGEST_SEARCH = 31
USUAL_SEARCH = timedelta(days=13)

Status = Annotated[list[RequestStatus] | None, Query(description="Only these; may be given several times")]
Therapist = Annotated[UUID | None, Query(alias="therapistId")]
Patient = Annotated[UUID | None, Query(alias="patientId")]
OfSession = Annotated[UUID | None, Query(alias="sessionId")]
DateFrom = Annotated[Day | None, Query(alias="dateFrom", description="Sessions from this local date on")]
DateTo = Annotated[Day | None, Query(alias="dateTo", description="Sessions up to this local date, included")]
FirstDay = Annotated[
    Day | None, Query(alias="from", description="A local date; that of the first proposal, if missing")
]
LastDay = Annotated[Day | None, Query(alias="to", description="A local date, included; 13 days later, if missing")]


class TimeView(Model):
    """A time at the centre: local date, wall times ('HH:MM') and the instants."""

    date: Day
    start_time: str
    end_time: str
    starts_at: datetime
    ends_at: datetime


class ProposedTimeView(TimeView):
    """``refused`` is null if the session can be moved there now, else the code of what a move would answer."""

    refused: str | None


class AlternativesView(Model):
    """Where the session can be moved. ``duration`` is in minutes."""

    request_id: UUID
    timezone: str
    duration: int
    proposals: list[ProposedTimeView]
    slots: list[TimeView]


RescheduleRequestView = view(
    rescheduling.RescheduleRequestRow, "RescheduleRequest", without=("proposals", "chosen"),
    proposals=list[TimeView], chosen=TimeView | None, notice_hours=int, patient_name=str | None,
    therapist_name=str | None, reviewer_name=str | None, therapy_type_name=str | None, room_name=str | None,
    session_status=SessionStatus | None,
)  # fmt: skip


def _filter(
    status: Status = None, therapist_id: Therapist = None, patient_id: Patient = None, session_id: OfSession = None,
    first: DateFrom = None, last: DateTo = None,
) -> rescheduling.Filter:  # fmt: skip
    return rescheduling.Filter(status or (), therapist_id, patient_id, session_id, first, last)


Wanted = Annotated[rescheduling.Filter, Depends(_filter)]


@routes.get("/reschedule-requests", may="reschedule-requests:read", answers=Page[RescheduleRequestView])  # type: ignore[valid-type]
async def list_reschedule_requests(call: Call, paging: PagingQuery, wanted: Wanted) -> Response:
    """List reschedule requests

    The latest first, unless sorted otherwise. Therapists see their own. A request that nobody decided on is `EXPIRED`
    from its session's start on."""
    async with call.reading() as db:
        mine = replace(wanted, only_therapist=call.own)
        return call.json(await rescheduling.page(db, paging, mine, now=call.context.now))


@routes.post(
    "/reschedule-requests", RequestReschedule, answers=RescheduleRequestResult, status=201, refuses=(404,)
)  # fmt: skip
async def request_reschedule(call: Call, command: RequestReschedule) -> Response:
    """Ask for a session to be moved

    By the therapist who gives it, no later than the centre's notice before its start (`rescheduleNoticeHours`, 48
    unless set; exactly that is early enough). The proposed times, the best first, must be free now; the session stays
    where it is until somebody approves. Refused with 409 `RESCHEDULE_NOTICE_TOO_SHORT`, `RESCHEDULE_ALREADY_REQUESTED`
    (one open request for each session), `WRONG_STATUS`, `SLOT_TAKEN` or `OUTSIDE_AVAILABILITY`; `details.proposal`
    says which proposal, from 0."""
    return await call.execute(command)


@routes.get("/reschedule-requests/{request_id}", may="reschedule-requests:read", answers=RescheduleRequestView)
async def get_reschedule_request(call: Call, request_id: UUID) -> Response:
    """A reschedule request

    Where the session is, where it is asked to be, who asks, and with how much notice."""
    found = await _request(call, request_id)
    if found["status"] == RequestStatus.EXPIRED and found["closed_at"] is None:
        return call.json(found)  # the clock changed it, not an event: its version would wrongly say 304
    return call.found(found)


@routes.get(
    "/reschedule-requests/{request_id}/alternatives", may="reschedule-requests:read", answers=AlternativesView
)  # fmt: skip
async def reschedule_alternatives(
    call: Call, request_id: UUID, first: FirstDay = None, last: LastDay = None
) -> Response:  # fmt: skip
    """Where the session can be moved

    Whether each proposed time is still free, and what else is, from the first to the last local date (at most 31 days):
    with the session's patient, therapist, room and length. The same computation checks an approval."""
    request = await _request(call, request_id)
    now = call.context.now
    today = now.astimezone(ZoneInfo(request["timezone"])).date()
    first = first or max(today, request["requested_date"])
    last = last or first + USUAL_SEARCH
    if not 1 <= (last - first).days + 1 <= LONGEST_SEARCH:
        raise Invalid(f"From the first to the last day there are 1 to {LONGEST_SEARCH} days.", field="to")
    async with call.reading() as db:
        found = await rescheduling.free_instead(db, request, first, last, now=now, only_therapist=call.own)
    return call.found(None if found is None else {"request_id": request_id, **found})


@routes.put(
    "/reschedule-requests/{request_id}/reject", RejectRescheduleRequest, answers=RescheduleRequestResult
)  # fmt: skip
async def reject_reschedule_request(call: Call, command: RejectRescheduleRequest) -> Response:
    """Reject a reschedule request

    With a reason. The session stays where it is."""
    return await _decide(call, command, command.request_id)


@routes.put(
    "/reschedule-requests/{request_id}/approve", ApproveRescheduleRequest, answers=RescheduleRequestResult
)  # fmt: skip
async def approve_reschedule_request(call: Call, command: ApproveRescheduleRequest) -> Response:
    """Approve a reschedule request

    Moves the session in the same step, with price, payments and id: to the first proposed time that is still free, or
    to the `date` and `startTime` given. If that cannot be had: 409 `PROPOSALS_GONE` (or, for a time given, `SLOT_TAKEN`
    or `OUTSIDE_AVAILABILITY`) with the next free times in `details.alternatives`, and the request stays pending. Closed
    requests answer 409 `REQUEST_CLOSED` or `REQUEST_EXPIRED`."""
    return await _decide(call, command, command.request_id)


@routes.delete("/reschedule-requests/{request_id}", WithdrawRescheduleRequest, answers=RescheduleRequestResult)
async def withdraw_reschedule_request(call: Call, command: WithdrawRescheduleRequest) -> Response:
    """Take a reschedule request back

    By the therapist who made it, while it is pending."""
    return await _decide(call, command, command.request_id)


@routes.get("/reschedule-requests/{request_id}/history", may="history:read", answers=HistoryView)
async def reschedule_request_history(
    call: Call, request_id: UUID, before: Before = None, limit: Limit = 50
) -> Response:  # fmt: skip
    """What happened to a reschedule request

    Taken from the session's history, so a page may hold fewer events than `limit`; `next` leads on."""
    request = await _request(call, request_id)
    found = await call.services.history.of(
        call.context, [request["session_id"]], clinical=False, before=before, limit=limit
    )  # fmt: skip
    told = [event for event in found["data"] if event["data"].get("request_id") == str(request_id)]
    return call.json({"data": told, "next": found["next"]})


async def _request(call: Call, request_id: UUID) -> Data:
    async with call.reading() as db:
        found = await rescheduling.get(db, request_id, now=call.context.now, only_therapist=call.own)
    if found is None:
        raise Missing
    return found


async def _decide(call: Call, command: Command, request_id: UUID) -> Response:
    """The command, told whose session it is about."""
    known: dict[str, Any] = await _request(call, request_id)
    return await call.execute(command.model_copy(update={"session_id": known["session_id"]}))
