"""Balance assertions: what an account ought to hold at the end of a day, by a bank statement or a count of the till.

An assertion is a claim of somebody's, recorded with what the books said when it was made. Whether it holds is asked of
the books every time it is read: an entry that is dated back behind it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain import text
from domain.base import Aggregate, Clash, Event, Invalid, Missing
from domain.values import CENT, LARGEST_AMOUNT, ZERO, PaymentMethod

__all__ = ["AssertedAccount", "BalanceAssertion", "Claim"]

LONGEST_NOTE = 500


class AssertedAccount(StrEnum):
    """Accounts as people speak of them: credit and deferred income are positive while they are held."""

    RECEIVABLE = "RECEIVABLE"
    CREDIT = "CREDIT"
    DEFERRED = "DEFERRED"
    CASH = "CASH"
    """Of one method: the till, the bank account, the card terminal."""


class NoSuchAccount(Invalid):
    """Cash has a method and nothing else does; receivable and credit may be one patient's."""


class AssertionInTheFuture(Invalid):
    """A balance is asserted of a day that has begun."""


class BadBalance(Invalid):
    """A balance has at most two decimal places, and twelve digits before them."""


class AssertionTaken(Clash):
    """This id is already in use with other facts; a repetition must repeat them exactly."""


class AssertionWithdrawn(Clash):
    """The assertion is withdrawn."""

    code = "ASSERTION_WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Claim:
    """That ``account`` holds ``expected`` at the end of ``as_of``."""

    account: AssertedAccount
    method: PaymentMethod | None
    patient_id: UUID | None
    as_of: date
    expected: Decimal
    note: str | None

    def check(self, today: date) -> None:
        cash = self.account is AssertedAccount.CASH
        if cash != (self.method is not None) or self.method is PaymentMethod.OPENING:
            raise NoSuchAccount(field="method")
        if self.patient_id is not None and self.account not in {AssertedAccount.RECEIVABLE, AssertedAccount.CREDIT}:
            raise NoSuchAccount(field="patientId")
        if self.as_of > today:
            raise AssertionInTheFuture(field="asOf")
        if self.expected != self.expected.quantize(CENT) or abs(self.expected) > 10 * LARGEST_AMOUNT:
            raise BadBalance(field="expected")
        if self.note is not None:
            text.paragraph(self.note, "note", LONGEST_NOTE)


class BalanceAssertion(Aggregate):
    """Stream id: the assertion's own."""

    TOPIC = "accounting.BalanceAssertion"

    class BalanceAsserted(Event):
        """``found`` is what the books said then."""

        TOPIC = "accounting.BalanceAsserted"
        account: AssertedAccount
        method: PaymentMethod | None
        patient_id: UUID | None
        as_of: date
        expected: Decimal
        found: Decimal
        note: str | None

        def apply(self, assertion: BalanceAssertion) -> None:
            assertion.found = self.found
            assertion.claim = Claim(self.account, self.method, self.patient_id, self.as_of, self.expected, self.note)

    class BalanceAssertionWithdrawn(Event):
        TOPIC = "accounting.BalanceAssertionWithdrawn"
        reason: str

        def apply(self, assertion: BalanceAssertion) -> None:
            assertion.withdrawn = True

    def begin(self) -> None:
        self.claim: Claim | None = None
        self.found = ZERO
        self.withdrawn = False

    def make(self, claim: Claim, found: Decimal, *, today: date) -> None:
        """Claim it. The same again decides nothing."""
        claim.check(today)
        if self.exists:
            if self.claim != claim:
                raise AssertionTaken
            return
        self.decide(
            self.BalanceAsserted, on=claim.as_of, account=claim.account, method=claim.method,
            patient_id=claim.patient_id, as_of=claim.as_of, expected=claim.expected, found=found, note=claim.note,
        )  # fmt: skip

    def withdraw(self, reason: str) -> None:
        """It was claimed wrongly."""
        if not self.exists:
            raise Missing("There is no such assertion.")
        if self.withdrawn:
            raise AssertionWithdrawn
        self.decide(self.BalanceAssertionWithdrawn, reason=text.paragraph(reason, "reason", LONGEST_NOTE))
