"""Logs: one JSON line a request with what is needed to find it, and nothing that anybody typed, on any route."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from adapters.logs import JsonLines, Text
from tests.access.described import described
from tests.edge.conftest import StartApi
from tests.support.system import Centre, RunningSystem, wait_until

FACTS = {"time", "level", "logger", "message", "method", "route", "status", "ms", "tenant", "actor", "correlation"}


def lines(system: RunningSystem) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (system.folder / "api.log").read_text().splitlines()]


def line_of(system: RunningSystem, correlation: str) -> dict[str, Any]:
    found: dict[str, Any] = wait_until(
        lambda: [line for line in lines(system) if line.get("correlation") == correlation and "status" in line]
    )[0]
    return found


def test_a_request_is_one_line_that_says_who_what_and_how_long(centre: Centre, system: RunningSystem) -> None:
    patient, correlation = centre.patient(), str(uuid4())
    answer = centre.request("GET", f"/patients/{patient}?fields=id", headers={"X-Correlation-Id": correlation})
    assert answer.headers["X-Correlation-Id"] == correlation
    line = line_of(system, correlation)
    assert set(line) == FACTS
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/patients/{patient_id}", 200)
    assert (line["tenant"], line["actor"]) == (centre.tenant_id, centre.get("/account")["id"])
    assert line["level"] == "INFO"
    assert 0 < line["ms"] < 60_000


def test_every_answer_has_a_correlation_that_the_log_knows(centre: Centre, system: RunningSystem) -> None:
    for path, who, status in (
        ("/patients", None, 401),
        ("/nowhere", "WORKSPACE_ADMIN", 404),
        ("/patients/x", None, 401),
    ):
        answer = centre.request("GET", path, as_=who, headers={"X-Correlation-Id": "not a correlation"})
        line = line_of(system, answer.headers["X-Correlation-Id"])
        assert (answer.status_code, line["status"]) == (status, status)
        assert (line["tenant"], line["actor"]) == (None, None)


def test_nothing_that_was_typed_is_logged_on_any_route(centre: Centre, system: RunningSystem) -> None:
    """A word in the path, the query, headers and every field of the body, of every route, as everybody."""
    canary = f"zq{uuid4().hex[:10]}canary"
    count = 0
    with system.client() as client:
        for route in described(client):
            for who in (None, "WORKSPACE_ADMIN", "THERAPIST"):
                headers = {"Authorization": f"Bearer {centre.token(who)}"} if who else {}
                headers |= {"X-Note": canary, "User-Agent": canary, "Idempotency-Key": f"{canary} {uuid4().hex}"}
                body = {field.path[0]: canary for field in route.fields} | {canary: canary}
                for ids, query in ((str(uuid4()), ""), (canary, f"?search={canary}&sort={canary}&{canary}=1")):
                    path = route.at(dict.fromkeys(route.ids, ids)) + query
                    sent = None if route.reads else body
                    client.request(route.method, path, json=sent, headers=headers)
                    client.request(route.method, path, content=f'{{"{canary}": '.encode(), headers=headers)
                    count += 2
        client.request("GET", f"/{canary}")
        client.request(canary.upper(), "/patients")
    text = (system.folder / "api.log").read_text()
    print(f"\n{count} requests, {len(text.splitlines())} lines")
    assert canary.lower() not in text.lower()
    assert count > 500
    assert all(set(line) >= FACTS for line in lines(system) if line["logger"] == "daybook.request")


@pytest.mark.parametrize(("level", "probes"), [("DEBUG", True), ("WARNING", False)])
def test_the_level_and_the_format_are_the_operators(start_api: StartApi, level: str, probes: bool) -> None:
    api = start_api(DAYBOOK_LOG_LEVEL=level, LOG_FORMAT="text")
    with api.client() as client:
        client.get(f"{api.url}/healthz")
        client.get("/patients")
    log = api.folder / "api.log"
    if probes:
        wait_until(lambda: "route=/healthz status=200" in log.read_text())
    else:
        assert "daybook.request" not in log.read_text()


def test_an_error_is_told_by_classes_and_places_only() -> None:
    typed = "Meena Iyer meena@staff.example"
    try:
        try:
            raise ValueError(typed)
        except ValueError as cause:
            raise RuntimeError(typed) from cause
    except RuntimeError:
        record = logging.LogRecord("daybook", logging.ERROR, __file__, 1, "it broke", (), sys.exc_info())
    for text in (JsonLines().format(record), Text().format(record)):
        assert "Meena" not in text
        assert "meena" not in text
        assert "ValueError" in text
        assert "RuntimeError" in text
        assert Path(__file__).name in text


def test_the_command_line_refuses_a_format_it_does_not_know(system: RunningSystem) -> None:
    command = [sys.executable, "-m", "adapters.cli", "api", "--port", "0"]
    told = subprocess.run(
        command, env=system.environment | {"LOG_FORMAT": "xml"}, capture_output=True, text=True, timeout=60, check=False
    )
    assert (told.returncode, told.stderr) == (2, "daybook: LOG_FORMAT must be json or text\n")
