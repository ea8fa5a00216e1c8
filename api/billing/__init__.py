"""Money over HTTP. Importing this package registers its routes."""

from api.billing import ledgers, payments
from api.billing.views import routes

__all__ = ["ledgers", "payments", "routes"]
