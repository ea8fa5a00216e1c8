"""The e-mails that let people in: an invitation, a new password. Plain text; whose names they quote is told to nobody
but their own mailbox."""

from __future__ import annotations

from application.ports import Letter

__all__ = ["invitation", "password_reset"]


def invitation(to: str, name: str, centre: str, link: str) -> Letter:
    """``link`` works once, for seven days."""
    return Letter(
        to,
        f"Your account at {centre}",
        f"Hello {name},\n\n"
        f"an account was opened for you at {centre}. Choose a password here:\n\n{link}\n\n"
        "The link works once, within seven days. If it has expired, ask your administrator for another.\n",
    )


def password_reset(to: str, centre: str, link: str) -> Letter:
    """``link`` works once, for an hour. ``centre`` is its short name, as at the sign-in."""
    return Letter(
        to,
        "A new password",
        f"Somebody, perhaps you, asked for a new password at {centre}. Choose it here:\n\n{link}\n\n"
        "The link works once, within an hour. If it was not you, do nothing: your password stays as it is.\n",
    )
