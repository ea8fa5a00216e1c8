"""`make dev`: what runs ends when the code changes; a mistake in it is told, and what puts it right served moments
later."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from adapters.cli.reloading import PACKAGES
from tests.support.postgres import Database
from tests.support.system import SECRETS, wait_until

ROOT = Path(__file__).parents[2]
READY = re.compile(r"Daybook answers at (http://\S+)")


def test_a_change_is_served_and_a_mistake_survived(database: Database, tmp_path: Path) -> None:
    source, log = tmp_path / "source", tmp_path / "log"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    urls = {**database.environment, "MIGRATOR_DATABASE_URL": database.admin_url}
    environment = {**SECRETS, **urls, "DAYBOOK_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "adapters.cli", "serve", "--reload", "--port", "0"]
    with log.open("wb") as out, subprocess.Popen(
        command, cwd=source, env=environment, stdout=out, stderr=out
    ) as process:  # fmt: skip

        def told(pattern: str, times: int) -> Any:
            found = re.findall(pattern, log.read_text())
            assert process.poll() is None, log.read_text()
            return found[-1] if len(found) >= times else None

        def title() -> str:
            text: str = httpx.get(f"{address}/api/v1/openapi.json", trust_env=False).json()["info"]["title"]
            return text

        app = source / "api" / "app.py"
        right = app.read_text()
        try:
            address = wait_until(lambda: told(READY.pattern, 1), 60)
            assert title() == "Daybook"
            wait_until(lambda: told("no pages: the browser client is not built", 1))
            app.write_text("def broken(:\n")
            wait_until(lambda: told("waiting for a change", 1), 60)
            assert told(r"changed: (\S+)", 1) == "api/app.py"
            app.write_text(right.replace('title="Daybook"', 'title="Daybook, changed"'))
            address = wait_until(lambda: told(READY.pattern, 2), 60)
            assert title() == "Daybook, changed"
        finally:
            process.terminate()
            assert process.wait(30) == 0
