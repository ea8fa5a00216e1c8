"""The HTTP face of accounting: the journal for other programs, closed periods, asserted balances, reconciliation."""

from api.accounting import exports, periods, replays
from api.accounting.views import routes

__all__ = ["exports", "periods", "replays", "routes"]
