"""The alert rules: valid, provoked one by one by promtool, and about metrics that Daybook really exports."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.support.system import RunningSystem

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
FETCH_SECONDS = 240


@pytest.fixture(scope="module")
def promtool() -> str:
    """Fetched where it is not installed. Where it cannot be had, that is a failure in CI and a skip elsewhere."""
    try:
        done = subprocess.run(
            [ROOT / "scripts" / "promtool.sh"], capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
        problem, path = done.stderr[-600:], done.stdout.strip()
    except subprocess.TimeoutExpired:
        problem, path = f"scripts/promtool.sh took more than {FETCH_SECONDS} s; run it once by hand", ""
    if not path:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(problem)
    return path


def _promtool(promtool: str, *arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_promtool_accepts_the_rules_and_the_example_configuration(promtool: str) -> None:
    assert _promtool(promtool, "check", "rules", FOLDER / "alerts.yml")[0] == 0
    status, told = _promtool(promtool, "check", "config", "--syntax-only", FOLDER / "prometheus.yml")
    assert status == 0, told


def test_each_alert_fires_when_it_should_and_not_before(promtool: str) -> None:
    status, told = _promtool(promtool, "test", "rules", FOLDER / "alerts_test.yml")
    assert status == 0, told


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("> 0.01", "> 0.03"), ("> 0.5", "> 0.9"), ("< 0.2", "< 0.1"), ("(stream|export|verify)", "(export|verify)"),
     (">= 1\n", ">= 2\n"), ("> 0.05", "> 0.03"), ("projection_lag_seconds) > 60", "projection_lag_seconds) > 29"),
     ("delivery_lag_seconds) > 60", "delivery_lag_seconds) > 59"), ("> 1000", "> 999")],
)  # fmt: skip
def test_a_wrong_threshold_is_found(promtool: str, tmp_path: Path, right: str, wrong: str) -> None:
    rules = (FOLDER / "alerts.yml").read_text("utf-8")
    assert rules.count(right) == 1
    (tmp_path / "alerts.yml").write_text(rules.replace(right, wrong), "utf-8")
    shutil.copy(FOLDER / "alerts_test.yml", tmp_path)
    assert _promtool(promtool, "test", "rules", tmp_path / "alerts_test.yml")[0] == 1


def _rules(file: Path) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(file.read_text("utf-8"))["groups"] for rule in group["rules"]]


def test_every_alert_is_tested() -> None:
    tested = yaml.safe_load((FOLDER / "alerts_test.yml").read_text("utf-8"))["tests"]
    provoked = {case["alertname"] for test in tested for case in test["alert_rule_test"] if "exp_alerts" in case}
    assert {rule["alert"] for rule in _rules(FOLDER / "alerts.yml")} == provoked


def test_the_rules_ask_for_metrics_that_are_exported(system: RunningSystem) -> None:
    exported = httpx.get(f"{system.url}/metrics", trust_env=False).text
    asked = {
        name
        for rule in _rules(FOLDER / "alerts.yml")
        for name in re.findall(r"daybook_\w+", rule["expr"] + rule["annotations"]["description"])
    }
    asked -= {"daybook_tenant_lag_seconds"}  # told to Prometheus only: test_metrics
    assert len(asked) >= 10
    missing = {name for name in asked if not re.search(rf"^(# TYPE )?{name}[ {{]", exported, re.MULTILINE)}
    assert missing == set()
