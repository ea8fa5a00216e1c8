"""A listener over HTTP, on a thread of its own: what it was told so far, as events."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.system import wait_until


@dataclass
class Told:
    """One server-sent event; ``event`` is empty of a bare id or a comment."""

    event: str = ""
    id: str = ""
    data: Any = None


@dataclass
class Ear:
    told: list[Told] = field(default_factory=list)
    beats: int = 0
    last_id: str = ""
    status: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    raw: bytearray = field(default_factory=bytearray)

    def take(self, block: str) -> None:
        event = Told()
        for line in block.splitlines():
            name, _, value = line.partition(": ")
            if name == "event":
                event.event = value
            elif name == "id":
                event.id = self.last_id = value
            elif name == "data":
                event.data = json.loads(value)
        if event.event:
            self.told.append(event)
        else:
            self.beats += 1

    def of(self, event: str) -> list[Any]:
        return [each.data for each in self.told if each.event == event]

    @property
    def heard(self) -> list[tuple[str, str]]:
        """Kind and id of what changed."""
        return [(each["resource"], each["id"]) for each in self.of("changed")]

    def hears(self, what: Any, seconds: float = 10.0) -> Any:
        """The first answer of ``what(self)`` that is true."""
        return wait_until(lambda: what(self), seconds)


@contextmanager
def listening(url: str, token: str, *, after: int | str | None = None, query: str = "") -> Iterator[Ear]:
    """Listens until the block ends, or the stream does; is entered once ``open`` or a refusal has come."""
    ear = Ear()
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    sockets: list[socket.socket] = []

    def listen() -> None:
        text = ""
        try:
            with (
                httpx.Client(base_url=f"{url}/api/v1", timeout=30, trust_env=False, verify=False) as client,
                client.stream("GET", f"/stream{query}", headers=headers) as answer,
            ):
                ear.status = answer.status_code
                sockets.append(answer.extensions["network_stream"].get_extra_info("socket"))
                for part in answer.iter_raw():
                    ear.raw += part
                    text += part.decode()
                    *blocks, text = text.split("\n\n")
                    for block in blocks:
                        ear.take(block)
        except (httpx.HTTPError, RuntimeError, OSError):
            pass  # the block has ended
        finally:
            ear.ended.set()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        wait_until(lambda: ear.told or ear.ended.is_set(), 20)
        yield ear
    finally:
        for each in sockets:
            with suppress(OSError):  # it may be closed already
                each.shutdown(socket.SHUT_RDWR)
        thread.join(10)
