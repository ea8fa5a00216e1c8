"""``daybook verify`` finds what a superuser did to a book, says so, and ends with a status that a script can read."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from tests.book.desk import desk, in_loop
from tests.book.forger import Forger
from tests.support.postgres import Database
from tests.support.system import SECRETS


def _verify(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(app, ["verify", "--json", *arguments])
    assert result.exit_code in {0, 1}, result.output
    return result.exit_code, json.loads(result.stdout)


@in_loop
async def test_every_kind_of_alteration(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SECRETS, **database.environment}.items():
        monkeypatch.setenv(name, value)
    async with desk(database) as here, desk(database) as elsewhere:
        for asked in (here, elsewhere):
            patient = await asked.patient()
            for _ in range(8):
                await asked.pay(patient)
    status, reports = _verify()
    assert (status, [report["events"] for report in reports]) == (0, [10, 10])
    [mine] = [report for report in reports if report["tenant_id"] == str(here.tenant_id)]
    checkpoint = f"{mine['position']}:{mine['head']}"
    named = ["--tenant", str(here.tenant_id), "--checkpoint", checkpoint]
    assert _verify(*named)[0] == 0
    with psycopg.connect(database.admin_url, autocommit=True) as db:
        forger = Forger(db, here.tenant_id, random.Random(5))
        ways: list[Callable[[], str]] = [*dict.fromkeys(forger.ways), partial(_behead, forger)]
        for alter in ways:
            alter()
            status, reports = _verify()
            broken = [report["tenant_id"] for report in reports if not report["verified"]]
            assert (status, str(here.tenant_id) in broken) == (1, True), alter
            forger.restore()
        for alter in forger.clean_ways:
            alter()
            assert _verify()[0] == 0  # what fits shows only against a head that was noted elsewhere
            assert _verify(*named)[0] == 1
            forger.restore()
        assert _verify(*named)[0] == 0


def _behead(forger: Forger) -> str:
    """The events stay, but the list of books does not name them any more."""
    forger.run("DELETE FROM book.books WHERE tenant_id = %s", forger.tenant_id)
    return "no head"
