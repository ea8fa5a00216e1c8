"""Billing: the patient ledger, its postings and its words. Import from here."""

from domain.billing.ledger import PatientLedger
from domain.billing.postings import ACCOUNTS, Entry, EntryKind, Posting, entry, postings
from domain.billing.state import Charge, Source
from domain.billing.terms import (
    AlreadyRefunded,
    AlreadyVoided,
    AmountNotPositive,
    ChargeIsReversed,
    ChargeKind,
    IdTaken,
    LedgerFull,
    MoreThanOpen,
    MoreThanRefundable,
    NotAMethod,
    Part,
    UnknownCharge,
    UnknownPayment,
    UnknownSession,
    fee_id,
    ledger_id,
)

__all__ = [
    "ACCOUNTS", "AlreadyRefunded", "AlreadyVoided", "AmountNotPositive", "Charge", "ChargeIsReversed",
    "ChargeKind", "Entry", "EntryKind", "IdTaken", "LedgerFull", "MoreThanOpen", "MoreThanRefundable",
    "NotAMethod", "Part", "PatientLedger", "Posting", "Source", "UnknownCharge", "UnknownPayment",
    "UnknownSession", "entry", "fee_id", "ledger_id", "postings",
]  # fmt: skip
