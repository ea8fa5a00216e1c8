from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.notices.office import Office, opened
from tests.support.system import Centre


@pytest.fixture
def office(centre: Centre) -> Iterator[Office]:
    with opened(centre) as office:
        yield office
