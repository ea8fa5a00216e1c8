from collections.abc import Iterator

import pytest

from tests.book.desk import own_commands


@pytest.fixture(autouse=True)
def commands_of_tests() -> Iterator[None]:
    with own_commands():
        yield
