"""Holding a session: start, completion, notes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Note, handles
from application.permissions import permit
from application.progress import SessionReport, report_on_session
from application.scheduling.charging import charge_completion
from application.scheduling.results import SessionResult, outcome
from domain.base import NIL
from domain.billing import PatientLedger, ledger_id
from domain.scheduling import Session

__all__ = ["CompleteSession", "StartSession", "WriteSessionNotes", "own_session", "report_if_given"]


SessionNotes = Annotated[Note | None, Field(examples=["Named six of ten pictures unaided."])]


class StartSession(Command):
    session_id: FromPath


class CompleteSession(Command):
    """The session took place. ``notes`` are clinical and need the right to write them, as does its progress ``report``:
    completion, notes and report are recorded together or not at all."""

    session_id: FromPath
    notes: SessionNotes = None
    report: SessionReport | None = None


class WriteSessionNotes(Command):
    """Replace the notes as a whole; empty or null takes them away."""

    session_id: FromPath
    notes: SessionNotes


@handles(StartSession, may="sessions:conduct")
async def start_session(command: StartSession, context: Context, book: Book) -> SessionResult:
    session = await own_session(command.session_id, context, book)
    session.start(now=context.now)
    return outcome(session)


@handles(CompleteSession, may="sessions:conduct")
async def complete_session(command: CompleteSession, context: Context, book: Book) -> SessionResult:
    if command.notes is not None:
        permit(context.role, "session-notes:write")
    session = await own_session(command.session_id, context, book)
    ledger = await book.load(PatientLedger, ledger_id(session.patient_id))
    session.complete(now=context.now)
    if command.notes is not None:
        session.write_notes(command.notes)
    charge_completion(ledger, session, book)
    report_id = await report_if_given(command.report, session, context, book)
    return outcome(session, ledger).model_copy(update={"progress_report_id": report_id})


@handles(WriteSessionNotes, may="session-notes:write")
async def write_session_notes(command: WriteSessionNotes, context: Context, book: Book) -> SessionResult:
    session = await own_session(command.session_id, context, book)
    session.write_notes(command.notes)
    return outcome(session)


async def report_if_given(given: SessionReport | None, session: Session, context: Context, book: Book) -> UUID | None:
    """Write the report that came with the end of a session. Answers its id."""
    if given is None:
        return None
    permit(context.role, "progress-reports:write")
    return (await report_on_session(session, given.answers, context, book, field="report.answers")).id


async def own_session(session_id: UUID, context: Context, book: Book) -> Session:
    """The session, to be changed. Refused with ``Missing`` if it does not exist for the caller."""
    session = await book.load(Session, session_id)
    context.must_own(session.therapist_id if session.exists else NIL)  # first: nobody's and a colleague's answer alike
    session.must_exist()
    context.must_match(session)
    return session
