"""Progress reports over HTTP. Importing this package registers its routes."""

from api.progress import reports, templates
from api.progress.views import routes

__all__ = ["reports", "routes", "templates"]
