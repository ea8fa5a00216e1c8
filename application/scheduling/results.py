"""What the commands about sessions answer."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from application.base import Money, Result
from application.values import Day, WallTime
from domain.billing import PatientLedger
from domain.scheduling import Fee, Session, SessionStatus
from domain.values import ZERO

__all__ = ["EndedResult", "SessionResult", "ended", "outcome"]


class SessionResult(Result):
    """A session as it stands after the command.

    ``charged`` is what the patient is charged for it now, fees included; ``settled`` what of that credit and
    payments cover. Both are null where the command has nothing to do with money. ``progressReportId`` is the report
    that was written with the command, if one was.
    """

    id: UUID
    version: int
    status: SessionStatus
    patient_id: UUID
    therapist_id: UUID
    therapy_type_id: UUID
    room_id: UUID | None
    date: Day
    start_time: WallTime
    end_time: WallTime
    timezone: str
    starts_at: datetime
    ends_at: datetime
    duration: int
    price: Money
    charged: Money | None = None
    settled: Money | None = None
    progress_report_id: UUID | None = None


class EndedResult(SessionResult):
    """``feeDue`` is what the centre's terms ask for; ``fee`` what is charged of it: all, or nothing if waived."""

    fee_due: Money
    fee: Money
    fee_waived: bool


def outcome(session: Session, ledger: PatientLedger | None = None) -> SessionResult:
    return SessionResult(**_facts(session, ledger))


def ended(session: Session, ledger: PatientLedger, fee: Fee) -> EndedResult:
    return EndedResult(**_facts(session, ledger), fee_due=fee.due, fee=fee.amount, fee_waived=fee.waived)


def _facts(session: Session, ledger: PatientLedger | None) -> dict[str, Any]:
    time, status = session.time, session.status
    return {
        "id": session.id, "version": session.version, "status": status, "patient_id": session.patient_id,
        "therapist_id": session.therapist_id, "therapy_type_id": session.therapy_type_id,
        "room_id": session.appointment.room_id, "date": time.day, "start_time": time.start_time,
        "end_time": time.end_time, "timezone": time.zone, "starts_at": time.starts_at, "ends_at": time.ends_at,
        "duration": session.duration, "price": session.price, **_money(session, ledger),
    }  # fmt: skip


def _money(session: Session, ledger: PatientLedger | None) -> dict[str, Decimal]:
    if ledger is None:
        return {}
    charges = [ledger.charges[id_] for id_ in ledger.charges_of.get(session.id, ())]
    standing = [charge for charge in charges if not charge.reversed]
    return {
        "charged": sum((charge.amount for charge in standing), ZERO),
        "settled": sum((sum(charge.settled.values(), ZERO) for charge in standing), ZERO),
    }
