"""What is asked of a report: its period, the day and the instant it is of, and the form it comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from starlette.responses import Response, StreamingResponse

from api.call import Call
from api.filters import Instant
from application.ports import Access
from application.reports import Report, csv_parts, typeset
from application.values import Day
from domain.base import Invalid, Missing
from domain.reports import LONGEST_DAYS, Period, PeriodKind
from projections import tenancy
from projections.query import Data, Reader
from projections.reports.asked import Asked

__all__ = [
    "FORMS", "Centre", "Form", "FormQuery", "Wanted", "WantedQuery", "asked_of", "centre_of", "form_of", "head", "send",
]  # fmt: skip

CSV, PDF = "text/csv", "application/pdf"
FORMS = {
    CSV: {"schema": {"type": "string"}},
    PDF: {"schema": {"type": "string", "format": "binary"}},
}
"""What a report is sent as beside JSON, as OpenAPI says it."""
MOST_IN_PDF = 5_000
"""Rows; some hundred pages."""


class TooLongForPdf(Invalid):
    """This is too long for a document; ask for a shorter period, or for CSV."""


class Form(StrEnum):
    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Wanted:
    """As it was asked for; what is missing depends on the centre."""

    kind: PeriodKind
    first: Any
    last: Any
    as_of: Any
    known_at: datetime | None


def wanted(
    period: Annotated[
        PeriodKind, Query(description="How far to reach back from the last day, unless `from` is given")
    ] = PeriodKind.MONTH,
    first: Annotated[Day | None, Query(alias="from", description="The first day")] = None,
    last: Annotated[Day | None, Query(alias="to", description="The last day; `asOf` if missing")] = None,
    as_of: Annotated[
        Day | None, Query(alias="asOf", description="Count what is effective by this day; today if missing")
    ] = None,
    known_at: Annotated[
        Instant | None, Query(alias="knownAt", description="Count what was recorded by this instant (ISO 8601)")
    ] = None,
) -> Wanted:
    return Wanted(period, first, last, as_of, known_at)


WantedQuery = Annotated[Wanted, Depends(wanted)]
FormQuery = Annotated[
    Form | None, Query(alias="format", description="Instead of what the header Accept asks for; JSON if neither does")
]


@dataclass(frozen=True, slots=True)
class Centre:
    """What reports need to know of the centre."""

    name: str
    currency: str
    zone: ZoneInfo
    year_starts: int


async def centre_of(db: Reader) -> Centre:
    found = await tenancy.get(db, db.tenant_id)
    if found is None:
        raise Missing
    return Centre(
        found["name"], found["currency"], ZoneInfo(found["timezone"]), found["financial_year_start_month"]
    )  # fmt: skip


def asked_of(call: Call, centre: Centre, wanted: Wanted, *, most: int = LONGEST_DAYS, **narrowing: Any) -> Asked:
    """The question in full, of ``most`` days. Raises ``PeriodReversed``, ``PeriodTooLong``."""
    as_of = wanted.as_of or call.context.now.astimezone(centre.zone).date()
    last = wanted.last or as_of
    first = wanted.first or Period.until(last, wanted.kind, year_starts=centre.year_starts).first
    period = Period.of(first, last, most)
    return Asked(period.first, period.last, as_of, wanted.known_at, **{"therapist_id": call.own, **_given(narrowing)})


def _given(narrowing: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in narrowing.items() if value is not None}


def head(asked: Asked, centre: Centre) -> Data:
    """What every report begins with."""
    return {
        "period": {"first": asked.first, "last": asked.last},
        "as_of": asked.as_of,
        "known_at": asked.known_at,
        "currency": centre.currency,
        "timezone": str(centre.zone),
    }


def form_of(call: Call, form: Form | None) -> Form:
    """The form asked for: by ``format``, else the first of ours in ``Accept``."""
    if form is not None:
        return form
    for accepted in call.request.headers.get("accept", "").split(","):
        media = accepted.partition(";")[0].strip().lower()
        if media in {CSV, PDF}:
            return Form.CSV if media == CSV else Form.PDF
        if media == "application/json":
            break
    return Form.JSON


async def send(call: Call, report: Report, centre: Centre, asked: Asked, form: Form) -> Response:
    """The report as a file. It is on record that it was exported before anybody has it."""
    if form is Form.PDF and report.length > MOST_IN_PDF:
        raise TooLongForPdf(field="format")
    await call.seen(Access.EXPORT, "report")
    name = f"{report.name}-{asked.first}-{asked.last}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form is Form.CSV:
        return StreamingResponse(_stream(report), headers=headers, media_type=f"{CSV}; charset=utf-8")
    now = call.context.now.astimezone(centre.zone)
    who = {"name": centre.name, "currency": centre.currency, "timezone": str(centre.zone)}
    data = typeset(report, who, f"Issued {now.day} {now:%B %Y, %H:%M}")
    pdf = await call.services.documents.pdf("report", data)
    return Response(pdf, headers=headers, media_type=PDF)


async def _stream(report: Report) -> Any:
    for part in csv_parts(report):
        yield part
