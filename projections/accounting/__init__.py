"""The centre's books as a whole: patients' ledgers and spending together."""

from projections.accounting import assertions, periods, reconciliation, replay, transactions, trial

__all__ = ["assertions", "periods", "reconciliation", "replay", "transactions", "trial"]
