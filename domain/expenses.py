"""What the centre spends: rent, salaries, supplies. One stream for each expense.

Nothing is edited or deleted. An amendment says what holds from now on and what held before; a void takes the expense
back. Nobody's balance builds on an expense, so a correction counts for the day the money was spent: the total of a
month is always the sum of what stands in it, and what was believed earlier is a question of when it was recorded.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, Self

from domain import text
from domain.base import Accounted, AccountedEvent, Clash, Invalid, Missing, PersonalText
from domain.values import ZERO, PaymentMethod
from domain.values import amount as money

__all__ = [
    "AmountMissing", "Details", "Expense", "ExpenseCategory", "ExpenseIsVoid", "IdTaken", "InTheFuture", "NotAMethod",
    "Spending", "entries",
]  # fmt: skip

LONGEST_LINE = 200
LONGEST_DESCRIPTION = 2_000
LONGEST_REASON = 500


class ExpenseCategory(StrEnum):
    """What the money was for."""

    RENT = "RENT"
    SALARIES = "SALARIES"
    UTILITIES = "UTILITIES"
    SUPPLIES = "SUPPLIES"
    EQUIPMENT = "EQUIPMENT"
    MAINTENANCE = "MAINTENANCE"
    SOFTWARE = "SOFTWARE"
    MARKETING = "MARKETING"
    TRAINING = "TRAINING"
    TRAVEL = "TRAVEL"
    INSURANCE = "INSURANCE"
    PROFESSIONAL_FEES = "PROFESSIONAL_FEES"
    BANK_CHARGES = "BANK_CHARGES"
    TAXES = "TAXES"
    OTHER = "OTHER"


class AmountMissing(Invalid):
    """An expense of zero spends no money."""


class InTheFuture(Invalid):
    """Money cannot have been spent after today."""


class NotAMethod(Invalid):
    """Opening credit is brought over from before; nothing is paid that way."""


class IdTaken(Clash):
    """This id is already in use with other facts; a repetition must repeat them exactly."""


class ExpenseIsVoid(Clash):
    """The expense is void; record it anew."""

    code = "EXPENSE_VOIDED"


@dataclass(frozen=True, slots=True)
class Details:
    """What an expense says. Texts are ``None`` where nothing was said, and after an erasure."""

    category: ExpenseCategory
    amount: Decimal
    incurred_on: date
    method: PaymentMethod
    payee: str | None = None
    description: str | None = None
    reference: str | None = None

    def checked(self, today: date) -> Self:
        """The same with clean texts and an exact amount. ``today`` is the centre's."""
        exact = money(self.amount)
        if not exact:
            raise AmountMissing(field="amount")
        if self.incurred_on > today:
            raise InTheFuture(field="incurredOn")
        if self.method is PaymentMethod.OPENING:
            raise NotAMethod(field="method")
        description = text.optional(self.description)
        return replace(
            self,
            amount=exact,
            payee=_line(self.payee, "payee"),
            description=None
            if description is None
            else text.paragraph(description, "description", LONGEST_DESCRIPTION),
            reference=_line(self.reference, "reference"),
        )


class Spending(NamedTuple):
    """An amount that counts for a day: positive when spent, negative when taken back."""

    effective_on: date
    category: ExpenseCategory
    method: PaymentMethod
    amount: Decimal


class ExpenseEvent(AccountedEvent):
    """Who was paid, and for what, may be personal: sealed with the expense's own key."""


class Expense(Accounted):
    """Stream id: the expense's id. ``details`` is what stands; ``voided`` that nothing does."""

    TOPIC = "expenses.Expense"

    class ExpenseRecorded(ExpenseEvent):
        TOPIC = "expenses.ExpenseRecorded"
        DOCUMENT = "EXPENSE"
        category: ExpenseCategory
        amount: Decimal
        incurred_on: date
        method: PaymentMethod
        payee: PersonalText
        description: PersonalText
        reference: str | None

        def apply(self, expense: Expense) -> None:
            expense.details = _details(self)

    class ExpenseAmended(ExpenseEvent):
        """What it says from now on as a whole, and what the accounts held before."""

        TOPIC = "expenses.ExpenseAmended"
        category: ExpenseCategory
        amount: Decimal
        incurred_on: date
        method: PaymentMethod
        payee: PersonalText
        description: PersonalText
        reference: str | None
        reason: PersonalText
        category_before: ExpenseCategory
        amount_before: Decimal
        incurred_on_before: date
        method_before: PaymentMethod

        def apply(self, expense: Expense) -> None:
            expense.details = _details(self)

    class ExpenseVoided(ExpenseEvent):
        TOPIC = "expenses.ExpenseVoided"
        category: ExpenseCategory
        amount: Decimal
        incurred_on: date
        method: PaymentMethod
        reason: PersonalText

        def apply(self, expense: Expense) -> None:
            expense.voided = True

    details: Details

    def begin(self) -> None:
        self.voided = False

    @property
    def standing(self) -> Decimal:
        """What of it counts: its amount, or nothing once it is void."""
        return ZERO if self.voided else self.details.amount

    def record(self, details: Details, *, today: date, prior_period: bool = False) -> None:
        """Enter it. The same facts under the same id again decide nothing; others raise ``IdTaken``. On a closed day
        only with ``prior_period``: then it counts for the first open one. Raises ``PeriodClosed``, as the others do."""
        details = details.checked(today)
        if self.exists:
            if self.details != details:
                raise IdTaken
            return
        self._may_count_on(prior_period, details.incurred_on)
        self.decide(self.ExpenseRecorded, on=details.incurred_on, **asdict(details))

    def amend(self, details: Details, reason: str | None = None, *, today: date, prior_period: bool = False) -> None:
        """Correct it, as a whole. Without a difference there is no event."""
        self._must_stand()
        details, reason = details.checked(today), text.optional(reason)
        if reason is not None:
            reason = text.paragraph(reason, "reason", LONGEST_REASON)
        if details == self.details:
            return
        before, concerns = self.details, {}
        if _spending(before) != _spending(details):
            self._may_count_on(prior_period, before.incurred_on, details.incurred_on)
            if self.is_closed(before.incurred_on):  # what was booked there cannot be taken back there
                concerns = {"concerns": before.incurred_on}
        self.decide(
            self.ExpenseAmended, on=details.incurred_on, **concerns, **asdict(details), reason=reason,
            category_before=before.category, amount_before=before.amount, incurred_on_before=before.incurred_on,
            method_before=before.method,
        )  # fmt: skip

    def void(self, reason: str, *, prior_period: bool = False) -> None:
        """Take it back: entered twice, or not the centre's at all. It stays readable, with its number."""
        self._must_stand()
        held = self.details
        self._may_count_on(prior_period, held.incurred_on)
        self.decide(
            self.ExpenseVoided, on=held.incurred_on, category=held.category, amount=held.amount,
            incurred_on=held.incurred_on, method=held.method, reason=text.paragraph(reason, "reason", LONGEST_REASON),
        )  # fmt: skip

    def must_exist(self) -> None:
        if not self.exists:
            raise Missing("There is no such expense.")

    def _may_count_on(self, prior_period: bool, *days: date) -> None:
        if not prior_period:
            self.must_be_open(min(days))

    def _must_stand(self) -> None:
        self.must_exist()
        if self.voided:
            raise ExpenseIsVoid


def entries(event: Any) -> tuple[Spending, ...]:
    """What an event means for the accounts, in the order to be read: what is taken back, then what is spent. None for
    an amendment of words alone. What adjusts a closed period counts for the open day it was booked on."""
    now = Spending(event.incurred_on, event.category, event.method, event.amount)
    if isinstance(event, Expense.ExpenseAmended):
        before = Spending(event.incurred_on_before, event.category_before, event.method_before, event.amount_before)
        spent: tuple[Spending, ...] = () if before == now else (before._replace(amount=-before.amount), now)
    else:
        spent = (now._replace(amount=-now.amount),) if isinstance(event, Expense.ExpenseVoided) else (now,)
    return tuple(s._replace(effective_on=event.effective_on) for s in spent) if event.concerns else spent


def _details(event: Any) -> Details:
    return Details(
        event.category, event.amount, event.incurred_on, event.method, event.payee, event.description, event.reference
    )


def _spending(details: Details) -> Spending:
    return Spending(details.incurred_on, details.category, details.method, details.amount)


def _line(value: str | None, field: str) -> str | None:
    value = text.optional(value)
    return None if value is None else text.line(value, field, LONGEST_LINE)
