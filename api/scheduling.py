"""Sessions: the list, the calendar, the times that are free, and everything that happens to a session."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import Response

from api.base import Page, PagingQuery, Routes, view
from api.call import Call
from api.history import Before, HistoryView, Limit, history
from application.base import Model, Money
from application.scheduling import (
    BookSession,
    CancelSession,
    CompleteSession,
    EndedResult,
    MarkNoShow,
    RescheduleSession,
    ReverseNoShow,
    SessionResult,
    StartSession,
    WriteSessionNotes,
)
from application.values import Day
from domain.base import Invalid, Missing
from domain.scheduling import SessionStatus
from projections import patients, scheduling, tenancy
from projections.query import Data

routes = Routes("Sessions")

LONGEST_CALENDAR = 62
LONGEST_SEARCH = 31

SessionView = view(
    scheduling.SessionRow, "Session", without=("blocked_from", "blocked_until"),
    patient_name=str | None, therapist_name=str | None, therapy_type_name=str | None, room_name=str | None,
    series_id=UUID | None,
)  # fmt: skip

FirstDay = Annotated[Day, Query(alias="from", description="A local date", examples=["2026-11-02"])]
LastDay = Annotated[Day, Query(alias="to", description="A local date, included", examples=["2026-11-08"])]
OnDate = Annotated[Day | None, Query(alias="date", description="Only this local date")]
DateFrom = Annotated[Day | None, Query(alias="dateFrom", description="Only from this local date on")]
DateTo = Annotated[Day | None, Query(alias="dateTo", description="Only up to this local date, included")]
Therapist = Annotated[UUID | None, Query(alias="therapistId")]
Patient = Annotated[UUID | None, Query(alias="patientId")]
TherapyType = Annotated[UUID | None, Query(alias="therapyTypeId")]
OfSeries = Annotated[UUID | None, Query(alias="seriesId", description="Only sessions of this series")]
Status = Annotated[list[SessionStatus] | None, Query(description="Only these; may be given several times")]


class CalendarDay(Model):
    """One local date; also one without sessions."""

    date: Day
    sessions: list[SessionView]  # type: ignore[valid-type]


class CalendarView(Model):
    timezone: str
    days: list[CalendarDay]


class FreeSlot(Model):
    date: Day
    start_time: str
    end_time: str
    starts_at: datetime
    ends_at: datetime


class SlotsView(Model):
    """What can be booked. ``duration`` (minutes) and ``price`` are those a booking would take now."""

    therapist_id: UUID
    therapy_type_id: UUID
    timezone: str
    duration: int
    price: Money
    slots: list[FreeSlot]


def _filter(
    on: OnDate = None, first: DateFrom = None, last: DateTo = None, therapist_id: Therapist = None,
    patient_id: Patient = None, therapy_type_id: TherapyType = None, status: Status = None, series_id: OfSeries = None,
) -> scheduling.Filter:  # fmt: skip
    return scheduling.Filter(
        on or first, on or last, therapist_id, patient_id, therapy_type_id, status or (), series_id=series_id
    )


Wanted = Annotated[scheduling.Filter, Depends(_filter)]


@routes.get("/sessions", may="sessions:read", answers=Page[SessionView])  # type: ignore[valid-type]
async def list_sessions(call: Call, paging: PagingQuery, wanted: Wanted) -> Response:
    """List sessions

    By start, unless sorted otherwise. Therapists see their own; notes are null for whoever may not read them."""
    async with call.reading() as db:
        found = await scheduling.page(db, paging, replace(wanted, only_therapist=call.own))
    return call.json(await _page(call, found))


@routes.post("/sessions", BookSession, answers=SessionResult, status=201, refuses=(404,))
async def book_session(call: Call, command: BookSession) -> Response:
    """Book a session

    Whatever `GET /therapists/{id}/slots` shows can be booked. Refused with 409 `SLOT_TAKEN` (`details` name who is busy
    and free times near by) or `OUTSIDE_AVAILABILITY`, with 422 `WALL_TIME_SKIPPED`, `IN_THE_PAST`, `TOO_SHORT_NOTICE`
    or `TOO_FAR_AHEAD`. The patient is charged now, or on completion, as the centre has it."""
    return await call.execute(command)


@routes.get("/sessions/calendar", may="sessions:read", answers=CalendarView)
async def session_calendar(call: Call, first: FirstDay, last: LastDay, therapist_id: Therapist = None) -> Response:
    """Sessions day by day

    Every local date from `from` to `to` (at most 62 days) with its sessions by start, without cancelled ones."""
    _bounded(first, last, LONGEST_CALENDAR)
    wanted = scheduling.Filter(first, last, therapist_id, only_therapist=call.own)
    async with call.reading() as db:
        found = await scheduling.calendar(db, wanted)
        centre = await tenancy.get(db, call.context.tenant_id)
    by_day = {day: list(each) for day, each in groupby(await _shown(call, found), key=lambda row: row["date"])}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return call.json(
        {
            "timezone": centre["timezone"] if centre else None,
            "days": [{"date": day, "sessions": by_day.get(day, [])} for day in days],
        }
    )


@routes.get("/sessions/{session_id}", may="sessions:read", answers=SessionView)
async def get_session(call: Call, session_id: UUID) -> Response:
    """A session

    Notes are null for whoever may not read them."""
    async with call.reading() as db:
        found = await scheduling.get(db, session_id, only_therapist=call.own)
    return call.found((await _shown(call, [found]))[0] if found else None)


@routes.put("/sessions/{session_id}", RescheduleSession, answers=SessionResult)
async def reschedule_session(call: Call, command: RescheduleSession) -> Response:
    """Move a session

    To another time, therapist or room, in one step: price, payments and id stay. What is missing stays as it is.
    Refused as a booking is."""
    return await call.execute(command)


@routes.post("/sessions/{session_id}/cancel", CancelSession, answers=EndedResult)
async def cancel_session(call: Call, command: CancelSession) -> Response:
    """Cancel a session

    Frees the time and takes the charge back; what was paid for it is credit. The centre's late fee is charged when the
    patient cancels inside its window, unless waived with a reason."""
    return await call.execute(command)


@routes.post("/sessions/{session_id}/start", StartSession, answers=SessionResult)
async def start_session(call: Call, command: StartSession) -> Response:
    """Start a session

    On its day."""
    return await call.execute(command)


@routes.post("/sessions/{session_id}/complete", CompleteSession, answers=SessionResult)
async def complete_session(call: Call, command: CompleteSession) -> Response:
    """Complete a session

    Not before its start. Its income is earned, and it is charged if it was not yet. `notes` and a progress
    `report` are written in the same step."""
    return await call.execute(command)


@routes.post("/sessions/{session_id}/no-show", MarkNoShow, answers=EndedResult)
async def mark_no_show(call: Call, command: MarkNoShow) -> Response:
    """Record that nobody came

    Not before its start. The centre's no-show fee takes the place of the charge, unless waived with a reason."""
    return await call.execute(command)


@routes.post("/sessions/{session_id}/reverse-no-show", ReverseNoShow, answers=SessionResult)
async def reverse_no_show(call: Call, command: ReverseNoShow) -> Response:
    """Take a no-show back

    The fee is reversed; the session is scheduled again and can be completed."""
    return await call.execute(command)


@routes.put("/sessions/{session_id}/notes", WriteSessionNotes, answers=SessionResult)
async def write_session_notes(call: Call, command: WriteSessionNotes) -> Response:
    """Write the notes of a session

    Replaces them as a whole. Clinical text: read by the therapist and administrators only."""
    return await call.execute(command)


@routes.get("/sessions/{session_id}/history", may="session-history:read", answers=HistoryView)
async def session_history(call: Call, session_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a session

    Who booked, moved or cancelled it, and when. Notes are redacted for whoever may not read them."""
    async with call.reading() as db:
        if await scheduling.get(db, session_id) is None:
            raise Missing
    return await history(call, [session_id], before, limit, clinical="session-notes:read")


@routes.get("/patients/{patient_id}/sessions", may="sessions:read", answers=Page[SessionView])  # type: ignore[valid-type]
async def patient_sessions(call: Call, paging: PagingQuery, patient_id: UUID, status: Status = None) -> Response:
    """A patient's sessions

    Therapists see the ones they give."""
    async with call.reading() as db:
        if await patients.get(db, patient_id, only_therapist=call.own) is None:
            raise Missing
        wanted = scheduling.Filter(patient_id=patient_id, statuses=status or (), only_therapist=call.own)
        found = await scheduling.page(db, paging, wanted)
    return call.json(await _page(call, found))


@routes.get("/therapists/{therapist_id}/slots", may="availability:read", answers=SlotsView)
async def free_slots(
    call: Call, therapist_id: UUID, first: FirstDay, last: LastDay,
    therapy_type_id: Annotated[UUID, Query(alias="therapyTypeId")], patient_id: Patient = None,
) -> Response:  # fmt: skip
    """The times that are free

    From the first to the last local date (at most 31 days), when a session of this type can be booked with this
    therapist; with `patientId`, when the patient is free too. The same computation checks a booking."""
    _bounded(first, last, LONGEST_SEARCH)
    if call.own not in {None, therapist_id}:
        raise Missing
    async with call.reading() as db:
        if patient_id is not None and await patients.get(db, patient_id, only_therapist=call.own) is None:
            raise Missing
        found = await scheduling.slots(
            db, therapist_id, therapy_type_id, first, last, now=call.context.now, patient_id=patient_id
        )  # fmt: skip
    return call.found(found)


def _bounded(first: date, last: date, most: int) -> None:
    if not 1 <= (last - first).days + 1 <= most:
        raise Invalid(f"From the first to the last day there are 1 to {most} days.", field="to")


async def _page(call: Call, page: Data) -> Data:
    return {**page, "data": await _shown(call, page["data"])}


async def _shown(call: Call, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Clinical text only for those who may read it, and never unrecorded."""
    if call.may("session-notes:read"):
        await call.shows("session", found, "notes")
        return found
    return [{**row, "notes": None} for row in found]
