"""From the books to Kafka: one loop like any other, whose work is to publish.

What a batch tells is acknowledged by the broker before the position behind it moves. Whatever fails between, a crash
included, is published again from the position, so Kafka may hold a message twice and never lacks one. Who reads a
shard of the books holds its lease, and a position moves under that lease's fence only (see ``Source``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from consumers.base import Message, Tally

RELAY: Final = "relay"
"""The name that its positions and leases are kept under."""
BATCH: Final = 2_000
"""Messages published at a time: what is acknowledged moves the positions of all of them at once."""


class Publisher(Protocol):
    async def publish(self, messages: Sequence[Message]) -> None:
        """Returns when every message is acknowledged. Raises ``Interrupted``: any of them may be there, or not."""

    async def close(self) -> None: ...


class Relay:
    """The work of ``consumers.base.run``."""

    name = RELAY

    def __init__(self, publisher: Publisher) -> None:
        self.tally = Tally()
        self._publisher = publisher

    async def all(self, messages: Sequence[Message]) -> None:
        await self._publisher.publish(messages)
        self.tally.handled += len(messages)
