"""Reports over HTTP, and what is behind each of their figures. Importing this package registers its routes."""

from api.reports import documents, explain
from api.reports.views import routes

__all__ = ["documents", "explain", "routes"]
