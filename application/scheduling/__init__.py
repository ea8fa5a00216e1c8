"""Booking, moving and holding sessions. Each command saves session, day sheets and ledger in one transaction."""

from application.scheduling.booking import BookSession, RescheduleSession
from application.scheduling.cancelling import CancelSession, MarkNoShow, ReverseNoShow
from application.scheduling.concluding import ConcludeSession
from application.scheduling.conducting import CompleteSession, StartSession, WriteSessionNotes
from application.scheduling.results import EndedResult, SessionResult

__all__ = [
    "BookSession", "CancelSession", "CompleteSession", "ConcludeSession", "EndedResult", "MarkNoShow",
    "RescheduleSession", "ReverseNoShow", "SessionResult", "StartSession", "WriteSessionNotes",
]  # fmt: skip
