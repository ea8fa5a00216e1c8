from collections.abc import Iterator

import pytest

from tests.book.desk import own_commands
from tests.projecting.following import ReadModels
from tests.projecting.tables import TRAPS, sprung
from tests.support.postgres import Database


@pytest.fixture(autouse=True)
def commands_of_tests() -> Iterator[None]:
    with own_commands():
        yield


@pytest.fixture
def models(database: Database) -> Iterator[ReadModels]:
    models = ReadModels(database)
    models.establish()
    yield models
    sprung.update(TRAPS)
