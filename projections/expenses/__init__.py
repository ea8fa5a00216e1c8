"""Read models of what the centre spends: each expense as it stands, and every entry on both axes of time."""

from projections.expenses import entries, records

__all__ = ["entries", "records"]
