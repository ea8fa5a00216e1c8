"""Writing progress reports, correcting them, and saying what they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt

from application.base import Book, Command, Context, FromPath, Line, Model, Reason, handles
from application.values import Day, Saved, therapist
from domain.base import NIL, Invalid, Missing
from domain.catalogue import TherapyType
from domain.patients import Erased, Patient
from domain.progress import About, Answer, NotHeld, ProgressReport, ProgressTemplate, Section, SectionKind, template_id
from domain.scheduling import Session, SessionStatus

__all__ = [
    "AnswerGiven", "Answers", "CorrectReport", "SessionReport", "WriteReport", "WriteTemplate", "report_on_session",
]  # fmt: skip

MOST = 30
HELD = {SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED}

Key = Annotated[
    str, Field(min_length=1, max_length=40, examples=["notes"], json_schema_extra={"pattern": "^[a-z][a-z0-9-]*$"})
]
Bound = Annotated[int | None, Field(strict=True, ge=0, le=100, examples=[None])]


class AnswerGiven(Model):
    """What is said under one section of the template: text, a number of its scale, one of its choices, or yes or no."""

    section: Annotated[Key, Field(description="The key of a section of the template")]
    value: Annotated[
        Annotated[str, Field(max_length=10_000)] | Annotated[StrictInt, Field(ge=0, le=100)] | StrictBool,
        Field(examples=["Named six of ten pictures unaided."]),
    ]


Answers = Annotated[
    list[AnswerGiven],
    Field(max_length=MOST, examples=[[{"section": "notes", "value": "Named six of ten pictures unaided."}]]),
]


class SessionReport(Model):
    """A report on the session that is being completed. It is about the session's day."""

    answers: Answers


class WriteReport(Command):
    """Write a report by the template of the therapy type. With a session: about its patient, by its therapist and for
    its therapy type; the others may then be left out but for the patient, and must not differ."""

    patient_id: UUID
    session_id: Annotated[UUID | None, Field(description="One report a session; not before it begins")] = None
    therapist_id: Annotated[
        UUID | None, Field(description="Whose report it is. Therapists write their own; an administrator says whose")
    ] = None
    therapy_type_id: UUID | None = None
    report_date: Annotated[
        Day | None, Field(description="Up to today. If missing: the session's day, else today", examples=[None])
    ] = None
    answers: Answers


class CorrectReport(Command):
    """Replace what a report says, by the sections it was written by. The version before stays readable."""

    report_id: FromPath
    answers: Answers
    report_date: Annotated[Day | None, Field(description="If missing, as it was", examples=[None])] = None
    reason: Annotated[Reason, Field(examples=["The score was that of another child"])]


class SectionGiven(Model):
    """One heading of a template. ``lowest`` and ``highest`` belong to a SCALE, ``choices`` to a CHOICE."""

    key: Key
    label: Annotated[Line, Field(max_length=100, examples=["Session notes"])]
    kind: Annotated[SectionKind, Field(examples=["TEXT"])]
    required: Annotated[bool, Field(strict=True)] = False
    hint: Annotated[str | None, Field(max_length=300, examples=[None])] = None
    lowest: Bound = None
    highest: Bound = None
    choices: Annotated[tuple[Line, ...], Field(max_length=20)] = ()


class WriteTemplate(Command):
    """What reports of a therapy type ask for from now on. Reports that exist keep the sections they were written by."""

    therapy_type_id: FromPath
    sections: Annotated[
        list[SectionGiven],
        Field(
            min_length=1, max_length=MOST,
            examples=[
                [
                    {"key": "notes", "label": "Session notes", "kind": "TEXT", "required": True},
                    {"key": "words", "label": "Words of ten", "kind": "SCALE", "lowest": 0, "highest": 10},
                ]
            ],
        ),
    ]  # fmt: skip


@handles(WriteReport, may="progress-reports:write")
async def write_report(command: WriteReport, context: Context, book: Book) -> Saved:
    if command.session_id is not None:
        session = await book.read(Session, command.session_id)
        context.must_own(session.therapist_id if session.exists else NIL)  # nobody's and a colleague's answer alike
        session.must_exist()
        for field, given, known in (
            ("patientId", command.patient_id, session.patient_id),
            ("therapistId", command.therapist_id, session.therapist_id),
            ("therapyTypeId", command.therapy_type_id, session.therapy_type_id),
        ):
            if given is not None and given != known:
                raise Invalid("The session is somebody else's.", field=field)
        report = await report_on_session(session, command.answers, context, book, on=command.report_date)
        return Saved(id=report.id, version=report.version)
    author = command.therapist_id or (context.actor if context.own_only else None)
    if author is None:
        raise Invalid("Say whose report it is.", field="therapistId")
    context.must_own(author)
    await therapist(author, book)
    if command.therapy_type_id is not None and not (await book.read(TherapyType, command.therapy_type_id)).exists:
        raise Missing("There is no such therapy type.")
    report = book.new(ProgressReport, context.new_id())
    template = await _template(command.therapy_type_id, book)
    await _must_be_known(command.patient_id, book)
    about = About(command.patient_id, author, None, command.therapy_type_id)
    report.write(
        about, _answers(command.answers), template, on=command.report_date or book.today, today=book.today
    )  # fmt: skip
    return Saved(id=report.id, version=report.version)


async def report_on_session(
    session: Session, answers: Sequence[AnswerGiven], context: Context, book: Book, *, on: date | None = None,
    field: str = "answers",
) -> ProgressReport:  # fmt: skip
    """Write the report on a session within the transaction of any command that has loaded it: whatever else that
    command decides is saved with the report, or neither is.

    The caller has checked whose session it is, and ``permit(context.role, "progress-reports:write")``.
    ``CompleteSession`` does so for its ``report``, ``{"report": {"answers": [{"section": "notes", "value": "…"}]}}``,
    and answers the report's id as ``progressReportId``. ``field`` names the answers in refusals.

    Refuses with ``NotHeld`` before the session's start and when nobody was there, with ``Taken`` (at the commit) when
    there is a report on it, and as ``ProgressReport.write`` does.
    """
    if session.status not in HELD or context.now < session.time.starts_at:
        raise NotHeld(status=session.status)
    report = book.new(ProgressReport, context.new_id())
    template = await _template(session.therapy_type_id, book)
    await _must_be_known(session.patient_id, book)
    about = About(session.patient_id, session.therapist_id, session.id, session.therapy_type_id)
    report.write(about, _answers(answers), template, on=on or session.time.day, today=book.today, field=field)
    book.claim("progress-report", str(session.id), report.id)
    return report


@handles(CorrectReport, may="progress-reports:write")
async def correct_report(command: CorrectReport, context: Context, book: Book) -> Saved:
    report = await book.load(ProgressReport, command.report_id)
    context.must_own(report.about.therapist_id)  # of no report that is nobody
    report.must_exist()
    context.must_match(report)
    await _must_be_known(report.about.patient_id, book)
    report.correct(_answers(command.answers), command.reason, on=command.report_date, today=book.today)
    return Saved(id=report.id, version=report.version)


@handles(WriteTemplate, may="therapy-types:manage")
async def write_template(command: WriteTemplate, context: Context, book: Book) -> Saved:
    if not (await book.read(TherapyType, command.therapy_type_id)).exists:
        raise Missing("There is no such therapy type.")
    template = await book.load(ProgressTemplate, template_id(command.therapy_type_id))
    context.must_match(template)
    sections = [
        Section(s.key, s.label, s.kind, s.required, s.hint, s.lowest, s.highest, s.choices) for s in command.sections
    ]
    template.write(command.therapy_type_id, sections)
    return Saved(id=command.therapy_type_id, version=template.version)


async def _template(therapy_type_id: UUID | None, book: Book) -> ProgressTemplate:
    if therapy_type_id is None:
        return ProgressTemplate.blank(template_id(book.tenant.id))
    return await book.read(ProgressTemplate, template_id(therapy_type_id))


async def _must_be_known(patient_id: UUID, book: Book) -> None:
    patient = await book.read(Patient, patient_id)
    if not patient.exists:
        raise Missing("There is no such patient.")
    if patient.erased:
        raise Erased


def _answers(given: Sequence[AnswerGiven]) -> list[Answer]:
    return [Answer(answer.section, answer.value) for answer in given]
