"""The way to a provider, on which anything can happen: a relay of bytes that can swallow, hold back, cut or answer."""

from __future__ import annotations

import socket
import threading
from enum import Enum

__all__ = ["Mishap", "Road"]

CHUNK = 65_536


class Mishap(Enum):
    NONE = "none"
    SWALLOWED = "swallowed"
    """What is sent reaches nobody, and nobody answers."""
    HUNG = "hung"
    """The provider is given everything and answers; the answer does not come through, and the line stays open."""
    CUT = "cut"
    """As before, but the line is cut."""


class Road:
    """Leads to ``port``. ``key`` ends what a client has to say: from then on its mishap befalls it (empty: from the
    start)."""

    def __init__(
        self, port: int, *, key: bytes = b"", mishap: Mishap = Mishap.NONE, answer: bytes | None = None
    ) -> None:
        self._to = port
        self._key = key
        self.mishap = mishap
        self.answer = answer
        """Instead of the provider's; it hears nothing."""
        self.trips = 0
        self._open: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        for each in (self._socket, *self._open):
            each.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.trips += 1
            self._open.append(client)
            threading.Thread(target=self._travel, args=[client], daemon=True).start()

    def _travel(self, client: socket.socket) -> None:
        if self.answer is not None:
            _whole_request(client)
            client.sendall(self.answer)
            client.close()
            return
        if self.mishap is Mishap.SWALLOWED and not self._key:
            return  # held open, unread
        provider = socket.create_connection(("127.0.0.1", self._to))
        self._open.append(provider)
        said = threading.Event()
        if not self._key:
            said.set()
        threading.Thread(target=self._back, args=[provider, client, said], daemon=True).start()
        heard = b""
        while data := _read(client):
            heard = (heard + data)[-CHUNK:]
            if self._key and heard.endswith(self._key):
                said.set()
                if self.mishap is Mishap.SWALLOWED:
                    return
            _send(provider, data)

    def _back(self, provider: socket.socket, client: socket.socket, said: threading.Event) -> None:
        while data := _read(provider):
            if self.mishap is Mishap.NONE or not said.is_set():
                _send(client, data)
            elif self.mishap is Mishap.CUT:
                client.close()
                return


def _whole_request(client: socket.socket) -> None:
    """Read head and body, as the length in the head says."""
    heard = b""
    while b"\r\n\r\n" not in heard and (data := _read(client)):
        heard += data
    head, _, body = heard.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0) and (data := _read(client)):
        body += data


def _read(side: socket.socket) -> bytes:
    try:
        return side.recv(CHUNK)
    except OSError:
        return b""


def _send(side: socket.socket, data: bytes) -> None:
    try:
        side.sendall(data)
    except OSError:
        side.close()
