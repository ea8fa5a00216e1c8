"""The routes' common part."""

from __future__ import annotations

from api.base import Routes

routes = Routes("Accounting")
