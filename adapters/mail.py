"""Letters: over SMTP, or into a folder on a machine that has no mail server yet."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path
from typing import Literal

from uuid_utils.compat import uuid7

from application.ports import Letter, NotSent

SECONDS = 10.0
"""How long a mail server may take for each step of a conversation."""
START_MAIL = 354
TAKEN = frozenset({250, 251})
Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class SmtpServer:
    host: str
    port: int
    sender: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    security: Security = "starttls"


_WIDE = policy.default.clone(max_line_length=998)
"""As wide as a line of mail may be: at the usual 78 a link would be broken up, and nobody could copy it from a file."""


def compose(letter: Letter, sender: str, *, key: str | None = None) -> EmailMessage:
    """Headers are encoded by the library, which refuses line breaks in them. ``key``: what the message is known by, so
    that one which arrives twice is shown once by mail programs that look."""
    message = EmailMessage(policy=_WIDE)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = formatdate(usegmt=True)
    domain = sender.rpartition("@")[2].rstrip(">") or "daybook.invalid"
    message["Message-ID"] = make_msgid(domain=domain) if key is None else f"<{key}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


class NotTaken(NotSent):
    """The mail server did not take it. ``code`` is its own, if it gave one."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class PerhapsSent(NotTaken):
    """The whole message was handed over, and no answer came: the server may have taken it."""


class SmtpMailer:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(self, letter: Letter) -> None:
        try:
            await asyncio.to_thread(deliver, compose(letter, self._server.sender), self._server)
        except ValueError as error:  # a header that cannot be; its text may quote the address
            raise NotSent(type(error).__name__) from None


def deliver(message: EmailMessage, server: SmtpServer, *, seconds: float = SECONDS) -> None:
    """Hand one message over, once. Blocks. Raises ``NotTaken``, or ``PerhapsSent`` if the server went silent when it
    had everything. How it takes its leave changes nothing: a message that was taken is not said to be lost."""
    handed_over = False
    try:
        talk = _connected(server, seconds)
        try:
            _expect(talk.mail(parseaddr(server.sender)[1]))
            _expect(talk.rcpt(parseaddr(str(message["To"]))[1]))
            _expect(talk.docmd("data"), frozenset({START_MAIL}))
            handed_over = True  # from here on it may have been taken, whatever we hear
            talk.send(_lines(message))
            answer = talk.getreply()
            handed_over = False
            _expect(answer)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                talk.quit()
        finally:
            talk.close()
    except (OSError, smtplib.SMTPException) as error:
        # Its text may quote the address; the class and the server's code say enough.
        number = getattr(error, "smtp_code", None)
        kind = PerhapsSent if handed_over else NotTaken
        raise kind(f"{type(error).__name__} {number or ''}".strip(), number) from None


def _connected(server: SmtpServer, seconds: float) -> smtplib.SMTP:
    # Both check the server's certificate and name, which the library does not by itself.
    trust = ssl.create_default_context()
    talk: smtplib.SMTP
    if server.security == "tls":
        talk = smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=trust)
    else:
        talk = smtplib.SMTP(server.host, server.port, timeout=seconds)
    try:
        if server.security == "starttls":
            talk.starttls(context=trust)
        if server.username is not None:
            talk.login(server.username, server.password or "")
        talk.ehlo_or_helo_if_needed()
    except BaseException:
        talk.close()
        raise
    return talk


def _expect(answer: tuple[int, bytes], wanted: frozenset[int] = TAKEN) -> None:
    if answer[0] not in wanted:
        raise smtplib.SMTPResponseException(answer[0], b"")


def _lines(message: EmailMessage) -> bytes:
    """As the wire wants it: CRLF, lines that begin with a dot doubled, and the dot that ends it."""
    text = message.as_bytes(policy=_WIDE.clone(linesep="\r\n"))
    stuffed = re.sub(rb"(?m)^\.", b"..", text)
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"


class OutboxMailer:
    """Each letter becomes a file that only this account can read: secret links do not belong in a log."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, letter: Letter, *, key: str | None = None) -> None:
        """``key``: what the file's name begins with, so that it is found again when it must go."""
        try:
            await asyncio.to_thread(self._write, bytes(compose(letter, self._sender)), key)
        except (OSError, ValueError) as error:
            raise NotSent(f"the outbox cannot be written ({type(error).__name__}); set SMTP_HOST") from None

    def _write(self, message: bytes, key: str | None) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{'' if key is None else f'{key}.'}{uuid7()}.eml"
        partial = path.with_suffix(".part")
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(message)
        partial.rename(path)  # whoever watches the folder sees whole letters only
