"""When a session does not take place: cancelled, or nobody came."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Reason, handles
from application.scheduling.charging import charge_cancellation, charge_no_show, uncharge_no_show
from application.scheduling.conducting import own_session
from application.scheduling.diary import Diary, sheets_of
from application.scheduling.results import EndedResult, SessionResult, ended, outcome
from domain.base import Forbidden
from domain.billing import PatientLedger, ledger_id
from domain.scheduling import CancelledBy, Fee, Session, Terms, Waiver

__all__ = ["CancelSession", "MarkNoShow", "ReverseNoShow", "WaiveFee", "call_off"]

WaiveFee = Annotated[bool, Field(strict=True, description="Let the patient off the fee; takes a `waiverReason`")]


class CancelSession(Command):
    """Call a session off. Its charge is taken back; what was paid for it is credit. Cancelled by the patient inside
    the centre's window there may be a fee; cancelled by the centre it is free."""

    session_id: FromPath
    reason: Annotated[Reason, Field(examples=["Family is travelling"])]
    cancelled_by: CancelledBy = CancelledBy.PATIENT
    waive_fee: WaiveFee = False
    waiver_reason: Reason | None = None


class MarkNoShow(Command):
    """Nobody came. The charge gives way to the centre's no-show fee, if there is one."""

    session_id: FromPath
    waive_fee: WaiveFee = False
    waiver_reason: Reason | None = None


class ReverseNoShow(Command):
    """They came after all: the fee is taken back, the session is scheduled again and can be completed."""

    session_id: FromPath
    reason: Annotated[Reason, Field(examples=["They came half an hour late"])]


@handles(CancelSession, may="sessions:book")
async def cancel_session(command: CancelSession, context: Context, book: Book) -> EndedResult:
    session = await own_session(command.session_id, context, book)
    ledger: PatientLedger
    ledger, *sheets = await book.load_all(
        (PatientLedger, ledger_id(session.patient_id)), *sheets_of(session.appointment)
    )
    waiver = Waiver(command.waive_fee, command.waiver_reason)
    fee = call_off(session, command.reason, command.cancelled_by, waiver, Diary(sheets), ledger, book)
    return ended(session, ledger, fee)


def call_off(
    session: Session, reason: str, by: CancelledBy, waiver: Waiver, diary: Diary, ledger: PatientLedger, book: Book
) -> Fee:
    """Write a cancellation: session, day sheets, what becomes of its charge. Answers the fee that was decided on."""
    fee = session.cancel(reason, by, _terms(book), waiver, now=book.context.now)
    diary.release(session.appointment, session.id)
    charge_cancellation(ledger, session, fee, book)
    return fee


@handles(MarkNoShow, may="sessions:conduct")
async def mark_no_show(command: MarkNoShow, context: Context, book: Book) -> EndedResult:
    if command.waive_fee and context.own_only:
        raise Forbidden("Waiving a fee is the office's decision.")
    session = await own_session(command.session_id, context, book)
    ledger = await book.load(PatientLedger, ledger_id(session.patient_id))
    fee = session.mark_no_show(_terms(book), Waiver(command.waive_fee, command.waiver_reason), now=context.now)
    charge_no_show(ledger, session, fee, book)
    return ended(session, ledger, fee)


@handles(ReverseNoShow, may="sessions:book")
async def reverse_no_show(command: ReverseNoShow, context: Context, book: Book) -> SessionResult:
    session = await own_session(command.session_id, context, book)
    ledger = await book.load(PatientLedger, ledger_id(session.patient_id))
    session.reverse_no_show(command.reason)
    uncharge_no_show(ledger, session, book)
    return outcome(session, ledger)


def _terms(book: Book) -> Terms:
    policy = book.tenant.settings.cancellation
    return Terms(timedelta(hours=policy.window_hours), policy.late_fee_percent, policy.no_show_fee_percent)
