"""Progress reports: writing, correcting, reading, comparing, and the PDF for the family."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import Response

from api.base import PagingQuery
from api.call import Call
from api.filters import Search
from api.history import Before, HistoryView, Limit, history
from api.progress.document import FORM, document
from api.progress.views import (
    ComparisonView,
    FullReportPage,
    ReportHeadPage,
    ReportView,
    Version,
    compared,
    routes,
    shown,
)
from application.ports import Access
from application.progress import CorrectReport, WriteReport
from application.values import Day, Saved
from domain.base import Clash, Missing
from domain.patients import Erased
from projections import patients, progress, tenancy
from projections.progress import Filter
from projections.query import Data, Reader

KIND = "progress-report"


class OfDifferentPatients(Clash):
    """Two reports are compared if they are about the same patient."""


def filters(
    search: Search = None,
    patient: Annotated[UUID | None, Query(alias="patientId")] = None,
    therapist: Annotated[UUID | None, Query(alias="therapistId")] = None,
    therapy_type: Annotated[UUID | None, Query(alias="therapyTypeId")] = None,
    session: Annotated[UUID | None, Query(alias="sessionId")] = None,
    start: Annotated[Day | None, Query(alias="from", description="About this day or later")] = None,
    end: Annotated[Day | None, Query(alias="to", description="About this day or before")] = None,
) -> Filter:
    return Filter(patient, therapist, therapy_type, session, start, end, search)


@routes.get("/progress-reports", may="progress-reports:read", answers=ReportHeadPage)
async def list_progress_reports(
    call: Call, paging: PagingQuery, wanted: Annotated[Filter, Depends(filters)]
) -> Response:  # fmt: skip
    """List progress reports

    The latest first, without what they say. `search` looks in what they say now and in the patient's name. Therapists
    see those of the patients they treat, whoever wrote them."""
    async with call.reading() as db:
        return call.json(await progress.page(db, paging, wanted.within(call.own)))


@routes.post("/progress-reports", WriteReport, answers=Saved, status=201, refuses=(404,))
async def write_progress_report(call: Call, command: WriteReport) -> Response:
    """Write a progress report

    By the template of the therapy type (`GET /therapy-types/{id}/progress-template`). About a session: one each, from
    its start on. Therapists write about their own sessions and the patients they treat."""
    if call.own is not None:
        async with call.reading() as db:
            if await patients.get(db, command.patient_id, only_therapist=call.own) is None:
                raise Missing
    return await call.execute(command)


@routes.get("/progress-reports/compare", may="progress-reports:read", answers=ComparisonView, refuses=(404, 409))
async def compare_progress_reports(
    call: Call,
    left: Annotated[UUID, Query(description="The report to compare with, usually the earlier")],
    right: Annotated[UUID, Query(description="The report to look at; the same for two versions of one")],
    left_version: Annotated[Version, Query(alias="leftVersion")] = None,
    right_version: Annotated[Version, Query(alias="rightVersion")] = None,
) -> Response:
    """Compare two progress reports

    Of one patient, section by section; sections belong together by their key."""
    async with call.reading() as db:
        one = await _report(call, db, left, left_version)
        other = await _report(call, db, right, right_version)
    if one["patient_id"] != other["patient_id"]:
        raise OfDifferentPatients
    await call.shows(KIND, [one] if left == right else [one, other], "answers")
    return call.json(compared(one, other))


@routes.get("/progress-reports/{report_id}", may="progress-reports:read", answers=ReportView)
async def get_progress_report(call: Call, report_id: UUID, version: Version = None) -> Response:
    """A progress report

    With the headings it was written by, as it is now or, with `version`, as it was before a correction."""
    async with call.reading() as db:
        found = await _report(call, db, report_id, version)
    await call.shows(KIND, [found], "answers")
    return call.json(shown(found)) if found["erased"] else call.found(shown(found))


@routes.put("/progress-reports/{report_id}", CorrectReport, answers=Saved)
async def correct_progress_report(call: Call, command: CorrectReport) -> Response:
    """Correct a progress report

    Makes a new version, by the sections it was written by; the one before stays readable. Therapists correct their
    own."""
    return await call.execute(command)


@routes.get("/progress-reports/{report_id}/versions", may="progress-reports:read", answers=FullReportPage)
async def progress_report_versions(call: Call, report_id: UUID, paging: PagingQuery) -> Response:
    """The versions of a progress report

    The newest first, each in full, with who wrote it, when and why."""
    async with call.reading() as db:
        await _report(call, db, report_id, None)
        found = await progress.versions(db, paging, report_id)
    return call.json(await _full(call, found))


@routes.get(
    "/progress-reports/{report_id}/export", may="progress-reports:read", answers="application/pdf", refuses=(409,)
)  # fmt: skip
async def export_progress_report(call: Call, report_id: UUID, version: Version = None) -> Response:
    """A progress report as a PDF

    On the centre's letterhead, for the family. Refused once the patient's data was erased."""
    async with call.reading() as db:
        found = await _report(call, db, report_id, version)
        centre = await tenancy.get(db, call.context.tenant_id)
    if centre is None:
        raise Missing
    if found["erased"] or found["answers"] is None:
        raise Erased
    await call.seen(Access.EXPORT, KIND, report_id)
    name = f"progress-report-{found['report_date'].isoformat()}.pdf"
    return await call.document(FORM, document(shown(found), centre), name)


@routes.get("/progress-reports/{report_id}/history", may="history:read", answers=HistoryView)
async def progress_report_history(call: Call, report_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a progress report

    Who wrote and corrected it, and when. What it says is redacted for whoever may not read it."""
    async with call.reading() as db:
        if await progress.get(db, report_id) is None:
            raise Missing
    return await history(call, [report_id], before, limit)


@routes.get("/patients/{patient_id}/progress-reports", may="progress-reports:read", answers=FullReportPage)
async def patient_progress_reports(call: Call, patient_id: UUID, paging: PagingQuery) -> Response:
    """A patient's progress

    All their reports as they are now, in full, the latest first: a timeline."""
    async with call.reading() as db:
        if await patients.get(db, patient_id, only_therapist=call.own) is None:
            raise Missing
        found = await progress.timeline(db, paging, patient_id)
    return call.json(await _full(call, found))


async def _report(call: Call, db: Reader, report_id: UUID, version: int | None) -> dict[str, Any]:
    found = await progress.get(db, report_id, version=version, only_therapist=call.own)
    if found is None:
        raise Missing
    return found


async def _full(call: Call, page: Data) -> Data:
    """A page of reports in full; that they were read is recorded first, each once."""
    rows = {row["id"]: row for row in page["data"]}
    await call.shows(KIND, rows.values(), "answers")
    return {**page, "data": [shown(row) for row in page["data"]]}
