from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from tests.book.desk import own_commands
from tests.delivery.lines import FromBooks, Line, ThroughKafka, relaying
from tests.support.broker import Broker
from tests.support.postgres import Database

OpenLine = Callable[[Database], AbstractAsyncContextManager[Line]]


@pytest.fixture(autouse=True)
def commands_of_tests() -> Iterator[None]:
    with own_commands():
        yield


@pytest.fixture(params=["books", "books ahead", "kafka"])
def line(request: pytest.FixtureRequest) -> OpenLine:
    """Either way for messages to come, to be opened over a database."""

    @asynccontextmanager
    async def books(database: Database) -> AsyncIterator[Line]:
        yield FromBooks(database, ahead=request.param == "books ahead")

    @asynccontextmanager
    async def kafka(database: Database) -> AsyncIterator[Line]:
        broker: Broker = request.getfixturevalue("broker")
        servers = broker.fresh()
        async with relaying(database, servers):
            yield ThroughKafka(servers)

    return kafka if request.param == "kafka" else books
