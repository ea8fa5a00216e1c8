"""A provider that counts: by key, and by text. Of the messages it takes it answers some late, some never, and it
refuses none; asked for a key, it says whether it has it."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 0.6
"""Seconds that our side waits for it."""


@dataclass
class Counted:
    url: str = ""
    keys: Counter[str] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    mute: float = 0.0
    """The part of what it takes that it does not answer."""


@contextmanager
def counting(seed: int, mute: float) -> Iterator[Counted]:
    counted, chance, one = Counted(mute=mute), random.Random(seed), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            text = self.rfile.read(length).decode()
            if len(text.encode()) < length:  # whoever sent it was killed on the way
                return
            time.sleep(chance.uniform(0.0, 0.05))  # long enough for a kill to fall before
            with one:
                counted.keys[self.path] += 1
                counted.texts[text] += 1
            time.sleep(PATIENCE * 1.5 if chance.random() < counted.mute else chance.uniform(0.0, 0.1))
            self._answer(200)

        def do_GET(self) -> None:
            self._answer(200 if self.path in counted.keys else 404)

        def _answer(self, status: int) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                pass  # whoever asked was killed, or waits no more

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None: ...

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    counted.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield counted
    finally:
        server.shutdown()
        server.server_close()
