"""Schemathesis against the running system: requests made from the OpenAPI description, answers held against it.

The short run goes through every example and every boundary that the schemas name; the long one (``make faults``)
adds random requests and chains of them, as every role.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.access.described import Route
from tests.access.sweep import may
from tests.access.world import ADMIN, KINDS, STAFF, World, new_world, query_for
from tests.support.system import RunningSystem

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
)  # fmt: skip
SEED = 20
WIDER = {"/therapist/sessions/upcoming": {"days": 7}}
NOTHING_THERE = {"/projections/rebuilds/{rebuild_id}/differences"}
"""A list that is as it should be when it is empty: tests/rebuilding fills it."""
ENDLESS = "/api/v1/stream"
"""Whoever asks it stays: tests/stream does."""


def configuration(world: World) -> str:
    """Ids that exist, so that requests get past the door: always in paths (and of all users it is a colleague who is
    changed, not the one whose login is in use), mostly in bodies and queries."""
    lines = ["[phases.coverage]", "unexpected-methods = []", "[parameters]"]
    # Whoever asks for some ``fields`` only knows that the others are missing: see the last test of this module.
    lines.append('"query.fields" = ""')
    for name, (kind, *_) in KINDS.items():
        if name.endswith("_id"):
            lines.append(f'"path.{name}" = "{world.ids[kind]}"')
            continue
        for place in ["body.sessionIds[*]"] if name == "sessionIds" else [f"query.{name}", f"body.{name}"]:
            lines.append(f'"{place}" = {{ dictionary = "{kind}", probability = 0.9 }}')
    return "\n".join([*lines, *(f'[dictionaries.{kind}]\nvalues = ["{id_}"]' for kind, id_ in world.ids.items())])


def run(world: World, folder: Path, who: str, *options: str) -> dict[str, Any]:
    """The report of one run as ``who``."""
    folder.mkdir(parents=True, exist_ok=True)
    config, report = folder / "schemathesis.toml", folder / "report.json"
    config.write_text(configuration(world))
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(config),
        "run", f"{world.centre.system.url}/api/v1/openapi.json", "--checks", ",".join(CHECKS),
        "--header", f"Authorization: Bearer {world.centre.token(who)}", "--continue-on-failure", "--no-shrink",
        "--exclude-path", ENDLESS, "--report", "json", "--report-json-path", str(report), "--seed", str(SEED),
        "--no-color", *options,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    (folder / "output.txt").write_text(done.stdout + done.stderr)
    assert report.exists(), done.stdout[-3_000:] + done.stderr[-3_000:]
    found: dict[str, Any] = json.loads(report.read_text())
    assert found["failures"] == [], done.stdout
    assert found["errors"] == [], done.stdout
    assert found["operations"]["tested"] == found["operations"]["total"] - len([ENDLESS]) > 75
    world.send("GET", f"/tenants/{world.ids['tenant']}", as_=who)  # the run did not lose its login on the way
    return found


def accepted(report: dict[str, Any]) -> dict[str, int]:
    """How many of an operation's requests were carried out."""
    return {
        operation: sum(phase["accepted"] for phase in phases.values())
        for operation, phases in report["valid_rates"].items()
    }


@pytest.mark.timeout(900)  # thousands of requests
def test_examples_and_boundaries(system: RunningSystem, client: httpx.Client, tmp_path: Path) -> None:
    world = new_world(system, client, "Schema")
    report = run(world, tmp_path, ADMIN, "--phases", "examples,coverage")
    carried_out = accepted(report)
    print(f"\n{report['test_cases']['generated']} requests, {sum(carried_out.values())} carried out")
    assert report["test_cases"]["generated"] > 3_000
    # What rules mostly forbid is answered, and held against the description, in test_foreign_ids.
    assert sum(times > 0 for times in carried_out.values()) > 50


@pytest.mark.faults
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("who", STAFF)
def test_every_phase(system: RunningSystem, client: httpx.Client, tmp_path: Path, who: str) -> None:
    """Random requests and chains of them too, 25 for each operation."""
    world = new_world(system, client, "Schema")
    report = run(world, tmp_path, who, "--max-examples", "25")
    print(f"\n{report['test_cases']['generated']} requests as {who}, {sum(accepted(report).values())} carried out")
    assert report["test_cases"]["generated"] > 3_000


def test_some_fields_only(world: World, every_route: list[Route]) -> None:
    """``fields`` leaves out whatever else a record has, and nothing but that."""
    count = 0
    world.session(date=(datetime.now(UTC).date() + timedelta(days=3)).isoformat(), startTime="14:00")
    world.send("POST", "/ledger/periods/close", {"through": "2001-03-31"})
    for route in every_route:
        if may(route, ADMIN) and "fields" in {query.name for query in route.query}:
            path = route.at({name: world.own(name) for name in route.ids})
            whole, some = (
                world.send("GET", path, params=query_for(route, world.ids) | WIDER.get(route.path, {}) | asked)
                for asked in ({}, {"fields": "id, version,noSuchField"})
            )
            assert some["data"] == [
                {name: value for name, value in record.items() if name in {"id", "version"}} for record in whole["data"]
            ]
            assert bool(some["data"]) is (route.path not in NOTHING_THERE), route.path
            assert some["total"] == whole["total"]
            count += 1
    assert count >= 10
