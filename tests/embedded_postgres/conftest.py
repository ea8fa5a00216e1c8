import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded_postgres import remove_cluster
from tests.support.postgres import scratch_directory


@pytest.fixture
def home() -> Iterator[Path]:
    """Where a cluster of its own may be; whatever is left of it afterwards is cleared away."""
    home = scratch_directory() / f"daybook-embedded-{uuid.uuid4().hex[:12]}"
    yield home
    remove_cluster(home)
