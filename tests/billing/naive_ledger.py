"""The patient ledger again, as slowly and plainly as possible.

Whole numbers of paise, lists, and every balance counted from scratch. It shares no code with the product; the
state machine compares the two.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date


class No(Exception):
    """This ledger would refuse."""


@dataclass
class Debt:
    name: str
    session: str
    sort: str
    therapy: str
    paise: int
    due: date
    rank: int
    done: bool


@dataclass
class Cash:
    name: str
    paise: int
    method: str
    received: date
    rank: int
    dead: bool = False


@dataclass
class Naive:
    """``rank`` breaks ties as the order of ids does."""

    debts: list[Debt] = field(default_factory=list)
    cash: list[Cash] = field(default_factory=list)
    pairs: list[tuple[str, str, int]] = field(default_factory=list)
    """(money, debt, paise)"""
    handed_back: list[tuple[str, str, int, str]] = field(default_factory=list)
    """(refund, money, paise, method)"""
    given_up: list[tuple[str, str, int]] = field(default_factory=list)
    """(write-off, debt, paise)"""
    gone: dict[str, str] = field(default_factory=dict)
    """Debts taken back, and their sessions"""
    given_up_ever: dict[str, tuple[str, int]] = field(default_factory=dict)

    def owed(self, debt: Debt) -> int:
        paid = sum(paise for _, name, paise in self.pairs if name == debt.name)
        return debt.paise - paid - sum(paise for _, name, paise in self.given_up if name == debt.name)

    def left(self, money: Cash) -> int:
        if money.dead:
            return 0
        used = sum(paise for name, _, paise in self.pairs if name == money.name)
        return money.paise - used - sum(paise for _, name, paise, _ in self.handed_back if name == money.name)

    def lay(self, funds: list[Cash], debts: list[Debt]) -> None:
        for debt in debts:
            for money in funds:
                paise = min(self.owed(debt), self.left(money))
                if paise:
                    self.pairs.append((money.name, debt.name, paise))

    def by_due(self) -> list[Debt]:
        return sorted(self.debts, key=lambda debt: (debt.due, debt.rank))

    def by_received(self) -> list[Cash]:
        return sorted(self.cash, key=lambda money: (money.received, money.rank))

    def named(self, sessions: list[str] | None) -> list[Debt]:
        if sessions is None:
            return self.by_due()
        known = {debt.session for debt in self.debts} | set(self.gone.values())
        if set(sessions) - known:
            raise No
        return [debt for name in sessions for debt in self.by_due() if debt.session == name]

    def auto(self, wanted: bool) -> None:
        if wanted:
            self.lay(self.by_received(), self.by_due())

    def find_debt(self, name: str) -> Debt:
        for debt in self.debts:
            if debt.name == name:
                return debt
        raise No

    def find_cash(self, name: str) -> Cash:
        for money in self.cash:
            if money.name == name:
                return money
        raise No

    def charge(self, debt: Debt, auto: bool) -> None:
        for old in self.debts:
            if old.name == debt.name:
                if old.paise != debt.paise:
                    raise No
                old.done = old.done or debt.done
                return
        if debt.paise == 0 and debt.sort != "SESSION":
            return
        self.gone.pop(debt.name, None)
        self.debts.append(debt)
        self.auto(auto)

    def take_back(self, name: str, auto: bool) -> None:
        if name in self.gone:
            return
        debt = self.find_debt(name)
        self.debts.remove(debt)
        self.gone[name] = debt.session
        self.pairs = [pair for pair in self.pairs if pair[1] != name]
        self.given_up = [loss for loss in self.given_up if loss[1] != name]
        self.auto(auto)

    def receive(self, money: Cash, sessions: list[str] | None, auto: bool) -> None:
        for old in self.cash:
            if old.name == money.name:
                if (old.paise, old.method) != (money.paise, money.method):
                    raise No
                return
        debts = self.named(sessions) if money.method != "OPENING" else []
        self.cash.append(money)
        self.lay([money], debts)
        self.auto(auto)

    def apply(self, sessions: list[str] | None) -> None:
        self.lay(self.by_received(), self.named(sessions))

    def void(self, name: str, auto: bool) -> None:
        money = self.find_cash(name)
        if money.dead or any(refunded == name for _, refunded, _, _ in self.handed_back):
            raise No
        money.dead = True
        self.pairs = [pair for pair in self.pairs if pair[0] != name]
        self.auto(auto)

    def hand_back(self, refund: str, name: str, paise: int, method: str) -> None:
        for old in self.handed_back:
            if old[0] == refund:
                if old != (refund, name, paise, method):
                    raise No
                return
        if paise > self.left(self.find_cash(name)):
            raise No
        self.handed_back.append((refund, name, paise, method))

    def give_up(self, write_off: str, name: str, paise: int) -> None:
        if write_off in self.given_up_ever:
            if self.given_up_ever[write_off] != (name, paise):
                raise No
            return
        if paise > self.owed(self.find_debt(name)):
            raise No
        self.given_up_ever[write_off] = (name, paise)
        self.given_up.append((write_off, name, paise))

    def trial_balance(self) -> dict[tuple[str, str | None], int]:
        """Paise by account and dimension, debit positive, zeros left out."""
        book: defaultdict[tuple[str, str | None], int] = defaultdict(int)
        for debt in self.debts:
            book["receivable", None] += self.owed(debt)
            is_session = debt.sort == "SESSION"
            account = "fees" if not is_session else "income" if debt.done else "deferred"
            book[account, debt.therapy if account == "income" else None] -= debt.paise
        for money in self.cash:
            book["credit", None] -= self.left(money)
            book["cash", money.method] += 0 if money.dead else money.paise
        for _, _, paise, method in self.handed_back:
            book["cash", method] -= paise
        for _, _, paise in self.given_up:
            book["write_offs", None] += paise
        return {key: paise for key, paise in book.items() if paise}
