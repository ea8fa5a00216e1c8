"""The reports: each as JSON, CSV and PDF."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial
from typing import Annotated, NamedTuple

from fastapi import Query
from starlette.responses import Response

from api.call import Call
from api.reports.asking import (
    FORMS,
    Centre,
    Form,
    FormQuery,
    Wanted,
    WantedQuery,
    asked_of,
    centre_of,
    form_of,
    head,
    send,
)
from api.reports.tables import LAYOUTS
from api.reports.views import AgeingView, CashCloseView, CreditView, DashboardView, FinancialView, SessionsView, routes
from projections.query import Data, Reader
from projections.reports import sessions, summaries
from projections.reports.asked import Asked

OPERATIONS, MONEY = "reports:read", "financial-reports:read"


AnyReport = DashboardView | FinancialView | SessionsView | AgeingView | CreditView | CashCloseView


class ReportName(StrEnum):
    DASHBOARD = "dashboard"
    FINANCIAL = "financial"
    SESSIONS = "sessions"
    AGEING = "ageing"
    CREDIT = "credit"
    CASH_CLOSE = "cash-close"


Compute = Callable[[Reader, Asked], Awaitable[Data]]


class Offered(NamedTuple):
    """Who may have a report, and how it is computed."""

    may: str
    compute: Callable[[Call, Centre], Compute]


def _dashboard(call: Call, centre: Centre) -> Compute:
    return partial(sessions.dashboard, zone=centre.zone, money=call.may(MONEY))


def _sessions(_: Call, centre: Centre) -> Compute:
    return partial(sessions.sessions, zone=centre.zone)


def _of(query: Compute) -> Callable[[Call, Centre], Compute]:
    return lambda _, __: query


REPORTS: dict[ReportName, Offered] = {
    ReportName.DASHBOARD: Offered(OPERATIONS, _dashboard),
    ReportName.FINANCIAL: Offered(MONEY, _of(summaries.financial)),
    ReportName.SESSIONS: Offered(OPERATIONS, _sessions),
    ReportName.AGEING: Offered(MONEY, _of(summaries.ageing)),
    ReportName.CREDIT: Offered(MONEY, _of(summaries.credit)),
    ReportName.CASH_CLOSE: Offered(MONEY, _of(summaries.cash_close)),
}


async def _answer(call: Call, name: ReportName, wanted: Wanted, form: Form) -> Response:
    report = REPORTS[name]
    async with call.reading() as db:
        centre = await centre_of(db)
        asked = asked_of(call, centre, wanted)
        data = await report.compute(call, centre)(db, asked)
    if form is Form.JSON:
        return call.json({**head(asked, centre), **data})
    return await send(call, LAYOUTS[name](data, asked), centre, asked, form)


@routes.get("/reports/dashboard", may=OPERATIONS, answers=DashboardView, also=FORMS, refuses=(409,))
async def get_dashboard(call: Call, wanted: WantedQuery, form: FormQuery = None) -> Response:
    """The dashboard

    The key figures of a period beside those of the period of the same length just before: money (for whoever may see
    it), sessions by state, utilisation, no-show rate. A therapist's is of their own sessions. Every figure says where
    the events behind it are listed."""
    return await _answer(call, ReportName.DASHBOARD, wanted, form_of(call, form))


@routes.get("/reports/financial", may=MONEY, answers=FinancialView, also=FORMS, refuses=(409,))
async def get_financial_report(call: Call, wanted: WantedQuery, form: FormQuery = None) -> Response:
    """The financial summary

    What was earned, given up, collected and spent, by therapy type, method, category and month; and the balances at
    the end of the period, which are those of the trial balance."""
    return await _answer(call, ReportName.FINANCIAL, wanted, form_of(call, form))


@routes.get("/reports/sessions", may=OPERATIONS, answers=SessionsView, also=FORMS, refuses=(409,))
async def get_sessions_report(call: Call, wanted: WantedQuery, form: FormQuery = None) -> Response:
    """The sessions report

    Sessions by state, by therapist with what of the offered time was booked, by therapy type and by day. A therapist
    sees their own."""
    return await _answer(call, ReportName.SESSIONS, wanted, form_of(call, form))


@routes.get("/reports/ageing", may=MONEY, answers=AgeingView, also=FORMS, refuses=(409,))
async def get_ageing_report(call: Call, wanted: WantedQuery, form: FormQuery = None) -> Response:
    """Dues by age

    Who owes how much, by days past the due date on `asOf`."""
    return await _answer(call, ReportName.AGEING, wanted, form_of(call, form))


@routes.get("/reports/credit", may=MONEY, answers=CreditView, also=FORMS, refuses=(409,))
async def get_credit_report(call: Call, wanted: WantedQuery, form: FormQuery = None) -> Response:
    """Credit held

    For whom how much rests on `asOf`."""
    return await _answer(call, ReportName.CREDIT, wanted, form_of(call, form))


@routes.get("/reports/cash-close", may=MONEY, answers=CashCloseView, also=FORMS, refuses=(409,))
async def get_cash_close(call: Call, wanted: WantedQuery, form: FormQuery = None) -> Response:
    """The cash close

    What was taken, voided and refunded, by day, person and method. `period=DAY` closes today."""
    return await _answer(call, ReportName.CASH_CLOSE, wanted, form_of(call, form))


@routes.get("/reports/export", may=OPERATIONS, answers=AnyReport, also=FORMS, refuses=(409,))
async def export_report(
    call: Call,
    wanted: WantedQuery,
    report: Annotated[ReportName, Query(description="Which report", examples=["financial"])],
    form: Annotated[Form, Query(alias="format", description="As what")] = Form.CSV,
) -> Response:
    """Export a report as a file

    The same as the report's own address with `format`."""
    call.permit(REPORTS[report].may)
    return await _answer(call, report, wanted, form)
