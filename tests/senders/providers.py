"""Each way of sending, against something that somebody else wrote, with a road between them on which things go wrong.

Twilio: Prism, which serves Twilio's own description and refuses what does not keep to it. SNS: moto's server. E-mail:
aiosmtpd. MSG91 has no such thing: a server that keeps to its documentation.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from adapters.mail import SmtpServer
from adapters.msg91 import Msg91, Msg91Account
from adapters.smtp import Smtp
from adapters.sns import Sns, SnsAccount
from adapters.twilio import Twilio, TwilioAccount
from application.notices.senders import Sender
from tests.senders.road import Road
from tests.support.system import wait_until

ROOT = Path(__file__).parents[2]
DESCRIPTION = ROOT / "tests" / "data" / "twilio" / "messages-openapi.json"
FETCH_SECONDS = 240
SECONDS = 1.5
"""How long a sender waits for its provider here."""
ACCOUNT = "AC" + "a" * 32


@dataclass
class Provider:
    """``port``: of the real thing. ``arrived``: (address, text) of each message that reached it. ``sender``: ours,
    told to go through a port. ``key``: what a client has said when it has said everything."""

    name: str
    port: int
    arrived: list[tuple[str, str]]
    make: Callable[[int], Sender]
    key: bytes = b""
    roads: list[Road] = field(default_factory=list)

    def through(self, **options: Any) -> tuple[Sender, Road]:
        road = Road(self.port, key=self.key, **options)
        self.roads.append(road)
        return self.make(road.port), road


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


@contextmanager
def twilio() -> Iterator[Provider]:
    """Prism tells in its log what it was asked; what it took is read from the requests that reached it."""
    done = subprocess.run(
        [ROOT / "scripts" / "prism.sh"], capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
    )
    if done.returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(done.stderr[-600:])
    port = free_port()
    command = [done.stdout.strip(), "mock", str(DESCRIPTION), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as prism:
        try:
            lines = iter(prism.stdout or ())
            assert any("is listening" in line for line in lines)
            threading.Thread(target=lambda: [None for _ in lines], daemon=True).start()
            arrived: list[tuple[str, str]] = []
            account = TwilioAccount(ACCOUNT, "token", "+15005550006")
            with _listening(port, arrived) as counted:
                yield Provider(
                    "twilio", counted, arrived,
                    lambda at: Twilio(_at(account, f"http://127.0.0.1:{at}"), seconds=SECONDS),
                )  # fmt: skip
        finally:
            prism.terminate()
            prism.wait(10)


def _at(account: TwilioAccount, url: str) -> TwilioAccount:
    return TwilioAccount(account.sid, account.token, account.sender, account.country_code, url)


@contextmanager
def _listening(port: int, arrived: list[tuple[str, str]]) -> Iterator[int]:
    """In front of Prism, which keeps nothing: notes what it took."""
    import httpx

    class Front(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._pass_on()

        def do_GET(self) -> None:
            self._pass_on()

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            wanted = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            answer = httpx.request(
                self.command, f"http://127.0.0.1:{port}{self.path}", content=body, headers=wanted, trust_env=False
            )
            if self.command == "POST" and answer.is_success:
                said = urllib.parse.parse_qs(body.decode())
                arrived.append((said["To"][0], said["Body"][0]))
            told = answer.content.replace(b"https://api.twilio.com", b"")
            _answer(self, answer.status_code, told)

        def log_message(self, *_: Any) -> None: ...

    with _serving(Front) as at:
        yield at


def _answer(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def sns() -> Iterator[Provider]:
    from moto.backends import get_backend
    from moto.server import ThreadedMotoServer

    known = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true"}
    before = {name: os.environ.get(name) for name in known}
    os.environ.update(known)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        _, port = server.get_host_and_port()
        backend = get_backend("sns")["123456789012"]["ap-south-1"]
        account = SnsAccount("ap-south-1", "Sunrise")
        yield Provider(
            "sns", port, _Live(lambda: [(number, text) for number, text, *_ in backend.sms_messages.values()]),
            lambda at: Sns(SnsAccount(account.region, account.sender, url=f"http://127.0.0.1:{at}"), seconds=SECONDS),
        )  # fmt: skip
    finally:
        server.stop()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


class _Live(list[tuple[str, str]]):
    """A list that is looked up each time; clearing it remembers how long it was."""

    __hash__ = None

    def __init__(self, look: Callable[[], list[tuple[str, str]]]) -> None:
        super().__init__()
        self._look = look
        self._from = 0

    def _now(self) -> list[tuple[str, str]]:
        return self._look()[self._from :]

    def __eq__(self, other: object) -> bool:
        return self._now() == other

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def __repr__(self) -> str:
        return repr(self._now())

    def clear(self) -> None:
        self._from = len(self._look())


@contextmanager
def smtp() -> Iterator[Provider]:
    from aiosmtpd.controller import Controller

    arrived: list[tuple[str, str]] = []

    class Mailbox:
        async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:
            number = re.match(r"(4|5)\d\d", address)
            if number:  # '550@…' is refused so
                return f"{number[0]} not here, {address}"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:
            message = message_from_bytes(envelope.content, policy=policy.default)
            body = message.get_body()
            assert body is not None
            arrived.append((envelope.rcpt_tos[0], str(body.get_content())))
            return "250 taken"

    controller = Controller(Mailbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield Provider(
            "smtp", controller.port, arrived,
            lambda at: Smtp(
                SmtpServer("127.0.0.1", at, "Daybook <no-reply@daybook.example>", security="none"), seconds=SECONDS
            ),
            key=b"\r\n.\r\n",
        )  # fmt: skip
    finally:
        controller.stop()


@contextmanager
def msg91() -> Iterator[Provider]:
    """As https://docs.msg91.com says of 'Send SMS': the key in a header, a template, recipients with their values."""
    arrived: list[tuple[str, str]] = []

    class Flow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers["authkey"] != "key" or self.path != "/api/v5/flow":
                return _answer(self, 401, b'{"message": "Unauthorized", "type": "error", "code": "201"}')
            if not re.fullmatch(r"[0-9]{11,15}", said["recipients"][0]["mobiles"]):
                return _answer(self, 400, b'{"message": "mobiles is invalid", "type": "error", "code": "202"}')
            for recipient in said["recipients"]:
                arrived.append((f"+{recipient['mobiles']}", recipient["text"]))
            return _answer(self, 200, b'{"message": "3763646c3058373530393938", "type": "success"}')

        def log_message(self, *_: Any) -> None: ...

    with _serving(Flow) as port:
        yield Provider(
            "msg91", port, arrived,
            lambda at: Msg91(Msg91Account("key", "SUNRSE", url=f"http://127.0.0.1:{at}"), seconds=SECONDS),
        )  # fmt: skip


PROVIDERS = {"twilio": twilio, "sns": sns, "smtp": smtp, "msg91": msg91}

__all__ = ["ACCOUNT", "PROVIDERS", "SECONDS", "Provider", "free_port", "wait_until"]
