"""What a session does to its patient's ledger, by the centre's policy.

A charge falls due on the session's date plus the centre's term. Reasons that people type stay with the session,
where they are sealed; the ledger, which keeps its texts for good, gets plain ones.
"""

from __future__ import annotations

from datetime import date, timedelta

from application.base import Book
from domain.billing import ChargeKind, PatientLedger, fee_id
from domain.scheduling import Fee, Session
from domain.tenancy import ChargeOn

__all__ = [
    "charge_booking", "charge_cancellation", "charge_completion", "charge_no_show", "move_charge", "uncharge_no_show",
]  # fmt: skip


def charge_booking(ledger: PatientLedger, session: Session, book: Book) -> None:
    """Charged when booked, earned when completed; or not yet, if the centre charges on completion."""
    if book.tenant.settings.charges.charge_on is ChargeOn.BOOKING:
        # A session entered afterwards counts from its own day, so that its income is earned on that day.
        _charge(ledger, session, book, on=min(book.today, session.time.day))


def move_charge(ledger: PatientLedger, session: Session, book: Book) -> None:
    if ledger.has_charge(session.id):
        ledger.reschedule_charge(session.id, due_on=_due_on(session, book), on=book.today)


def charge_completion(ledger: PatientLedger, session: Session, book: Book) -> None:
    _charge(ledger, session, book, on=session.time.day, earned=True)


def charge_cancellation(ledger: PatientLedger, session: Session, fee: Fee, book: Book) -> None:
    _replace_by_fee(ledger, session, ChargeKind.LATE_CANCELLATION, fee, book, on=book.today)


def charge_no_show(ledger: PatientLedger, session: Session, fee: Fee, book: Book) -> None:
    _replace_by_fee(ledger, session, ChargeKind.NO_SHOW, fee, book, on=session.time.day)


def uncharge_no_show(ledger: PatientLedger, session: Session, book: Book) -> None:
    """Take the fee back, and charge the session again as a booked one is."""
    if book.tenant.settings.charges.charge_on is ChargeOn.BOOKING:
        # Before the fee goes, so that what had paid for the one can pay for the other, oldest due first.
        _charge(ledger, session, book, on=book.today)
    fee = fee_id(session.id, ChargeKind.NO_SHOW)
    if ledger.has_charge(fee):
        ledger.reverse_charge(fee, "No-show reversed", on=book.today, auto_apply=_auto_apply(book))


def _replace_by_fee(
    ledger: PatientLedger, session: Session, kind: ChargeKind, fee: Fee, book: Book, *, on: date
) -> None:
    auto_apply = _auto_apply(book)
    # The fee first: what was paid for the session then finds it among the open charges.
    ledger.charge_fee(
        session.id, session.patient_id, kind, fee.amount, due_on=_due_on(session, book), on=on,
        therapy_type_id=session.therapy_type_id, auto_apply=auto_apply,
    )  # fmt: skip
    if ledger.has_charge(session.id):
        reason = "Session cancelled" if kind is ChargeKind.LATE_CANCELLATION else "Patient did not come"
        ledger.reverse_charge(session.id, reason, on=on, auto_apply=auto_apply)


def _charge(ledger: PatientLedger, session: Session, book: Book, *, on: date, earned: bool = False) -> None:
    ledger.charge_session(
        session.id, session.patient_id, session.therapy_type_id, session.price, due_on=_due_on(session, book), on=on,
        earned=earned, auto_apply=_auto_apply(book),
    )  # fmt: skip


def _due_on(session: Session, book: Book) -> date:
    return session.time.day + timedelta(days=book.tenant.settings.charges.payment_term_days)


def _auto_apply(book: Book) -> bool:
    return book.tenant.settings.charges.apply_credit_automatically
