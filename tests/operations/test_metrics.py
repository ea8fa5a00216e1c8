"""What /metrics tells, to whom, and that several workers are one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.system import Centre, RunningSystem, wait_until

TOKEN = "a token for tests only, as long as it has to be"
REQUESTS = "daybook_http_requests_total"


def scrape(url: str, token: str | None = None) -> dict[str, list[tuple[dict[str, str], float]]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.get(f"{url}/metrics", headers=headers, trust_env=False)
    assert answer.status_code == 200
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def value(samples: dict[str, list[tuple[dict[str, str], float]]], name: str, **labels: str) -> float:
    return sum(number for has, number in samples.get(name, []) if labels.items() <= has.items())


def test_requests_statements_events_and_errors_are_counted(centre: Centre) -> None:
    before = scrape(centre.system.url)
    patient, therapist, kind = centre.patient(), centre.therapist(), centre.therapy_type()
    centre.session(patient, therapist, kind)
    for _ in range(3):
        centre.get("/sessions")
    centre.post("/patients", {"firstName": "X"}, expect=422)
    after = scrape(centre.system.url)

    def more(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert more(REQUESTS, route="/api/v1/sessions", method="GET", status="200") == 3
    assert more("daybook_http_request_seconds_count", route="/api/v1/sessions", method="GET") == 3
    assert more("daybook_http_errors_total", code="VALIDATION_ERROR", status="422") == 1
    assert more("daybook_events_total", type="scheduling.SessionBooked") == 1
    assert more("daybook_query_seconds_count", of="reading.sessions") == 6  # a page and how many there are in all
    assert more("daybook_query_seconds_count", of="book.append") >= 10
    assert 0 < more("daybook_query_seconds_sum", of="reading.sessions") < 6
    assert value(after, "daybook_query_seconds_count", of="other") < value(after, "daybook_query_seconds_count") / 2


def test_the_pools_and_the_process_are_looked_at(system: RunningSystem) -> None:
    samples = scrape(system.url)
    for pool in ("read", "write"):
        assert value(samples, "daybook_pool_limit", pool=pool) == 20
        assert value(samples, "daybook_pool_connections", pool=pool) <= 20
        assert value(samples, "daybook_pool_waiting", pool=pool) == 0
        assert value(samples, "daybook_pool_timeouts_total", pool=pool) == 0
    assert 30e6 < value(samples, "daybook_process_memory_bytes") < 1e9
    assert value(samples, "daybook_database_up") == 1
    assert {labels["projection"] for labels, _ in samples["daybook_projection_parked_streams"]} >= {"charges", "rooms"}


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def two_workers(system: RunningSystem, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Another API over the same database, of two processes, that has a metrics token. Answers its address."""
    port, log = _free_port(), tmp_path_factory.mktemp("workers") / "api.log"
    environment = {**system.environment, "DAYBOOK_METRICS_TOKEN": TOKEN, "TMPDIR": str(log.parent)}
    command = [sys.executable, "-m", "adapters.cli", "api", "--port", str(port), "--workers", "2"]
    with log.open("wb") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process:
        url = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            try:
                return httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
            except httpx.TransportError:
                return process.poll() is not None

        wait_until(answers, 60)
        assert process.poll() is None, log.read_text()
        # Both are there once each has said how large its pool may become.
        wait_until(lambda: value(scrape(url), "daybook_pool_limit", pool="read") == 40, 30)
        yield url, log.parent
        process.terminate()
        process.wait(20)


def test_whichever_worker_is_asked_answers_for_all(two_workers: tuple[str, Path], centre: Centre) -> None:
    url, folder = two_workers
    headers = {"Authorization": f"Bearer {centre.token('WORKSPACE_ADMIN')}"}
    route = {"route": "/api/v1/rooms", "status": "200"}
    before = value(scrape(url), REQUESTS, **route)
    for _ in range(20):
        assert httpx.get(f"{url}/api/v1/rooms", headers=headers, trust_env=False).status_code == 200
    told = {value(scrape(url), REQUESTS, **route) - before for _ in range(8)}
    assert told == {20}
    assert len({file.stem.rpartition("_")[2] for file in folder.glob("daybook-metrics-*/counter_*.db")}) == 2


def test_centres_are_told_apart_only_to_whoever_has_the_token(two_workers: tuple[str, Path], centre: Centre) -> None:
    url, _ = two_workers
    headers = {"Authorization": f"Bearer {centre.token('WORKSPACE_ADMIN')}"}
    patient, therapist, kind = centre.patient(), centre.therapist(), centre.therapy_type()
    booking = centre.session(patient, therapist, kind)["date"]
    again = {"patientId": patient, "therapistId": therapist, "therapyTypeId": kind, "date": booking}
    body = {**again, "startTime": "16:00"}
    assert httpx.post(f"{url}/api/v1/sessions", json=body, headers=headers, trust_env=False).status_code == 201

    told = scrape(url, TOKEN)
    assert value(told, "daybook_tenant_bookings_total", tenant=centre.tenant_id) == 1  # the other is another API's
    assert value(told, "daybook_tenant_active_users", tenant=centre.tenant_id) == 2  # the admin and the therapist
    for token in (None, "something else", f"{TOKEN}x"):
        untold = httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"}, trust_env=False).text
        assert centre.tenant_id not in untold
        assert "daybook_active_users" in untold


def test_no_label_points_to_a_person(two_workers: tuple[str, Path], centre: Centre) -> None:
    url, _ = two_workers
    patient = centre.patient(firstName="Zebedee", guardianPhone="+919812345699")
    centre.get(f"/patients/{patient}")
    centre.get("/patients", params={"search": "Zebedee"})
    for address, token in ((url, TOKEN), (centre.system.url, None)):
        text = httpx.get(
            f"{address}/metrics", headers={"Authorization": f"Bearer {token}"}, trust_env=False
        ).text  # fmt: skip
        known = ["Zebedee", "9812345699", patient, centre.slug, *centre.users.values(), *centre.tokens.values()]
        assert [secret for secret in known if secret in text] == []
        labels = {name for samples in scrape(address, token).values() for has, _ in samples for name in has}
        assert labels <= {"method", "route", "status", "le", "code", "type", "of", "pool", "projection", "tenant",
                          "state", "reason", "generation", "implementation", "major", "minor", "patchlevel",
                          "version"}  # fmt: skip


def test_an_unknown_path_makes_no_series_of_its_own(system: RunningSystem) -> None:
    for name in ("a", "b"):
        httpx.get(f"{system.url}/api/v1/no-such-{os.getpid()}-{name}", trust_env=False)
    text = httpx.get(f"{system.url}/metrics", trust_env=False).text
    assert "no-such" not in text
    assert 'route="unmatched"' in text
