"""Read models of billing: charges and what settles them, payments, balances, and the journal."""

from projections.billing import balances, charges, journal, payments

__all__ = ["balances", "charges", "journal", "payments"]
