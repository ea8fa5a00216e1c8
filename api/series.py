"""Session series: what one would be, booking, changing and cancelling many sessions in one step."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import Response

from api.base import Page, PagingQuery, Routes, view
from api.call import Call
from api.history import Before, HistoryView, Limit, history
from application.base import Model, Money
from application.series import (
    BookSeries,
    CancelSeries,
    ChangeSeries,
    PreviewSeries,
    SeriesCancelled,
    SeriesPreview,
    SeriesResult,
)
from application.values import Day
from domain.base import Missing
from domain.scheduling import SessionStatus
from projections import series

routes = Routes("Session series")

SeriesView = view(
    series.SeriesRow, "Series",
    patient_name=str | None, therapist_name=str | None, therapy_type_name=str | None, room_name=str | None,
    sessions=int, upcoming=int, next_starts_at=datetime | None,
)  # fmt: skip


class OccurrenceView(Model):
    """A session of a series as it stands. ``day`` is the date by the rule; ``exception`` says that it differs from the
    series: another day, time, therapist, therapy or room."""

    session_id: UUID
    day: Day
    date: Day
    start_time: str
    end_time: str
    starts_at: datetime
    ends_at: datetime
    status: SessionStatus
    therapist_id: UUID
    therapist_name: str | None
    therapy_type_id: UUID
    therapy_type_name: str | None
    room_id: UUID | None
    room_name: str | None
    price: Money
    exception: bool


class SeriesDetail(SeriesView):  # type: ignore[misc, valid-type]
    """A series with its sessions by start."""

    occurrences: list[OccurrenceView]


def _filter(
    patient_id: Annotated[UUID | None, Query(alias="patientId")] = None,
    therapist_id: Annotated[UUID | None, Query(alias="therapistId")] = None,
    therapy_type_id: Annotated[UUID | None, Query(alias="therapyTypeId")] = None,
    active: Annotated[bool | None, Query(description="Only with sessions to come, or only without")] = None,
) -> series.Filter:
    return series.Filter(patient_id, therapist_id, therapy_type_id, active)


Wanted = Annotated[series.Filter, Depends(_filter)]


@routes.get("/sessions/series", may="sessions:read", answers=Page[SeriesView])  # type: ignore[valid-type]
async def list_series(call: Call, paging: PagingQuery, wanted: Wanted) -> Response:
    """List session series

    The one booked last first. `upcoming` counts the sessions still to come. Therapists see those they give a session
    of."""
    own = series.Filter(wanted.patient_id, wanted.therapist_id, wanted.therapy_type_id, wanted.active, call.own)
    async with call.reading() as db:
        return call.json(await series.page(db, paging, own, now=call.context.now))


@routes.post("/sessions/series/preview", PreviewSeries, answers=SeriesPreview, refuses=(404,))
async def preview_series(call: Call, command: PreviewSeries) -> Response:
    """Preview a session series

    Every date of the rule with its price and what is in its way: the refusal a single booking would meet (`code`), why
    the therapist is not there, every session that clashes, free times of that day. A time that the clocks skip is a
    problem of its date and, as RFC 5545 has it, does not count towards `COUNT`. Nothing is booked."""
    return await call.execute(command)


@routes.post("/sessions/series", BookSeries, answers=SeriesResult, status=201, refuses=(404,))
async def book_series(call: Call, command: BookSeries) -> Response:
    """Book a session series

    All dates of the rule, or exactly those of `only`, or all but those of `exclude`, in one step. If any of them cannot
    be had, none is booked: 409 `SERIES_CLASHES` lists each in `details.occurrences`, as the preview does. Refused with
    422 `BAD_RULE`, `SERIES_ENDLESS`, `SERIES_TOO_LONG` (over 104) or `SERIES_EMPTY`."""
    return await call.execute(command)


@routes.get("/sessions/series/{series_id}", may="sessions:read", answers=SeriesDetail)
async def get_series(call: Call, series_id: UUID) -> Response:
    """A session series

    The rule, and its sessions as they stand. Therapists see the sessions they give."""
    async with call.reading() as db:
        found = await series.get(db, series_id, now=call.context.now, only_therapist=call.own)
    if found is None:
        raise Missing
    return call.json(found)  # never 304: the sessions change without the series


@routes.put("/sessions/series/{series_id}", ChangeSeries, answers=SeriesResult)
async def change_series(call: Call, command: ChangeSeries) -> Response:
    """Change a session series

    `THIS` occurrence, the one and those `FOLLOWING` (which splits the series), or `ALL`: time, weekday (by `date`),
    therapist, room or therapy of the sessions still to come, all of them or none (409 `SERIES_CLASHES`). Price,
    payments and id stay; but with another therapy the session is cancelled free of charge and a new one booked."""
    return await call.execute(command)


@routes.post("/sessions/series/{series_id}/cancel", CancelSeries, answers=SeriesCancelled)
async def cancel_series(call: Call, command: CancelSeries) -> Response:
    """Cancel a session series

    `THIS` occurrence, the one and those `FOLLOWING`, or `ALL` that are still to come. Each is cancelled as a single
    session is: its charge is taken back, what was paid is credit, and the centre's late fee falls due inside its
    window, unless waived with a reason."""
    return await call.execute(command)


@routes.get("/sessions/series/{series_id}/history", may="history:read", answers=HistoryView)
async def series_history(call: Call, series_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a session series

    Who booked, changed, split or cancelled it, and when. What happened to a session is in that session's history."""
    async with call.reading() as db:
        if not await series.stands(db, series_id):
            raise Missing
    return await history(call, [series_id], before, limit)
