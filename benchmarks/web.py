"""What the browser client weighs and how quickly it shows: ``python -m benchmarks.web [--runs N]``.

Starts the demo centre on an empty directory, looks at the pages with Lighthouse in a real Chromium (of several runs the
median), prints each figure beside its goal, writes all to ``web/latest.json``, and fails if a goal was missed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from adapters.demo import PASSWORD
from adapters.embedded_postgres import remove_cluster
from benchmarks.p8_start import PATIENCE, SAYS
from benchmarks.process import answers, free_port, running
from benchmarks.product import serve_command
from benchmarks.web_latency import latencies

WEB = Path(__file__).parents[1] / "web"
MEASURE = WEB / "measure"
LATEST = WEB / "latest.json"
SIZES = WEB / "sizes.json"  # the build writes it, and fails over its gates

ADMIN, THERAPIST, ACCOUNTANT = "admin@sunrise.example", "ananya@sunrise.example", "accountant@sunrise.example"
SLOW_PAGES = ("/schedule", "/patients")


@dataclass(frozen=True)
class Goal:
    """``at_least`` or at most ``limit``."""

    name: str
    limit: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def told(self, value: float) -> str:
        return f"{self.name} {value:g}" if self.met(value) else f"{self.name} {value:g} MISSED ({self.limit:g})"


SOON = (Goal("first_page", 2_000), Goal("own_screen", 100), Goal("other_screen", 600))
"""Milliseconds; the last is what is allowed besides the lag of the read tables, which is in it."""


def goals_of(page: str, form: str) -> list[Goal]:
    lcp = 3_000 if page in SLOW_PAGES else 2_500
    return [
        Goal("performance", 90 if form == "mobile" else 98, at_least=True),
        Goal("accessibility", 100, at_least=True), Goal("best-practices", 100, at_least=True),
        Goal("lcp", lcp), Goal("tbt", 250), Goal("cls", 0.05),
    ]  # fmt: skip


@contextmanager
def demo_centre() -> Iterator[str]:
    """The address of the demo centre, on a directory of its own that is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="daybook-web-"))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    try:
        # Nobody looks at so many pages in a minute as a measurement does.
        given = {"DAYBOOK_HOME": str(home), "DATABASE_URL": "", "DAYBOOK_RATE_LIMITS": "off"}
        with running(serve_command(port), given) as (child, output):
            deadline = time.monotonic() + PATIENCE
            while not (SAYS in _so_far(output) and answers(url, "/readyz")):
                if child.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"daybook serve did not come up:\n{_so_far(output)[-4000:]}")
                time.sleep(0.05)
            yield url
    finally:
        remove_cluster(home)


def _so_far(output: Any) -> str:
    output.seek(0)
    return str(output.read())


def people(url: str) -> list[dict[str, Any]]:
    """Who looks at which pages."""
    answer = httpx.post(
        f"{url}/api/v1/auth/login", json={"email": ADMIN, "password": PASSWORD}, timeout=30, trust_env=False
    ).raise_for_status()
    told = {"Authorization": f"Bearer {answer.json()['accessToken']}"}
    found = httpx.get(f"{url}/api/v1/patients?pageSize=1", headers=told, timeout=30, trust_env=False).raise_for_status()
    patient = found.json()["data"][0]["id"]

    def person(email: str, *pages: str) -> dict[str, Any]:
        return {"who": {"email": email, "password": PASSWORD}, "pages": pages}

    return [
        {"who": None, "pages": ["/login"]},
        person(ADMIN, "/", "/schedule", "/patients", f"/patients/{patient}", "/payments", "/reports", "/audit"),
        person(THERAPIST, "/"),
    ]


def lighthouse(url: str, chromium: str, runs: int) -> list[dict[str, Any]]:
    """Each page on each form of device. Installs Lighthouse at its first use."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    if not (MEASURE / "node_modules" / "lighthouse").exists():
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--silent"],  # noqa: S607 - the one of the environment
            cwd=MEASURE, env=environment, check=True,
        )  # fmt: skip
    asked = json.dumps({"url": url, "chromium": chromium, "runs": runs, "people": people(url)})
    done = subprocess.run(  # noqa: S603
        ["node", "lighthouse.mjs", asked],  # noqa: S607
        cwd=MEASURE, env=environment, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def judged(row: Mapping[str, Any]) -> tuple[bool, str]:
    goals = goals_of(row["page"], row["form"])
    told = "  ".join(goal.told(round(row[goal.name], 3)) for goal in goals)
    return all(goal.met(row[goal.name]) for goal in goals), f"{_shown(row['page']):22} {row['form']:8} {told}"


def _shown(page: str) -> str:
    """Without the ids, which differ from run to run."""
    return "/".join("…" if len(part) == 36 else part for part in page.split("/"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of each page; the median counts (3)")
    runs = parser.parse_args().runs
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("There is no chromium here: scripts/chromium.sh installs Debian's.")
    with demo_centre() as url:
        rows = lighthouse(url, chromium, runs)
        took = latencies(url, chromium, {"email": ADMIN, "password": PASSWORD})
    good = all(goal.met(took[goal.name]) for goal in SOON)
    print("  ".join(goal.told(took[goal.name]) for goal in SOON), "ms")
    for row in rows:
        met, told = judged(row)
        good &= met
        print(told, ("failed: " + ", ".join(row["failed"])) if row["failed"] else "")
    goals = {f"{form}": [asdict(goal) for goal in goals_of("/", form)] for form in ("mobile", "desktop")}
    pages = [{**row, "page": _shown(row["page"]), "at": _shown(row["at"])} for row in rows]
    known = json.loads(LATEST.read_text()) if LATEST.exists() else {}
    measured = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "runs": runs, "goals": goals, "pages": pages}
    sizes = json.loads(SIZES.read_text())
    LATEST.write_text(json.dumps({**known, "sizes": sizes, "soon": took, "lighthouse": measured}, indent=2) + "\n")
    print(f"Written to {LATEST.relative_to(WEB.parent)}.")
    if not good:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
