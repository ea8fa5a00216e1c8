"""The words of the patient ledger: what can be charged, what money is matched with, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.base import Clash, Invalid, Missing, derived_id
from domain.text import paragraph
from domain.values import LARGEST_AMOUNT
from domain.values import amount as money

__all__ = [
    "LARGEST_TOTAL", "AlreadyRefunded", "AlreadyVoided", "AmountNotPositive", "ChargeIsReversed", "ChargeKind",
    "IdTaken", "LedgerFull", "MoreThanOpen", "MoreThanRefundable", "NotAMethod", "Part", "UnknownCharge",
    "UnknownPayment", "UnknownSession", "fee_id", "ledger_id", "positive", "reason",
]  # fmt: skip


LONGEST_REASON = 500
LARGEST_TOTAL = 10 * LARGEST_AMOUNT
"""What one ledger may hold in standing charges, and in standing payments; read tables have room for it."""


class ChargeKind(StrEnum):
    SESSION = "SESSION"
    LATE_CANCELLATION = "LATE_CANCELLATION"
    NO_SHOW = "NO_SHOW"


@dataclass(frozen=True, slots=True)
class Part:
    """An amount of one source of money (a payment's id) that settles one charge."""

    source_id: UUID
    charge_id: UUID
    amount: Decimal


def ledger_id(patient_id: UUID) -> UUID:
    """The stream of a patient's ledger."""
    return derived_id(patient_id, "ledger")


def fee_id(session_id: UUID, kind: ChargeKind) -> UUID:
    """The charge id of a session's fee: one of each kind, so charging it twice is one fee."""
    return derived_id(session_id, kind)


class UnknownPayment(Missing):
    """This patient made no such payment."""


class UnknownCharge(Missing):
    """This patient has no such charge."""


class UnknownSession(Missing):
    """Nothing was ever charged to this patient for this session."""


class AmountNotPositive(Invalid):
    """An amount of zero moves no money."""


class NotAMethod(Invalid):
    """Opening credit is brought over from before; money cannot be handed out that way."""


class IdTaken(Clash):
    """This id is already in use with other facts; a repetition must repeat them exactly."""


class AlreadyVoided(Clash):
    """The payment is void."""


class AlreadyRefunded(Clash):
    """Part of the payment was refunded; the rest can be refunded too, but the whole can no longer be void."""


class MoreThanRefundable(Clash):
    """A refund never exceeds what is left of its payment as credit."""


class MoreThanOpen(Clash):
    """A write-off never exceeds what is still open of its charge."""


class ChargeIsReversed(Clash):
    """The charge was reversed: there is nothing left of it to earn or to write off."""


class LedgerFull(Clash):
    """The charges or the payments of one patient add up to more than a ledger holds."""


def positive(amount: Decimal) -> Decimal:
    """An amount of money that is some. Raises ``BadAmount`` or ``AmountNotPositive``."""
    exact = money(amount)
    if not exact:
        raise AmountNotPositive(field="amount")
    return exact


def reason(text: str) -> str:
    """Why something exceptional was done, 1 to 500 characters. Raises ``BadText``."""
    return paragraph(text, "reason", LONGEST_REASON)
