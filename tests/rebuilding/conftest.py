from collections.abc import Iterator

import pytest

from projections.rebuilding import rebuild_requests
from tests.book.desk import own_commands
from tests.projecting.following import ReadModels
from tests.projecting.tables import TABLES, TRAPS, sprung
from tests.support.postgres import Database


@pytest.fixture(autouse=True)
def commands_of_tests() -> Iterator[None]:
    with own_commands():
        yield


@pytest.fixture
def models(database: Database) -> Iterator[ReadModels]:
    """The tests' own tables, and the one that says what was asked for."""
    models = ReadModels(database, (*TABLES, rebuild_requests))
    models.establish()
    yield models
    sprung.update(TRAPS)
