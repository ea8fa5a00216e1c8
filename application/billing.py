"""Recording money: payments, credit, refunds, voids and write-offs. Charges are made by scheduling.

Everything counts from the tenant's today, but a payment from the day it was received. A payment is named by its own
id only; the API says which patient's ledger it is in (``patient_id``, never from a body).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import (
    Book,
    Command,
    Context,
    FromPath,
    Line,
    Model,
    Money,
    Reason,
    Result,
    StaleVersion,
    handles,
)  # fmt: skip
from application.values import ChosenId, Day, Method, Positive, PriorPeriod
from domain.base import Invalid, Missing
from domain.billing import PatientLedger, UnknownSession, ledger_id
from domain.patients import Patient
from domain.scheduling import Session
from domain.values import PaymentMethod

ReceivedOn = Annotated[Day | None, Field(description="When the money came in; today if missing, never later")]
Reference = Annotated[Line | None, Field(description="Cheque or transaction number", examples=["UPI 4402918"])]


class RecordPayment(Command):
    """Record money received. It settles the sessions it names, in that order, else the oldest due first; the rest
    becomes credit."""

    payment_id: ChosenId = None
    patient_id: UUID
    amount: Positive
    method: Method
    received_on: ReceivedOn = None
    reference: Reference = None
    session_ids: Annotated[tuple[UUID, ...], Field(max_length=100)] = ()
    prior_period: PriorPeriod = False


class RecordSessionPayment(Command):
    """Record money received for one session, all or part of it. What it does not need becomes credit."""

    session_id: FromPath
    payment_id: ChosenId = None
    amount: Positive
    method: Method
    received_on: ReceivedOn = None
    reference: Reference = None
    prior_period: PriorPeriod = False


class BringCreditForward(Command):
    """Enter credit that a patient has from before the centre used Daybook. It draws no receipt."""

    patient_id: FromPath
    payment_id: ChosenId = None
    amount: Positive
    received_on: ReceivedOn = None
    reference: Reference = None
    prior_period: PriorPeriod = False


class ApplyCredit(Command):
    """Lay credit against the named sessions, in that order, or against the oldest due first."""

    patient_id: FromPath
    session_ids: Annotated[tuple[UUID, ...], Field(max_length=100)] = ()


class VoidPayment(Command):
    """Reverse a payment that was entered wrongly. What it had settled is open again."""

    payment_id: FromPath
    patient_id: FromPath
    reason: Annotated[Reason, Field(examples=["Typed twice"])]


class RefundPayment(Command):
    """Hand back credit of a payment: at most what is left of it."""

    payment_id: FromPath
    patient_id: FromPath
    refund_id: ChosenId = None
    amount: Positive
    method: Method
    reason: Annotated[Reason, Field(examples=["The family moved away"])]


class WriteOff(Command):
    """Give up what is open of a charge, or part of it. A session's charge has the session's id."""

    patient_id: FromPath
    write_off_id: ChosenId = None
    charge_id: UUID
    amount: Positive
    reason: Annotated[Reason, Field(examples=["Hardship"])]


class Settled(Model):
    """What of a payment settles one charge."""

    charge_id: UUID
    amount: Money


class PaymentResult(Result):
    """A payment as it stands. ``credit`` is what is left of it."""

    id: UUID
    version: int
    patient_id: UUID
    amount: Money
    method: PaymentMethod
    received_on: date
    settled: list[Settled]
    credit: Money
    refunded: Money
    voided: bool
    receipt_number: str | None = None


class RefundResult(PaymentResult):
    """The payment after the refund; ``receiptNumber`` is the refund's own."""

    refund_id: UUID


class WriteOffResult(Result):
    """``open`` is what is left to pay of the charge."""

    id: UUID
    charge_id: UUID
    amount: Money
    open: Money


class BalanceResult(Result):
    """A patient's money: ``credit`` rests, ``receivable`` is owed, due or not."""

    patient_id: UUID
    credit: Money
    receivable: Money


@handles(RecordPayment, may="payments:record")
async def record_payment(command: RecordPayment, context: Context, book: Book) -> PaymentResult:
    ledger = await _ledger(command.patient_id, book)
    named = await _charged(command.session_ids, command.patient_id, ledger, book)
    return _receive(command, command.patient_id, PaymentMethod(command.method), ledger, context, book, named)


@handles(RecordSessionPayment, may="payments:record")
async def record_session_payment(command: RecordSessionPayment, context: Context, book: Book) -> PaymentResult:
    session = await book.read(Session, command.session_id)
    if not session.exists:
        raise Missing
    patient_id = session.appointment.patient_id
    ledger = await _ledger(patient_id, book)
    named = await _charged([command.session_id], patient_id, ledger, book)
    return _receive(command, patient_id, PaymentMethod(command.method), ledger, context, book, named)


@handles(BringCreditForward, may="payments:record")
async def bring_credit_forward(command: BringCreditForward, context: Context, book: Book) -> PaymentResult:
    ledger = await _ledger(command.patient_id, book)
    return _receive(command, command.patient_id, PaymentMethod.OPENING, ledger, context, book, None)


@handles(ApplyCredit, may="payments:record")
async def apply_credit(command: ApplyCredit, context: Context, book: Book) -> BalanceResult:
    ledger = await _ledger(command.patient_id, book)
    named = await _charged(command.session_ids, command.patient_id, ledger, book)
    ledger.apply_credit(on=book.today, session_ids=named)
    return BalanceResult(patient_id=command.patient_id, credit=ledger.credit, receivable=ledger.receivable)


@handles(VoidPayment, may="payments:record")
async def void_payment(command: VoidPayment, context: Context, book: Book) -> PaymentResult:
    ledger = await _ledger(command.patient_id, book)
    _must_match(ledger, command.payment_id, context)
    ledger.void_payment(command.payment_id, command.reason, on=book.today, auto_apply=_auto_apply(book))
    return _payment(ledger, command.payment_id)


@handles(RefundPayment, may="payments:record")
async def refund_payment(command: RefundPayment, context: Context, book: Book) -> RefundResult:
    ledger = await _ledger(command.patient_id, book)
    _must_match(ledger, command.payment_id, context)
    refund_id = command.refund_id or context.new_id()
    ledger.refund(
        refund_id, command.payment_id, command.amount, PaymentMethod(command.method), command.reason, on=book.today
    )
    return RefundResult(refund_id=refund_id, **dict(_payment(ledger, command.payment_id)))


@handles(WriteOff, may="payments:record")
async def write_off(command: WriteOff, context: Context, book: Book) -> WriteOffResult:
    ledger = await _ledger(command.patient_id, book)
    write_off_id = command.write_off_id or context.new_id()
    ledger.write_off(write_off_id, command.charge_id, command.amount, command.reason, on=book.today)
    left = ledger.charges[command.charge_id].open
    return WriteOffResult(id=write_off_id, charge_id=command.charge_id, amount=command.amount, open=left)


async def _ledger(patient_id: UUID, book: Book) -> PatientLedger:
    ledger = await book.load(PatientLedger, ledger_id(patient_id))
    # Whoever has a ledger is a patient; only for a blank one is there something to ask.
    if not ledger.exists and not (await book.read(Patient, patient_id)).exists:
        raise Missing
    return ledger


async def _charged(
    session_ids: Sequence[UUID], patient_id: UUID, ledger: PatientLedger, book: Book
) -> list[UUID] | None:
    """Of these sessions of the patient, those that were charged: one that is charged on completion can be paid for
    before, and that money is credit until then. None if no session is named. Raises ``UnknownSession`` if one is not
    the patient's."""
    if not session_ids:
        return None
    for session_id in session_ids:
        if session_id not in ledger.charges_of:
            session = await book.read(Session, session_id)
            if not session.exists or session.appointment.patient_id != patient_id:
                raise UnknownSession(session_id=str(session_id))
    return [session_id for session_id in session_ids if session_id in ledger.charges_of]


def _receive(
    command: RecordPayment | RecordSessionPayment | BringCreditForward, patient_id: UUID, method: PaymentMethod,
    ledger: PatientLedger, context: Context, book: Book, session_ids: list[UUID] | None,
) -> PaymentResult:  # fmt: skip
    received_on = command.received_on or book.today
    if received_on > book.today:
        raise Invalid("Money cannot have come in after today", field="receivedOn")
    payment_id = command.payment_id or context.new_id()
    if command.payment_id is not None:
        book.claim("payment", str(payment_id), ledger.id)  # no other patient can have a payment of this id
    ledger.record_payment(
        payment_id, patient_id, command.amount, method, received_on,
        reference=command.reference, session_ids=session_ids, auto_apply=_auto_apply(book),
        prior_period=command.prior_period,
    )  # fmt: skip
    return _payment(ledger, payment_id)


def _auto_apply(book: Book) -> bool:
    return book.tenant.settings.charges.apply_credit_automatically


def _must_match(ledger: PatientLedger, payment_id: UUID, context: Context) -> None:
    source = ledger.sources.get(payment_id)
    if source is not None and context.if_match is not None and context.if_match != source.version:
        raise StaleVersion


def _payment(ledger: PatientLedger, payment_id: UUID) -> PaymentResult:
    source = ledger.sources[payment_id]
    return PaymentResult(
        id=payment_id,
        version=source.version,
        patient_id=ledger.patient_id,
        amount=source.amount,
        method=source.method,
        received_on=source.received_on,
        settled=[Settled(charge_id=charge, amount=amount) for charge, amount in source.applied.items()],
        credit=source.credit,
        refunded=source.refunded,
        voided=source.voided,
    )
