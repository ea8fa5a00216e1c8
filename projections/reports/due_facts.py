"""What is open of each charge, now and at every moment before: one row a charge, its changes in the row."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from domain.base import Recorded
from domain.billing import Part, PatientLedger, entry
from domain.values import ZERO
from projections.base import ReadTable, Row

__all__ = ["DueFactRow", "DueMove", "due_facts"]


class DueMove(msgspec.Struct, frozen=True):
    """What an event did to a charge: the amount more or less that is open, and the day it falls due from then on
    (null: as before)."""

    version: int
    position: int
    type: str
    effective_on: date
    recorded_at: datetime
    actor: UUID
    document: str | None
    amount: Decimal
    due_on: date | None


class DueFactRow(Row, frozen=True):
    """``moved_on`` is the latest effective date of a change, ``recorded_at`` when the last was recorded."""

    charge_id: UUID
    ledger_id: UUID
    patient_id: UUID
    session_id: UUID
    due_on: date
    open: Decimal
    is_open: bool
    moved_on: date
    recorded_at: datetime
    moves: list[DueMove]


due_facts = ReadTable(
    "due_facts", DueFactRow, key="charge_id", indexes=[("is_open", "due_on"), ("moved_on",), ("patient_id", "is_open")]
)


def _move(at: Recorded, amount: Decimal, due_on: date | None = None) -> DueMove:
    return DueMove(
        at.version, at.position, at.topic, at.effective_on, at.recorded_at, at.actor, at.document, amount, due_on
    )


def _moved(row: DueFactRow, move: DueMove) -> DueFactRow:
    left = row.open + move.amount
    return DueFactRow(
        row.charge_id, row.ledger_id, row.patient_id, row.session_id, move.due_on or row.due_on, left, left > 0,
        max(row.moved_on, move.effective_on), move.recorded_at, [*row.moves, move],
    )  # fmt: skip


def charged(row: DueFactRow | None, event: Any, at: Recorded) -> DueFactRow:
    move = _move(at, event.amount, event.due_on)
    if row is not None:  # taken back before, and made again
        return _moved(row, move)
    return DueFactRow(
        event.charge_id, event.originator_id, event.patient_id, event.session_id, event.due_on, event.amount,
        event.amount > 0, at.effective_on, at.recorded_at, [move],
    )  # fmt: skip


@due_facts.on(PatientLedger.ChargeRescheduled, key=lambda e: e.charge_id)
def rescheduled(row: DueFactRow, event: PatientLedger.ChargeRescheduled, at: Recorded) -> DueFactRow:
    return _moved(row, _move(at, ZERO, event.due_on))


def given_up(row: DueFactRow, event: Any, at: Recorded) -> DueFactRow:
    posted = entry(event)
    return _moved(row, _move(at, posted.receivable if posted else ZERO))


def _of(parts: tuple[Part, ...], charge_id: UUID) -> Decimal:
    return sum((part.amount for part in parts if part.charge_id == charge_id), ZERO)


def settled(row: DueFactRow, event: Any, at: Recorded) -> DueFactRow:
    return _moved(row, _move(at, -_of(event.parts, row.charge_id)))


@due_facts.on(PatientLedger.PaymentVoided, key=lambda e: [part.charge_id for part in e.released])
def reopened(row: DueFactRow, event: PatientLedger.PaymentVoided, at: Recorded) -> DueFactRow:
    return _moved(row, _move(at, _of(event.released, row.charge_id)))


for making in (PatientLedger.SessionCharged, PatientLedger.FeeCharged):
    due_facts.on(making, key=lambda e: e.charge_id)(charged)
for giving_up in (PatientLedger.ChargeWrittenOff, PatientLedger.ChargeReversed):
    due_facts.on(giving_up, key=lambda e: e.charge_id)(given_up)
for settling in (PatientLedger.PaymentRecorded, PatientLedger.CreditApplied):
    due_facts.on(settling, key=lambda e: [part.charge_id for part in e.parts])(settled)
