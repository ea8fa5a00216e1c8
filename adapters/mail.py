"""Letters: over SMTP, or into a folder on a machine that has no mail server yet."""

from __future__ import annotations

import asyncio
import os
import smtplib
import ssl
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Literal

from uuid_utils.compat import uuid7

from application.ports import Letter, NotSent

SECONDS = 10.0
"""How long a mail server may take for each step of a conversation."""
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


def compose(letter: Letter, sender: str) -> EmailMessage:
    """Headers are encoded by the library, which refuses line breaks in them."""
    message = EmailMessage(policy=_WIDE)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">") or "daybook.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


class SmtpMailer:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(self, letter: Letter) -> None:
        try:
            await asyncio.to_thread(self._send, compose(letter, self._server.sender))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # Its text may quote the address; the class and the server's code say enough.
            code = getattr(error, "smtp_code", "")
            raise NotSent(f"{type(error).__name__} {code}".strip()) from None

    def _send(self, message: EmailMessage) -> None:
        server = self._server
        # Both check the server's certificate and name, which the library does not by itself.
        trust = ssl.create_default_context()
        talk: smtplib.SMTP
        if server.security == "tls":
            talk = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=trust)
        else:
            talk = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        with talk:
            if server.security == "starttls":
                talk.starttls(context=trust)
            if server.username is not None:
                talk.login(server.username, server.password or "")
            talk.send_message(message)


class OutboxMailer:
    """Each letter becomes a file that only this account can read: secret links do not belong in a log."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        try:
            await asyncio.to_thread(self._write, bytes(compose(letter, self._sender)))
        except (OSError, ValueError) as error:
            raise NotSent(f"the outbox cannot be written ({type(error).__name__}); set SMTP_HOST") from None

    def _write(self, message: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{uuid7()}.eml"
        partial = path.with_suffix(".part")
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(message)
        partial.rename(path)  # whoever watches the folder sees whole letters only
