"""What a therapist does when a session is over: one command for all of it, so that nothing of it is left half-done."""

from __future__ import annotations

from application.base import Book, Command, Context, FromPath, handles
from application.scheduling.charging import charge_completion
from application.scheduling.conducting import SessionNotes, own_session
from application.scheduling.results import SessionResult, outcome
from domain.billing import PatientLedger, ledger_id

__all__ = ["ConcludeSession"]


class ConcludeSession(Command):
    """The session took place. ``notes`` replace what was written before; missing or null leaves them."""

    session_id: FromPath
    notes: SessionNotes = None


@handles(ConcludeSession, may="session-notes:write")
async def conclude_session(command: ConcludeSession, context: Context, book: Book) -> SessionResult:
    session = await own_session(command.session_id, context, book)
    ledger = await book.load(PatientLedger, ledger_id(session.patient_id))
    session.complete(now=context.now)
    if command.notes is not None:
        session.write_notes(command.notes)
    charge_completion(ledger, session, book)
    return outcome(session, ledger)
