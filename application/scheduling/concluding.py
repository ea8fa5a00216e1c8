"""What a therapist does when a session is over: one command for all of it, so that nothing of it is left half-done."""

from __future__ import annotations

from application.base import Book, Command, Context, FromPath, handles
from application.progress import SessionReport
from application.scheduling.charging import charge_completion
from application.scheduling.conducting import SessionNotes, own_session, report_if_given
from application.scheduling.results import SessionResult, outcome
from domain.billing import PatientLedger, ledger_id

__all__ = ["ConcludeSession"]


class ConcludeSession(Command):
    """The session took place. ``notes`` replace what was written before; missing or null leaves them. ``report`` is the
    progress report on it."""

    session_id: FromPath
    notes: SessionNotes = None
    report: SessionReport | None = None


@handles(ConcludeSession, may="session-notes:write")
async def conclude_session(command: ConcludeSession, context: Context, book: Book) -> SessionResult:
    session = await own_session(command.session_id, context, book)
    ledger = await book.load(PatientLedger, ledger_id(session.patient_id))
    session.complete(now=context.now)
    if command.notes is not None:
        session.write_notes(command.notes)
    charge_completion(ledger, session, book)
    report_id = await report_if_given(command.report, session, context, book)
    return outcome(session, ledger).model_copy(update={"progress_report_id": report_id})
