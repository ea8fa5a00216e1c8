"""Accounting: closing periods, asserting balances, and the journal in the formats of other programs."""

from application.accounting.asserting import AssertBalance, AssertionResult, WithdrawAssertion
from application.accounting.closing import BooksResult, CloseBooks, ReopenBooks
from application.accounting.journals import EXTENSION, MEDIA, Journal, JournalFormat, journal_writer

__all__ = [
    "EXTENSION", "MEDIA", "AssertBalance", "AssertionResult", "BooksResult", "CloseBooks", "Journal", "JournalFormat",
    "ReopenBooks", "WithdrawAssertion", "journal_writer",
]  # fmt: skip
