"""Calling off one occurrence, one and those that follow, or all that are still to come: each as a single session is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Reason, handles
from application.scheduling.cancelling import WaiveFee, call_off
from application.scheduling.diary import Diary, sheets_of
from application.series.results import SeriesCancelled, occurrence_result
from domain.billing import PatientLedger, ledger_id
from domain.scheduling import CancelledBy, Session, SessionStatus, Waiver
from domain.series import Reach, Series
from domain.values import ZERO

__all__ = ["CancelSeries", "OccurrenceId", "is_to_come", "meant"]

OccurrenceId = Annotated[
    UUID | None,
    Field(description="The session that THIS means and FOLLOWING starts from", examples=[None]),
]


class CancelSeries(Command):
    """Call occurrences off; where none is left to come there is nothing to do. What happens to the charge, what was
    paid and the fee is decided for each session as if it were cancelled alone."""

    series_id: FromPath
    scope: Reach
    occurrence_id: OccurrenceId = None
    reason: Annotated[Reason, Field(examples=["Moving to another city"])]
    cancelled_by: CancelledBy = CancelledBy.PATIENT
    waive_fee: WaiveFee = False
    waiver_reason: Reason | None = None


@handles(CancelSeries, may="sessions:book")
async def cancel_series(command: CancelSeries, context: Context, book: Book) -> SeriesCancelled:
    series = await book.load(Series, command.series_id)
    sessions = await meant(series, command.scope, command.occurrence_id, context, book)
    ledger: PatientLedger
    ledger, *sheets = await book.load_all(
        (PatientLedger, ledger_id(series.patient_id)), *sheets_of(*(session.appointment for session in sessions))
    )
    diary, waiver = Diary(sheets), Waiver(command.waive_fee, command.waiver_reason)
    fees = [
        call_off(session, command.reason, command.cancelled_by, waiver, diary, ledger, book) for session in sessions
    ]
    if sessions:
        series.cancelled(command.scope, [session.id for session in sessions])
    return SeriesCancelled(
        id=series.id, version=series.version, fee_due=sum((fee.due for fee in fees), ZERO),
        fee=sum((fee.amount for fee in fees), ZERO),
        occurrences=[occurrence_result(session, ledger) for session in sessions],
    )  # fmt: skip


async def meant(
    series: Series, scope: Reach, occurrence_id: UUID | None, context: Context, book: Book
) -> list[Session]:
    """The sessions that a command is about, to be changed: what is still to come. One that is named itself (THIS) must
    be scheduled. Raises ``Missing``, ``WrongStatus``."""
    ids = series.reached(scope, occurrence_id)
    context.must_match(series)
    sessions: list[Session] = await book.load_all(*((Session, session_id) for session_id in ids))
    if scope is Reach.THIS:
        for session in sessions:
            session.must_be_scheduled()
        return sessions
    return [session for session in sessions if is_to_come(session, context.now)]


def is_to_come(session: Session, now: datetime) -> bool:
    return session.status is SessionStatus.SCHEDULED and session.time.starts_at > now
