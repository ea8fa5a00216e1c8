"""The image and the compose file, as far as they can be judged without an engine to run them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from jsonschema_rs import ValidationError, validator_for

from adapters.settings import DATABASE_VARIABLES
from tests.support.postgres import Database
from tests.support.system import RunningSystem, wait_until

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
SCHEMA = ROOT / "tests" / "data" / "compose-spec" / "schema.json"
OURS = {"migrate", "api", "project", "maintain", "relay", "notify", "schedule"}
ROLES = ("POSTGRES", "MIGRATOR", "APP", "PROJECTOR", "REBUILD", "AUDITOR", "RELAY")
REQUIRED = {*(f"{role}_PASSWORD" for role in ROLES), "JWT_SECRET", "DAYBOOK_MASTER_KEY"}
SECRET = re.compile("PASSWORD|SECRET|KEY|TOKEN")


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load(COMPOSE.read_text("utf-8"))


@pytest.fixture(scope="module")
def specification() -> Any:
    return validator_for(json.loads(SCHEMA.read_text("utf-8")))


def test_the_compose_file_keeps_to_the_specification(compose: Any, specification: Any) -> None:
    specification.validate(compose)


@pytest.mark.parametrize(
    "broken", [{"heathcheck": {}}, {"ports": "8000"}, {"depends_on": {"postgres": {"condition": "up"}}}]
)
def test_the_specification_finds_what_is_wrong(compose: Any, specification: Any, broken: Any) -> None:
    wrong = {**compose, "services": {**compose["services"], "api": {**compose["services"]["api"], **broken}}}
    with pytest.raises(ValidationError):
        specification.validate(wrong)


def test_every_secret_has_to_be_given(compose: Any) -> None:
    """No password is written down, none has a default, and the example names each without a value."""
    text = COMPOSE.read_text("utf-8")
    used = dict(re.findall(r"\$\{(\w+)(:[?-][^}]*)?\}", text))
    assert {name for name, default in used.items() if default.startswith(":?")} == REQUIRED
    for name, default in used.items():  # whoever wants no mail gives no password for it; but none is known to everybody
        assert default.startswith(":?") or default == ":-" or not SECRET.search(name), name
    lines = [line for line in (ROOT / ".env.example").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert all(line.endswith("=") for line in lines)
    assert set(used) >= {line[:-1] for line in lines} >= REQUIRED
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if SECRET.search(name):
                assert "${" in value, name
    assert not re.search(r"://\w+:\w+@", text)


def test_each_process_connects_as_a_role_of_its_own_and_none_as_the_superuser(compose: Any) -> None:
    roles = {
        (service, name): re.match(r"postgresql://(\w+):", value)[1]  # type: ignore[index]
        for service in OURS
        for name, value in compose["services"][service].get("environment", {}).items()
        if name.endswith("DATABASE_URL")
    }
    assert {name for _, name in roles} == set(DATABASE_VARIABLES)
    assert set(roles.values()) == {
        "daybook_app", "daybook_migrator", "daybook_projector", "daybook_rebuild", "daybook_relay",
    }  # fmt: skip
    assert roles["api", "DATABASE_URL"] == "daybook_app"


def test_services_are_confined_pinned_and_looked_after(compose: Any) -> None:
    services = compose["services"]
    assert set(services) >= OURS | {"postgres", "kafka"}
    for name, service in services.items():
        if name in OURS:
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
        else:
            assert re.fullmatch(r"[\w./-]+:\d[\w.-]*", service["image"]), name
        if name != "migrate":
            assert "test" in service["healthcheck"], name
            assert service["restart"] == "unless-stopped", name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name


def test_hadolint_finds_nothing_in_the_dockerfile(tmp_path: Path) -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("there is no hadolint for this platform on PyPI; put one on the PATH")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    wrong = tmp_path / "Dockerfile"
    wrong.write_text("FROM python\nRUN cd /x && apt-get install curl\n")
    assert subprocess.run([hadolint, wrong], capture_output=True, check=False).returncode != 0


def test_the_image_runs_without_root_and_knows_its_health() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    final = text[text.rindex("\nFROM ") :]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", final, re.MULTILINE)
    assert re.search(r'^HEALTHCHECK .*CMD \["daybook", "health"\]$', final, re.MULTILINE)
    assert "COPY . ." not in final
    assert "ADD " not in text
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored  # whatever comes to lie in the folder, such as .env, stays out
    assert {line[1:] for line in ignored if line.startswith("!")} == _copied(text)


def _copied(dockerfile: str) -> set[str]:
    """What the image is built from: the files named, and the packages of the wheel."""
    packages = re.search(r"packages = \[(.*)\]", (ROOT / "pyproject.toml").read_text("utf-8"))
    named = re.search(r"^COPY (pyproject.toml .*) \./$", dockerfile, re.MULTILINE)
    made = re.search(r"mkdir ([a-z ]+)", dockerfile)
    assert packages is not None
    assert named is not None
    assert made is not None
    listed = set(re.findall(r'"(\w+)"', packages[1]))
    assert listed == set(made[1].split())
    return listed | set(named[1].split()) | {"web/dist"}  # the browser client, where it has been built


def _health(system: RunningSystem, *role: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "adapters.cli", "health", *role], env={**system.environment, **environment},
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    return done.returncode, done.stdout.strip()


def test_the_health_command_tells_a_working_role_from_one_that_does_not(system: RunningSystem) -> None:
    port = system.url.rpartition(":")[2]
    assert _health(system, "api", DAYBOOK_PORT=port) == (0, "api: ok")
    assert _health(system, "api", DAYBOOK_PORT="1")[0] == 1
    wait_until(lambda: _health(system, "project") == (0, "project: ok"))
    nowhere = system.database.url("daybook_projector").replace(system.database.name, "no_such_database")
    assert _health(system, "project", PROJECTOR_DATABASE_URL=nowhere) == (1, "project: no database (OperationalError)")


def test_a_book_that_nobody_follows_is_ill_health(system: RunningSystem, database: Database) -> None:
    tenant, projector = "00000000-0000-7000-8000-00000000dead", database.url("daybook_projector")
    with psycopg.connect(database.admin_url, autocommit=True) as db:
        db.execute("INSERT INTO book.books (tenant_id, position) VALUES (%s, 1)", [tenant])
        for seconds, healthy in ((30, True), (3600, False)):
            db.execute("DELETE FROM book.events")
            db.execute(
                "INSERT INTO book.events VALUES (%(t)s, 1, %(t)s, 1, 'x', 1, now() - make_interval(secs => %(s)s),"
                " current_date, %(t)s, %(t)s, NULL, '{}', '')", {"t": tenant, "s": seconds},
            )  # fmt: skip
            status, told = _health(system, "project", PROJECTOR_DATABASE_URL=projector)
            assert (status == 0) is healthy, told
    assert re.fullmatch(r"project: books have been waiting for 36\d\d s", told)
