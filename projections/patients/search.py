"""Finding patients, with what they owe and have as credit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from domain.values import ZERO
from projections.base import alike, within
from projections.billing.balances import balances
from projections.patients.records import patients, treated_by
from projections.query import Data, Paging, Reader, like
from projections.tenancy import tenants

LISTED = (
    "id", "first_name", "last_name", "date_of_birth", "guardian_name", "guardian_phone", "guardian_email", "active",
    "erased", "merged_into", "duplicates", "created_at", "updated_at", "version",
)  # fmt: skip
"""What a list of patients shows of each, beside their money: neither address nor clinical text."""

Therapist = UUID | sa.BindParameter[UUID]
_theirs, _duplicate = balances.again("theirs"), patients.again("duplicate")


def _with_duplicates(column: sa.Column[Decimal]) -> sa.ColumnElement[Decimal]:
    """A balance of the record's own ledger and those of its duplicates, which few records have."""
    others = (
        within(_duplicate, sa.func.coalesce(sa.func.sum(_theirs.c[column.name]), ZERO))
        .join(_theirs, alike(_theirs.c.patient_id, _duplicate.c.id))
        .where(alike(_duplicate.c.merged_into, patients.c.id))
        .correlate(patients.table)
        .scalar_subquery()
    )
    own = sa.func.coalesce(column, ZERO)
    return sa.case((sa.func.jsonb_array_length(patients.c.duplicates) > 0, own + others), else_=own)


CREDIT = _with_duplicates(balances.c.credit)
OUTSTANDING = _with_duplicates(balances.c.receivable)


async def get(db: Reader, patient_id: UUID, *, only_therapist: UUID | None = None) -> Data | None:
    """A patient; in OWN scope (``only_therapist``) only if that therapist treats them."""
    wanted = _with_money(patients.shown(), only_therapist).where(patients.c.id == patient_id)
    return await db.one(wanted)


async def account(db: Reader, patient_id: UUID, *, only_therapist: UUID | None = None) -> Data | None:
    """What questions about a patient's money begin with: ``{"credit", "outstanding", "timezone"}``, the last being the
    centre's; ``None`` where ``get`` finds nothing."""
    return await db.one(_account(own=only_therapist is not None), patient=patient_id, therapist=only_therapist)


@cache  # asked at every payment: a statement made anew is also looked up anew among those compiled before
def _account(*, own: bool) -> sa.Select[Any]:
    zone = tenants.select(tenants.c.timezone).scalar_subquery()
    columns = [CREDIT.label("credit"), OUTSTANDING.label("outstanding"), zone.label("timezone")]
    therapist = sa.bindparam("therapist", type_=pg.UUID(as_uuid=True)) if own else None
    return _joined(columns, therapist).where(patients.c.id == sa.bindparam("patient"))


async def page(
    db: Reader, paging: Paging, *, search: str | None = None, active: bool | None = None, owing: bool | None = None,
    merged: bool = False, only_therapist: UUID | None = None,
) -> Data:  # fmt: skip
    """Patients by name. ``owing``: only those with, or without, open charges. ``merged``: only duplicates that were
    merged into another record, which lists leave out otherwise (but not for a therapist who knows that record alone).

    ``search`` finds any part of the patient's or guardian's name, and the guardian's phone with or without blanks.
    """
    wanted = _with_money([patients.c[name] for name in LISTED], only_therapist)
    if merged:
        wanted = wanted.where(patients.c.merged_into.is_not(None))
    elif only_therapist is None:
        wanted = wanted.where(patients.c.merged_into.is_(None))
    if active is not None:
        wanted = wanted.where(patients.c.active == active)
    if owing is not None:
        wanted = wanted.where(OUTSTANDING > 0 if owing else OUTSTANDING == 0)
    if search:
        full_name = sa.func.concat_ws(" ", patients.c.first_name, patients.c.last_name)
        phone = "".join(search.split()).replace("-", "")
        matches = [text.ilike(like(search), escape="\\") for text in (full_name, patients.c.guardian_name)]
        if phone:
            matches.append(patients.c.guardian_phone.like(like(phone), escape="\\"))
        wanted = wanted.where(sa.or_(*matches))
    sortable = {
        "firstName": patients.c.first_name,
        "lastName": patients.c.last_name,
        "guardianName": patients.c.guardian_name,
        "dateOfBirth": patients.c.date_of_birth,
        "creditBalance": CREDIT,
        "totalOutstandingDues": OUTSTANDING,
        "createdAt": patients.c.created_at,
        "id": patients.c.id,
    }
    return await db.page(wanted, paging, sortable, "lastName,firstName")


def _with_money(columns: Sequence[sa.ColumnElement[Any]], only_therapist: UUID | None) -> sa.Select[Any]:
    money = [CREDIT.label("credit_balance"), OUTSTANDING.label("total_outstanding_dues")]
    return _joined([*columns, *money], only_therapist)


def _joined(columns: Sequence[sa.ColumnElement[Any]], only_therapist: Therapist | None) -> sa.Select[Any]:
    wanted = patients.select(*columns).outerjoin(balances.table, alike(balances.c.patient_id, patients.c.id))
    return wanted if only_therapist is None else wanted.where(treated_by(only_therapist, patients.c.id))
