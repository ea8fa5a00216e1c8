"""What it costs not to come: late cancellation and no-show. Decided once, recorded with the event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from domain import text
from domain.base import Invalid
from domain.values import ZERO, share

__all__ = ["CancelledBy", "Fee", "Terms", "Waiver", "cancellation_fee", "no_show_fee"]


class CancelledBy(StrEnum):
    PATIENT = "PATIENT"
    CENTRE = "CENTRE"


@dataclass(frozen=True, slots=True)
class Terms:
    """The centre's terms at the time. Cancelling ``window`` or longer before the start is free."""

    window: timedelta
    late_percent: Decimal
    no_show_percent: Decimal


@dataclass(frozen=True, slots=True)
class Waiver:
    """Whether to let the patient off the fee, and why."""

    wanted: bool = False
    reason: str | None = None

    def checked(self) -> str | None:
        """The reason, if the fee is to be waived. Raises ``Invalid`` if there is none."""
        if not self.wanted:
            return None
        reason = text.optional(self.reason)
        if reason is None:
            raise Invalid("Waiving the fee needs a reason.", field="waiverReason")
        return text.paragraph(reason, "waiverReason", 500)


@dataclass(frozen=True, slots=True)
class Fee:
    """The decision: ``percent`` of the price is ``due``, of which ``amount`` (all or nothing) is charged."""

    percent: Decimal
    due: Decimal
    waiver_reason: str | None = None

    @property
    def waived(self) -> bool:
        return self.waiver_reason is not None

    @property
    def amount(self) -> Decimal:
        return ZERO if self.waived else self.due


def cancellation_fee(price: Decimal, terms: Terms, by: CancelledBy, notice: timedelta, waiver: Waiver) -> Fee:
    """``notice`` is the time left before the start; exactly the window is in time. The centre's own act is free."""
    late = by is CancelledBy.PATIENT and notice < terms.window
    return _fee(price, terms.late_percent if late else Decimal(0), waiver)


def no_show_fee(price: Decimal, terms: Terms, waiver: Waiver) -> Fee:
    return _fee(price, terms.no_show_percent, waiver)


def _fee(price: Decimal, percent: Decimal, waiver: Waiver) -> Fee:
    reason = waiver.checked()
    due = share(price, percent)
    return Fee(percent, due, reason if due else None)  # where nothing is due there is nothing to waive
