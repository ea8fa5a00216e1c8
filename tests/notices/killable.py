"""``daybook relay`` and ``daybook notify`` to be killed: ``python -m tests.notices.killable FOLDER``, told by its
environment what daybook is. Each line on stdin names what to start: it is forked, and its pid is the answer.

``relay``, ``notify``  as they are, but for the provider, which is ``tests.notices.counted``'s, and the clock, which is
                       as much ahead as the file ``ahead`` in FOLDER says, in seconds, when the process starts
``guess``              the negative control: a ``notify`` that takes silence for a refusal

Another word after it is the member's name.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters import commanding, delivering, notifying
from adapters.settings import Settings, from_environment
from application.notices.senders import (
    ABSENT,
    Absent,
    Accepted,
    Answer,
    Declined,
    Found,
    Parcel,
    Sender,
    Silent,
    Traced,
    Unanswered,
)
from consumers import sending
from domain.notices import Problem
from domain.values import Channel
from tests.notices.counted import PATIENCE


class Ahead:
    """A clock that somebody has put on."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return datetime.now(UTC) + self._by


class ByHttp:
    """Hands messages to the server of ``tests.notices.counted``."""

    name, askable, traces = "counted", True, False

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False)

    async def send(self, parcel: Parcel) -> Answer:
        try:
            answer = await self._client.post(f"/{parcel.key}", content=parcel.text)
        except httpx.ConnectError:
            return Declined(Problem.NOT_REACHED)
        except httpx.HTTPError:
            return Unanswered()
        return Accepted(parcel.key) if answer.is_success else Declined(Problem.REFUSED)

    async def find(self, parcel: Parcel, since: datetime) -> Found | Absent | Silent:
        try:
            answer = await self._client.get(f"/{parcel.key}")
        except httpx.HTTPError:
            return Silent()
        return Found(parcel.key) if answer.is_success else ABSENT

    async def trace(self, provider_id: str) -> Traced | Silent:
        return Silent()

    async def close(self) -> None:
        await self._client.aclose()


def guesses(work: Any, answer: Answer, *others: Any) -> Any:
    return _known(work, Declined(Problem.NOT_REACHED) if isinstance(answer, Unanswered) else answer, *others)


_known = sending._came


def senders(_: Settings) -> Mapping[Channel, Sender]:
    return {Channel.SMS: ByHttp(os.environ["COUNTED_URL"])}


async def work(kind: str, ahead: timedelta) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    settings = from_environment()
    if kind == "relay":
        await delivering.relay(settings, stopping, from_start=True, lease=1.0)
        return
    patch = pytest.MonkeyPatch()  # of this process, for good
    patch.setattr(commanding, "MachineClock", lambda: Ahead(ahead))
    patch.setattr(notifying, "make_senders", senders)
    if kind == "guess":
        patch.setattr(sending, "_came", guesses)
    await delivering.notify(settings, stopping)


def main(folder: Path) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        kind, *member = line.split()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.environ["DAYBOOK_MEMBER"] = member[0] if member else kind
            try:
                asyncio.run(work(kind, timedelta(seconds=float((folder / "ahead").read_text()))))
            finally:
                sys.stderr.flush()
                os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
