"""Read models over HTTP: how far they are, rebuilds, parked streams. Importing this package registers the routes."""

from api.rebuilding import parked, projections, rebuilds, tables
from api.rebuilding.views import routes

__all__ = ["parked", "projections", "rebuilds", "routes", "tables"]
