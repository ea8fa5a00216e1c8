"""What can happen on a patient's ledger, and how each event changes its state.

No rule stands here: this is what runs again on every load, over events that older rules allowed.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.base import NIL, Accounted, AccountedEvent
from domain.billing.state import Charge, Queue, Source
from domain.billing.terms import ChargeKind, Part
from domain.values import ZERO, PaymentMethod

__all__ = ["LedgerState"]


class LedgerEvent(AccountedEvent):
    """Carries all facts that its postings and read rows need, and always an effective date.

    Nothing is sealed: a reason justifies an entry of the accounts and is kept with it, and a patient whose data was
    erased may still owe money or have some coming.
    """

    SUBJECT = "patient_id"
    patient_id: UUID


class LedgerState(Accounted):
    """The folded ledger."""

    class SessionCharged(LedgerEvent):
        """A session costs ``amount``. Deferred until ``IncomeEarned``, unless already ``earned``."""

        TOPIC = "billing.SessionCharged"
        charge_id: UUID
        session_id: UUID
        therapy_type_id: UUID
        amount: Decimal
        due_on: date
        earned: bool

        def apply(self, ledger: LedgerState) -> None:
            ledger.patient_id = self.patient_id
            ledger.add_charge(
                Charge(
                    self.charge_id, self.session_id, self.therapy_type_id, ChargeKind.SESSION, self.amount,
                    self.due_on, self.effective_on, self.earned,
                )
            )  # fmt: skip

    class FeeCharged(LedgerEvent):
        """A late cancellation or a no-show costs ``amount``; a fee is income at once."""

        TOPIC = "billing.FeeCharged"
        charge_id: UUID
        session_id: UUID
        therapy_type_id: UUID | None
        kind: ChargeKind
        amount: Decimal
        due_on: date

        def apply(self, ledger: LedgerState) -> None:
            ledger.patient_id = self.patient_id
            ledger.add_charge(
                Charge(
                    self.charge_id, self.session_id, self.therapy_type_id, self.kind, self.amount,
                    self.due_on, self.effective_on, earned=True,
                )
            )  # fmt: skip

    class ChargeRescheduled(LedgerEvent):
        """The session moved, and the day its charge falls due with it. Moves no money."""

        TOPIC = "billing.ChargeRescheduled"
        charge_id: UUID
        session_id: UUID
        due_on: date

        def apply(self, ledger: LedgerState) -> None:
            charge = ledger.charges[self.charge_id]
            ledger.open_charges.discard(charge.due_on, charge.charge_id)
            charge.due_on = self.due_on
            if charge.open:
                ledger.open_charges.add(charge.due_on, charge.charge_id)

    class IncomeEarned(LedgerEvent):
        """The session took place: what was deferred for it is income now."""

        TOPIC = "billing.IncomeEarned"
        charge_id: UUID
        session_id: UUID
        therapy_type_id: UUID
        amount: Decimal

        def apply(self, ledger: LedgerState) -> None:
            charge = ledger.charges[self.charge_id]
            charge.earned = True
            charge.last = max(charge.last, self.effective_on)

    class ChargeWrittenOff(LedgerEvent):
        """The centre gives up ``amount`` of a charge."""

        TOPIC = "billing.ChargeWrittenOff"
        write_off_id: UUID
        charge_id: UUID
        session_id: UUID
        therapy_type_id: UUID | None
        kind: ChargeKind
        amount: Decimal
        reason: str

        def apply(self, ledger: LedgerState) -> None:
            ledger.write_offs[self.write_off_id] = (self.charge_id, self.amount)
            charge = ledger.charges[self.charge_id]
            charge.written_off += self.amount
            ledger.close(charge, self.amount, self.effective_on)

    class ChargeReversed(LedgerEvent):
        """A charge is taken back: what was paid (``released``) is credit, ``written_off`` is undone too."""

        TOPIC = "billing.ChargeReversed"
        charge_id: UUID
        session_id: UUID
        therapy_type_id: UUID | None
        kind: ChargeKind
        amount: Decimal
        earned: bool
        released: tuple[Part, ...]
        written_off: Decimal
        reason: str

        def apply(self, ledger: LedgerState) -> None:
            ledger.release(self.released, self.effective_on)
            ledger.charged -= self.amount
            charge = ledger.charges[self.charge_id]
            charge.reversed = True
            charge.open = charge.written_off = ZERO
            ledger.open_charges.discard(charge.due_on, charge.charge_id)

    class PaymentRecorded(LedgerEvent):
        """Money came in: ``parts`` of it settle charges at once, the rest is ``credit``."""

        TOPIC = "billing.PaymentRecorded"
        DOCUMENT = "RECEIPT"
        payment_id: UUID
        amount: Decimal
        method: PaymentMethod
        received_on: date
        reference: str | None
        parts: tuple[Part, ...]
        credit: Decimal

        def apply(self, ledger: LedgerState) -> None:
            ledger.patient_id = self.patient_id
            ledger.add_source(Source(self.payment_id, self.amount, self.method, self.received_on), self.effective_on)
            ledger.settle(self.parts, self.effective_on)

    class CreditBroughtForward(LedgerEvent):
        """Credit from before the centre used Daybook: a payment, but nothing was received, so no receipt."""

        TOPIC = "billing.CreditBroughtForward"
        payment_id: UUID
        amount: Decimal
        received_on: date
        reference: str | None

        def apply(self, ledger: LedgerState) -> None:
            ledger.patient_id = self.patient_id
            opening = PaymentMethod.OPENING
            ledger.add_source(Source(self.payment_id, self.amount, opening, self.received_on), self.effective_on)

    class CreditApplied(LedgerEvent):
        """Credit settles charges: ``amount`` is the sum of the ``parts``."""

        TOPIC = "billing.CreditApplied"
        parts: tuple[Part, ...]
        amount: Decimal

        def apply(self, ledger: LedgerState) -> None:
            ledger.settle(self.parts, self.effective_on)

    class PaymentVoided(LedgerEvent):
        """It was entered wrongly: what it settled (``released``) is open again, its ``credit`` gone."""

        TOPIC = "billing.PaymentVoided"
        payment_id: UUID
        amount: Decimal
        method: PaymentMethod
        released: tuple[Part, ...]
        credit: Decimal
        reason: str

        def apply(self, ledger: LedgerState) -> None:
            ledger.release(self.released, self.effective_on)
            source = ledger.sources[self.payment_id]
            source.voided = True
            ledger.received -= self.amount
            ledger.draw(source, source.credit, self.effective_on)

    class PaymentRefunded(LedgerEvent):
        """Credit of a payment was handed back by ``method``."""

        TOPIC = "billing.PaymentRefunded"
        DOCUMENT = "REFUND"
        refund_id: UUID
        payment_id: UUID
        amount: Decimal
        method: PaymentMethod
        reason: str

        def apply(self, ledger: LedgerState) -> None:
            ledger.refunds[self.refund_id] = (self.payment_id, self.amount, self.method)
            source = ledger.sources[self.payment_id]
            source.refunded += self.amount
            ledger.received -= self.amount
            ledger.draw(source, self.amount, self.effective_on)

    def begin(self) -> None:
        self.patient_id = NIL
        self.sources: dict[UUID, Source] = {}
        self.charges: dict[UUID, Charge] = {}
        self.charges_of: dict[UUID, list[UUID]] = {}
        """The charges ever made for each session."""
        self.open_charges = Queue()
        """Charges with something open, oldest due first."""
        self.credits = Queue()
        """Sources with unapplied credit, oldest received first."""
        self.refunds: dict[UUID, tuple[UUID, Decimal, PaymentMethod]] = {}
        self.write_offs: dict[UUID, tuple[UUID, Decimal]] = {}
        self.charged = ZERO
        """The sum of all charges that stand, settled or not."""
        self.received = ZERO
        """The sum of all payments that stand, less refunds."""

    def add_charge(self, charge: Charge) -> None:
        siblings = self.charges_of.setdefault(charge.session_id, [])
        if charge.charge_id not in siblings:  # a session charged, taken back and charged again keeps its id
            siblings.append(charge.charge_id)
        self.charges[charge.charge_id] = charge
        self.charged += charge.amount
        if charge.open:
            self.open_charges.add(charge.due_on, charge.charge_id)

    def add_source(self, source: Source, on: date) -> None:
        source.version = self.version + 1
        source.since = source.last = on  # later than it was received on, if that day was closed
        self.sources[source.payment_id] = source
        self.received += source.amount
        self.credits.add(source.received_on, source.payment_id)

    def settle(self, parts: tuple[Part, ...], on: date) -> None:
        for part in parts:
            source, charge = self.sources[part.source_id], self.charges[part.charge_id]
            source.applied[part.charge_id] = source.applied.get(part.charge_id, ZERO) + part.amount
            charge.settled[part.source_id] = charge.settled.get(part.source_id, ZERO) + part.amount
            self.draw(source, part.amount, on)
            self.close(charge, part.amount, on)

    def release(self, parts: tuple[Part, ...], on: date) -> None:
        for part in parts:
            source, charge = self.sources[part.source_id], self.charges[part.charge_id]
            _take(source.applied, part.charge_id, part.amount)
            _take(charge.settled, part.source_id, part.amount)
            source.credit += part.amount
            source.version = self.version + 1
            charge.open += part.amount
            source.since, source.last = max(source.since, on), max(source.last, on)
            charge.since, charge.last = max(charge.since, on), max(charge.last, on)
            self.credits.add(source.received_on, part.source_id)
            self.open_charges.add(charge.due_on, part.charge_id)

    def draw(self, source: Source, amount: Decimal, on: date) -> None:
        source.credit -= amount
        source.version = self.version + 1
        source.last = max(source.last, on)
        if not source.credit:
            self.credits.discard(source.received_on, source.payment_id)

    def close(self, charge: Charge, amount: Decimal, on: date) -> None:
        charge.open -= amount
        charge.last = max(charge.last, on)
        if not charge.open:
            self.open_charges.discard(charge.due_on, charge.charge_id)


def _take(balances: dict[UUID, Decimal], id_: UUID, amount: Decimal) -> None:
    balances[id_] -= amount
    if not balances[id_]:
        del balances[id_]
