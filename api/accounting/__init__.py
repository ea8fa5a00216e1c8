"""The HTTP face of accounting: the journal for other programs."""

from api.accounting import exports

__all__ = ["routes"]

routes = exports.routes
