"""Random histories of commands against the naive ledger, and the proof that the checks would notice a fault.

A failing history is printed with its seed; ``make faults`` runs many more and longer ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from domain.base import Event, Refused
from domain.billing import ACCOUNTS, ChargeKind, PatientLedger, entry, fee_id, ledger_id, postings
from domain.values import PaymentMethod
from tests.billing.ledgers import D1, PATIENT, uid
from tests.billing.naive_ledger import Cash, Debt, Naive, No
from tests.support.given import refolded, state

SESSIONS = [uid(n) for n in range(100, 200)]
PAYMENTS = [uid(n) for n in range(200, 300)]
OTHERS = [uid(n) for n in range(300, 400)]
THERAPIES = [uid(2), uid(3)]
FEES = [ChargeKind.NO_SHOW, ChargeKind.LATE_CANCELLATION]

price = st.sampled_from([0, 33, 500, 80000, 80000])
amount = st.sampled_from([1, 33, 34, 500, 1000, 80000, 123456])
method = st.sampled_from([m for m in PaymentMethod if m is not PaymentMethod.OPENING])
days = st.integers(-4, 4)
nth = st.integers(0, 11)
several = st.none() | st.lists(nth, max_size=3)
auto = st.booleans()
UNSHRUNK = [Phase.generate]
"""A fault that must be found need not be found small."""


def money(paise: int) -> Decimal:
    return Decimal(paise).scaleb(-2)


def known(pool: list[UUID], taken: Iterable[UUID], n: int) -> UUID:
    """An id in use, mostly; else a new one."""
    ids = list(taken)
    return ids[-1 - n % len(ids)] if ids and n else pool[len(ids)]


def fresh(pool: list[UUID], taken: Iterable[UUID], n: int) -> UUID:
    """A new id, mostly; else one in use."""
    ids = list(taken)
    return pool[len(ids)] if n or not ids else ids[-1]


class LedgerMachine(RuleBasedStateMachine):
    checked: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.ledger = PatientLedger.blank(ledger_id(PATIENT))
        self.naive = Naive()
        self.today = D1
        self.auto = True

    @initialize(auto=auto)
    def tenant(self, auto: bool) -> None:
        self.auto = auto

    def both(self, command: Callable[[], None], plainly: Callable[[], None]) -> None:
        """Both ledgers take the command, or both refuse it, and then nothing was decided."""
        before = self.ledger.version
        try:
            command()
        except Refused:
            assert self.ledger.version == before
            with pytest.raises(No):
                plainly()
        else:
            plainly()

    def sessions(self, named: list[int] | None) -> list[UUID] | None:
        return None if named is None else [known(SESSIONS, self.ledger.charges_of, n) for n in named]

    @rule(later=st.integers(1, 5))
    def time_passes(self, later: int) -> None:
        self.today += timedelta(days=later)

    @rule(n=nth, paise=price, due=days, on=days, earned=st.booleans(), therapy=st.sampled_from(THERAPIES))
    def charge_session(self, n: int, paise: int, due: int, on: int, earned: bool, therapy: UUID) -> None:
        id_ = fresh(SESSIONS, self.ledger.charges_of, n)
        due_on, on_day = self.today + timedelta(days=due), self.today + timedelta(days=on)
        debt = Debt(str(id_), str(id_), "SESSION", str(therapy), paise, due_on, id_.int, earned)
        self.both(
            lambda: self.ledger.charge_session(
                id_,
                PATIENT,
                therapy,
                money(paise),
                due_on=due_on,
                on=on_day,
                earned=earned,
                auto_apply=self.auto,
            ),
            lambda: self.naive.charge(debt, self.auto),
        )

    @rule(n=nth, kind=st.sampled_from(FEES), paise=price, due=days)
    def charge_fee(self, n: int, kind: ChargeKind, paise: int, due: int) -> None:
        id_ = known(SESSIONS, self.ledger.charges_of, n)
        due_on, fee = self.today + timedelta(days=due), fee_id(id_, kind)
        debt = Debt(str(fee), str(id_), kind, "", paise, due_on, fee.int, True)
        self.both(
            lambda: self.ledger.charge_fee(
                id_, PATIENT, kind, money(paise), due_on=due_on, on=self.today, auto_apply=self.auto
            ),
            lambda: self.naive.charge(debt, self.auto),
        )

    @rule(n=nth, due=days)
    def reschedule_charge(self, n: int, due: int) -> None:
        id_ = known(SESSIONS, self.ledger.charges, n)
        due_on = self.today + timedelta(days=due)
        self.both(
            lambda: self.ledger.reschedule_charge(id_, due_on=due_on, on=self.today),
            lambda: setattr(self.naive.find_debt(str(id_)), "due", due_on),
        )

    @rule(n=nth)
    def earn(self, n: int) -> None:
        id_ = known(SESSIONS, self.ledger.charges, n)
        self.both(
            lambda: self.ledger.earn(id_, on=self.today),
            lambda: setattr(self.naive.find_debt(str(id_)), "done", True),
        )

    @rule(n=nth)
    def reverse(self, n: int) -> None:
        id_ = known(SESSIONS, self.ledger.charges, n)
        self.both(
            lambda: self.ledger.reverse_charge(id_, "cancelled", on=self.today, auto_apply=self.auto),
            lambda: self.naive.take_back(str(id_), self.auto),
        )

    @rule(n=nth, paise=amount, by=method, back=st.integers(0, 9), named=several)
    def pay(self, n: int, paise: int, by: PaymentMethod, back: int, named: list[int] | None) -> None:
        sessions = self.sessions(named)
        id_ = fresh(PAYMENTS, self.ledger.sources, n)
        received = self.today - timedelta(days=back)
        self.both(
            lambda: self.ledger.record_payment(
                id_, PATIENT, money(paise), by, received, session_ids=sessions, auto_apply=self.auto
            ),
            lambda: self.naive.receive(
                Cash(str(id_), paise, by, received, id_.int),
                None if sessions is None else [str(s) for s in sessions],
                self.auto,
            ),
        )

    @rule(n=nth, paise=amount)
    def bring_forward(self, n: int, paise: int) -> None:
        id_ = fresh(PAYMENTS, self.ledger.sources, n)
        opening = PaymentMethod.OPENING
        self.both(
            lambda: self.ledger.record_payment(id_, PATIENT, money(paise), opening, self.today, auto_apply=self.auto),
            lambda: self.naive.receive(Cash(str(id_), paise, opening, self.today, id_.int), [], self.auto),
        )

    @rule(named=several)
    def apply_credit(self, named: list[int] | None) -> None:
        sessions = self.sessions(named)
        self.both(
            lambda: self.ledger.apply_credit(on=self.today, session_ids=sessions),
            lambda: self.naive.apply(None if sessions is None else [str(s) for s in sessions]),
        )

    @rule(n=nth)
    def void(self, n: int) -> None:
        id_ = known(PAYMENTS, self.ledger.sources, n)
        self.both(
            lambda: self.ledger.void_payment(id_, "typed twice", on=self.today, auto_apply=self.auto),
            lambda: self.naive.void(str(id_), self.auto),
        )

    @rule(n=nth, of=nth, paise=amount, by=method)
    def refund(self, n: int, of: int, paise: int, by: PaymentMethod) -> None:
        id_, payment = fresh(OTHERS, self.ledger.refunds, n), known(PAYMENTS, self.ledger.sources, of)
        self.both(
            lambda: self.ledger.refund(id_, payment, money(paise), by, "moved away", on=self.today),
            lambda: self.naive.hand_back(str(id_), str(payment), paise, by),
        )

    @rule(n=nth, of=nth, paise=st.sampled_from([1, 33, 500, 80000]))
    def write_off(self, n: int, of: int, paise: int) -> None:
        id_, charge = fresh(OTHERS, self.ledger.write_offs, n), known(SESSIONS, self.ledger.charges, of)
        self.both(
            lambda: self.ledger.write_off(id_, charge, money(paise), "hardship", on=self.today),
            lambda: self.naive.give_up(str(id_), str(charge), paise),
        )

    @invariant()
    def agrees_with_the_naive_ledger(self) -> None:
        open_ = {debt.name: money(self.naive.owed(debt)) for debt in self.naive.debts}
        assert {str(i): c.open for i, c in self.ledger.charges.items() if not c.reversed} == open_
        left = {cash.name: money(self.naive.left(cash)) for cash in self.naive.cash}
        assert {str(i): s.credit for i, s in self.ledger.sources.items()} == left
        assert self.ledger.receivable == sum(open_.values())
        assert self.ledger.credit == sum(left.values())
        assert all(value >= 0 for value in [*open_.values(), *left.values()])
        assert not (self.auto and self.ledger.receivable and self.ledger.credit), "Credit rests beside a debt"
        type(self).checked += 1

    @invariant()
    def books_balance(self) -> None:
        check_books(self.stream, self.naive.trial_balance())

    def teardown(self) -> None:
        assert state(refolded(self.ledger, self.stream)) == state(self.ledger)

    @property
    def stream(self) -> list[Event]:
        return [e for e in self.ledger.pending_events if isinstance(e, Event)]


def check_books(stream: Iterable[Event], expected: dict[tuple[str, str | None], int]) -> None:
    """Entries sum to zero and to the balances counted from scratch; nothing is negative as of any day."""
    balance: defaultdict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    as_of: defaultdict[date | None, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for event in stream:
        lines, row = postings(event), entry(event)
        assert sum(line.amount for line in lines) == 0, f"{event} does not balance"
        for line in lines:
            dimension = None if line.dimension is None else str(line.dimension)
            balance[line.account, dimension] += line.amount
        for account in ACCOUNTS if row else ():
            value = getattr(row, account)
            assert value == sum(line.amount for line in lines if line.account == account)
            as_of[event.effective_on][account] += value
    assert {key: int(value.scaleb(2)) for key, value in balance.items() if value} == expected
    running: defaultdict[str, Decimal] = defaultdict(Decimal)
    for _, day in sorted(as_of.items(), key=lambda item: item[0] or date.min):
        for account, value in day.items():
            running[account] += value
        assert running["receivable"] >= 0
        assert running["credit"] <= 0
        assert running["deferred"] <= 0


def run(
    machine: type[RuleBasedStateMachine], examples: int, steps: int, phases: Collection[Phase] = tuple(Phase)
) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True, phases=phases,
            derandomize=phases == UNSHRUNK,
        ),
    )  # fmt: skip


def test_random_histories_agree_with_the_naive_ledger() -> None:
    LedgerMachine.checked = 0
    run(LedgerMachine, examples=120, steps=50)
    assert LedgerMachine.checked > 1000


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_many_random_histories_agree_with_the_naive_ledger() -> None:
    run(LedgerMachine, examples=2000, steps=80)
