"""Notices by e-mail: over the mail server that letters go over, or into the same outbox."""

from __future__ import annotations

import asyncio
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Final

from adapters.mail import SECONDS, NotTaken, OutboxMailer, PerhapsSent, SmtpServer, compose, deliver
from adapters.sms import code
from application.notices.senders import Accepted, Answer, Busy, Declined, Parcel, Reticent, Unanswered
from application.ports import Letter, NotSent
from domain.notices import Problem

__all__ = ["Outbox", "Smtp"]

LATER: Final = 300.0
NO_SUCH_MAILBOX: Final = frozenset({550, 551, 553})
DENIED: Final = frozenset({530, 534, 535, 538})
LATER_PLEASE: Final = range(420, 460)
"""421, 450, 451, 452: a server that is busy, or greets strangers by sending them away once."""


class Smtp(Reticent):
    """A mail server tells nothing of what it took, so whoever got no answer cannot ask. Each try of a notice has one
    Message-ID."""

    name: Final = "smtp"

    def __init__(self, server: SmtpServer, *, seconds: float = SECONDS) -> None:
        self._server = server
        self._seconds = seconds

    async def send(self, parcel: Parcel) -> Answer:
        sender = _under_the_name_of(parcel.sender_name, self._server.sender)
        try:
            message = compose(_letter(parcel), sender, key=parcel.key)
            await asyncio.to_thread(deliver, message, self._server, seconds=self._seconds)
        except PerhapsSent as error:
            return Unanswered(code(error.code) or "NO_ANSWER")
        except NotTaken as error:
            return _refusal(error.code)
        except ValueError:
            return Declined(Problem.BAD_ADDRESS)
        return Accepted(parcel.key)

    async def close(self) -> None:
        """Nothing is kept open."""


class Outbox(Reticent):
    """Where there is no mail server: a file, as of letters."""

    name: Final = "outbox"

    def __init__(self, mailer: OutboxMailer) -> None:
        self._mailer = mailer

    async def send(self, parcel: Parcel) -> Answer:
        try:
            await self._mailer.send(_letter(parcel), key=parcel.key)
        except NotSent:
            return Declined(Problem.NOT_REACHED)
        return Accepted(parcel.key)

    async def close(self) -> None:
        """Nothing is kept open."""


def _letter(parcel: Parcel) -> Letter:
    return Letter(parcel.address, parcel.subject or parcel.sender_name, parcel.text)


def _under_the_name_of(name: str, sender: str) -> str:
    """The centre's name before the address that mail is sent from."""
    address = parseaddr(sender)[1]
    return str(Address(display_name=name, addr_spec=address)) if name else sender


def _refusal(number: int | None) -> Answer:
    if number is None:
        return Declined(Problem.NOT_REACHED)
    if number in LATER_PLEASE:
        return Busy(LATER)
    if number in DENIED:
        return Declined(Problem.NOT_SET_UP, code(number))
    return Declined(Problem.BAD_ADDRESS if number in NO_SUCH_MAILBOX else Problem.REFUSED, code(number))
