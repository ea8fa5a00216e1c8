"""The patients a therapist treats, and which of them a progress report is due for.

A report is due when, since the therapist's last one on that patient, they have completed ``SESSIONS_UNREPORTED``
sessions together, or at least one and ``DAYS_UNREPORTED`` days have passed: since the last report, or without one
since the first session completed. Whoever wrote a report has covered what came before it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.base import Recorded
from domain.progress import ProgressReport
from domain.scheduling import Session, SessionStatus
from projections.base import ReadTable, Row, alike, replace
from projections.patients import patients, treatments
from projections.query import Data, Paging, Reader, counted, like, with_count
from projections.scheduling import sessions

__all__ = ["CaseloadRow", "ProgressReason", "caseload", "needing_progress", "patients_of"]

SESSIONS_UNREPORTED = 8
DAYS_UNREPORTED = 30


class ProgressReason(StrEnum):
    SESSIONS = "SESSIONS"
    """Enough sessions have been completed since the last report."""
    TIME = "TIME"
    """The last report, or without one the first session, is long ago."""


class CaseloadRow(Row, frozen=True):
    """What a therapist and a patient have done together. Dates are the sessions' own; ``unreported_since`` is that of
    the first completed session that no report has followed. The last report is the one of the latest date."""

    therapist_id: UUID
    patient_id: UUID
    completed: int
    last_completed_on: date | None
    unreported: int
    unreported_since: date | None
    last_report_on: date | None
    last_report_id: UUID | None


caseload = ReadTable("caseload", CaseloadRow, key=("therapist_id", "patient_id"))


def together(event: Any) -> tuple[UUID, UUID]:
    return event.therapist_id, event.patient_id


@caseload.on(Session.SessionCompleted, key=together)
def completed(row: CaseloadRow | None, event: Session.SessionCompleted, at: Recorded) -> CaseloadRow:
    known = row or _nothing_yet(event)
    # Sessions are not always completed in their order.
    return replace(
        known,
        completed=known.completed + 1,
        last_completed_on=max(known.last_completed_on or at.effective_on, at.effective_on),
        unreported=known.unreported + 1,
        unreported_since=min(known.unreported_since or at.effective_on, at.effective_on),
    )


@caseload.on(ProgressReport.ReportWritten, key=together)
def report_written(row: CaseloadRow | None, event: ProgressReport.ReportWritten) -> CaseloadRow:
    known = replace(row or _nothing_yet(event), unreported=0, unreported_since=None)
    if known.last_report_on is not None and known.last_report_on > event.report_date:
        return known
    return replace(known, last_report_on=event.report_date, last_report_id=event.originator_id)


@caseload.on(ProgressReport.ReportCorrected, key=together)
def report_corrected(row: CaseloadRow, event: ProgressReport.ReportCorrected) -> CaseloadRow:
    mine = row.last_report_id == event.originator_id
    return replace(row, last_report_on=event.report_date) if mine else row


def _nothing_yet(event: Any) -> CaseloadRow:
    return CaseloadRow(event.therapist_id, event.patient_id, 0, None, 0, None, None, None)


async def needing_progress(db: Reader, therapist_id: UUID, *, today: date, most: int) -> tuple[int, list[Data]]:
    """How many patients a report is due for, and the first of them, those waiting longest before others."""
    return counted(await db.all(_needing(most), therapist=therapist_id, long_ago=_long_ago(today)))


@cache
def _needing(most: int) -> sa.Select[Any]:
    name = sa.func.nullif(sa.func.concat_ws(" ", patients.c.first_name, patients.c.last_name), "")
    wanted = caseload.select(
        caseload.c.patient_id, name.label("patient_name"), caseload.c.unreported, caseload.c.unreported_since,
        caseload.c.last_report_on, caseload.c.last_completed_on, _reason().label("reason"),
    )  # fmt: skip
    return (
        with_count(wanted)
        .join(patients.table, alike(patients.c.id, caseload.c.patient_id))
        .where(caseload.c.therapist_id == sa.bindparam("therapist"), patients.c.active, _due(sa.bindparam("long_ago")))
        .order_by(_since(), caseload.c.patient_id)
        .limit(most)
    )


async def patients_of(
    db: Reader, paging: Paging, therapist_id: UUID, *, now: datetime, today: date, search: str | None = None,
    active: bool | None = None, progress_due: bool | None = None,
) -> Data:  # fmt: skip
    """The patients that a therapist treats, or has treated, by name. ``search`` finds any part of a patient's or
    guardian's name. ``sessions`` are those that were not cancelled."""
    due = sa.and_(patients.c.active, sa.func.coalesce(_due(_long_ago(today)), sa.false()))
    next_at = _next(therapist_id, now)
    wanted = (
        treatments.select(
            *(patients.c[name] for name in SHOWN), treatments.c.sessions,
            sa.func.coalesce(caseload.c.completed, 0).label("completed_sessions"),
            caseload.c.last_completed_on.label("last_session_on"), next_at.label("next_session_at"),
            due.label("progress_due"), sa.case((due, _reason()), else_=None).label("progress_reason"),
            sa.func.coalesce(caseload.c.unreported, 0).label("sessions_since_report"), caseload.c.last_report_on,
        )
        .join(patients.table, alike(patients.c.id, treatments.c.patient_id))
        .outerjoin(
            caseload.table,
            sa.and_(
                alike(caseload.c.patient_id, treatments.c.patient_id),
                caseload.c.therapist_id == treatments.c.therapist_id,
            ),
        )
        .where(treatments.c.therapist_id == therapist_id)
    )  # fmt: skip
    if search:
        full_name = sa.func.concat_ws(" ", patients.c.first_name, patients.c.last_name)
        found = (text.ilike(like(search), escape="\\") for text in (full_name, patients.c.guardian_name))
        wanted = wanted.where(sa.or_(*found))
    if active is not None:
        wanted = wanted.where(patients.c.active == active)
    if progress_due is not None:
        wanted = wanted.where(due if progress_due else sa.not_(due))
    sortable = {
        "firstName": patients.c.first_name, "lastName": patients.c.last_name, "sessions": treatments.c.sessions,
        "lastSessionOn": caseload.c.last_completed_on, "nextSessionAt": next_at, "id": patients.c.id,
    }  # fmt: skip
    return await db.page(wanted, paging, sortable, "lastName,firstName")


SHOWN = ("id", "first_name", "last_name", "date_of_birth", "guardian_name", "guardian_phone", "active", "erased")


def _since() -> sa.ColumnElement[date]:
    """The day from which the time without a report counts."""
    since: sa.ColumnElement[date] = sa.func.coalesce(caseload.c.last_report_on, caseload.c.unreported_since)
    return since


def _long_ago(today: date) -> date:
    return today - timedelta(days=DAYS_UNREPORTED)


def _due(long_ago: Any) -> sa.ColumnElement[bool]:
    waiting = sa.or_(caseload.c.unreported >= SESSIONS_UNREPORTED, _since() <= long_ago)
    return sa.and_(caseload.c.unreported > 0, waiting)


def _reason() -> sa.ColumnElement[Any]:
    enough = caseload.c.unreported >= SESSIONS_UNREPORTED
    return sa.case((enough, ProgressReason.SESSIONS.value), else_=ProgressReason.TIME.value)


def _next(therapist_id: UUID, now: datetime) -> sa.ScalarSelect[Any]:
    c = sessions.c
    to_come = sessions.select(sa.func.min(c.starts_at)).where(
        c.patient_id == treatments.c.patient_id, c.therapist_id == therapist_id, c.starts_at > now,
        c.status == SessionStatus.SCHEDULED,
    )  # fmt: skip
    return to_come.correlate(treatments.table).scalar_subquery()
