"""The accounts of a centre as accountants name them: the chart, transactions, and the periods that are closed."""

from domain.accounting.assertion import AssertedAccount, BalanceAssertion, Claim
from domain.accounting.chart import DEFERRED, FEES, OPENING, WRITE_OFFS, Line, Transaction
from domain.accounting.chart import cash as cash_account
from domain.accounting.chart import credit as credit_account
from domain.accounting.chart import income as income_account
from domain.accounting.chart import receivable as receivable_account
from domain.accounting.chart import spent as spent_account

__all__ = [
    "DEFERRED", "FEES", "OPENING", "WRITE_OFFS", "AssertedAccount", "BalanceAssertion", "Claim", "Line", "Transaction",
    "cash_account", "credit_account", "income_account", "receivable_account", "spent_account",
]  # fmt: skip
