"""The journal of a centre as hledger, beancount and CSV read it, written as it streams by.

Our own balance of each account is stated after every posting (beancount knows balances of days only: there, after every
day), and once more at the end as our trial balance has it, so that whoever reads the journal checks our sums against
the postings: hledger and beancount do so by themselves.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from application.values import neutral
from domain.accounting import Transaction
from domain.values import ZERO

__all__ = ["EXTENSION", "MEDIA", "Journal", "JournalFormat", "journal_writer"]


class JournalFormat(StrEnum):
    HLEDGER = "hledger"
    BEANCOUNT = "beancount"
    CSV = "csv"


MEDIA = {
    JournalFormat.HLEDGER: "text/x-hledger",
    JournalFormat.BEANCOUNT: "text/x-beancount",
    JournalFormat.CSV: "text/csv",
}
EXTENSION = {JournalFormat.HLEDGER: "journal", JournalFormat.BEANCOUNT: "beancount", JournalFormat.CSV: "csv"}


class Journal(Protocol):
    """Writes transactions given in order of date, then position. ``notes`` says what an account is about."""

    def begin(self, title: str) -> str: ...

    def entry(self, entry: Transaction) -> str: ...

    def end(self, claimed: Mapping[str, Decimal], on: date) -> str:
        """``claimed`` is the balance of each account as our own sums have it, at the end of the day ``on``."""


class _Balances:
    """What every account holds so far."""

    def __init__(self, currency: str, notes: Mapping[str, str]) -> None:
        self.currency = currency
        self.notes = notes
        self.held: dict[str, Decimal] = {}

    def opened(self, account: str) -> bool:
        """Whether this account is met for the first time; it is open from here on."""
        if account in self.held:
            return False
        self.held[account] = ZERO
        return True

    def post(self, account: str, amount: Decimal) -> Decimal:
        self.held[account] += amount
        return self.held[account]

    def claims(self, claimed: Mapping[str, Decimal]) -> list[tuple[str, Decimal]]:
        """Every account that either side knows, as claimed."""
        return [(account, claimed.get(account, ZERO)) for account in sorted({*self.held, *claimed})]


class Hledger(_Balances):
    """For hledger 1.25 and later; passes ``hledger check --strict``."""

    def begin(self, title: str) -> str:
        return f"; {_plain(title)}\ncommodity 1000.00 {self.currency}\n"

    def entry(self, entry: Transaction) -> str:
        told = [self._account(line.account) for line in entry.lines]
        code = f" ({entry.document})" if entry.document else ""
        origin = f"position:{entry.position}, recorded:{_instant(entry)}, actor:{entry.actor}"
        told.append(f"\n{entry.on} *{code} {entry.kind}  ; {origin}\n")
        if entry.concerns:
            told.append(f"    ; prior period, concerns {entry.concerns}\n")
        if entry.reason:
            told.append(f"    ; reason {_plain(entry.reason)}\n")
        for account, amount in entry.lines:
            held = self.post(account, amount)
            told.append(f"    {account}  {amount} {self.currency} = {held} {self.currency}\n")
        return "".join(told)

    def end(self, claimed: Mapping[str, Decimal], on: date) -> str:
        claims = self.claims(claimed)
        declared = "".join(self._account(account) for account, _ in claims)
        asserted = "".join(f"    {account}  0 = {amount} {self.currency}\n" for account, amount in claims)
        return f"{declared}\n{on} * Balances as the trial balance has them\n{asserted}" if claims else ""

    def _account(self, account: str) -> str:
        if not self.opened(account):
            return ""
        note = self.notes.get(account)
        return f"\naccount {account}{f'  ; {_plain(note)}' if note else ''}\n"


class Beancount(_Balances):
    """For beancount 2 and 3; passes ``bean-check``."""

    day: date | None = None

    def __init__(self, currency: str, notes: Mapping[str, str]) -> None:
        super().__init__(currency, notes)
        self.touched: dict[str, None] = {}

    def begin(self, title: str) -> str:
        return f'option "title" {_quoted(title)}\noption "operating_currency" "{self.currency}"\n'

    def entry(self, entry: Transaction) -> str:
        told = [self._day_ends() if self.day is not None and entry.on != self.day else ""]
        self.day = entry.on
        told += [self._open(line.account, entry.on) for line in entry.lines]
        origin = f'  position: {entry.position}\n  recorded: "{_instant(entry)}"\n  actor: "{entry.actor}"\n'
        told.append(f"\n{entry.on} * {_quoted(entry.kind)}\n{origin}")
        for name, value in (("document-number", entry.document), ("reason", entry.reason)):
            if value:
                told.append(f"  {name}: {_quoted(value)}\n")
        if entry.concerns:
            told.append(f"  concerns: {entry.concerns}\n")
        for account, amount in entry.lines:
            self.post(account, amount)
            self.touched[account] = None
            told.append(f"  {account}  {amount} {self.currency}\n")
        return "".join(told)

    def end(self, claimed: Mapping[str, Decimal], on: date) -> str:
        told = [self._day_ends() if self.day is not None else ""]
        claims = self.claims(claimed)
        told += [self._open(account, on) for account, _ in claims]
        told += [self._balance(account, amount, on) for account, amount in claims]
        return "".join(told)

    def _open(self, account: str, on: date) -> str:
        if not self.opened(account):
            return ""
        note = self.notes.get(account)
        return f"\n{on} open {account} {self.currency}\n" + (f"  about: {_quoted(note)}\n" if note else "")

    def _day_ends(self) -> str:
        assert self.day is not None  # noqa: S101 - asked by the callers
        told = "".join(self._balance(account, self.held[account], self.day) for account in self.touched)
        self.touched.clear()
        return f"\n{told}"

    def _balance(self, account: str, amount: Decimal, on: date) -> str:
        # Beancount asserts what is there as the day begins, and would let a cent pass without a tolerance of its own.
        return f"{on + timedelta(days=1)} balance {account}  {amount} ~ 0 {self.currency}\n"


class Csv(_Balances):
    """RFC 4180, one posting a row, with the account's balance after it."""

    HEADER = (
        "Date", "Position", "Entry", "Kind", "Document", "Account", "About", "Amount", "Balance", "Currency", "Patient",
        "Session", "Payment", "Expense", "Recorded at", "Actor", "Concerns", "Reason",
    )  # fmt: skip

    def begin(self, title: str) -> str:  # noqa: ARG002 - a table has no place for a title
        return _rows([self.HEADER])

    def entry(self, entry: Transaction) -> str:
        rows = []
        for account, amount in entry.lines:
            self.opened(account)
            rows.append((
                entry.on, entry.position, entry.line, entry.kind, entry.document, account, self.notes.get(account),
                amount, self.post(account, amount), self.currency, entry.patient_id, entry.session_id, entry.payment_id,
                entry.expense_id, entry.recorded_at.isoformat(), entry.actor, entry.concerns, entry.reason,
            ))  # fmt: skip
        return _rows(rows)

    def end(self, claimed: Mapping[str, Decimal], on: date) -> str:  # noqa: ARG002 - nor for claims
        return ""


def journal_writer(form: JournalFormat, currency: str, notes: Mapping[str, str]) -> Journal:
    writers: dict[JournalFormat, type[Hledger | Beancount | Csv]] = {
        JournalFormat.HLEDGER: Hledger, JournalFormat.BEANCOUNT: Beancount, JournalFormat.CSV: Csv,
    }  # fmt: skip
    return writers[form](currency, notes)


def _rows(rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return neutral(value) if isinstance(value, str) else str(value)


# What would mean something to hledger in a comment: tags (a name before a colon), dates in brackets.
_MEANING = str.maketrans({":": " ", "[": "(", "]": ")", ";": ",", "|": "/"})


def _instant(entry: Transaction) -> str:
    return f"{entry.recorded_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _plain(text: str) -> str:
    """One line in which hledger finds neither tags nor dates."""
    return " ".join(text.split()).translate(_MEANING)


def _quoted(text: str) -> str:
    line = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{line}"'
