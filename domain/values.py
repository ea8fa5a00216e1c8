"""Values shared by two or more features: money, percentages, roles, and what people are told of by which way."""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

from domain.base import Invalid

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
LARGEST_AMOUNT = Decimal("9999999999.99")


class BadAmount(Invalid):
    """An amount is a non-negative decimal with at most two places, up to 9999999999.99."""


def amount(value: object) -> Decimal:
    """Read an amount of money exactly, or refuse it.

    Accepts ``Decimal``, ``int``, decimal text in ASCII digits, and a float whose shortest form has at most two
    places. Refuses NaN, infinities, negatives, exponents, signs and anything that would have to be rounded.
    """
    if isinstance(value, bool):
        raise BadAmount
    if isinstance(value, float):
        value = repr(value)
    if isinstance(value, int):
        value = str(value) if abs(value) <= LARGEST_AMOUNT else "refused"
    if isinstance(value, str):
        if len(value) > 16 or not value.isascii() or not value.replace(".", "", 1).isdigit():  # noqa: PLR2004
            raise BadAmount
        try:
            value = Decimal(value)
        except InvalidOperation as error:
            raise BadAmount from error
    if not isinstance(value, Decimal) or not value.is_finite():
        raise BadAmount
    if value < 0 or value > LARGEST_AMOUNT:
        raise BadAmount
    exact = value.quantize(CENT)
    if exact != value:
        raise BadAmount
    return exact


def share(of: Decimal, percent: Decimal) -> Decimal:
    """``percent`` of an amount, rounded half up to the cent."""
    return (of * percent / 100).quantize(CENT, rounding=ROUND_HALF_UP)


class Role(StrEnum):
    SUPER_ADMIN = "SUPER_ADMIN"
    WORKSPACE_ADMIN = "WORKSPACE_ADMIN"
    OPERATOR = "OPERATOR"
    THERAPIST = "THERAPIST"
    ACCOUNTANT = "ACCOUNTANT"
    AUDITOR = "AUDITOR"


class PaymentMethod(StrEnum):
    CASH = "CASH"
    CARD = "CARD"
    UPI = "UPI"
    BANK_TRANSFER = "BANK_TRANSFER"
    CHEQUE = "CHEQUE"
    OPENING = "OPENING"
    """Credit brought over from before the centre used Daybook; never received at the desk."""


class Channel(StrEnum):
    SMS = "SMS"
    EMAIL = "EMAIL"


class Audience(StrEnum):
    FAMILY = "FAMILY"
    """The patient's guardian."""
    STAFF = "STAFF"
    """People who work here. Notices reach them by e-mail only."""


class NoticeKind(StrEnum):
    """What Daybook tells people of by itself; and, last, what somebody wrote by hand."""

    SESSION_BOOKED = "SESSION_BOOKED"
    SESSION_RESCHEDULED = "SESSION_RESCHEDULED"
    SESSION_CANCELLED = "SESSION_CANCELLED"
    SESSION_REMINDER = "SESSION_REMINDER"
    RESCHEDULE_REQUESTED = "RESCHEDULE_REQUESTED"
    RESCHEDULE_DECIDED = "RESCHEDULE_DECIDED"
    PAYMENT_RECEIPT = "PAYMENT_RECEIPT"
    DUES_REMINDER = "DUES_REMINDER"
    MANUAL = "MANUAL"
    TEST = "TEST"
    """Shows that a way of sending works."""

    @property
    def automatic(self) -> bool:
        """Whether Daybook sends it by itself, by the ways that the centre chose."""
        return self not in {NoticeKind.MANUAL, NoticeKind.TEST}

    @property
    def audience(self) -> Audience:
        """Of those that are automatic."""
        staff = {NoticeKind.RESCHEDULE_REQUESTED, NoticeKind.RESCHEDULE_DECIDED}
        return Audience.STAFF if self in staff else Audience.FAMILY


def unprintable(character: str) -> bool:
    """Control, surrogate, private-use and line-separator characters: nothing that belongs in a name."""
    return unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
