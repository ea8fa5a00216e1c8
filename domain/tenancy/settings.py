"""What a centre may decide for itself: the values of its settings, their bounds and their defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import TypeVar
from uuid import UUID
from zoneinfo import available_timezones

from domain import text
from domain.base import Invalid, derived_id
from domain.tenancy.notices import NoticePolicy

K = TypeVar("K")
V = TypeVar("V")

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
MOST_HOURS = 24 * 90
MOST_NOTICE_MINUTES = 60 * 24 * 90
LONGEST_TERM_DAYS = 365
LONGEST_ADDRESS = 500
LONGEST_NUMBER = 50
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])")
RESERVED_SLUGS = frozenset({"admin", "api", "platform", "www"})
"""Not for centres; the platform itself may have one."""

# ISO 4217 currencies in use with two decimal places. Yen, dinars and the like count differently, and every
# amount in the book has exactly two places.
_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL "
    "HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP "
    "MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD "
    "SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS "
    "VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
CURRENCIES = frozenset(_CODES.split())


class ChargeOn(StrEnum):
    BOOKING = "BOOKING"
    """A session is charged when it is booked; the income is deferred until it is completed."""
    COMPLETION = "COMPLETION"


@dataclass(frozen=True, slots=True)
class ChargePolicy:
    charge_on: ChargeOn = ChargeOn.BOOKING
    payment_term_days: int = 0
    """A charge falls due this many days after its session."""
    apply_credit_automatically: bool = True

    def check(self) -> None:
        _within(self.payment_term_days, 0, LONGEST_TERM_DAYS, "paymentTermDays")


@dataclass(frozen=True, slots=True)
class CancellationPolicy:
    window_hours: int = 24
    """Cancelling later than this before the start is late."""
    late_fee_percent: Decimal = Decimal(0)
    no_show_fee_percent: Decimal = HUNDRED

    def check(self) -> None:
        _within(self.window_hours, 0, MOST_HOURS, "cancellationWindowHours")
        _percent(self.late_fee_percent, "lateFeePercent")
        _percent(self.no_show_fee_percent, "noShowFeePercent")


@dataclass(frozen=True, slots=True)
class BookingGrid:
    slot_step_minutes: int = 15
    """Sessions start at whole multiples of this after an availability slot's start."""
    minimum_notice_minutes: int = 0
    """The shortest time between booking and start."""

    def check(self) -> None:
        _within(self.slot_step_minutes, 5, 240, "slotStepMinutes")
        _within(self.minimum_notice_minutes, 0, MOST_NOTICE_MINUTES, "minimumNoticeMinutes")


@dataclass(frozen=True, slots=True)
class Room:
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who the centre is on receipts, invoices and reports. What is ``None`` is not printed; without a legal name, the
    centre's name is."""

    legal_name: str | None = None
    address: str | None = None
    """Several lines, as they are printed."""
    phone: str | None = None
    email: str | None = None
    registration_number: str | None = None
    """Of the firm, trust or clinic."""
    tax_number: str | None = None
    """Such as an Indian GSTIN or a European VAT number."""

    def checked(self) -> Letterhead:
        """With every fact cleaned, blank ones gone. Raises ``Invalid`` naming the field."""
        address, phone, email = map(text.optional, (self.address, self.phone, self.email))
        return Letterhead(
            _line(self.legal_name, "legalName", 200),
            None if address is None else text.paragraph(address, "address", LONGEST_ADDRESS),
            None if phone is None else text.phone(phone, "phone"),
            None if email is None else text.email(email, "email"),
            _line(self.registration_number, "registrationNumber", LONGEST_NUMBER),
            _line(self.tax_number, "taxNumber", LONGEST_NUMBER),
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """A centre's settings as they stand. ``timezone`` is an IANA name, ``currency`` an ISO 4217 code."""

    name: str = ""
    slug: str = ""
    timezone: str = "Asia/Kolkata"
    currency: str = "INR"
    charges: ChargePolicy = ChargePolicy()
    cancellation: CancellationPolicy = CancellationPolicy()
    reschedule_notice_hours: int = 48
    """A therapist asks to reschedule at least this long before the start; exactly this long is allowed."""
    grid: BookingGrid = BookingGrid()
    financial_year_start_month: int = 4
    rooms: Mapping[UUID, Room] = field(default_factory=dict)
    holidays: Mapping[date, str] = field(default_factory=dict)
    """Local dates on which nobody is booked, with their names."""
    letterhead: Letterhead = Letterhead()
    notices: NoticePolicy = field(default_factory=NoticePolicy)
    closed_through: date | None = None
    """The last day for which the books are closed."""


def holiday_id(tenant_id: UUID, day: date) -> UUID:
    """A holiday is its date; this is the id it goes by where an id is wanted."""
    return derived_id(tenant_id, "holiday", day.isoformat())


def with_item(mapping: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    return {**mapping, key: value}


def without(mapping: Mapping[K, V], key: K) -> Mapping[K, V]:
    return {k: v for k, v in mapping.items() if k != key}


def slug(value: str) -> str:
    """The name in an address: 2 to 63 small ASCII letters, digits and inner hyphens."""
    if SLUG.fullmatch(value) is None:
        raise Invalid("A slug is 2 to 63 small letters, digits and hyphens.", field="slug")
    return value


def known_zone(value: str) -> str:
    """A zone of the IANA database, by its exact name."""
    if value not in _zones():
        raise Invalid("There is no such time zone.", field="timezone")
    return value


def currency(value: str) -> str:
    if value not in CURRENCIES:
        raise Invalid("This is not an ISO 4217 currency with two decimal places.", field="currency")
    return value


def month(value: int) -> int:
    _within(value, 1, 12, "financialYearStartMonth")
    return value


def notice_hours(value: int) -> int:
    _within(value, 0, MOST_HOURS, "rescheduleNoticeHours")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"Factory", "localtime"}


def _line(value: str | None, field: str, longest: int) -> str | None:
    value = text.optional(value)
    return None if value is None else text.line(value, field, longest)


def _within(value: int, least: int, most: int, name: str) -> None:
    if not least <= value <= most:
        raise Invalid(f"From {least} to {most}.", field=name)


def _percent(value: Decimal, name: str) -> None:
    if not (value.is_finite() and 0 <= value <= HUNDRED and value == value.quantize(CENT)):
        raise Invalid("A percentage is 0 to 100, with at most two decimal places.", field=name)
