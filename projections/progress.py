"""Progress reports as they are read: the latest version of each, every version, and the templates behind them.

Of an erased patient nothing is told: rows lose what they say with the erasure, and the queries say that it was one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.base import Recorded
from domain.progress import STANDARD, Answer, ProgressReport, ProgressTemplate, Section
from projections.base import ReadTable, Row, alike, own
from projections.catalogue import therapy_types
from projections.patients import of_person, patients, treated_by
from projections.query import Data, Paging, Reader, like
from projections.staff import users

__all__ = [
    "Filter", "ReportRow", "TemplateRow", "get", "page", "progress_report_versions", "progress_reports",
    "progress_templates", "template", "timeline", "versions",
]  # fmt: skip


class ReportRow(Row, frozen=True):
    """A version of a report. ``answers``, ``reason`` and ``text``, which is what a search looks through, are null after
    an erasure. ``savedBy`` wrote this version, at ``savedAt``."""

    id: UUID
    patient_id: UUID
    therapist_id: UUID
    session_id: UUID | None
    therapy_type_id: UUID | None
    report_date: date
    template_version: int
    sections: list[Section]
    answers: list[Answer] | None
    text: str | None
    reason: str | None
    saved_by: UUID
    saved_at: datetime
    version: int


class TemplateRow(Row, frozen=True):
    """A version of what reports of a therapy type ask for."""

    therapy_type_id: UUID
    version: int
    sections: list[Section]
    saved_by: UUID
    saved_at: datetime


SAID = ("answers", "text", "reason")
progress_reports = ReadTable(
    "progress_reports", ReportRow, key="id",
    indexes=[("patient_id", "report_date"), ("therapist_id", "report_date"), ("report_date",), ("session_id",)],
    clinical=SAID, personal=dict.fromkeys(SAID, "patient_id"),
)  # fmt: skip
progress_report_versions = ReadTable(
    "progress_report_versions", ReportRow, key=("id", "version"), clinical=SAID,
    personal=dict.fromkeys(SAID, "patient_id"),
)  # fmt: skip
progress_templates = ReadTable("progress_templates", TemplateRow, key=("therapy_type_id", "version"))


def numbered(event: ProgressReport.ReportWritten | ProgressReport.ReportCorrected) -> tuple[UUID, int]:
    return event.originator_id, event.originator_version


def row_of(
    event: ProgressReport.ReportWritten | ProgressReport.ReportCorrected, at: Recorded, reason: str | None
) -> ReportRow:
    said = None if event.answers is None else [a.value for a in event.answers if isinstance(a.value, str)]
    return ReportRow(
        id=event.originator_id,
        patient_id=event.patient_id,
        therapist_id=event.therapist_id,
        session_id=event.session_id,
        therapy_type_id=event.therapy_type_id,
        report_date=event.report_date,
        template_version=event.template_version,
        sections=list(event.sections),
        answers=None if event.answers is None else list(event.answers),
        text=None if said is None else "\n".join(said),
        reason=reason,
        saved_by=at.actor,
        saved_at=at.recorded_at,
        version=at.version,
    )


@progress_reports.on(ProgressReport.ReportWritten, key=own)
@progress_report_versions.on(ProgressReport.ReportWritten, key=numbered)
def written(row: None, event: ProgressReport.ReportWritten, at: Recorded) -> ReportRow:
    return row_of(event, at, None)


@progress_report_versions.on(ProgressReport.ReportCorrected, key=numbered)
def another_version(row: None, event: ProgressReport.ReportCorrected, at: Recorded) -> ReportRow:
    return row_of(event, at, event.reason)


@progress_reports.on(ProgressReport.ReportCorrected, key=own)
def corrected(row: ReportRow, event: ProgressReport.ReportCorrected, at: Recorded) -> ReportRow:
    return row_of(event, at, event.reason)


@progress_templates.on(
    ProgressTemplate.TemplateWritten, key=lambda e: (e.therapy_type_id, e.originator_version)
)  # fmt: skip
def template_written(row: None, event: ProgressTemplate.TemplateWritten, at: Recorded) -> TemplateRow:
    return TemplateRow(event.therapy_type_id, at.version, list(event.sections), at.actor, at.recorded_at)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which reports. Dates are included; what is ``None`` does not count. ``search`` finds any part of what a report
    says now, or of the patient's name. ``treated_by`` is the caller's scope: other patients' reports do not exist."""

    patient_id: UUID | None = None
    therapist_id: UUID | None = None
    therapy_type_id: UUID | None = None
    session_id: UUID | None = None
    first: date | None = None
    last: date | None = None
    search: str | None = None
    treated_by: UUID | None = None

    def within(self, scope: UUID | None) -> Filter:
        """The same for a therapist (``scope``), or for whoever sees all."""
        return replace(self, treated_by=scope)

    def apply(self, wanted: sa.Select[Any]) -> sa.Select[Any]:
        c = progress_reports.c
        for column, value in (
            (c.therapist_id, self.therapist_id), (c.therapy_type_id, self.therapy_type_id),
            (c.session_id, self.session_id),
        ):  # fmt: skip
            if value is not None:
                wanted = wanted.where(column == value)
        if self.patient_id is not None:
            wanted = wanted.where(of_person(c.patient_id, self.patient_id))
        if self.first is not None:
            wanted = wanted.where(c.report_date >= self.first)
        if self.last is not None:
            wanted = wanted.where(c.report_date <= self.last)
        if self.search:
            pattern = like(self.search)
            texts = (c.text, _full_name(patients))
            found = sa.or_(*(text.ilike(pattern, escape="\\") for text in texts))
            wanted = wanted.where(patients.c.erased.is_(sa.false()), found)
        return wanted if self.treated_by is None else wanted.where(treated_by(self.treated_by, c.patient_id))


HEAD = (
    "id", "patient_id", "therapist_id", "session_id", "therapy_type_id", "report_date", "template_version", "saved_by",
    "saved_at", "version",
)  # fmt: skip
"""What a list shows of a report: nothing of what it says."""


async def page(db: Reader, paging: Paging, wanted: Filter) -> Data:
    """Reports, the latest date first, without what they say."""
    c = progress_reports.c
    sortable = {
        "reportDate": c.report_date,
        "savedAt": c.saved_at,
        "patientName": _full_name(patients),
        "therapistName": _full_name(users),
        "id": c.id,
    }
    return await db.page(wanted.apply(_named(progress_reports, HEAD)), paging, sortable, "-reportDate,-savedAt")


async def timeline(db: Reader, paging: Paging, patient_id: UUID) -> Data:
    """A patient's reports in full, the latest date first."""
    c = progress_reports.c
    statement = _named(progress_reports).where(of_person(c.patient_id, patient_id))
    sortable = {"reportDate": c.report_date, "savedAt": c.saved_at, "id": c.id}
    return await db.page(statement, paging, sortable, "-reportDate,-savedAt")


async def get(
    db: Reader, report_id: UUID, *, version: int | None = None, only_therapist: UUID | None = None
) -> Data | None:
    """A report in full, as it is or as it was in some version. In OWN scope (``only_therapist``) only of a patient whom
    that therapist treats."""
    table = progress_reports if version is None else progress_report_versions
    wanted = _named(table).where(table.c.id == report_id)
    if version is not None:
        wanted = wanted.where(table.c.version == version)
    if only_therapist is not None:
        wanted = wanted.where(treated_by(only_therapist, table.c.patient_id))
    return await db.one(wanted)


async def versions(db: Reader, paging: Paging, report_id: UUID) -> Data:
    """Every version of a report in full, the newest first."""
    c = progress_report_versions.c
    wanted = _named(progress_report_versions).where(c.id == report_id)
    return await db.page(wanted, paging, {"version": c.version}, "-version")


async def template(db: Reader, therapy_type_id: UUID, version: int | None = None) -> Data | None:
    """What reports of a therapy type ask for, or asked for in some version. ``None``: there is no such version."""
    c = progress_templates.c
    wanted = progress_templates.select().where(c.therapy_type_id == therapy_type_id).order_by(c.version.desc()).limit(1)
    found = None if version == 0 else await db.one(wanted if version is None else wanted.where(c.version == version))
    if found is not None or version:
        return found
    return {
        "therapy_type_id": therapy_type_id,
        "version": 0,
        "sections": [section_data(section) for section in STANDARD],
        "saved_by": None,
        "saved_at": None,
    }


def section_data(section: Section) -> Data:
    """As a stored section is read."""
    return {name: getattr(section, name) for name in Section.__slots__} | {"choices": list(section.choices)}


def _named(table: ReadTable[ReportRow], names: Iterable[str] | None = None) -> sa.Select[Any]:
    erased = patients.c.erased.is_(sa.true())
    columns = [
        sa.case((erased, sa.null()), else_=table.c[name]).label(name)
        if name in {"answers", "reason"}
        else table.c[name]
        for name in names or [column.name for column in table.shown(without=("text",))]
    ]
    statement = table.select(
        *columns,
        _full_name(patients).label("patient_name"),
        _full_name(users).label("therapist_name"),
        therapy_types.c.name.label("therapy_type_name"),
        sa.func.coalesce(patients.c.erased, sa.false()).label("erased"),
    ).select_from(table.table)
    for other, key in (
        (patients, table.c.patient_id), (users, table.c.therapist_id), (therapy_types, table.c.therapy_type_id),
    ):  # fmt: skip
        statement = statement.outerjoin(other.table, alike(other.c.id, key))
    return statement


def _full_name(table: ReadTable[Any]) -> sa.ColumnElement[str | None]:
    return sa.func.nullif(sa.func.concat_ws(" ", table.c.first_name, table.c.last_name), "")
