"""Which browser tests use, and whether the client is built: what the head of a run says, and why a test has to pass."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "chromium.sh"
PAGE = ROOT / "web" / "dist" / "index.html"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


@cache
def chromium() -> str | None:
    """Its path, or ``None``. Installing one is for `make test`; here it is only looked for."""
    found = subprocess.run([str(SCRIPT), "--look"], capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else None


@cache
def missing() -> str | None:
    """Why the pages cannot be tested; ``None`` if they can."""
    if chromium() is None:
        return "no Chromium (scripts/chromium.sh installs one)"
    return None if PAGE.exists() else "the client is not built (`make web`)"


def described() -> str:
    why = missing()
    if why is not None:
        return f"{why}, so NO PAGE IS TESTED"
    version = subprocess.run([str(chromium()), "--version"], capture_output=True, text=True, check=False).stdout
    return f"{version.strip()}, the client built"
