"""How a patient is doing: templates of reports, one per therapy type, and the reports that therapists write by them."""

from domain.progress.report import About, Answers, InTheFuture, NotHeld, ProgressReport, WrittenAlready
from domain.progress.sections import (
    STANDARD,
    Answer,
    AnswerMissing,
    BadAnswer,
    BadSection,
    Section,
    SectionKind,
    Value,
)
from domain.progress.template import ProgressTemplate, template_id

__all__ = [
    "STANDARD", "About", "Answer", "AnswerMissing", "Answers", "BadAnswer", "BadSection", "InTheFuture", "NotHeld",
    "ProgressReport", "ProgressTemplate", "Section", "SectionKind", "Value", "WrittenAlready", "template_id",
]  # fmt: skip
