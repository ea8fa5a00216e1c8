"""The patient ledger: what a patient was charged, what came in, and which money settled what. The rules.

Amounts are Decimal to two places in the tenant's currency. Nothing is edited: a wrong entry is followed by a
reversing one.

``on`` is the effective date: the day the entry counts for in the accounts. An entry never counts for an
earlier day than what it builds on, so no balance is negative *as of* any date: money received on the 1st
settles a charge booked on the 5th as of the 5th, and is credit until then.

``auto_apply`` is the tenant's setting: whether credit lays itself against open charges, oldest due first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.billing import terms
from domain.billing.events import LedgerState
from domain.billing.state import Charge, Source, match
from domain.billing.terms import ChargeKind, Part, fee_id, ledger_id
from domain.values import ZERO, PaymentMethod
from domain.values import amount as money

__all__ = ["PatientLedger"]


class PatientLedger(LedgerState):
    """Stream id: ``ledger_id(patient_id)``.

    Methods that repeat what is already recorded under the same id decide nothing; under the same id with
    other facts they raise ``IdTaken``. Unknown ids raise ``Missing``, impossible amounts and blank reasons
    ``Invalid``, what the ledger's state forbids ``Clash``.
    """

    TOPIC = "billing.PatientLedger"

    @property
    def credit(self) -> Decimal:
        """Money of the patient's that settles nothing yet; never negative."""
        return sum((self.sources[id_].credit for id_ in self.credits), ZERO)

    @property
    def receivable(self) -> Decimal:
        """What the patient owes, due or not; never negative."""
        return sum((self.charges[id_].open for id_ in self.open_charges), ZERO)

    def has_charge(self, charge_id: UUID) -> bool:
        """Whether this is charged and not taken back. A session's charge id is the session's id."""
        return charge_id in self.charges and not self.charges[charge_id].reversed

    # Charges

    def charge_session(
        self, session_id: UUID, patient_id: UUID, therapy_type_id: UUID, amount: Decimal,
        *, due_on: date, on: date, earned: bool = False, auto_apply: bool = True,
    ) -> None:  # fmt: skip
        """Charge a session (``amount`` may be zero) and lay credit against it.

        ``earned`` for a tenant that charges on completion; a session charged already is earned then. A charge
        taken back may be made again: a no-show that was none after all. A booked charge keeps its price.
        """
        if self.has_charge(session_id):
            charge = self.charges[session_id]
            if charge.amount != amount:
                raise terms.IdTaken("The session is charged already, at another price.")
            if earned:
                self.earn(session_id, on=on)
            return
        self.decide(
            self.SessionCharged, on=on, patient_id=self._checked(patient_id), charge_id=session_id,
            session_id=session_id, therapy_type_id=therapy_type_id, amount=self._fits(money(amount), self.charged),
            due_on=due_on, earned=earned,
        )  # fmt: skip
        self._auto_apply(auto_apply, on)

    def charge_fee(
        self, session_id: UUID, patient_id: UUID, kind: ChargeKind, amount: Decimal,
        *, due_on: date, on: date, therapy_type_id: UUID | None = None, auto_apply: bool = True,
    ) -> None:  # fmt: skip
        """Charge a late cancellation or no-show as ``fee_id(session_id, kind)``. A fee of zero is none."""
        charge_id = fee_id(session_id, kind)
        if self.has_charge(charge_id):
            if self.charges[charge_id].amount != amount:
                raise terms.IdTaken("This fee is charged already, at another amount.")
            return
        if not money(amount):
            return
        self.decide(
            self.FeeCharged, on=on, patient_id=self._checked(patient_id), charge_id=charge_id,
            session_id=session_id, therapy_type_id=therapy_type_id, kind=kind,
            amount=self._fits(money(amount), self.charged), due_on=due_on,
        )  # fmt: skip
        self._auto_apply(auto_apply, on)

    def reschedule_charge(self, charge_id: UUID, *, due_on: date, on: date) -> None:
        """Let a charge fall due on another day, because its session moved. Price and payments stay."""
        charge = self._standing(charge_id)
        if charge.due_on != due_on:
            self.decide(
                self.ChargeRescheduled, on=on, patient_id=self.patient_id, charge_id=charge_id,
                session_id=charge.session_id, due_on=due_on,
            )  # fmt: skip

    def earn(self, charge_id: UUID, *, on: date) -> None:
        """The session took place on its local date ``on``: its deferred income is earned."""
        charge = self._standing(charge_id)
        if not charge.earned:
            self.decide(
                self.IncomeEarned, on=max(on, charge.booked_on), patient_id=self.patient_id,
                charge_id=charge_id, session_id=charge.session_id, therapy_type_id=charge.therapy_type_id,
                amount=charge.amount,
            )  # fmt: skip

    def reverse_charge(self, charge_id: UUID, reason: str, *, on: date, auto_apply: bool = True) -> None:
        """Take a charge back (session cancelled, no-show, fee waived): what was paid for it is credit."""
        charge = self._charge(charge_id)
        reason = terms.reason(reason)
        if charge.reversed:
            return
        on = max(on, charge.last)
        self.decide(
            self.ChargeReversed, on=on, patient_id=self.patient_id, charge_id=charge_id,
            session_id=charge.session_id, therapy_type_id=charge.therapy_type_id, kind=charge.kind,
            amount=charge.amount, earned=charge.earned, written_off=charge.written_off, reason=reason,
            released=tuple(Part(source_id, charge_id, paid) for source_id, paid in charge.settled.items()),
        )  # fmt: skip
        self._auto_apply(auto_apply, on)

    def write_off(self, write_off_id: UUID, charge_id: UUID, amount: Decimal, reason: str, *, on: date) -> None:
        """Give up part of what is open of a charge, or all of it."""
        amount, reason = terms.positive(amount), terms.reason(reason)
        if write_off_id in self.write_offs:
            if self.write_offs[write_off_id] != (charge_id, amount):
                raise terms.IdTaken
            return
        charge = self._standing(charge_id)
        if amount > charge.open:
            raise terms.MoreThanOpen(open=str(charge.open))
        self.decide(
            self.ChargeWrittenOff, on=max(on, charge.since), patient_id=self.patient_id,
            write_off_id=write_off_id, charge_id=charge_id, session_id=charge.session_id,
            therapy_type_id=charge.therapy_type_id, kind=charge.kind, amount=amount, reason=reason,
        )  # fmt: skip

    # Money

    def record_payment(  # noqa: PLR0913 - what there is to say of a payment
        self, payment_id: UUID, patient_id: UUID, amount: Decimal, method: PaymentMethod, received_on: date,
        *, reference: str | None = None, session_ids: Sequence[UUID] | None = None, auto_apply: bool = True,
        prior_period: bool = False,
    ) -> None:  # fmt: skip
        """Record money received, effective on the day it was. It settles the sessions it names, in that
        order (an empty list: none), else the oldest due first (ties by charge id); the rest is credit.
        On a closed day only with ``prior_period``: then it counts for the first open one. Raises ``PeriodClosed``.

        ``OPENING`` is credit from before the centre used Daybook: it settles nothing itself, has no receipt.
        Raises ``UnknownSession`` for a named session that was never charged to this patient.
        """
        amount = terms.positive(amount)
        if known := self.sources.get(payment_id):
            if (known.amount, known.method) != (amount, method):
                raise terms.IdTaken("A payment with this id is recorded already, with other facts.")
            return
        patient_id = self._checked(patient_id)
        self._fits(amount, self.received)
        if not prior_period:
            self.must_be_open(received_on)
        if method is PaymentMethod.OPENING:
            self.decide(
                self.CreditBroughtForward, on=received_on, patient_id=patient_id, payment_id=payment_id,
                amount=amount, received_on=received_on, reference=reference,
            )  # fmt: skip
        else:
            days = self._by_day(match([(payment_id, amount)], self._open(session_ids)), received_on)
            parts = days.pop(received_on, ())
            self.decide(
                self.PaymentRecorded, on=received_on, patient_id=patient_id, payment_id=payment_id,
                amount=amount, method=method, received_on=received_on, reference=reference, parts=parts,
                credit=amount - sum((part.amount for part in parts), ZERO),
            )  # fmt: skip
            self._apply_credit(days)
        self._auto_apply(auto_apply, received_on)

    def apply_credit(self, *, on: date, session_ids: Sequence[UUID] | None = None) -> None:
        """Lay credit, oldest first, against the charges of the named sessions, else the oldest due."""
        self._apply_credit(self._by_day(match(self._available(), self._open(session_ids)), on))

    def void_payment(self, payment_id: UUID, reason: str, *, on: date, auto_apply: bool = True) -> None:
        """Reverse a payment entered wrongly: what it settled is open again, what was left of it is gone."""
        source, reason = self._source(payment_id), terms.reason(reason)
        if source.voided:
            raise terms.AlreadyVoided
        if source.refunded:
            raise terms.AlreadyRefunded
        on = max(on, source.last)
        self.decide(
            self.PaymentVoided, on=on, patient_id=self.patient_id, payment_id=payment_id,
            amount=source.amount, method=source.method, credit=source.credit, reason=reason,
            released=tuple(Part(payment_id, charge_id, paid) for charge_id, paid in source.applied.items()),
        )  # fmt: skip
        self._auto_apply(auto_apply, on)

    def refund(
        self,
        refund_id: UUID,
        payment_id: UUID,
        amount: Decimal,
        method: PaymentMethod,
        reason: str,
        *,
        on: date,
    ) -> None:
        """Hand back credit of one payment, never more than is left of it."""
        amount, reason = terms.positive(amount), terms.reason(reason)
        if refund_id in self.refunds:
            if self.refunds[refund_id] != (payment_id, amount, method):
                raise terms.IdTaken
            return
        source = self._source(payment_id)
        if method is PaymentMethod.OPENING:
            raise terms.NotAMethod(field="method")
        if source.voided:
            raise terms.AlreadyVoided
        if amount > source.credit:
            raise terms.MoreThanRefundable(refundable=str(source.credit))
        self.decide(
            self.PaymentRefunded, on=max(on, source.since), patient_id=self.patient_id, refund_id=refund_id,
            payment_id=payment_id, amount=amount, method=method, reason=reason,
        )  # fmt: skip

    # How

    def _checked(self, patient_id: UUID) -> UUID:
        if patient_id != self.patient_id and ledger_id(patient_id) != self.id:
            raise ValueError("This ledger belongs to another patient")  # a fault of the caller, not a refusal
        return patient_id

    def _fits(self, amount: Decimal, total: Decimal) -> Decimal:
        if total + amount > terms.LARGEST_TOTAL:
            raise terms.LedgerFull
        return amount

    def _charge(self, charge_id: UUID) -> Charge:
        if charge_id not in self.charges:
            raise terms.UnknownCharge
        return self.charges[charge_id]

    def _standing(self, charge_id: UUID) -> Charge:
        charge = self._charge(charge_id)
        if charge.reversed:
            raise terms.ChargeIsReversed
        return charge

    def _source(self, payment_id: UUID) -> Source:
        if payment_id not in self.sources:
            raise terms.UnknownPayment
        return self.sources[payment_id]

    def _open(self, session_ids: Sequence[UUID] | None = None) -> Iterator[tuple[UUID, Decimal]]:
        """Charges with something open, oldest due first: of each session named, in that order, or of all."""
        if session_ids is None:
            return ((id_, self.charges[id_].open) for id_ in self.open_charges)
        named: list[Charge] = []
        for session_id in dict.fromkeys(session_ids):
            if session_id not in self.charges_of:
                raise terms.UnknownSession(session_id=str(session_id))
            of_session = (self.charges[id_] for id_ in self.charges_of[session_id])
            named += sorted(of_session, key=lambda charge: (charge.due_on, charge.charge_id))
        return ((charge.charge_id, charge.open) for charge in named if charge.open)

    def _available(self) -> Iterator[tuple[UUID, Decimal]]:
        return ((id_, self.sources[id_].credit) for id_ in self.credits)

    def _auto_apply(self, wanted: bool, on: date) -> None:
        if wanted and self.credits and self.open_charges:
            self.apply_credit(on=on)

    def _apply_credit(self, days: dict[date, tuple[Part, ...]]) -> None:
        for on, parts in sorted(days.items()):
            total = sum((part.amount for part in parts), ZERO)
            self.decide(self.CreditApplied, on=on, patient_id=self.patient_id, parts=parts, amount=total)

    def _by_day(self, parts: Iterable[Part], on: date) -> dict[date, tuple[Part, ...]]:
        """Each part counts from the first day, ``on`` or later, when its money and its charge are there."""
        days: defaultdict[date, list[Part]] = defaultdict(list)
        for part in parts:
            source = self.sources.get(part.source_id)
            days[max(on, self.charges[part.charge_id].since, source.since if source else on)].append(part)
        return {day: tuple(of_day) for day, of_day in days.items()}
