"""Notices: asking for them, wording and sending them, and what people do about them."""

from application.notices.asking import NoticesRequested, RequestNotices, dues_reminder, session_reminder

__all__ = ["NoticesRequested", "RequestNotices", "dues_reminder", "session_reminder"]
