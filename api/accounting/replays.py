"""A patient's money, told step by step."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.accounting.views import routes
from api.base import Page, PagingQuery
from api.billing.ledgers import AsOf, KnownAt
from api.billing.views import AccountsView
from api.call import Call
from application.base import Model, Money
from domain.base import Missing
from domain.billing import EntryKind
from domain.values import PaymentMethod
from projections import patients
from projections.accounting.replay import Telling, replay


class PostingView(Model):
    """`therapyTypeId` of income, `method` of cash. Debit positive, credit negative; those of a step sum to zero."""

    account: str
    therapy_type_id: UUID | None
    method: PaymentMethod | None
    amount: Money


class StepView(Model):
    """One entry: who made it (`actor`, by name where it is a person of the centre) and why (`reason`, where one is
    asked for), and what every account held after it. `balance` is what is owed less credit."""

    step: int
    number: int
    position: int
    effective_on: date
    recorded_at: datetime
    concerns: date | None
    kind: EntryKind
    document: str | None
    session_id: UUID | None
    payment_id: UUID | None
    actor: UUID
    actor_name: str | None
    reason: str | None
    postings: list[PostingView]
    accounts: AccountsView
    balance: Money


class ReplayView(Page[StepView]):
    patient_id: UUID
    as_of: date | None
    known_at: datetime | None
    order: Telling


@routes.get("/patients/{patient_id}/ledger/replay", may="ledger:read", answers=ReplayView)
async def replay_ledger(
    call: Call,
    patient_id: UUID,
    paging: PagingQuery,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    order: Annotated[
        Telling, Query(description="By the day an entry counts for, or as they were recorded")
    ] = Telling.EFFECTIVE,
) -> Response:
    """A patient's ledger step by step

    Each entry, who made it and why, and every balance after it; as of a day, as known at an instant, or both."""
    async with call.reading() as db:
        if await patients.account(db, patient_id, only_therapist=call.own) is None:
            raise Missing
        return call.json(await replay(db, patient_id, paging, as_of=as_of, known_at=known_at, order=order))
