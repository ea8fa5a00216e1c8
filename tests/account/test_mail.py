"""Letters over a real SMTP conversation: what arrives, and that a server that is not to be trusted gets nothing."""

from __future__ import annotations

import asyncio
import email
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from pathlib import Path

import pytest

from adapters.mail import OutboxMailer, SmtpMailer, SmtpServer
from application.ports import Letter, NotSent

LETTER = Letter(
    "meena@staff.example", "Your account at Sunrise – नमस्ते", "Hello मीना,\n\nhttps://x.example/#token=" + "t" * 90
)
SENDER = "Daybook <no-reply@daybook.example>"


class Post:
    """A small mail server: it takes one letter a conversation, and refuses ``refused`` recipients."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.taken: list[bytes] = []
        self.said: list[str] = []
        self.refused = ""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                talk, _ = self.socket.accept()
            except OSError:
                return
            with talk, talk.makefile("rwb") as lines:
                self._converse(lines)

    def _converse(self, lines: object) -> None:
        def say(text: str) -> None:
            lines.write(text.encode() + b"\r\n")  # type: ignore[attr-defined]
            lines.flush()  # type: ignore[attr-defined]

        say("220 post.example")
        for line in lines:  # type: ignore[attr-defined]
            word = line.decode().strip()
            self.said.append(word)
            if word.upper() == "DATA":
                say("354 go on")
                body = b""
                for part in lines:  # type: ignore[attr-defined]
                    if part == b".\r\n":
                        break
                    body += part
                self.taken.append(body)
                say("250 taken")
            elif word.upper() == "QUIT":
                say("221 bye")
                return
            elif self.refused and word.upper().startswith("RCPT"):
                say(f"550 no such mailbox {self.refused}")
            else:
                say("250 ok")


@contextmanager
def post() -> Iterator[Post]:
    server = Post()
    try:
        yield server
    finally:
        server.socket.close()


def send(server: SmtpServer, letter: Letter = LETTER) -> None:
    asyncio.run(SmtpMailer(server).send(letter))


def test_a_letter_arrives_as_it_was_written() -> None:
    with post() as server:
        send(SmtpServer("127.0.0.1", server.port, SENDER, security="none"))
        [taken] = server.taken
    read = email.message_from_bytes(taken, policy=policy.default)
    assert (read["To"], read["From"], read["Subject"]) == (LETTER.to, SENDER, LETTER.subject)
    assert read.get_content().split() == LETTER.text.split()


def test_without_encryption_nothing_is_said_to_a_server_that_should_have_it() -> None:
    """The default is STARTTLS; a server (or somebody between) that lacks it gets neither letter nor password."""
    with post() as server:
        with pytest.raises(NotSent):
            send(SmtpServer("127.0.0.1", server.port, SENDER, "daybook", "secret"))
        assert server.taken == []
        assert not [said for said in server.said if said.upper().startswith(("AUTH", "MAIL", "RCPT"))]


@pytest.mark.parametrize("way", ["refused", "nobody listens", "a line break in the address"])
def test_what_cannot_be_sent_is_said_without_the_address(way: str) -> None:
    with post() as server:
        port, letter = server.port, LETTER
        if way == "refused":
            server.refused = LETTER.to
        elif way == "nobody listens":
            with socket.create_server(("127.0.0.1", 0)) as closed:
                port = closed.getsockname()[1]
        else:
            letter = Letter(f"{LETTER.to}\nBcc: all@staff.example", LETTER.subject, LETTER.text)
        with pytest.raises(NotSent) as refusal:
            send(SmtpServer("127.0.0.1", port, SENDER, security="none"), letter)
        assert LETTER.to not in str(refusal.value)
        assert server.taken == []


def test_the_outbox_can_be_read_by_a_person(tmp_path: Path) -> None:
    asyncio.run(OutboxMailer(tmp_path / "outbox", SENDER).send(LETTER))
    [path] = (tmp_path / "outbox").iterdir()
    assert LETTER.text.splitlines()[-1] in path.read_text("utf-8")  # the link stands in one piece
    assert email.message_from_bytes(path.read_bytes(), policy=policy.default)["Subject"] == LETTER.subject
    (tmp_path / "file").write_text("")
    with pytest.raises(NotSent):
        asyncio.run(OutboxMailer(tmp_path / "file" / "outbox", SENDER).send(LETTER))


def test_a_servers_password_is_not_shown() -> None:
    assert "secret" not in repr(SmtpServer("h", 25, SENDER, "daybook", "secret"))
