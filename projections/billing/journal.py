"""The journal: every entry of every ledger as one wide row, on both axes of time.

``effective_on`` is the day an entry counts for, ``recorded_at`` when the book learnt it. A balance as of a day sums
what counts by then; one known at an instant sums what was recorded by then; both together answer what was believed
then about that day.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.base import Event, Recorded
from domain.billing import ACCOUNTS, ChargeKind, EntryKind, entry
from domain.billing.postings import TABLE
from domain.values import ZERO, PaymentMethod
from projections.base import ReadTable, Row
from projections.query import Data, Paging, Reader


class JournalRow(Row, frozen=True):
    """One entry; debit positive, credit negative, summing to zero. ``number`` is its place in the patient's ledger,
    ``position`` its place in the book; ``concerns`` the closed day that an adjustment of a prior period is about. From
    ``kind`` to ``charge_kind`` the fields are those of ``Entry``."""

    ledger_id: UUID
    number: int
    position: int
    patient_id: UUID
    effective_on: date
    recorded_at: datetime
    kind: EntryKind
    receivable: Decimal
    credit: Decimal
    deferred: Decimal
    income: Decimal
    fees: Decimal
    write_offs: Decimal
    cash: Decimal
    therapy_type_id: UUID | None
    method: PaymentMethod | None
    session_id: UUID | None
    payment_id: UUID | None
    charge_kind: ChargeKind | None
    document: str | None
    reason: str | None
    actor: UUID
    concerns: date | None


journal = ReadTable(
    "journal",
    JournalRow,
    key=("ledger_id", "number"),
    indexes=[("patient_id", "effective_on", "position"), ("effective_on", "position")],
)


def entered(row: None, event: Any, at: Recorded) -> JournalRow | None:
    posted = entry(event)
    if posted is None:
        return None
    return JournalRow(
        event.originator_id, event.originator_version, at.position, event.patient_id, at.effective_on, at.recorded_at,
        *posted, at.document, getattr(event, "reason", None), at.actor, event.concerns,
    )  # fmt: skip


def _place(event: Event) -> tuple[UUID, int]:
    return event.originator_id, event.originator_version


for moving, posting in TABLE.items():
    if posting is not None:
        journal.on(moving, key=_place)(entered)


def _upto(as_of: date | None, known_at: datetime | None) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if as_of is not None:
        conditions.append(journal.c.effective_on <= as_of)
    if known_at is not None:
        conditions.append(journal.c.recorded_at <= known_at)
    return conditions


_NOTHING = sa.literal(ZERO, sa.Numeric(14, 2))
SUMS = tuple(sa.func.coalesce(sa.func.sum(journal.c[a]), _NOTHING).label(a) for a in ACCOUNTS)


async def ledger(
    db: Reader, patient_id: UUID, paging: Paging, *, as_of: date | None = None, known_at: datetime | None = None
) -> Data:
    """A patient's entries, each with the ``balance`` after it (what is owed less credit; negative: credit rests), and
    the balance of every account: a page with ``accounts``, ``as_of`` and ``known_at``."""
    conditions = [journal.c.patient_id == patient_id, *_upto(as_of, known_at)]
    moved = journal.c.receivable + journal.c.credit
    balance = sa.func.sum(moved).over(order_by=(journal.c.effective_on, journal.c.position)).label("balance")
    entries = journal.select(*journal.shown(without=("ledger_id", "patient_id")), balance).where(*conditions)
    sortable = {"effectiveOn": journal.c.effective_on, "position": journal.c.position}
    found = await db.page(entries, paging, sortable, "effectiveOn")
    accounts = await db.one(journal.select(*SUMS).where(*conditions))
    return {"patient_id": patient_id, "as_of": as_of, "known_at": known_at, "accounts": accounts, **found}
