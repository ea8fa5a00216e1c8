"""A progress report: written once, corrected by new versions, each of which stays readable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain import text
from domain.base import CLINICAL, NIL, PERSONAL, Aggregate, Clash, ClinicalText, Event, Invalid, Missing
from domain.progress.sections import Answer, Section, checked
from domain.progress.template import ProgressTemplate

__all__ = ["About", "Answers", "InTheFuture", "NotHeld", "ProgressReport", "WrittenAlready"]

LONGEST_REASON = 500

Answers = Annotated[tuple[Answer, ...] | None, PERSONAL, CLINICAL]
"""Sealed as a whole with the patient's key; ``None`` after an erasure."""


class InTheFuture(Invalid):
    """A report is about a day up to today."""


class NotHeld(Clash):
    """Nothing can be reported about a session that has not begun, was cancelled, or to which nobody came."""

    code = "SESSION_NOT_HELD"


class WrittenAlready(Clash):
    """This report is written; correct it."""


@dataclass(frozen=True, slots=True)
class About:
    """Whose progress, in whose words; after which session and in which therapy, if it is about one."""

    patient_id: UUID
    therapist_id: UUID
    session_id: UUID | None = None
    therapy_type_id: UUID | None = None


class ReportVersion(Event):
    """One version of a report, complete in itself: whoever reads it needs no other event, and no template."""

    SUBJECT = "patient_id"
    patient_id: UUID
    therapist_id: UUID
    session_id: UUID | None
    therapy_type_id: UUID | None
    report_date: date
    template_version: int
    sections: tuple[Section, ...]
    answers: Answers

    def apply(self, report: ProgressReport) -> None:
        report.about = About(self.patient_id, self.therapist_id, self.session_id, self.therapy_type_id)
        report.report_date = self.report_date
        report.template_version = self.template_version
        report.sections = self.sections
        report.answers = self.answers


class ProgressReport(Aggregate):
    """Stream id: the report's id. Each version of the stream is a version of the report, the first being 1."""

    TOPIC = "progress.ProgressReport"

    class ReportWritten(ReportVersion):
        TOPIC = "progress.ReportWritten"

    class ReportCorrected(ReportVersion):
        """``reason`` is clinical too: it tends to say what was wrong."""

        TOPIC = "progress.ReportCorrected"
        reason: ClinicalText

    report_date: date

    def begin(self) -> None:
        self.about: About = About(NIL, NIL)
        self.template_version: int = 0
        self.sections: tuple[Section, ...] = ()
        self.answers: tuple[Answer, ...] | None = None

    def write(
        self, about: About, answers: Sequence[Answer], template: ProgressTemplate, *, on: date, today: date,
        field: str = "answers",
    ) -> None:  # fmt: skip
        """Write version 1, by the template as it is now. ``today`` is the centre's. ``field`` names the answers in
        refusals."""
        if self.exists:
            raise WrittenAlready
        self.decide(
            self.ReportWritten, on=_day(on, today), **asdict(about), report_date=on, template_version=template.version,
            sections=template.sections, answers=checked(template.sections, answers, field),
        )  # fmt: skip

    def correct(self, answers: Sequence[Answer], reason: str, *, on: date | None = None, today: date) -> None:
        """Replace what it says, by the sections it was written by; ``on`` moves its date. The version before stays.
        Without a difference there is no new version."""
        self.must_exist()
        reason = text.paragraph(reason, "reason", LONGEST_REASON)
        clean = checked(self.sections, answers)
        on = self.report_date if on is None else _day(on, today)
        if (clean, on) != (self.answers, self.report_date):
            self.decide(
                self.ReportCorrected, on=on, **asdict(self.about), report_date=on,
                template_version=self.template_version, sections=self.sections, answers=clean, reason=reason,
            )  # fmt: skip

    def must_exist(self) -> None:
        if not self.exists:
            raise Missing("There is no such report.")


def _day(on: date, today: date) -> date:
    if on > today:
        raise InTheFuture(field="reportDate")
    return on
