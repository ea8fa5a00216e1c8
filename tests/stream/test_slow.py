"""A listener that does not read: what waits for it is bounded, and it is told to fetch anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.streams.client import MOST_WAITING, Client, Frame, frame
from application.stream import Listener
from domain.values import Role

SOMEBODY = Listener(UUID(int=1), UUID(int=2), Role.WORKSPACE_ADMIN, datetime(2026, 11, 2, tzinfo=UTC), None, own=False)
MANY = 50_000


class Connection:
    """Takes nothing while ``open`` is not set, as a socket whose buffers are full."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.gone = asyncio.Event()
        self.sent: list[bytes] = []

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            await self.open.wait()
            self.sent.append(message["body"])

    async def receive(self) -> MutableMapping[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}


def changed(position: int) -> Frame:
    return Frame(position, frame("changed", {"position": position}, position))


def test_who_reads_slowly_costs_little_and_is_told_so() -> None:
    async def story() -> None:
        connection = Connection()
        client = Client(SOMEBODY, 0, b"event: open\n\n")
        listening = asyncio.create_task(client.listen(connection.receive, connection.send))
        while client._waiting:  # until it is being written
            await asyncio.sleep(0)
        most, kept = 0, True
        for position in range(1, MANY + 1):
            kept = client.tell([changed(position)], position) and kept
            most = max(most, len(client._waiting or ()))
            if position % 1_000 == 0:
                await asyncio.sleep(0)
        assert not kept
        assert most <= MOST_WAITING
        connection.open.set()
        while client._writing is not None:
            await asyncio.sleep(0)
        text = b"".join(connection.sent).decode()
        assert text.startswith("event: open")
        told = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
        assert told[0]["reason"] == "slow"
        # After the last reset nothing is missing.
        after = max(n for n, data in enumerate(told) if "reason" in data)
        positions = [data["position"] for data in told[after:]]
        assert positions == list(range(positions[0], MANY + 1))
        connection.gone.set()
        await listening

    asyncio.run(story())


def test_who_keeps_up_is_told_everything() -> None:
    """The control of the test above."""

    async def story() -> None:
        connection = Connection()
        connection.open.set()
        client = Client(SOMEBODY, 0, b"")
        listening = asyncio.create_task(client.listen(connection.receive, connection.send))
        for position in range(1, 2_001):
            assert client.tell([changed(position)], position)
            await asyncio.sleep(0)
        connection.gone.set()
        await listening
        assert b"".join(connection.sent).count(b"event: changed") == 2_000

    asyncio.run(story())


def test_after_the_end_nothing_more_is_told_to_who_is_stuck() -> None:
    async def story() -> None:
        connection = Connection()
        client = Client(SOMEBODY, 0, b"first")
        listening = asyncio.create_task(client.listen(connection.receive, connection.send))
        await asyncio.sleep(0)
        client.tell([changed(1)], 1)
        client.end("revoked", 1)
        client.tell([changed(2)], 2)
        client.beat()
        connection.open.set()
        while client._writing is not None:
            await asyncio.sleep(0)
        assert b"".join(connection.sent).count(b"changed") == 0
        assert connection.sent[-1].endswith(b'data: {"reason":"revoked"}\n\n')
        connection.gone.set()
        await listening

    asyncio.run(story())
