"""A patient's payments, credit, dues and ledger; the centre's trial balance."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query
from starlette.responses import Response

from api.base import Page, PagingQuery
from api.billing.payments import known
from api.billing.views import CreditsView, DuesView, LedgerView, ListedPaymentView, TrialBalanceView, routes, total
from api.call import Call
from api.filters import Instant
from application.billing import ApplyCredit, BalanceResult, BringCreditForward, PaymentResult
from application.values import Day
from domain.base import Missing
from projections import patients
from projections.accounting import trial
from projections.billing import balances, charges, journal, payments
from projections.billing.payments import Wanted
from projections.query import Reader

AsOf = Annotated[Day | None, Query(alias="asOf", description="Count what is effective by this day; all if missing")]
KnownAt = Annotated[
    Instant | None, Query(alias="knownAt", description="Count what was recorded by this instant (ISO 8601)")
]


@routes.get("/patients/{patient_id}/payments", may="payments:read", answers=Page[ListedPaymentView])  # type: ignore[valid-type]
async def list_patient_payments(call: Call, patient_id: UUID, paging: PagingQuery) -> Response:
    """A patient's payments, newest first"""
    async with call.reading() as db:
        await _must_exist(call, db, patient_id)
        return call.json(await payments.page(db, paging, Wanted(patient_id)))


@routes.get("/patients/{patient_id}/credits", may="payments:read", answers=CreditsView)
async def get_patient_credits(call: Call, patient_id: UUID) -> Response:
    """A patient's credit, and the payments it is left of"""
    async with call.reading() as db:
        await _must_exist(call, db, patient_id)
        balance = await balances.balance_of(db, patient_id)
        sources = await payments.credits_of(db, patient_id)
    return call.found(
        {"patient_id": patient_id, "credit": balance["credit"], "sources": sources, "version": balance["version"]}
    )


@routes.post("/patients/{patient_id}/credits", BringCreditForward, answers=PaymentResult, status=201)
async def bring_credit_forward(call: Call, command: BringCreditForward) -> Response:
    """Enter credit from before the centre used Daybook

    It draws no receipt. With `Idempotency-Key` or `paymentId` it is entered once."""
    return await call.execute(command, known=await known(call, command.payment_id, command.patient_id))


@routes.post("/patients/{patient_id}/credits/apply", ApplyCredit, answers=BalanceResult)
async def apply_credit(call: Call, command: ApplyCredit) -> Response:
    """Lay a patient's credit against open charges

    Those of the sessions named, else the oldest due first. Needed only where the centre does not do so by itself."""
    return await call.execute(command)


@routes.get("/patients/{patient_id}/outstanding-dues", may="payments:read", answers=DuesView)
async def get_outstanding_dues(call: Call, patient_id: UUID, as_of: AsOf = None) -> Response:
    """What a patient owes, and what of it is overdue

    Every open charge, oldest due first. Overdue are those whose due date is past on `asOf` (today if missing)."""
    async with call.reading() as db:
        account = await patients.account(db, patient_id, only_therapist=call.own)
        if account is None:
            raise Missing
        due = await charges.open_charges(db, patient_id)
    day = as_of or call.context.now.astimezone(ZoneInfo(account["timezone"])).date()
    for charge in due:
        charge["overdue"] = charge["due_on"] < day
        charge["days_overdue"] = max((day - charge["due_on"]).days, 0)
    return call.json(
        {
            "patient_id": patient_id,
            "as_of": day,
            "outstanding": total(due, "open"),
            "overdue": total([charge for charge in due if charge["overdue"]], "open"),
            "credit": account["credit"],
            "charges": due,
        }
    )


@routes.get("/patients/{patient_id}/ledger", may="ledger:read", answers=LedgerView)
async def get_ledger(
    call: Call, patient_id: UUID, paging: PagingQuery, as_of: AsOf = None, known_at: KnownAt = None
) -> Response:
    """A patient's ledger, entry by entry

    `asOf` counts what is effective by a day, `knownAt` what was recorded by an instant; both together answer what was
    believed then about that day."""
    async with call.reading() as db:
        await _must_exist(call, db, patient_id)
        return call.json(await journal.ledger(db, patient_id, paging, as_of=as_of, known_at=known_at))


@routes.get("/reports/trial-balance", may="ledger:read", answers=TrialBalanceView)
async def get_trial_balance(call: Call, as_of: AsOf = None, known_at: KnownAt = None) -> Response:
    """The centre's trial balance

    Income by therapy type, cash by method, expenses by category. Debit equals credit."""
    async with call.reading() as db:
        return call.json(await trial.trial_balance(db, as_of=as_of, known_at=known_at))


async def _must_exist(call: Call, db: Reader, patient_id: UUID) -> None:
    if await patients.account(db, patient_id, only_therapist=call.own) is None:
        raise Missing
