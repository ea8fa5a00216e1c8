"""A therapist's own pages; an administrator may look at anybody's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.base import Page, PagingQuery, Routes
from api.call import Call
from api.filters import Active, Digits, Search
from api.therapist.views import DashboardView, ScheduleView, TherapistPatient, TherapistSession, TodayView
from application.scheduling import ConcludeSession, SessionResult
from application.values import Day
from domain.base import Invalid, Missing
from domain.timegrid import forward, wall
from projections import therapist
from projections.query import Data

__all__ = ["routes"]

routes = Routes("Therapist's pages")

DEFAULT_HOURS, MOST_HOURS, MOST_DAYS = 24, 24 * 31, 31

Whose = Annotated[
    UUID | None,
    Query(alias="therapistId", description="Whose pages; an administrator has to say, a therapist's are their own"),
]


@routes.get("/therapist/dashboard", may="therapist-pages:read", answers=DashboardView, refuses=(404,))
async def therapist_dashboard(call: Call, therapist_id: Whose = None) -> Response:
    """A therapist's dashboard

    Today with how each session stands and what can be done with it, the week with its counts, conflicts and gaps,
    patients that need a progress report, what waits to be done, and the next 24 hours."""
    whose = _whose(call, therapist_id)
    async with call.reading() as db:
        found = await therapist.dashboard(db, whose, now=call.context.now)
    if found is not None:
        await _seen(call, found["today"]["sessions"], found["next_hours"])
    return call.found(found)


@routes.get("/therapist/schedule", may="therapist-pages:read", answers=ScheduleView, refuses=(404,))
async def therapist_schedule(
    call: Call, view: therapist.View = therapist.View.WEEK,
    on: Annotated[Day | None, Query(alias="date", description="A local date; without one, today")] = None,
    therapist_id: Whose = None,
) -> Response:  # fmt: skip
    """A therapist's schedule

    One day, or the week (Monday to Sunday) that it lies in: hours, sessions, conflicts and gaps."""
    whose = _whose(call, therapist_id)
    async with call.reading() as db:
        found = await therapist.schedule(db, whose, view, on, now=call.context.now)
    for day in found["days"] if found is not None else ():
        await _seen(call, day["sessions"])
    return call.found(found)


@routes.get("/therapist/patients", may="therapist-pages:read", answers=Page[TherapistPatient], refuses=(404,))
async def therapist_patients(
    call: Call, paging: PagingQuery, search: Search = None, active: Active = None,
    progress_due: Annotated[
        bool | None, Query(alias="progressDue", description="Only those that need a progress report, or only others")
    ] = None,
    therapist_id: Whose = None,
) -> Response:  # fmt: skip
    """A therapist's patients

    Whoever has, or had, a session with them that was not cancelled. A progress report is due after 8 sessions completed
    since the last one, or 30 days after it (without one: after the first session completed) if there was a session
    since."""
    whose = _whose(call, therapist_id)
    async with call.reading() as db:
        desk = await therapist.at_desk(db, whose, now=call.context.now)
        if desk is None:
            raise Missing
        found = await therapist.patients_of(
            db, paging, whose, now=call.context.now, today=desk.today, search=search, active=active,
            progress_due=progress_due,
        )  # fmt: skip
    return call.json(found)


@routes.get("/therapist/sessions/today", may="therapist-pages:read", answers=TodayView, refuses=(404,))
async def therapist_sessions_today(call: Call, therapist_id: Whose = None) -> Response:
    """A therapist's sessions of today

    By start, cancelled ones too."""
    whose = _whose(call, therapist_id)
    async with call.reading() as db:
        found = await therapist.today(db, whose, now=call.context.now)
    if found is not None:
        await _seen(call, found["sessions"])
    return call.found(found)


@routes.get("/therapist/sessions/upcoming", may="therapist-pages:read", answers=Page[TherapistSession], refuses=(404,))
async def therapist_sessions_upcoming(
    call: Call, paging: PagingQuery,
    hours: Annotated[int | None, Query(ge=1, le=MOST_HOURS, description="How far ahead; 24 by default"), Digits] = None,
    days: Annotated[
        int | None,
        Query(ge=1, le=MOST_DAYS, description="To the same wall time so many days on; hours come on top"), Digits,
    ] = None,
    therapist_id: Whose = None,
) -> Response:  # fmt: skip
    """A therapist's sessions to come

    Those scheduled in the next 24 hours, or as far ahead as asked for, by start."""
    whose, now = _whose(call, therapist_id), call.context.now
    async with call.reading() as db:
        desk = await therapist.at_desk(db, whose, now=now)
        if desk is None:
            raise Missing
        hours = hours if hours or days else DEFAULT_HOURS
        until = forward(wall(now, desk.zone) + timedelta(days=days or 0), desk.zone) if days else now
        until += timedelta(hours=hours or 0)
        found = await therapist.upcoming(db, paging, whose, until, now=now)
    if found is not None:
        await _seen(call, found["data"])
    return call.json(found)


@routes.put("/therapist/sessions/{session_id}/complete", ConcludeSession, answers=SessionResult)
async def conclude_session(call: Call, command: ConcludeSession) -> Response:
    """Complete a session with its notes

    Not before its start. Notes that are not sent stay as they are. Its income is earned, and it is charged if it was
    not yet."""
    return await call.execute(command)


def _whose(call: Call, therapist_id: UUID | None) -> UUID:
    """A therapist's pages are their own; whoever sees everybody's has to say whose."""
    if call.own is not None:
        if therapist_id not in {None, call.own}:
            raise Missing
        return call.own
    if therapist_id is None:
        raise Invalid("Say whose pages you want.", field="therapistId")
    return therapist_id


async def _seen(call: Call, *lists: Iterable[Data]) -> None:
    """Session notes are clinical: whoever is shown some is on record."""
    shown = {row["id"]: row for rows in lists for row in rows}
    await call.shows("session", shown.values(), "notes")
