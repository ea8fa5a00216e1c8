"""What happened to a payment, and to a patient's ledger."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from api.billing.views import routes
from api.call import Call
from api.history import Before, HistoryView, Limit, history
from domain.base import Missing
from domain.billing import ledger_id
from projections import patients
from projections.billing import payments


@routes.get("/payments/{payment_id}/history", may="money-history:read", answers=HistoryView)
async def payment_history(call: Call, payment_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a payment

    Recorded, laid against charges, voided, refunded: the events of the patient's ledger that name it."""
    async with call.reading() as db:
        payment = await payments.recorded(db, payment_id)
    if payment is None:
        raise Missing
    return await history(call, [ledger_id(payment["patient_id"])], before, limit, naming=payment_id)


@routes.get("/patients/{patient_id}/ledger/history", may="money-history:read", answers=HistoryView)
async def ledger_history(call: Call, patient_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a patient's ledger

    Every event of it, those that move no money too."""
    async with call.reading() as db:
        if await patients.account(db, patient_id) is None:
            raise Missing
    return await history(call, [ledger_id(patient_id)], before, limit)
