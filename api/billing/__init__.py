"""Money over HTTP. Importing this package registers its routes."""

from api.billing import histories, ledgers, payments
from api.billing.views import routes

__all__ = ["histories", "ledgers", "payments", "routes"]
