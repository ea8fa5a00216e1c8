"""One listener: what waits to be written to them, and the writing.

An idle listener costs a waiting request and this object: a task writes only while there is something to write. What
waits is bounded. Whoever reads too slowly loses it and is told to fetch anew instead.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from application.stream import Listener, Receive, Send

log = logging.getLogger("daybook.streams")

MOST_WAITING = 256
"""Announcements that wait for one listener to read, at most."""
SILENT = b":\n\n"
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]  # fmt: skip


class Frame(NamedTuple):
    """An announcement as it is written, and where it stands in the book."""

    position: int
    text: bytes


def frame(event: str, data: dict[str, Any], position: int | None = None) -> bytes:
    """One server-sent event. With a ``position``, that is where a listener goes on after it."""
    id_ = b"" if position is None else b"id: %d\n" % position
    return b"event: %b\n%bdata: %b\n\n" % (event.encode(), id_, msgspec.json.encode(data))


def reset(position: int, reason: str) -> bytes:
    """Tells a listener to fetch anew whatever they show: what happened up to ``position`` is not told one by one."""
    return frame("reset", {"position": position, "reason": reason}, position)


class Client:
    """``after`` is the position up to which this listener has been told, or has told us they know."""

    __slots__ = ("_send", "_waiting", "_writing", "after", "ending", "listener", "marked")

    def __init__(self, listener: Listener, after: int, first: bytes) -> None:
        self.listener = listener
        self.after = after
        self.marked = after
        """The position that was last written as an id."""
        self.ending: bytes | None = None
        self._send: Send | None = None
        self._waiting: deque[bytes] | None = deque([first])
        self._writing: asyncio.Task[None] | None = None

    async def listen(self, receive: Receive, send: Send) -> None:
        """Answer the request, and stay until they go or the stream is ended."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        self._send = send
        self._write_soon()
        while (await receive())["type"] != "http.disconnect":
            pass

    def left(self) -> None:
        """The connection is gone: so is what waits for it."""
        self._send = self._waiting = None
        if self._writing is not None:
            self._writing.cancel()

    def tell(self, frames: Sequence[Frame], upto: int) -> bool:
        """Announce; ``upto`` is the last position that was looked at. Whether there was room for it."""
        fresh = [each.text for each in frames if each.position > self.after]
        self.after = max(self.after, upto)
        if not fresh or self.ending is not None:
            return True
        waiting = self._waiting = self._waiting or deque()
        kept = len(waiting) + len(fresh) <= MOST_WAITING
        if kept:
            waiting.extend(fresh)
        else:
            waiting.clear()
            waiting.append(reset(self.after, "slow"))
        self.marked = self.after
        self._write_soon()
        return kept

    def tell_reset(self, position: int, reason: str) -> None:
        self.after = self.marked = position
        self._waiting = deque([reset(position, reason)])
        self._write_soon()

    def beat(self) -> None:
        """Something to read for whoever has heard nothing, so that both ends notice when the other is gone. Where
        others were told things meanwhile, it moves the position from which this listener would go on."""
        if self._waiting or self._writing is not None or self.ending is not None:
            return
        moved, self.marked = self.marked < self.after, self.after
        self._waiting = deque([b"id: %d\n\n" % self.after if moved else SILENT])
        self._write_soon()

    def end(self, reason: str, retry_ms: int) -> None:
        """Say why, and end. What they were not told yet they are not told any more: they may have lost the right."""
        if self.ending is None:
            self.ending = b"retry: %d\n%b" % (retry_ms, frame("end", {"reason": reason}))
            self._waiting = None
            self._write_soon()

    def over(self, now: datetime) -> bool:
        """Whether the token has expired that this was opened with."""
        return self.listener.expires_at is not None and self.listener.expires_at <= now

    def _write_soon(self) -> None:
        if self._send is not None and self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write(self._send))

    async def _write(self, send: Send) -> None:
        # Each ``send`` waits until the connection has room for more, which is what holds a slow reader's back.
        try:
            while self._waiting or self.ending is not None:
                ended, waiting, self._waiting = self.ending, self._waiting, None
                body = ended or b"".join(waiting or ())
                await send({"type": "http.response.body", "body": body, "more_body": ended is None})
                if ended is not None:
                    return
        except Exception as error:
            log.debug("a listener could not be written to: %s", type(error).__name__)
        finally:
            self._writing = None
