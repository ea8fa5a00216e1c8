"""The README's tour, as printed: its shell blocks run one after the other against a running demo centre."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.demo import make_demo
from adapters.embedded_postgres.server import PostgresServer
from adapters.settings import from_environment
from tests.support.postgres import copied_database
from tests.support.system import RunningSystem, running_system

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def system(postgres: PostgresServer, template: str, tmp_path: Path) -> Iterator[RunningSystem]:
    """A fresh one, as a newcomer has: where other tests are, somebody else's centre may be called Sunrise."""
    with copied_database(postgres, template) as database, running_system(database, tmp_path) as started:
        yield started


def test_the_tour_shows_what_it_says(system: RunningSystem) -> None:
    told = asyncio.run(make_demo(from_environment(system.environment)))
    assert any("admin@sunrise.example" in line for line in told)
    blocks = re.findall(r"```sh tour\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert len(blocks) >= 5
    script = "set -euo pipefail\n" + "\necho\n".join(blocks)
    environment = system.environment | {"API": f"{system.url}/api/v1"}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    slots, clash, paid, paid_again, dues, cancelled, ledger, verified = list(_answers(done.stdout))
    assert {"date", "startTime", "endTime"} <= slots["slots"][0].keys()
    assert clash["error"]["code"] == "SLOT_TAKEN"
    assert clash["error"]["details"]["alternatives"]
    assert paid == paid_again
    assert paid["receiptNumber"].startswith("RECEIPT/")
    assert (dues["outstanding"], dues["credit"]) == ("0.00", "100.00")
    assert (cancelled["status"], cancelled["fee"]) == ("CANCELLED", "0.00")
    assert ledger["accounts"]["credit"] == "-1000.00"
    assert [entry["kind"] for entry in ledger["data"]] == ["CHARGE", "PAYMENT", "REVERSAL"]
    assert verified["verified"] is True

    # Making the demo again makes nothing: the second start of `make run` finds it.
    asyncio.run(make_demo(from_environment(system.environment)))


def _answers(text: str) -> Any:
    decoder, at = json.JSONDecoder(), 0
    while (at := text.find("{", at)) >= 0:
        answer, at = decoder.raw_decode(text, at)
        yield answer
