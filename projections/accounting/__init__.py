"""The centre's books as a whole: patients' ledgers and spending together."""

from projections.accounting import transactions, trial

__all__ = ["transactions", "trial"]
