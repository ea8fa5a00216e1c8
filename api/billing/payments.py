"""Recording, listing, voiding and refunding payments; what was paid for a session."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.base import Page, PagingQuery
from api.billing.views import ListedPaymentView, PaymentView, SessionPaymentsView, routes, total
from api.call import Call
from api.filters import Search
from application.billing import (
    PaymentResult,
    RecordPayment,
    RecordSessionPayment,
    RefundPayment,
    RefundResult,
    VoidPayment,
    WriteOff,
    WriteOffResult,
)
from application.values import Day
from domain.base import Missing
from domain.billing import IdTaken
from domain.values import PaymentMethod
from projections import scheduling
from projections.billing import charges, payments
from projections.billing.payments import PaymentStatus, Wanted
from projections.query import Data


@routes.post("/payments", RecordPayment, answers=PaymentResult, status=201, refuses=(404,))
async def record_payment(call: Call, command: RecordPayment) -> Response:
    """Record a payment

    It settles the sessions it names, in that order, else the oldest due first; the rest becomes credit. The same
    `paymentId` or `Idempotency-Key` twice is one payment."""
    return await call.execute(command, known=await known(call, command.payment_id, command.patient_id))


@routes.get("/payments", may="payments:read", answers=Page[ListedPaymentView])  # type: ignore[valid-type]
async def list_payments(
    call: Call,
    paging: PagingQuery,
    search: Search = None,
    patient_id: Annotated[UUID | None, Query(alias="patientId")] = None,
    method: PaymentMethod | None = None,
    status: PaymentStatus | None = None,
    start: Annotated[Day | None, Query(alias="from", description="Received on this day or later")] = None,
    end: Annotated[Day | None, Query(alias="to", description="Received on this day or before")] = None,
) -> Response:
    """List payments

    Newest first. `search` looks in receipt number, reference and the patient's name. Sort by `receivedOn`, `amount`,
    `method`, `status`, `recordedAt` or `receiptNumber`."""
    wanted = Wanted(patient_id, method, status, start, end, search, call.own)
    async with call.reading() as db:
        return call.json(await payments.page(db, paging, wanted))


@routes.post("/payments/write-offs", WriteOff, answers=WriteOffResult, status=201, refuses=(404,))
async def write_off(call: Call, command: WriteOff) -> Response:
    """Write off what is open of a charge, or part of it

    A session's charge has the session's id."""
    async with call.reading() as db:
        charge = await charges.get(db, command.charge_id)
    if charge is None:
        raise Missing
    return await call.execute(command.model_copy(update={"patient_id": charge["patient_id"]}))


@routes.get("/payments/{payment_id}", may="payments:read", answers=PaymentView)
async def get_payment(call: Call, payment_id: UUID) -> Response:
    """A payment, what it settled and what of it was refunded"""
    async with call.reading() as db:
        return call.found(await payments.get(db, payment_id, only_therapist=call.own))


@routes.post("/payments/{payment_id}/void", VoidPayment, answers=PaymentResult)
async def void_payment(call: Call, command: VoidPayment) -> Response:
    """Void a payment that was entered wrongly

    A reversing entry: what it had settled is open again. Refused once part of it was refunded."""
    payment = await _recorded(call, command.payment_id)
    whose = command.model_copy(update={"patient_id": payment["patient_id"]})
    return await call.execute(whose, known={"receiptNumber": payment["receipt_number"]})


@routes.post("/payments/{payment_id}/refund", RefundPayment, answers=RefundResult)
async def refund_payment(call: Call, command: RefundPayment) -> Response:
    """Refund what is left of a payment, or part of it

    Money that settles a charge is not left: reverse the charge first, or void the payment."""
    payment = await _recorded(call, command.payment_id)
    return await call.execute(command.model_copy(update={"patient_id": payment["patient_id"]}))


@routes.post("/sessions/{session_id}/payments", RecordSessionPayment, answers=PaymentResult, status=201)
async def record_session_payment(call: Call, command: RecordSessionPayment) -> Response:
    """Record a payment for a session, all or part of it

    What the session does not need becomes credit."""
    if command.payment_id is None:
        return await call.execute(command)
    async with call.reading() as db:
        session = await scheduling.get(db, command.session_id)
    if session is None:
        raise Missing
    return await call.execute(command, known=await known(call, command.payment_id, session["patient_id"]))


@routes.get("/sessions/{session_id}/payments", may="payments:read", answers=SessionPaymentsView)
async def list_session_payments(call: Call, session_id: UUID) -> Response:
    """What a session costs, what was paid for it, and what is due"""
    async with call.reading() as db:
        if await scheduling.get(db, session_id, only_therapist=call.own) is None:
            raise Missing
        made, paid = await charges.of_session(db, session_id), await payments.for_session(db, session_id)
    standing = [charge for charge in made if not charge["reversed"]]
    due = total(standing, "open")
    return call.json(
        {
            "session_id": session_id,
            "amount_charged": total(standing, "amount"),
            "amount_paid": total(standing, "paid"),
            "amount_due": due,
            "due_date": min((charge["due_on"] for charge in standing), default=None),
            "is_paid_in_full": bool(standing) and not due,
            "charges": made,
            "payments": paid,
        }
    )


async def _recorded(call: Call, payment_id: UUID) -> Data:
    async with call.reading() as db:
        payment = await payments.recorded(db, payment_id)
    if payment is None:
        raise Missing
    return payment


async def known(call: Call, payment_id: UUID | None, patient_id: UUID) -> Data:
    """What a repetition of a payment answers that only its first recording drew. Refuses an id that is another
    patient's payment."""
    if payment_id is None:
        return {}
    async with call.reading() as db:
        payment = await payments.recorded(db, payment_id)
    if payment is None:
        return {}
    if payment["patient_id"] != patient_id:
        raise IdTaken
    return {"receiptNumber": payment["receipt_number"]}
