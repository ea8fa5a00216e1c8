from __future__ import annotations

import pytest

from tests.progress.clinic import Clinic
from tests.support.system import Centre


@pytest.fixture
def clinic(centre: Centre) -> Clinic:
    return Clinic(centre)
