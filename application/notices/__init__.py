"""Notices: asking for them, wording and sending them, and what people do about them."""

from application.notices.asking import NoticesRequested, RequestNotices, dues_reminder, session_reminder
from application.notices.choosing import (
    ChooseChannels,
    PreferencesSaved,
    UseBuiltInWords,
    WriteNotificationTemplate,
)
from application.notices.managing import (
    RetryNotification,
    SendNotification,
    SettleNotification,
    TestNotifications,
    WithdrawNotification,
)
from application.notices.sending import ClaimNotice, NoticeMoved, Outcome, Outgoing, ReportNotice, outgoing

__all__ = [
    "ChooseChannels",
    "ClaimNotice",
    "NoticeMoved",
    "NoticesRequested",
    "Outcome",
    "Outgoing",
    "PreferencesSaved",
    "ReportNotice",
    "RequestNotices",
    "RetryNotification",
    "SendNotification",
    "SettleNotification",
    "TestNotifications",
    "UseBuiltInWords",
    "WithdrawNotification",
    "WriteNotificationTemplate",
    "dues_reminder",
    "outgoing",
    "session_reminder",
]
