"""A report is written once and corrected by versions that are complete in themselves."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.base import Missing
from domain.progress import (
    STANDARD,
    About,
    Answer,
    AnswerMissing,
    InTheFuture,
    ProgressReport,
    ProgressTemplate,
    WrittenAlready,
    template_id,
)
from domain.text import BadText
from tests.support.given import on

REPORT, PATIENT, THERAPIST, SESSION, TYPE = (UUID(int=n) for n in range(1, 6))
TODAY, YESTERDAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 21), date(2026, 11, 23)
ABOUT = About(PATIENT, THERAPIST, SESSION, TYPE)
SAID, BETTER = (Answer("notes", "Named six pictures."),), (Answer("notes", "Named eight."), Answer("progress", 4))
TEMPLATE = ProgressTemplate.blank(template_id(TYPE))
given = on(ProgressReport, REPORT)


def write(answers: Any = SAID, day: date = YESTERDAY, template: ProgressTemplate = TEMPLATE) -> Any:
    return lambda report: report.write(ABOUT, answers, template, on=day, today=TODAY)


def correct(answers: Any = BETTER, reason: str = "Miscounted", day: date | None = None) -> Any:
    return lambda report: report.correct(answers, reason, on=day, today=TODAY)


def facts(answers: Any, day: date = YESTERDAY, **more: Any) -> dict[str, Any]:
    return {
        "effective_on": day, "patient_id": PATIENT, "therapist_id": THERAPIST, "session_id": SESSION,
        "therapy_type_id": TYPE, "report_date": day, "template_version": 0, "sections": STANDARD, "answers": answers,
        **more,
    }  # fmt: skip


def test_writing() -> None:
    given().when(write()).then(ProgressReport.ReportWritten(**facts(SAID)))
    given().when(write(day=TODAY)).then(ProgressReport.ReportWritten(**facts(SAID, TODAY)))


def test_a_correction_is_complete_and_says_why() -> None:
    corrected = ProgressReport.ReportCorrected(**facts(BETTER, reason="Miscounted"))
    given(write()).when(correct()).then(corrected)
    moved = ProgressReport.ReportCorrected(**facts(SAID, TODAY, reason="Miscounted"))
    given(write()).when(correct(SAID, day=TODAY)).then(moved)


def test_a_correction_that_changes_nothing_makes_no_version() -> None:
    given(write()).when(correct(SAID), correct(SAID, day=YESTERDAY)).then()


def test_a_report_keeps_the_sections_it_was_written_by() -> None:
    template = ProgressTemplate.blank(template_id(TYPE))
    report = given(write(template=template)).aggregate
    template.write(TYPE, STANDARD[:1])
    report.correct(BETTER, "Miscounted", today=TODAY)  # the section `progress` is gone from the template
    assert (report.sections, report.template_version, template.version) == (STANDARD, 0, 1)


@pytest.mark.parametrize(
    ("history", "step", "refusal"),
    [
        ((), write(day=TOMORROW), InTheFuture),
        ((), write(()), AnswerMissing),
        ((write(),), write(), WrittenAlready),
        ((), correct(), Missing),
        ((write(),), correct(reason="  "), BadText),
        ((write(),), correct(()), AnswerMissing),
        ((write(),), correct(day=TOMORROW), InTheFuture),
    ],
)
def test_refusals(history: Any, step: Any, refusal: Any) -> None:
    given(*history).when(step).then_refused(refusal)


def test_an_erased_report_folds() -> None:
    """Its key is gone, so what it says reads None."""
    story = given(
        ProgressReport.ReportWritten(**facts(None)), ProgressReport.ReportCorrected(**facts(None, reason=None))
    )
    assert (story.aggregate.answers, story.aggregate.version) == (None, 2)
