"""Notifications: the log, writing and testing, templates and preferences."""

from api.notices import log, words
from api.notices.log import routes

__all__ = ["log", "routes", "words"]
